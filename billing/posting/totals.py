"""The running totals that keep lists fast: counts by status, what is owed by due date, what was billed by month."""

from __future__ import annotations

from sqlmodel import Session

from billing.models.invoices import BilledMonth, DueMonth, DueTotal, Invoice, InvoiceCount, InvoiceStatus


def become(session: Session, invoice: Invoice, status: InvoiceStatus) -> None:
    """Gives a document another status, and keeps the counts."""
    before = invoice.status
    invoice.status = status
    count(session, invoice, before)
    session.add(invoice)


def count(session: Session, invoice: Invoice, before: str | None) -> None:
    """Keeps how many documents there are of each kind and status; `before` is what it was until now."""
    for status, by in ((before, -1), (invoice.status, 1)):
        if status is None:
            continue
        key = (invoice.customer_id, invoice.kind, status)
        row = session.get(InvoiceCount, key) or InvoiceCount(customer_id=key[0], kind=key[1], status=key[2])
        row.count += by
        session.add(row)
    session.flush()


def owe(session: Session, invoice: Invoice, by: int, *, billed: int = 0) -> None:
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
