"""The invoice or credit note that a change of a subscription brings: worked out, shown as a sum, and issued.

Preview and run use the same one. Nothing is written before `issue`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.charging.auto_charge import asked_for, charge_by_itself
from billing.context import Context
from billing.effects import EffectFact, EffectLine, LineKind
from billing.models.invoices import Invoice, InvoiceKind
from billing.money import MoneyFormat
from billing.posting import apply_credit, finalise_invoice, issue_credit_note, usable_credit
from billing.rules.policy import Policy
from billing.rules.totals import Discount, NewLine, Totals, document_totals
from billing.subscriptions.held import Held


@dataclass(frozen=True)
class Paper:
    """Lines and coupons of a document to be made, under a policy; `credit_used` comes off by itself.

    One that gives back gives at most `most`, where that is said: what rounding gives beyond it is left out of the tax.
    """

    currency: str
    policy: Policy
    lines: tuple[NewLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    credit_used: int = 0
    most: int | None = None

    @property
    def totals(self) -> Totals:
        sums = document_totals(self.policy, self.lines, self.discounts)
        return sums if self.most is None else sums.giving_at_most(self.most)

    @property
    def total(self) -> int:
        """What it comes to with tax: below zero it gives back."""
        return self.totals.total if self.lines else 0

    @property
    def due(self) -> int:
        """What is left to pay."""
        return max(self.total - self.credit_used, 0)

    @property
    def given(self) -> int:
        """What it gives back, with tax."""
        return max(-self.total, 0)


def charge(ctx: Context, held: Held, lines: Sequence[NewLine], discounts: Sequence[Discount] = ()) -> Paper:
    """An invoice of these lines, with the customer's credit taken off where it comes off by itself."""
    currency = held.plan.currency
    paper = Paper(currency, held.policy, tuple(lines), tuple(discounts))
    if not ctx.preferences.use_credit or paper.total <= 0:
        return paper
    credit = usable_credit(ctx, ctx.customer.id or 0, currency)
    return Paper(currency, held.policy, paper.lines, paper.discounts, min(credit, paper.total))


def sum_lines(ctx: Context, paper: Paper, grand: str = "") -> tuple[EffectLine, ...]:
    """The paper as a sum: its lines, and what they come to."""
    lines = [
        EffectLine(label=line.description, amount=line.amount, working=line.working[0] if line.working else "")
        for line in paper.lines
    ]
    return (*lines, *closing_lines(ctx, paper, grand=grand)) if lines else ()


def closing_lines(ctx: Context, paper: Paper, *, total: str = "Total", grand: str = "") -> tuple[EffectLine, ...]:
    """What follows a paper's lines: coupons, taxes, the total, credit that comes off, and what counts in the end."""
    lines = [EffectLine(label=d.label, amount=-d.amount) for d in paper.discounts]
    lines += tax_lines(paper.totals, ctx.money_in(paper.currency))
    if paper.total < 0:
        return (*lines, EffectLine(label=grand or "Credit you get", amount=paper.total, kind=LineKind.GRAND))
    if paper.credit_used:
        lines.append(EffectLine(label=total, amount=paper.total, kind=LineKind.TOTAL))
        lines.append(EffectLine(label="Your account credit", amount=-paper.credit_used))
    return (*lines, EffectLine(label=grand or "To pay today", amount=paper.due, kind=LineKind.GRAND))


def tax_lines(totals: Totals, money: MoneyFormat) -> list[EffectLine]:
    """Each tax with what it is worked out on; one that the lines contain adds nothing."""
    return [
        EffectLine(label=f"{t.tax.name} of {money(t.base)}", amount=t.added, note="included" if t.tax.inclusive else "")
        for t in totals.taxes
    ]


def to_pay(ctx: Context, paper: Paper, held: Held) -> tuple[EffectFact, ...]:
    """Which card is charged by itself; that nothing is to be paid, where there is no sum that says it."""
    money = ctx.money_in(paper.currency)
    if not paper.lines:
        return (EffectFact(label="To pay today", value=money(0)),)
    by_itself = paper.due > 0 and charge_by_itself(ctx.customer, held.subscription)
    asked = asked_for(ctx, ctx.customer, paper.due, paper.currency) if by_itself else None
    if asked is None:
        return ()
    when = " tomorrow: it said no today" if asked.tomorrow else ""
    return (EffectFact(label="Payment", value=f"{money(paper.due)} will be charged to {asked.label}{when}"),)


def yes_to(ctx: Context, paper: Paper, held: Held, words: str) -> str:
    """The button of a yes that brings something to pay: whether that is charged with it, or paid in the next step."""
    amount = ctx.money_in(paper.currency)(paper.due)
    by_itself = charge_by_itself(ctx.customer, held.subscription)
    if by_itself and asked_for(ctx, ctx.customer, paper.due, paper.currency):
        return f"{words} for {amount}"
    return f"{words}, then pay {amount}"


def issue(
    ctx: Context, paper: Paper, held: Held, title: str, *, on: date | None = None, corrects: Invoice | None = None,
    period: bool = False,
) -> Invoice | None:  # fmt: skip
    """Makes the document final, and uses the credit that was shown; None where there is nothing to write down.

    An invoice is due on its day; one of zero is written and is paid. Lines of nothing are written down where they are
    a whole `period`'s, as at a renewal.
    """
    if not paper.lines or not (period or any(line.amount for line in paper.lines)):
        return None
    gives = paper.total < 0
    day = on or ctx.today
    subscription = held.subscription
    invoice = Invoice(
        customer_id=ctx.customer.id or 0,
        kind=InvoiceKind.CREDIT_NOTE if gives else InvoiceKind.INVOICE,
        title=f"Credit note: {title}" if gives else title,
        currency=paper.currency,
        issued_on=day,
        due_on=None if gives else day,
        subscription_id=subscription.id,
        corrects_id=corrects.id if corrects and gives else None,
        created_at=ctx.now,
    )
    if gives:
        issue_credit_note(ctx, invoice, paper.lines, paper.discounts, paper.policy, paper.totals)
    else:
        finalise_invoice(ctx, invoice, paper.lines, paper.discounts, paper.policy)
        if paper.credit_used:
            apply_credit(ctx, invoice, paper.credit_used)
    if invoice.total != paper.total or (not gives and invoice.due != paper.due):
        raise RuntimeError(f"{invoice.number} came to {invoice.total}, and {paper.total} was shown")
    return invoice
