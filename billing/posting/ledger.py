"""The customer's ledger: every movement debits one account and credits another, and keeps the balances."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select

from billing.context import Context
from billing.models.invoices import Invoice
from billing.models.ledger import Account, Balance, LedgerEntry
from billing.models.payments import Payment
from billing.posting.totals import book_late


def move(
    ctx: Context,
    of: Invoice | Payment,
    debit: Account,
    credit: Account,
    amount: int,
    text: str,
    *,
    invoice_id: int | None = None,
    payment_id: int | None = None,
) -> None:
    """Adds a movement to the customer's ledger; below zero it goes the other way round, zero is none.

    The ledger stands in the order of its moments: what waited for another change is booked no earlier than that one.
    """
    if not amount:
        return
    if amount < 0:
        debit, credit, amount = credit, debit, -amount
    balance = ctx.session.get(Balance, (of.customer_id, of.currency), populate_existing=True)
    if balance is None:
        balance = Balance(customer_id=of.customer_id, currency=of.currency)
    at = max(ctx.now, _last_moment(ctx, balance) or ctx.now)
    owed = amount * ((debit == Account.RECEIVABLE) - (credit == Account.RECEIVABLE))
    balance.last_sequence += 1
    balance.receivable += owed
    balance.credit += amount * ((credit == Account.CREDIT) - (debit == Account.CREDIT))
    ctx.session.add(balance)
    ctx.session.add(
        LedgerEntry(
            customer_id=of.customer_id,
            currency=of.currency,
            sequence=balance.last_sequence,
            at=at,
            debit=debit,
            credit=credit,
            amount=amount,
            text=text,
            invoice_id=invoice_id,
            payment_id=payment_id,
            receivable_after=balance.receivable,
            credit_after=balance.credit,
        )
    )
    if owed:
        invoice = of if isinstance(of, Invoice) else ctx.session.get_one(Invoice, invoice_id)
        book_late(ctx.session, invoice, at, owed)
    ctx.session.flush()


def _last_moment(ctx: Context, balance: Balance) -> datetime | None:
    return ctx.session.exec(
        select(LedgerEntry.at).where(
            LedgerEntry.customer_id == balance.customer_id,
            LedgerEntry.currency == balance.currency,
            LedgerEntry.sequence == balance.last_sequence,
        )
    ).first()
