"""Books money that came in."""

from __future__ import annotations

from collections.abc import Sequence

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.ledger import Account
from billing.models.payments import Payment, PaymentAllocation
from billing.posting.ledger import move
from billing.posting.movement import Movement
from billing.posting.totals import add_due, set_status


def record_payment(ctx: Context, payment: Payment, shares: Sequence[tuple[Invoice, PaymentAllocation]]) -> None:
    """Books a payment that has come in: on its invoices as far as they still owe, the rest as credit."""
    left = payment.amount
    for invoice, allocation in shares:
        allocation.amount = min(allocation.amount, invoice.due, left)
        allocation.applied_at = ctx.now
        ctx.session.add(allocation)
        left -= allocation.amount
        if allocation.amount:
            invoice.paid += allocation.amount
            text = f"Payment {payment.number}, {payment.method_label}".rstrip(", ")
            came_in = Movement(Account.CASH, Account.RECEIVABLE, allocation.amount, text)
            move(ctx, came_in, invoice=invoice, payment=payment)
            settle(ctx, invoice, allocation.amount)
    payment.unallocated = left
    ctx.session.add(payment)
    if left:
        text = f"Payment {payment.number}, kept as credit"
        move(ctx, Movement(Account.CASH, Account.CREDIT, left, text), payment=payment)
    ctx.emit("payment.succeeded", "payments", "invoices", "credits", customer_id=payment.customer_id,
             number=payment.number)  # fmt: skip


def settle(ctx: Context, invoice: Invoice, amount: int) -> None:
    """Takes off what an invoice owes, once `paid`, `credited` or `written_off` has it. Never below zero."""
    invoice.due -= amount
    assert invoice.due >= 0, "more was applied than is due"
    add_due(ctx.session, invoice, -amount)
    if not invoice.due:
        set_status(ctx.session, invoice, InvoiceStatus.PAID)
        ctx.emit("invoice.paid", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    ctx.session.add(invoice)
