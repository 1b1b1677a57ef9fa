"""The running totals that keep lists and statements fast: counts by status, sums by due date and by month."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session

from billing.models.invoices import BilledMonth, DueMonth, DueTotal, Invoice, InvoiceCount, InvoiceStatus
from billing.models.ledger import LateDay, LateMonth


def set_status(session: Session, invoice: Invoice, status: InvoiceStatus) -> None:
    """Gives a document another status, and keeps the counts."""
    before = invoice.status
    invoice.status = status
    count_status(session, invoice, before)
    session.add(invoice)


def count_status(session: Session, invoice: Invoice, before: str | None) -> None:
    """Keeps how many documents there are of each kind and status; `before` is what it was until now."""
    for status, by in ((before, -1), (invoice.status, 1)):
        if status is None:
            continue
        key = (invoice.customer_id, invoice.kind, status)
        row = session.get(InvoiceCount, key) or InvoiceCount(customer_id=key[0], kind=key[1], status=key[2])
        row.count += by
        session.add(row)
    session.flush()


def add_due(session: Session, invoice: Invoice, by: int, *, billed: int = 0) -> None:
    """Keeps what is owed, by due date (how many invoices still owe, and how much) and by month of issue.

    `by` is how much more than before the invoice is owed now; `billed` how much more was billed. Minor units.
    """
    assert invoice.due_on is not None
    if by:
        key = (invoice.customer_id, invoice.currency, invoice.due_on)
        month_key = (*key[:2], invoice.due_on.replace(day=1))
        day = session.get(DueTotal, key) or DueTotal(customer_id=key[0], currency=key[1], due_on=key[2])
        whole = session.get(DueMonth, month_key) or DueMonth(customer_id=key[0], currency=key[1], month=month_key[2])
        for row in (day, whole):
            row.amount += by
            row.count += (invoice.due > 0) - (invoice.due > by)
        session.add_all([day, whole])
    month = (invoice.customer_id, invoice.currency, invoice.issued_on.replace(day=1))
    bill = session.get(BilledMonth, month) or BilledMonth(customer_id=month[0], currency=month[1], month=month[2])
    bill.billed += billed
    bill.due += by
    session.add(bill)
    session.flush()


def book_late(session: Session, invoice: Invoice, at: datetime, by: int) -> None:
    """Keeps what was booked on an invoice when its due date was over: `by` is how much more is owed, minor units."""
    booked_on, due_on = at.astimezone(UTC).date(), invoice.due_on
    assert due_on is not None
    if booked_on <= due_on:
        return
    mine, month = (invoice.customer_id, invoice.currency), booked_on.replace(day=1)
    day = session.get(LateDay, (*mine, booked_on, due_on)) or LateDay(
        customer_id=mine[0], currency=mine[1], booked_on=booked_on, due_on=due_on
    )
    whole = session.get(LateMonth, (*mine, month, due_on)) or LateMonth(
        customer_id=mine[0], currency=mine[1], month=month, due_on=due_on
    )
    for row in (day, whole):
        row.amount += by
    session.add_all([day, whole])
