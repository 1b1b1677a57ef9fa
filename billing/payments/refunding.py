"""Refunds: works out what of a payment can go back and from where, and keeps the refund before the gateway is asked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import col, or_, select

from billing.access import access_payment
from billing.context import Context
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.invoices.crediting import Correction, correct_amount, issue_correction, standing
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.payments import (
    Payment,
    PaymentAllocation,
    PaymentStatus,
    Refund,
    RefundAllocation,
    RefundStatus,
    RefundTo,
)
from billing.money import format_money
from billing.posting import book_refund, next_number, unused

STATUS_WORDS = {
    PaymentStatus.PENDING: "on its way",
    PaymentStatus.REQUIRES_ACTION: "on its way",
    PaymentStatus.FAILED: "one that failed",
    PaymentStatus.CANCELLED: "one that was given up",
}


class Afterwards(StrEnum):
    """What becomes of an invoice whose payment goes back: a credit note corrects it, or it is owed again."""

    CORRECTED = "corrected"
    OWED_AGAIN = "owed_again"


@dataclass(frozen=True)
class Source:
    """Money of a payment that can go back, minor units: what an invoice got of it, or without one what is unused."""

    amount: int
    invoice: Invoice | None = None


@dataclass(frozen=True)
class RefundPlan:
    """A refund that is worked out. `corrections` are the credit notes that go with it."""

    payment: Payment
    to: RefundTo
    afterwards: Afterwards
    sources: tuple[Source, ...]
    corrections: tuple[Correction, ...]
    reason: str
    effect: Effect

    @property
    def amount(self) -> int:
        return sum(source.amount for source in self.sources)


def sources_of(ctx: Context, payment: Payment) -> list[Source]:
    """What of a payment can still go back: first what was never used, then what its newest invoices got."""
    rows = ctx.session.exec(
        select(PaymentAllocation.amount, Invoice)
        .join(Invoice, col(PaymentAllocation.invoice_id) == Invoice.id)
        .where(PaymentAllocation.payment_id == payment.id, col(PaymentAllocation.applied_at).is_not(None))
        .order_by(col(PaymentAllocation.id).desc())
    ).all()
    gone = _gone(ctx, payment)
    free = unused(ctx, payment)
    found = [Source(free)] if free > 0 else []
    for amount, invoice in rows:
        left = amount - gone.get(invoice.id or 0, 0)
        if left > 0:
            found.append(Source(left, invoice))
    return found


def _gone(ctx: Context, payment: Payment) -> dict[int, int]:
    """What of each invoice's share went back or is on its way back: from it, or by a credit note that corrects it."""
    rows = ctx.session.exec(
        select(RefundAllocation, Invoice.corrects_id)
        .join(Refund, col(RefundAllocation.refund_id) == Refund.id)
        .join(Invoice, col(RefundAllocation.credit_note_id) == Invoice.id, isouter=True)
        .where(
            Refund.payment_id == payment.id,
            Refund.status != RefundStatus.FAILED,
            or_(col(Invoice.id).is_(None), Invoice.status != InvoiceStatus.VOID),
        )
    ).all()
    gone: dict[int, int] = {}
    for part, corrected in rows:
        if (invoice := part.invoice_id or corrected) is not None:
            gone[invoice] = gone.get(invoice, 0) + part.amount
    return gone


def plan_refund(
    ctx: Context, number: str, amount: int | None, to: RefundTo | None, afterwards: Afterwards, reason: str
) -> RefundPlan:
    """Works out a refund of a payment, of all that can go back where no amount is given.

    Raises not_found, not_refundable, nothing_to_refund, refund_too_high, no_card_to_refund and credit_too_high.
    """
    payment = access_payment(ctx, number)
    if payment.status != PaymentStatus.SUCCEEDED:
        words = STATUS_WORDS.get(PaymentStatus(payment.status), payment.status)
        raise PortalError("not_refundable", number=payment.number, status=words, field="payment")
    to = to or (RefundTo.CARD if _by_card(payment) else RefundTo.BANK)
    if to is RefundTo.CARD and not _by_card(payment):
        raise PortalError("no_card_to_refund", number=payment.number, field="to")
    found = sources_of(ctx, payment)
    if to is RefundTo.CREDIT:
        found = [source for source in found if source.invoice is not None]
    if afterwards is Afterwards.CORRECTED:
        found = [_correctable(ctx, source) for source in found]
    sources = _take(ctx, payment, found, amount)
    corrections: tuple[Correction, ...] = ()
    if afterwards is Afterwards.CORRECTED:
        title = f"Credit note: {reason}" if reason else f"Credit note: refund of {payment.number}"
        corrections = tuple(correct_amount(ctx, s.invoice, s.amount, title) for s in sources if s.invoice is not None)
    effect = _effect(ctx, payment, to, sources, afterwards)
    return RefundPlan(payment, to, afterwards, tuple(sources), corrections, reason, effect)


def _correctable(ctx: Context, source: Source) -> Source:
    """As much of it as a credit note can still give: other credit notes may have had some of the invoice."""
    if source.invoice is None:
        return source
    return Source(min(source.amount, standing(ctx, source.invoice).left), source.invoice)


def _by_card(payment: Payment) -> bool:
    return payment.method == "card" and bool(payment.gateway_id)


def _take(ctx: Context, payment: Payment, found: Sequence[Source], amount: int | None) -> list[Source]:
    most = sum(source.amount for source in found)
    if not most:
        raise PortalError("nothing_to_refund", number=payment.number, field="payment")
    wanted = most if amount is None else amount
    if not 0 < wanted <= most:
        raise PortalError("refund_too_high", amount=_money(ctx, wanted, payment), left=_money(ctx, most, payment),
                          number=payment.number, field="amount")  # fmt: skip
    taken = []
    for source in found:
        part = min(source.amount, wanted)
        wanted -= part
        if part:
            taken.append(Source(part, source.invoice))
    return taken


def _effect(ctx: Context, payment: Payment, to: RefundTo, sources: Sequence[Source], afterwards: Afterwards) -> Effect:
    total = sum(source.amount for source in sources)
    shown = _money(ctx, total, payment)
    where = {
        RefundTo.CARD: payment.method_label or "The card that paid",
        RefundTo.BANK: "Bank transfer, made by you",
        RefundTo.CREDIT: "Credit on the account",
    }[to]
    lines = [
        EffectLine(label=source.invoice.number or "", note=source.invoice.title, amount=source.amount)
        if source.invoice
        else EffectLine(label="Not used yet", note="paid in advance", amount=source.amount)
        for source in sources
    ]
    facts = [EffectFact(label="To", value=where)]
    for source in sources:
        if source.invoice is not None:
            value = f"{_money(ctx, source.amount, payment)} are owed again"
            if afterwards is Afterwards.CORRECTED:
                value = f"A credit note of {_money(ctx, source.amount, payment)} corrects it"
            facts.append(EffectFact(label=source.invoice.number or "", value=value))
    return Effect(
        title=f"Refund {shown} of {payment.number}",
        currency=payment.currency,
        lines=(*lines, EffectLine(label="Goes back", amount=total, kind=LineKind.GRAND)),
        facts=tuple(facts),
        confirm=f"Refund {shown}",
        warning="" if to is RefundTo.CREDIT else "Money that was sent back can't be called back.",
    )


def start_refund(ctx: Context, plan: RefundPlan) -> tuple[Refund, list[Invoice]]:
    """Issues the credit notes and keeps the refund; one to credit or by bank is booked at once.

    A correction that stays as credit is given by its credit note; the refund says of which payment, so that the same
    money never goes back twice.
    """
    notes = [
        issue_correction(ctx, one, f"Credit note: {plan.reason or 'refund'}", used=False) for one in plan.corrections
    ]
    by_invoice = {note.corrects_id: note.id for note in notes}
    parts = []
    for source in plan.sources:
        part = RefundAllocation(refund_id=0, amount=source.amount)
        if source.invoice is not None and source.invoice.id in by_invoice:
            part.credit_note_id = by_invoice[source.invoice.id]
        elif source.invoice is not None:
            part.invoice_id = source.invoice.id
        parts.append(part)
    return keep_refund(ctx, plan.payment, plan.to, parts, plan.reason), notes


def keep_refund(ctx: Context, payment: Payment, to: RefundTo, parts: Sequence[RefundAllocation], reason: str) -> Refund:
    """Keeps a pending refund, whose money nobody else can use; one that asks no gateway is booked at once."""
    assert payment.id is not None
    refund = Refund(
        number=next_number(ctx, "REF"), customer_id=payment.customer_id, payment_id=payment.id, to=to,
        currency=payment.currency, amount=sum(part.amount for part in parts), reason=reason,
        idempotency_key=f"refund-{secrets.token_urlsafe(24)}", created_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(refund)
    ctx.session.flush()
    assert refund.id is not None
    for part in parts:
        part.refund_id = refund.id
        ctx.session.add(part)
    ctx.session.flush()
    if to is not RefundTo.CARD:
        refund.status, refund.settled_at = RefundStatus.SUCCEEDED, ctx.now
        book_refund(ctx, refund)
    ctx.emit("refund.started", "payments", "credits", customer_id=refund.customer_id, number=refund.number)
    return refund


def pay_out_note(ctx: Context, note: Invoice, amount: int, reason: str = "") -> list[Refund]:
    """Sends what a credit note gives back along the payments of the invoice that it corrects, the newest first.

    At most `amount`, minor units, and what was paid; what can't go back stays as credit. To the card that paid, else by
    bank transfer. After the commit, `refund_settling.finish_refunds` asks the gateway for them.
    """
    payments = ctx.session.exec(
        select(Payment)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == Payment.id)
        .where(PaymentAllocation.invoice_id == note.corrects_id, Payment.status == PaymentStatus.SUCCEEDED)
        .order_by(col(Payment.id).desc())
    ).all()
    left = min(amount, unused(ctx, note))
    refunds = []
    for payment in {payment.id: payment for payment in payments}.values():
        share = sum(s.amount for s in sources_of(ctx, payment) if s.invoice and s.invoice.id == note.corrects_id)
        part = min(left, share)
        if part > 0:
            to = RefundTo.CARD if _by_card(payment) else RefundTo.BANK
            row = RefundAllocation(refund_id=0, credit_note_id=note.id, amount=part)
            refunds.append(keep_refund(ctx, payment, to, [row], reason))
            left -= part
    return refunds


def paid_of(ctx: Context, invoice: Invoice) -> int:
    """How much of an invoice was paid with money that can still go back, minor units."""
    payments = ctx.session.exec(
        select(Payment)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == Payment.id)
        .where(PaymentAllocation.invoice_id == invoice.id, Payment.status == PaymentStatus.SUCCEEDED)
    ).all()
    return sum(
        source.amount
        for payment in {payment.id: payment for payment in payments}.values()
        for source in sources_of(ctx, payment)
        if source.invoice and source.invoice.id == invoice.id
    )


def _money(ctx: Context, amount: int, payment: Payment) -> str:
    return format_money(amount, payment.currency, ctx.customer.locale)
