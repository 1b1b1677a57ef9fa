"""What is given back when a subscription stops before its period is over: worked out, shown, and handed over.

It is a credit note for the part that isn't used. What is still owed of the period's invoice comes off first; of the
rest, what was paid can go back as a refund, and otherwise stays on the account as credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, func, select

from billing.context import Context
from billing.effects import EffectFact
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus
from billing.models.payments import Refund
from billing.payments.refunding import paid_of, pay_out_note
from billing.posting import use_credit
from billing.rules.proration import Part
from billing.subscriptions.billed import billed_now, charged_in_period, given_back
from billing.subscriptions.held import Held
from billing.subscriptions.papers import Paper, issue
from billing.subscriptions.period_lines import Charged


@dataclass(frozen=True)
class GivingBack:
    """A credit note to be made, and what of it comes off invoices of the period that are still open."""

    paper: Paper
    corrects: Invoice | None = None
    comes_off: tuple[tuple[Invoice, int], ...] = ()
    refund: int = 0

    @property
    def owed(self) -> int:
        """What of it comes off open invoices."""
        return sum(amount for _, amount in self.comes_off)

    @property
    def kept(self) -> int:
        """What stays on the account as credit."""
        return self.paper.given - self.owed - self.refund


def nothing_back(held: Held) -> GivingBack:
    """Nothing is given back."""
    return GivingBack(Paper(held.plan.currency, held.policy))


def give_back(ctx: Context, held: Held, part: Part) -> GivingBack:
    """The credit for that part of the period that runs: of what was charged for it, add-ons and coupons with it."""
    return of_things(ctx, held, billed_now(ctx, held), part)


def of_things(ctx: Context, held: Held, things: Sequence[Charged], part: Part) -> GivingBack:
    """The same for some of what was charged."""
    lines, discounts = given_back(held, things, part)
    return of_paper(ctx, held, Paper(held.plan.currency, held.policy, tuple(lines), tuple(discounts)))


def of_paper(ctx: Context, held: Held, paper: Paper) -> GivingBack:
    """The same for lines that are worked out already. What rounding gives beyond what was billed is not given."""
    if paper.total >= 0:
        return nothing_back(held)
    billed = {invoice.id: (invoice, _room(ctx, invoice)) for invoice in _invoices_of(ctx, held)}
    rounded = len(paper.lines) + len(paper.totals.taxes)  # so many cents it may be beyond what was billed
    wanted = (paper.given, paper.given - rounded)
    corrects = next((invoice for least in wanted for invoice, room in billed.values() if room >= least), None)
    if corrects is not None:
        paper = replace(paper, most=billed[corrects.id][1])
    left, comes_off = paper.given, []
    for invoice, _ in sorted(billed.values(), key=lambda one: (one[0] is not corrects, one[0].id)):
        if amount := min(invoice.due, left):
            comes_off.append((invoice, amount))
            left -= amount
    return GivingBack(paper, corrects, tuple(comes_off))


def _invoices_of(ctx: Context, held: Held) -> Sequence[Invoice]:
    """The invoices on which the period that runs was charged, the newest first."""
    lines = (
        select(InvoiceLine.invoice_id)
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(*charged_in_period(held))
    )
    return ctx.session.exec(
        select(Invoice)
        .where(
            col(Invoice.id).in_(lines),
            Invoice.kind == InvoiceKind.INVOICE,
            col(Invoice.status).in_((InvoiceStatus.OPEN, InvoiceStatus.PAID)),
        )
        .order_by(col(Invoice.id).desc())
    ).all()


def _room(ctx: Context, invoice: Invoice) -> int:
    """What of an invoice no credit note has given back: a note corrects one that it is not more than."""
    notes = (Invoice.corrects_id == invoice.id, Invoice.status != InvoiceStatus.VOID)
    given = ctx.session.exec(select(func.sum(Invoice.total)).where(*notes)).one()
    return invoice.total + int(given or 0)


def gets(ctx: Context, giving: GivingBack) -> str:
    """What a button says that one gets: “get €12.00 credit”, “get €12.00 back”, “owe €12.00 less”; or nothing."""
    amount = ctx.money_in(giving.paper.currency)(giving.paper.given)
    if not giving.paper.given:
        return ""
    if giving.owed == giving.paper.given:
        return f"owe {amount} less"
    return f"get {amount} {'back' if giving.owed or giving.refund else 'credit'}"


def facts(ctx: Context, giving: GivingBack) -> tuple[EffectFact, ...]:
    """Where the credit goes, as far as it does not simply stay on the account."""
    money, found = ctx.money_in(giving.paper.currency), []
    for invoice, amount in giving.comes_off:
        found.append(EffectFact(label=f"Comes off {invoice.number}", value=money(amount)))
    if giving.refund:
        found.append(EffectFact(label="Goes back as you paid it", value=money(giving.refund)))
    if giving.kept and (giving.owed or giving.refund):
        found.append(EffectFact(label="Stays on your account as credit", value=money(giving.kept)))
    return tuple(found)


def refundable(ctx: Context, giving: GivingBack) -> int:
    """How much of it can go back as money: what was paid of the invoice, less what still comes off it."""
    if giving.corrects is None:
        return 0
    return min(giving.kept, paid_of(ctx, giving.corrects))


def send_back(ctx: Context, giving: GivingBack, note: Invoice | None, reason: str) -> list[Refund]:
    """Keeps the refunds that were shown; after the commit the gateway is asked for them."""
    if note is None or not giving.refund:
        return []
    refunds = pay_out_note(ctx, note, giving.refund, reason)
    if sum(refund.amount for refund in refunds) != giving.refund:
        raise RuntimeError(f"{note.number}: {giving.refund} was shown as a refund, and other money can go back")
    return refunds


def hand_over(ctx: Context, giving: GivingBack, held: Held, title: str, on: date | None = None) -> Invoice | None:
    """Issues the credit note and uses it on what is still open of the period; None where nothing is given back."""
    note = issue(ctx, giving.paper, held, title, on=on, corrects=giving.corrects)
    if note is not None:
        for invoice, amount in giving.comes_off:
            use_credit(ctx, invoice, note, amount)
    return note
