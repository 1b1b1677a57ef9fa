"""What the main customer's people were told of lately: a handful, the older ones read by who was there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.models.invoices import Invoice, InvoiceKind
from billing.models.notices import Notice, NoticeKind
from billing.models.payments import Payment, PaymentAllocation
from billing.models.people import Contact, Customer, Membership
from billing.models.projects import Project, TimeEntry, TimeEntryState
from billing.notices.following import invoice_news, named, worked
from billing.notices.telling import News

LAST_READ = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # when Ania looked last
SINCE = date(2026, 2, 14)
OVERDUE_TOLD = time(5)  # the job's first look of the day
TOLD_OF_WORK = date(2026, 3, 10)


@dataclass(frozen=True)
class Told:
    """News of a moment."""

    at: datetime
    news: News = field(compare=False)


def tell_news(session: Session, customer: Customer, project: Project) -> None:
    """Writes the notices of the last weeks, from the documents, payments and hours that are there."""
    told = sorted([*_of_invoices(session, customer), *_of_payments(session, customer), _of_hours(session, project)],
                  key=lambda one: one.at)  # fmt: skip
    people = session.exec(
        select(Contact)
        .join(Membership, col(Membership.contact_id) == col(Contact.id))
        .where(Membership.customer_id == customer.id)
        .order_by(col(Contact.id))
    ).all()
    for one in told:
        for person in people:
            if person.id not in one.news.but:
                session.add(_notice(one, person.id or 0))
    session.flush()


def _notice(told: Told, contact: int) -> Notice:
    news = told.news
    return Notice(
        customer_id=news.customer_id, contact_id=contact, kind=news.kind.value, key=news.key, subject=news.subject,
        at=told.at, details=dict(news.details), read_at=LAST_READ if told.at < LAST_READ else None,
    )  # fmt: skip


def _of_invoices(session: Session, customer: Customer) -> list[Told]:
    rows = session.exec(
        select(Invoice).where(Invoice.customer_id == customer.id, col(Invoice.issued_on) >= SINCE)
    ).all()
    found = []
    for row in rows:
        credit = row.kind == InvoiceKind.CREDIT_NOTE
        news = invoice_news(row.customer_id, row.number or "", row.title, row.total, row.currency, credit=credit)
        found.append(Told(row.created_at, news))
        if row.due and row.due_on and row.due_on < TOLD_OF_WORK:
            on = row.due_on.isoformat()
            details = {"on": on, "currency": row.currency, "count": 1, "amount": row.due}
            key = f"overdue/{row.number}/{on}"
            late = News(row.customer_id, NoticeKind.INVOICE_OVERDUE, key, row.number or "", details)
            found.append(Told(datetime.combine(row.due_on + timedelta(days=1), OVERDUE_TOLD, UTC), late))
    return found


def _of_payments(session: Session, customer: Customer) -> list[Told]:
    rows = session.exec(
        select(Payment).where(Payment.customer_id == customer.id, col(Payment.created_at) >= datetime.combine(
            SINCE, time(), UTC))
    ).all()  # fmt: skip
    found = []
    for row in rows:
        details = {
            "amount": row.amount, "currency": row.currency, "source": row.method_label,
            "invoices": named(_paid_by(session, row)), "by": "",
        }  # fmt: skip
        key = f"payment/{row.number}"
        news = News(row.customer_id, NoticeKind.PAYMENT_RECEIVED, key, row.number, details)
        found.append(Told(row.settled_at or row.created_at, news))
    return found


def _paid_by(session: Session, payment: Payment) -> list[str]:
    rows = session.exec(
        select(Invoice.number)
        .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == col(Invoice.id))
        .where(PaymentAllocation.payment_id == payment.id)
    ).all()
    return [number for number in rows if number]


def _of_hours(session: Session, project: Project) -> Told:
    """The hours that nobody has looked at yet: those since the last visit."""
    rows = session.exec(
        select(TimeEntry)
        .where(TimeEntry.project_id == project.id, TimeEntry.state == TimeEntryState.LOGGED, col(TimeEntry.billable),
               col(TimeEntry.worked_on) >= TOLD_OF_WORK)
        .order_by(col(TimeEntry.id))
    ).all()  # fmt: skip
    hours = sum((row.hours for row in rows), Decimal(0))
    details = worked(project.name, hours, list(dict.fromkeys(row.person for row in rows)))
    news = News(project.customer_id, NoticeKind.HOURS_LOGGED, f"hours/{rows[0].number}", project.number, details)
    return Told(rows[0].created_at, news)
