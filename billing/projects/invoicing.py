"""An invoice for a project's work, worked out before it is written: lines, taxes, credit used, what is to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic import BaseModel

from billing.context import Context
from billing.dates import format_day, format_days
from billing.effects import Effect, EffectFact
from billing.invoices.line_words import told
from billing.models.invoices import Invoice
from billing.models.projects import Project
from billing.posting import apply_credit, finalise_invoice, usable_credit
from billing.price_list.taxes import taxes_for
from billing.projects.overview import Entry, Step, standings
from billing.rules.arithmetic import arithmetic_of
from billing.rules.hours import Worked, gathered
from billing.rules.proration import Priced
from billing.rules.tax import Taxes
from billing.rules.totals import NewLine, totals_of
from billing.subscriptions.papers import Paper, sum_lines


class WorkInvoiced(BaseModel):
    """The invoice for a project's work. Amounts are minor units with tax."""

    invoice: str
    title: str
    project: str
    currency: str
    total: int
    credit_used: int
    due: int
    due_on: date
    sentence: str


@dataclass(frozen=True)
class Billing:
    """A worked-out invoice for a project's work; nothing is written yet."""

    project: Project
    title: str
    paper: Paper
    due_on: date
    effect: Effect
    first: date | None = None
    end: date | None = None
    step: Step | None = None
    entries: tuple[Entry, ...] = ()


def line_of_step(ctx: Context, project: Project, step: Step, of: int) -> NewLine:
    """The line of a milestone: its agreed amount."""
    milestone = step.milestone
    name = f"Milestone {milestone.position} of {of}: {milestone.name}"
    return NewLine(
        description=name,
        detail=f"{project.name}, as agreed",
        unit_amount=milestone.amount,
        amount=milestone.amount,
        tax_rate=project.tax_rate,
        taxes=_taxes(ctx, project),
        arithmetic=arithmetic_of(
            Priced(milestone.amount), None, of=name, rounding=ctx.preferences.policy.rounding
        ),
    )  # fmt: skip


def lines_of_hours(ctx: Context, project: Project, worked: Sequence[Worked]) -> tuple[NewLine, ...]:
    """A line for each person, task and rate: the hours together, rounded once."""
    policy, taxes = ctx.preferences.policy, _taxes(ctx, project)

    money = ctx.money_in(project.currency)
    lines = []
    for each in gathered(worked):
        name = f"{each.task}, {each.person}"
        arithmetic = arithmetic_of(Priced(each.rate, each.hours), None, of=name, unit="h", rounding=policy.rounding)
        days = f"{format_days(each.first, each.last + timedelta(days=1))} {each.last.year}"
        counted = f"{each.entries} entries" if each.entries != 1 else "1 entry"
        lines.append(
            NewLine(
                description=name, detail=f"{days}, {counted}", quantity=each.hours, unit="h", unit_amount=each.rate,
                amount=each.amount(policy.round), tax_rate=project.tax_rate, taxes=taxes,
                working=(told(arithmetic, money),), arithmetic=arithmetic,
            )
        )  # fmt: skip
    return tuple(lines)


def _taxes(ctx: Context, project: Project) -> Taxes:
    return taxes_for(ctx, ctx.customer, project.tax_rate)


def billing_of(
    ctx: Context,
    project: Project,
    title: str,
    lines: tuple[NewLine, ...],
    *,
    step: Step | None = None,
    entries: Sequence[Entry] = (),
) -> Billing:
    """Works the invoice out: the customer's credit comes off, and it is due by the business's terms."""
    paper = Paper(project.currency, ctx.preferences.policy, lines)
    if ctx.preferences.use_credit:
        there = usable_credit(ctx, ctx.customer.id or 0, project.currency)
        paper = replace(paper, credit_used=min(there, paper.total))
    due_on = ctx.today + timedelta(days=ctx.preferences.payment_terms_days)
    days = [entry.row.worked_on for entry in entries]
    return Billing(
        project=project,
        title=title,
        paper=paper,
        due_on=due_on,
        effect=_effect(ctx, project, title, paper, due_on),
        first=min(days) if days else None,
        end=max(days) + timedelta(days=1) if days else None,
        step=step,
        entries=tuple(entries),
    )


def _effect(ctx: Context, project: Project, title: str, paper: Paper, due_on: date) -> Effect:
    money = ctx.money_in(project.currency)
    billed = standings(ctx, [project.id or 0])[project.id or 0].billed + paper.total
    budget = budget_with_tax(ctx, project)
    return Effect(
        title=f"Invoice {title}",
        currency=project.currency,
        lines=sum_lines(ctx, paper, "To pay"),
        facts=(
            EffectFact(label="To pay by", value=format_day(due_on)),
            EffectFact(label="Billed then", value=f"{money(billed)} of the budget of {money(budget)}"),
        ),
        confirm=f"Invoice {money(paper.total)}",
        warning=f"That is {money(billed - budget)} above the budget." if billed > budget else "",
    )


def budget_with_tax(ctx: Context, project: Project, taxes: Taxes | None = None) -> int:
    """The budget with the taxes that the customer's lines bear, in minor units."""
    return with_tax(ctx, project.budget, _taxes(ctx, project) if taxes is None else taxes)


def with_tax(ctx: Context, amount: int, taxes: Taxes) -> int:
    """What an invoice over that amount comes to, in minor units."""
    line = NewLine(description="", unit_amount=amount, amount=amount, taxes=taxes)
    return totals_of([line], rounded=ctx.preferences.policy.round).total


def write_invoice(ctx: Context, billing: Billing) -> WorkInvoiced:
    """Writes what was worked out, marks the work as invoiced, and uses the credit. Other sums than shown: an error."""
    project = billing.project
    invoice = Invoice(
        customer_id=ctx.customer.id or 0,
        title=billing.title,
        currency=project.currency,
        issued_on=ctx.today,
        due_on=billing.due_on,
        project_id=project.id,
        period_start=billing.first,
        period_end=billing.end,
        created_at=ctx.now,
    )
    finalise_invoice(ctx, invoice, billing.paper.lines, (), billing.paper.policy)
    if billing.paper.credit_used:
        apply_credit(ctx, invoice, billing.paper.credit_used)
    if (invoice.total, invoice.due) != (billing.paper.total, billing.paper.due):
        raise RuntimeError(f"{invoice.number} came to {invoice.total}, and {billing.paper.total} was shown")
    if billing.step is not None:
        billing.step.milestone.invoice_id = invoice.id
        ctx.session.add(billing.step.milestone)
    for entry in billing.entries:
        entry.row.invoice_id = invoice.id
        ctx.session.add(entry.row)
    ctx.emit("project.invoiced", "projects", "invoices", number=project.number, invoice=invoice.number)
    total = ctx.money_in(invoice.currency)(invoice.total)
    return WorkInvoiced(
        invoice=invoice.number or "",
        title=invoice.title,
        project=project.number,
        currency=invoice.currency,
        total=invoice.total,
        credit_used=billing.paper.credit_used,
        due=invoice.due,
        due_on=billing.due_on,
        sentence=f"{invoice.number} for {total} is with the customer, to pay by {format_day(billing.due_on)}",
    )
