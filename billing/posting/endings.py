"""Invoices that are owed no more though nobody paid: cancelled, or given up."""

from __future__ import annotations

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.ledger import Account
from billing.models.payments import WriteOff
from billing.posting.ledger import move
from billing.posting.movement import Movement
from billing.posting.numbers import next_number
from billing.posting.totals import add_due, set_status


def void_invoice(ctx: Context, invoice: Invoice, reason: str) -> None:
    """Cancels an open invoice of which nothing was paid, credited or given up: it is owed no more and was never billed.

    Its number stays taken and the ledger turns back what it had said.
    """
    assert invoice.kind == InvoiceKind.INVOICE and invoice.due == invoice.total, "something of it was settled"
    text = f"Cancelled: {invoice.title} ({invoice.number})"
    move(ctx, Movement(Account.REVENUE, Account.RECEIVABLE, invoice.total - invoice.tax, text), invoice=invoice)
    move(ctx, Movement(Account.TAX, Account.RECEIVABLE, invoice.tax, text), invoice=invoice)
    due, invoice.due = invoice.due, 0
    add_due(ctx.session, invoice, -due, billed=-invoice.total)
    _end(ctx, invoice, InvoiceStatus.VOID, reason)
    ctx.emit("invoice.voided", "invoices", customer_id=invoice.customer_id, number=invoice.number)


def void_credit_note(ctx: Context, note: Invoice, reason: str) -> None:
    """Cancels a credit note of which nothing was used: it gives nothing any more, and the ledger turns back.

    Its number stays taken; an invoice that it corrected can be corrected again.
    """
    assert note.kind == InvoiceKind.CREDIT_NOTE and note.credit_left == -note.total, "something of it was used"
    text = f"Cancelled: {note.title} ({note.number})"
    move(ctx, Movement(Account.CREDIT, Account.REVENUE, note.tax - note.total, text), invoice=note)
    move(ctx, Movement(Account.CREDIT, Account.TAX, -note.tax, text), invoice=note)
    note.credit_left = 0
    note.ended_reason, note.ended_at = reason, ctx.now
    set_status(ctx.session, note, InvoiceStatus.VOID)
    ctx.emit("credit_note.voided", "invoices", "credits", customer_id=note.customer_id, number=note.number)
    ctx.session.flush()


def write_off(ctx: Context, invoice: Invoice, amount: int, reason: str, *, whole: bool = False) -> WriteOff:
    """Gives up a part of what is owed, minor units. `whole`: the invoice is uncollectible, nothing more is expected.

    What leaves nothing owed of an invoice that was settled in part makes it paid, else uncollectible.
    """
    assert invoice.id is not None and 0 < amount <= invoice.due
    record = WriteOff(
        number=next_number(ctx, "WO"), customer_id=invoice.customer_id, invoice_id=invoice.id, amount=amount,
        reason=reason, created_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(record)
    text = f"Written off of {invoice.number}"
    move(ctx, Movement(Account.WRITE_OFF, Account.RECEIVABLE, amount, text), invoice=invoice)
    invoice.written_off += amount
    invoice.due -= amount
    add_due(ctx.session, invoice, -amount)
    if not invoice.due:
        lost = whole or invoice.written_off == invoice.total
        _end(ctx, invoice, InvoiceStatus.UNCOLLECTIBLE if lost else InvoiceStatus.PAID, reason)
    ctx.session.add(invoice)
    ctx.emit("invoice.written_off", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return record


def _end(ctx: Context, invoice: Invoice, status: InvoiceStatus, reason: str) -> None:
    set_status(ctx.session, invoice, status)
    invoice.ended_reason, invoice.ended_at = reason, ctx.now
    ctx.session.flush()
