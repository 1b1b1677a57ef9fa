"""The customer's ledger: every movement debits one account and credits another, and keeps the balances."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select

from billing.context import Context
from billing.models.invoices import Invoice
from billing.models.ledger import Balance, LedgerEntry
from billing.models.payments import Payment
from billing.posting.movement import Movement
from billing.posting.totals import book_late


def move(ctx: Context, movement: Movement, *, invoice: Invoice | None = None, payment: Payment | None = None) -> None:
    """Adds a movement to the ledger of that invoice's or payment's customer; nothing for an amount of zero.

    The ledger stands in the order of its moments: what waited for another change is booked no earlier than that one.
    """
    of = invoice or payment
    assert of is not None
    if not movement.amount:
        return
    balance = ctx.session.get(Balance, (of.customer_id, of.currency), populate_existing=True)
    if balance is None:
        balance = Balance(customer_id=of.customer_id, currency=of.currency)
    at = max(ctx.now, _last_moment(ctx, balance) or ctx.now)
    balance.last_sequence += 1
    balance.receivable += movement.owed
    balance.credit += movement.credited
    upright = movement.upright
    ctx.session.add(balance)
    ctx.session.add(
        LedgerEntry(
            customer_id=of.customer_id,
            currency=of.currency,
            sequence=balance.last_sequence,
            at=at,
            debit=upright.debit,
            credit=upright.credit,
            amount=upright.amount,
            text=movement.text,
            invoice_id=invoice.id if invoice else None,
            payment_id=payment.id if payment else None,
            receivable_after=balance.receivable,
            credit_after=balance.credit,
        )
    )
    if movement.owed:
        assert invoice is not None, "what is owed is owed of an invoice"
        book_late(ctx.session, invoice, at, movement.owed)
    ctx.session.flush()


def _last_moment(ctx: Context, balance: Balance) -> datetime | None:
    return ctx.session.exec(
        select(LedgerEntry.at).where(
            LedgerEntry.customer_id == balance.customer_id,
            LedgerEntry.currency == balance.currency,
            LedgerEntry.sequence == balance.last_sequence,
        )
    ).first()
