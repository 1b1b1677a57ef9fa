"""Credit notes on invoices: of some lines or of an amount, worked out from what the invoice has left, then issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceDiscount, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceTax
from billing.models.subscriptions import Plan, Subscription
from billing.money import round_half_up
from billing.posting import issue_credit_note, use_credit
from billing.rules.arithmetic import arithmetic_of
from billing.rules.credit_notes import Credited, beyond, of_lines, part_of
from billing.rules.policy import Order, Policy
from billing.rules.proration import Priced
from billing.rules.tax import Tax, Taxes
from billing.rules.totals import Discount, NewLine, Totals

FINAL = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE)


@dataclass(frozen=True)
class Wanted:
    """A line of an invoice that is credited, by its place from 1; all that is left of it where no amount is given."""

    line: int
    amount: int | None = None


@dataclass(frozen=True)
class Correction:
    """A credit note that is worked out and not yet issued. Its lines are below zero."""

    invoice: Invoice
    lines: tuple[NewLine, ...]
    discounts: tuple[Discount, ...]
    sums: Totals

    @property
    def total(self) -> int:
        """What it gives back, minor units, above zero."""
        return -self.sums.total

    @property
    def taken_off(self) -> int:
        """How much of it comes off what the invoice still owes; the rest becomes credit."""
        return min(self.total, self.invoice.due)


@dataclass(frozen=True)
class Standing:
    """What an invoice has, what earlier credit notes gave back of it, and how much of each line.

    `then` is what it had left after the last note on some of its lines, and `since` what amounts took of that: each
    takes its share of every tax, which a note on lines moves. `of_taxes` is what is left for each kind of taxes.
    """

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    discounts: Sequence[InvoiceDiscount]
    whole: Credited
    before: Credited
    then: Credited
    since: Credited
    of_taxes: dict[Taxes, int]
    credited_lines: dict[int, int]
    notes: int

    @property
    def left(self) -> int:
        """How much of it can still be given back, minor units: what was given up can't."""
        return max(self.whole.total - self.before.total - self.invoice.written_off, 0)


def standing(ctx: Context, invoice: Invoice) -> Standing:
    """How an invoice stands towards its credit notes."""
    assert invoice.id is not None
    notes = ctx.session.exec(
        select(Invoice)
        .where(
            Invoice.corrects_id == invoice.id,
            Invoice.kind == InvoiceKind.CREDIT_NOTE,
            col(Invoice.status).in_(FINAL),
        )
        .order_by(col(Invoice.id))
    ).all()
    ids = [invoice.id, *[note.id for note in notes]]
    lines = ctx.session.exec(
        select(InvoiceLine).where(col(InvoiceLine.invoice_id).in_(ids)).order_by(col(InvoiceLine.position))
    ).all()
    taxes = ctx.session.exec(select(InvoiceTax).where(col(InvoiceTax.invoice_id).in_(ids))).all()
    discounts = ctx.session.exec(
        select(InvoiceDiscount).where(InvoiceDiscount.invoice_id == invoice.id).order_by(col(InvoiceDiscount.position))
    ).all()
    credited: dict[int, int] = {}
    of_taxes: dict[Taxes, int] = {}
    of_lines = 0  # the last note on some lines
    for line in lines:
        of_taxes[_taxes(line)] = of_taxes.get(_taxes(line), 0) + line.amount
        if line.invoice_id != invoice.id and isinstance(place := line.arithmetic.get("corrects"), int):
            credited[place] = credited.get(place, 0) - line.amount
            of_lines = max(of_lines, line.invoice_id)
    whole = _sums([invoice], taxes, 1)
    earlier, later = ([note for note in notes if ((note.id or 0) <= of_lines) is first] for first in (True, False))
    return Standing(
        invoice=invoice,
        lines=[line for line in lines if line.invoice_id == invoice.id],
        discounts=discounts,
        whole=whole,
        before=_sums(notes, taxes, -1),
        then=whole.less(_sums(earlier, taxes, -1)),
        since=_sums(later, taxes, -1),
        of_taxes={kind: max(amount, 0) for kind, amount in of_taxes.items()},
        credited_lines=credited,
        notes=len(notes),
    )


def _sums(documents: Sequence[Invoice], rows: Sequence[InvoiceTax], sign: int) -> Credited:
    taxes: dict[Tax, tuple[int, int]] = {}
    ids = {document.id for document in documents}
    for row in (row for row in rows if row.invoice_id in ids):
        tax = Tax(row.rate, row.label, row.inclusive)
        base, amount = taxes.get(tax, (0, 0))
        taxes[tax] = (base + sign * row.base, amount + sign * row.amount)
    return Credited(sum(sign * document.total for document in documents), taxes)


def correct_amount(ctx: Context, invoice: Invoice, amount: int | None, title: str) -> Correction:
    """Works out a credit of exactly that amount with tax, or of all that is left. Raises credit_too_high and others."""
    now = standing(ctx, invoice)
    _check(ctx, now)
    amount = now.left if amount is None else amount
    _fits(ctx, now, amount, "amount")
    shares, sums = part_of(now.then, now.since, now.of_taxes, amount)
    return Correction(
        invoice=invoice,
        lines=tuple(
            NewLine(title, unit_amount=-part, amount=-part, detail=f"Of {invoice.number}", taxes=taxes)
            for taxes, part in shares
        ),
        discounts=(),
        sums=sums,
    )


def correct_lines(ctx: Context, invoice: Invoice, wanted: Sequence[Wanted]) -> Correction:
    """Works out a credit of lines, or of parts of them, without tax: each at most what is left of it.

    A line's share of the invoice's coupons is kept. Raises invalid_input, credit_too_high and not_correctable.
    """
    now = standing(ctx, invoice)
    _check(ctx, now)
    lines = tuple(_line(ctx, now, one) for one in wanted)
    given, earlier = -sum(line.amount for line in lines), sum(now.credited_lines.values())
    discounts = tuple(_discounts(now, lines))
    policy = _policy_of(ctx, now.lines)
    before = policy.order is Order.TAX_COUPONS_CREDITS
    left = now.whole.less(now.before)
    over = beyond(lines, discounts, left, taxed_before_discounts=before, off=1 + now.notes)
    if over is not None:
        tax, base = over
        shown = ctx.money_in(invoice.currency)(max(base, 0))
        raise PortalError("credit_too_high", number=f"{invoice.number} with {tax.name}", left=shown, field="lines")
    sums = of_lines(lines, discounts, left, rounded=policy.round, taxed_before_discounts=before,
                    everything=earlier + given == invoice.subtotal)  # fmt: skip
    if -sums.total > now.left:
        sums = of_lines(lines, discounts, left, rounded=policy.round, taxed_before_discounts=before)
    _fits(ctx, now, -sums.total, "lines")
    return Correction(invoice, lines, discounts, sums)


def _policy_of(ctx: Context, lines: Sequence[InvoiceLine]) -> Policy:
    """The policy that an invoice of these lines was made by: their plans', where that is one, else the business's."""
    business = ctx.preferences.policy
    subscriptions = {line.subscription_id for line in lines}
    if None in subscriptions:
        return business
    plans = ctx.session.exec(
        select(Plan.policy)
        .join(Subscription, col(Subscription.plan_id) == col(Plan.id))
        .where(col(Subscription.id).in_(subscriptions))
    ).all()
    policies = {business.overridden(dict(changes)) for changes in plans}
    return policies.pop() if len(policies) == 1 else business


def _line(ctx: Context, now: Standing, wanted: Wanted) -> NewLine:
    line = next((line for line in now.lines if line.position == wanted.line), None)
    number, currency = now.invoice.number, now.invoice.currency
    if line is None:
        problem = f"{number} has no line {wanted.line}. It has {len(now.lines)}."
        raise PortalError("invalid_input", field="lines", problem=problem)
    left = line.amount - now.credited_lines.get(wanted.line, 0)
    amount = left if wanted.amount is None else wanted.amount
    if not 0 < amount <= left:
        shown = ctx.money_in(currency)(max(left, 0))
        raise PortalError("credit_too_high", number=f"Line {wanted.line} of {number}", left=shown, field="lines")
    return NewLine(
        description=line.description,
        detail=f"Line {wanted.line} of {number}",
        unit_amount=-amount,
        amount=-amount,
        taxes=_taxes(line),
        arithmetic={
            **arithmetic_of(Priced(amount), None, of=line.description, gives_back=True),
            "corrects": wanted.line,
        },
        subscription_id=line.subscription_id,
        period_start=line.period_start,
        period_end=line.period_end,
    )


def _discounts(now: Standing, given: Sequence[NewLine]) -> list[Discount]:
    """The lines' share of the invoice's coupons: that was never paid, so it is not given back."""
    shares = []
    for row, whose in zip(now.discounts, _whose(now), strict=True):
        mine = [line for line in now.lines if whose in (None, line.subscription_id)]
        subtotal = sum(line.amount for line in mine)
        earlier = sum(now.credited_lines.get(line.position, 0) for line in mine)
        later = earlier - sum(line.amount for line in given if whose in (None, line.subscription_id))
        upto, before = (round_half_up(Fraction(row.amount * lines, subtotal)) for lines in (later, earlier))
        if upto != before:
            shares.append(Discount(row.code, row.label, before - upto, whose))
    return shares


def _whose(now: Standing) -> list[int | None]:
    """For each of the invoice's coupons the subscription that has it, as the lines keep it; None where none says so."""
    having: dict[str, list[int]] = {}
    for line in now.lines:
        for off in line.arithmetic.get("off_invoice", ()) if line.subscription_id else ():
            if line.subscription_id not in having.setdefault(off["code"], []):
                having[off["code"]].append(line.subscription_id or 0)
    return [found.pop(0) if (found := having.get(row.code)) else None for row in now.discounts]


def _taxes(line: InvoiceLine) -> Taxes:
    return tuple(Tax(Decimal(t["percent"]), t["label"], bool(t["inclusive"])) for t in line.taxes)


def _check(ctx: Context, now: Standing) -> None:
    invoice = now.invoice
    if invoice.kind != InvoiceKind.INVOICE or invoice.status not in FINAL:
        words = "a credit note" if invoice.kind == InvoiceKind.CREDIT_NOTE else "cancelled"
        raise PortalError("not_correctable", number=invoice.number, status=words, field="invoice")
    if not now.left:
        raise PortalError("nothing_to_credit", number=invoice.number, field="invoice")


def _fits(ctx: Context, now: Standing, amount: int, field: str) -> None:
    if not 0 < amount <= now.left:
        left = ctx.money_in(now.invoice.currency)(now.left)
        raise PortalError("credit_too_high", number=now.invoice.number, left=left, field=field)


def issue_correction(ctx: Context, correction: Correction, title: str, *, used: bool = True) -> Invoice:
    """Issues the credit note. With `used` it comes off its invoice first, as far as that still owes."""
    invoice = correction.invoice
    draft = Invoice(
        customer_id=invoice.customer_id, kind=InvoiceKind.CREDIT_NOTE, title=title, currency=invoice.currency,
        issued_on=ctx.today, corrects_id=invoice.id, subscription_id=None, project_id=invoice.project_id,
        purchase_order=invoice.purchase_order, created_at=ctx.now,
    )  # fmt: skip
    note = issue_credit_note(ctx, draft, correction.lines, correction.discounts, sums=correction.sums)
    if used and invoice.due:
        use_credit(ctx, invoice, note)
    return note
