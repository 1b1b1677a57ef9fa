"""Reminders: before an invoice is due, after it was, and before a trial ends. Each is mailed once.

Of several reminders that were missed only the newest is sent. What has been due for longer than the schedule and a
month is left to people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from sqlalchemy import literal_column
from sqlmodel import and_, col, or_, select

from billing.context import Context, Contexts
from billing.letters import Letters
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import Dunning, DunningState
from billing.models.people import Customer
from billing.models.records import Mail
from billing.models.subscriptions import Subscription, SubscriptionStatus
from billing.posting.books import Books
from billing.run.due import Days, lock_customers
from billing.subscriptions.held import read_held
from billing.subscriptions.period_lines import next_costs_of

BATCH = 500
LEFT_TO_PEOPLE = timedelta(days=30)
S = SubscriptionStatus
# written out, as the index of open invoices by their day has it: a parameter would hide that it fits
TO_PAY_BY_INDEX = (
    col(Invoice.kind) == literal_column(f"'{InvoiceKind.INVOICE}'"),
    col(Invoice.status) == literal_column(f"'{InvoiceStatus.OPEN}'"),
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, order=True)
class Reminder:
    """A reminder that is due: since which day, to whom, and what about."""

    since: date
    customer_id: int
    key: str
    invoice_id: int | None = None
    subscription_id: int | None = None


def remind(contexts: Contexts, days: Days) -> int:
    """Mails what is due by each customer's own day, in the order of the days; says how many mails were written."""
    with contexts.system() as ctx:
        found = sorted(_not_mailed(ctx, [*_of_invoices(ctx, days), *_of_trials(ctx, days)]))
    written = 0
    for first in range(0, len(found), BATCH):
        try:
            written += _write(contexts, found[first : first + BATCH], days)
        except Exception:
            log.exception("reminders_failed")
    return written


def _of_invoices(ctx: Context, days: Days) -> Iterator[Reminder]:
    preferences = ctx.preferences
    after = [int(part) for part in preferences.remind_after_days.split(",") if part.strip()]
    before = preferences.remind_before_days
    oldest = days.latest - timedelta(days=max(after, default=0)) - LEFT_TO_PEOPLE
    rows = ctx.session.exec(
        select(Invoice.id, Invoice.number, Invoice.due_on, Invoice.issued_on, Customer.id, Customer.time_zone)  # type: ignore[call-overload]
        .join(Customer, col(Customer.id) == col(Invoice.customer_id))
        .outerjoin(Dunning, and_(Dunning.invoice_id == Invoice.id, Dunning.state == DunningState.RETRYING))
        .where(
            *TO_PAY_BY_INDEX, Customer.email != "",
            col(Invoice.due_on).between(oldest, days.latest + timedelta(days=before)),
            col(Dunning.invoice_id).is_(None),
        )
    )  # fmt: skip
    for invoice_id, number, due_on, issued_on, customer_id, zone in rows:
        step = _step(due_on, issued_on, days.today(zone), before, after)
        if step is not None:
            since, name = step
            yield Reminder(since, customer_id, f"reminder/{number}/{name}", invoice_id=invoice_id)


def _step(due_on: date, issued_on: date, today: date, before: int, after: Sequence[int]) -> tuple[date, str] | None:
    """The reminder whose time it is: since when, and its name; none before the first."""
    late = [step for step in after if due_on + timedelta(days=step) <= today]
    if late:
        return due_on + timedelta(days=late[-1]), f"after-{late[-1]}"
    since = due_on - timedelta(days=before)
    if before and since <= today <= due_on and issued_on < since:  # what was just mailed needs no reminder
        return since, "before"
    return None


def _of_trials(ctx: Context, days: Days) -> Iterator[Reminder]:
    before = timedelta(days=ctx.preferences.remind_trial_days)
    if not before:
        return
    rows = ctx.session.exec(
        select(Subscription, Customer.time_zone)
        .join(Customer, col(Customer.id) == col(Subscription.customer_id))
        .where(
            or_(
                Subscription.status == S.TRIALING,
                and_(Subscription.status == S.ENDING, Subscription.trial_end == Subscription.period_end),
            ),
            col(Subscription.period_end) <= days.latest + before,
            Customer.email != "",
        )
    )
    for row, zone in rows:
        since = row.period_end - before
        if since <= days.today(zone) < row.period_end and row.started_on < since:
            yield Reminder(since, row.customer_id, f"trial/{row.number}/{row.period_end}", subscription_id=row.id)


def _not_mailed(ctx: Context, found: Sequence[Reminder]) -> Iterator[Reminder]:
    for first in range(0, len(found), BATCH):
        some = found[first : first + BATCH]
        keys = set(ctx.session.exec(select(Mail.key).where(col(Mail.key).in_([each.key for each in some]))).all())
        yield from (each for each in some if each.key not in keys)


def _write(contexts: Contexts, some: Sequence[Reminder], days: Days) -> int:
    """Writes these mails, as far as the invoices are still open and nobody else has written them meanwhile."""
    with contexts.system(writes=True) as ctx:
        customers = lock_customers(ctx.session, sorted({each.customer_id for each in some}), waits=True)
        by_id = {customer.id: customer for customer in customers}
        letters, written = Letters(ctx.preferences, ctx.settings.address), 0
        books, left = Books(ctx.session), list(_not_mailed(ctx, some))
        ids = [each.invoice_id for each in left if each.invoice_id]
        invoices = {i.id: i for i in ctx.session.exec(select(Invoice).where(col(Invoice.id).in_(ids))).all()}
        for each in left:
            customer = by_id[each.customer_id]
            invoice = invoices.get(each.invoice_id)
            words = _words_of_invoice(each, invoice, customer, letters) if invoice else _words(ctx, each, letters)
            if words is not None:
                books.add_mail(each.key, customer.email, *words, ctx.now)
                written += 1
        books.close()
        return written


def _words_of_invoice(each: Reminder, invoice: Invoice, customer: Customer, letters: Letters) -> tuple[str, str] | None:
    if invoice.status != InvoiceStatus.OPEN:
        return None
    return (letters.before_due if each.key.endswith("/before") else letters.after_due)(customer, invoice)


def _words(ctx: Context, each: Reminder, letters: Letters) -> tuple[str, str] | None:
    [held] = read_held(ctx.session, [col(Subscription.id) == each.subscription_id], ctx.preferences.policy)
    row = held.subscription
    goes_on = row.status == S.TRIALING
    if not goes_on and row.status != S.ENDING:
        return None
    costs = next_costs_of(held).total
    return letters.trial_ends(held.customer, held.name, row.period_end, costs, held.plan.currency, goes_on)
