"""Money that goes back: a refund is booked once it succeeded, and turned back where the gateway lets it fail later."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.ledger import Account
from billing.models.payments import CreditApplication, Payment, PaymentAllocation, Refund, RefundAllocation, RefundTo
from billing.posting.ledger import move
from billing.posting.movement import Movement
from billing.posting.totals import add_due, set_status


def book_refund(ctx: Context, refund: Refund) -> None:
    """Takes a refund's money from where its allocations say: from invoices, which are owed again, or from credit."""
    payment = ctx.session.get_one(Payment, refund.payment_id)
    for part in _parts(ctx, refund):
        assert part.applied_at is None, "booked before"
        part.applied_at = ctx.now
        ctx.session.add(part)
        if part.invoice_id is not None:
            _take_from_invoice(ctx, refund, payment, part)
            continue
        note = None
        if part.credit_note_id is not None:
            if refund.to == RefundTo.CREDIT:
                continue  # the credit note gave it
            note = ctx.session.get_one(Invoice, part.credit_note_id)
            note.credit_left -= part.amount
            assert note.credit_left >= 0, "more goes back than the credit note has"
            if not note.credit_left:
                set_status(ctx.session, note, InvoiceStatus.PAID)
            ctx.session.add(note)
        else:
            payment.unallocated -= part.amount
            assert payment.unallocated >= 0, "more goes back than was not used"
        went_back = Movement(Account.CREDIT, Account.REFUND, part.amount, _text(refund, payment))
        move(ctx, went_back, invoice=note, payment=payment)
    if refund.to != RefundTo.CREDIT:
        payment.refunded += refund.amount
    ctx.session.add(payment)
    ctx.emit("refund.succeeded", "payments", "invoices", "credits", customer_id=refund.customer_id,
             number=refund.number)  # fmt: skip


def _take_from_invoice(ctx: Context, refund: Refund, payment: Payment, part: RefundAllocation) -> None:
    invoice = ctx.session.get_one(Invoice, part.invoice_id)
    invoice.paid -= part.amount
    assert invoice.paid >= 0, "more goes back than was paid"
    kept = refund.to == RefundTo.CREDIT
    if kept:
        payment.unallocated += part.amount
    to = Account.CREDIT if kept else Account.REFUND
    went_back = Movement(Account.RECEIVABLE, to, part.amount, _text(refund, payment))
    move(ctx, went_back, invoice=invoice, payment=payment)
    owe_again(ctx, invoice, part.amount)


def owe_again(ctx: Context, invoice: Invoice, amount: int) -> None:
    """Adds to what an invoice owes, once `paid` or `credited` says so; one that was settled is open again."""
    invoice.due += amount
    add_due(ctx.session, invoice, amount)
    if invoice.status != InvoiceStatus.OPEN:
        set_status(ctx.session, invoice, InvoiceStatus.OPEN)
    ctx.session.add(invoice)
    ctx.emit("invoice.reopened", "invoices", customer_id=invoice.customer_id, number=invoice.number)


def unbook_refund(ctx: Context, refund: Refund) -> None:
    """Turns a booked refund back: its money never left. What its invoice no longer owes becomes credit."""
    payment = ctx.session.get_one(Payment, refund.payment_id)
    text = f"Refund {refund.number} did not arrive"
    for part in _parts(ctx, refund):
        if part.applied_at is None:
            continue
        part.applied_at = None
        ctx.session.add(part)
        credited, note = part.amount, None
        if part.invoice_id is not None:
            credited -= _give_back_to_invoice(ctx, payment, part, text)
            payment.unallocated += credited
        elif part.credit_note_id is not None:
            note = ctx.session.get_one(Invoice, part.credit_note_id)
            note.credit_left += part.amount
            if note.status == InvoiceStatus.PAID:
                set_status(ctx.session, note, InvoiceStatus.OPEN)
            ctx.session.add(note)
        else:
            payment.unallocated += part.amount
        move(ctx, Movement(Account.REFUND, Account.CREDIT, credited, text), invoice=note, payment=payment)
    payment.refunded -= refund.amount
    ctx.session.add(payment)
    ctx.emit("refund.failed", "payments", "invoices", "credits", customer_id=refund.customer_id,
             number=refund.number)  # fmt: skip


def _give_back_to_invoice(ctx: Context, payment: Payment, part: RefundAllocation, text: str) -> int:
    """Pays the invoice again as far as it owes; the rest of the payment's share isn't for it any more."""
    invoice = ctx.session.get_one(Invoice, part.invoice_id)
    back = min(part.amount, invoice.due)
    if back:
        invoice.paid += back
        invoice.due -= back
        move(ctx, Movement(Account.REFUND, Account.RECEIVABLE, back, text), invoice=invoice, payment=payment)
        add_due(ctx.session, invoice, -back)
        if not invoice.due:
            set_status(ctx.session, invoice, InvoiceStatus.PAID)
        ctx.session.add(invoice)
    rest = part.amount - back
    for share in _shares(ctx, payment, invoice) if rest else ():
        less = min(share.amount, rest)
        share.amount -= less
        rest -= less
        ctx.session.add(share)
    return back


def release_credit(ctx: Context, application: CreditApplication, amount: int) -> None:
    """Takes money in advance off an invoice again: it is owed again, and the payment has it unused."""
    invoice = ctx.session.get_one(Invoice, application.invoice_id)
    payment = ctx.session.get_one(Payment, application.payment_id)
    application.amount -= amount
    invoice.credited -= amount
    payment.unallocated += amount
    ctx.session.add_all([application, payment])
    text = f"{payment.number} taken off {invoice.number}"
    move(ctx, Movement(Account.RECEIVABLE, Account.CREDIT, amount, text), invoice=invoice, payment=payment)
    owe_again(ctx, invoice, amount)


def _parts(ctx: Context, refund: Refund) -> Sequence[RefundAllocation]:
    return ctx.session.exec(
        select(RefundAllocation).where(RefundAllocation.refund_id == refund.id).order_by(col(RefundAllocation.id))
    ).all()


def _shares(ctx: Context, payment: Payment, invoice: Invoice) -> Sequence[PaymentAllocation]:
    return ctx.session.exec(
        select(PaymentAllocation).where(
            PaymentAllocation.payment_id == payment.id,
            PaymentAllocation.invoice_id == invoice.id,
            col(PaymentAllocation.applied_at).is_not(None),
        )
    ).all()


def _text(refund: Refund, payment: Payment) -> str:
    where = {
        RefundTo.CARD: f"to {payment.method_label or 'the card'}",
        RefundTo.BANK: "by bank transfer",
        RefundTo.CREDIT: "to credit",
    }[RefundTo(refund.to)]
    return f"Refund {refund.number} of {payment.number}, {where}"
