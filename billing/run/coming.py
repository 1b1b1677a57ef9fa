"""What people are told of as days pass: invoices that were due, renewals that come, trials that end. Each once.

Who looks late tells what is still true: an invoice that has been due for longer than a week is left to the reminders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import structlog
from sqlalchemy import ColumnElement, String, cast, exists, literal
from sqlalchemy.orm import Mapped
from sqlmodel import and_, col, or_, select, tuple_

from billing.context import Context, Contexts
from billing.models.invoices import Invoice
from billing.models.notices import Notice, NoticeKind
from billing.models.payments import Dunning, DunningState
from billing.models.people import Customer, Membership
from billing.models.subscriptions import Subscription, SubscriptionStatus
from billing.notices.telling import News, tell
from billing.run.due import Days
from billing.run.reminders import TO_PAY_BY_INDEX
from billing.subscriptions.held import read_held
from billing.subscriptions.period_lines import next_costs_of

BATCH = 500
LOOKS_BACK = timedelta(days=7)
RENEWS_IN = timedelta(days=3)
NAMED = 3  # so many invoices of one day are told one by one, more as one
S = SubscriptionStatus

log = structlog.get_logger(__name__)


def tell_what_comes(contexts: Contexts, days: Days) -> int:
    """Tells everybody whom it concerns, by each customer's own day; gives how many notices were written."""
    with contexts.system() as ctx:
        overdue = list(_untold(ctx, list(_overdue(ctx, days))))
        coming = list(_untold(ctx, [*_renewals(ctx, days), *_trials(ctx, days)]))
    told = 0
    for first in range(0, len(overdue), BATCH):
        told += _tell(contexts, overdue[first : first + BATCH])
    for first in range(0, len(coming), BATCH):
        told += _tell(contexts, coming[first : first + BATCH])
    return told


def _tell(contexts: Contexts, some: Sequence[News]) -> int:
    try:
        with contexts.system(writes=True) as ctx:
            news = list(_with_costs(ctx, some))
            told = tell(ctx, *news)
            for customer_id in sorted({each.customer_id for each in news}):
                ctx.emit("notifications.told", "notifications", customer_id=customer_id)
            return told
    except Exception:
        log.exception("notices_failed")
        return 0


def _has_readers(customer_id: Mapped[int]) -> ColumnElement[bool]:
    return exists().where(col(Membership.customer_id) == customer_id, col(Membership.invited_as) == "")


def _untold(ctx: Context, found: Sequence[News]) -> Iterator[News]:
    for first in range(0, len(found), BATCH):
        some = found[first : first + BATCH]
        wanted = tuple_(col(Notice.customer_id), col(Notice.key)).in_([(n.customer_id, n.key) for n in some])
        told = set(ctx.session.exec(select(Notice.customer_id, Notice.key).where(wanted)).all())
        yield from (each for each in some if (each.customer_id, each.key) not in told)


def _overdue(ctx: Context, days: Days) -> Iterator[News]:
    rows = ctx.session.exec(
        select(Invoice.number, Invoice.due_on, Invoice.due, Invoice.currency, Customer.id, Customer.time_zone)  # type: ignore[call-overload]
        .join(Customer, col(Customer.id) == col(Invoice.customer_id))
        .outerjoin(Dunning, and_(Dunning.invoice_id == Invoice.id, Dunning.state == DunningState.RETRYING))
        .where(
            *TO_PAY_BY_INDEX, col(Invoice.due_on).between(days.latest - LOOKS_BACK, days.latest),
            _has_readers(col(Invoice.customer_id)), col(Dunning.invoice_id).is_(None),
        )
        .order_by(col(Invoice.due_on), col(Invoice.id))
    )  # fmt: skip
    groups: dict[tuple[int, date, str], list[tuple[str, int]]] = defaultdict(list)
    for number, due_on, due, currency, customer_id, zone in rows:
        if due_on < days.today(zone):
            groups[customer_id, due_on, currency].append((number, due))
    for (customer_id, due_on, currency), invoices in groups.items():
        details = {"on": due_on.isoformat(), "currency": currency, "count": len(invoices)}
        if len(invoices) > NAMED:
            details["amount"] = sum(due for _, due in invoices)
            yield News(customer_id, NoticeKind.INVOICE_OVERDUE, f"overdue/{due_on}/{currency}", "", details)
            continue
        for number, due in invoices:
            key = f"overdue/{number}/{due_on}"
            yield News(customer_id, NoticeKind.INVOICE_OVERDUE, key, number, details | {"amount": due})


def _renewals(ctx: Context, days: Days) -> Iterator[News]:
    end = col(Subscription.period_end)
    goes_on = [or_(day.is_(None), day > end) for day in (col(Subscription.pause_on), col(Subscription.ends_on))]
    told = exists().where(
        col(Notice.customer_id) == col(Subscription.customer_id), col(Notice.subject) == col(Subscription.number),
        col(Notice.key) == literal("renewal/") + col(Subscription.number) + literal("/") + cast(end, String),
    )  # fmt: skip
    for number, customer_id, on, zone in ctx.session.exec(
        select(Subscription.number, Subscription.customer_id, Subscription.period_end, Customer.time_zone)  # type: ignore[call-overload]
        .join(Customer, col(Customer.id) == col(Subscription.customer_id))
        .where(
            Subscription.status == S.ACTIVE, ~told, end <= days.latest + RENEWS_IN, *goes_on,
            _has_readers(col(Subscription.customer_id)),
        )
    ):  # fmt: skip
        if on - RENEWS_IN <= days.today(zone) < on:
            yield _of_subscription(customer_id, number, on, NoticeKind.RENEWAL_COMING, goes_on=True)


def _trials(ctx: Context, days: Days) -> Iterator[News]:
    before = timedelta(days=ctx.preferences.remind_trial_days)
    for row, zone in ctx.session.exec(
        select(Subscription, Customer.time_zone)
        .join(Customer, col(Customer.id) == col(Subscription.customer_id))
        .where(
            or_(
                Subscription.status == S.TRIALING,
                and_(Subscription.status == S.ENDING, Subscription.trial_end == Subscription.period_end),
            ),
            col(Subscription.period_end) <= days.latest + before,
            _has_readers(col(Subscription.customer_id)),
        )
    ):
        since = row.period_end - before
        if before and since <= days.today(zone) < row.period_end and row.started_on < since:
            goes_on = row.status == S.TRIALING
            yield _of_subscription(row.customer_id, row.number, row.period_end, NoticeKind.TRIAL_ENDS, goes_on=goes_on)


def _of_subscription(customer_id: int, number: str, on: date, kind: NoticeKind, *, goes_on: bool) -> News:
    """What it costs then is worked out as it is told."""
    word = "renewal" if kind is NoticeKind.RENEWAL_COMING else "trial"
    details = {"on": on.isoformat(), "goes_on": goes_on}
    return News(customer_id, kind, f"{word}/{number}/{on}", number, details)


def _with_costs(ctx: Context, some: Sequence[News]) -> Iterator[News]:
    numbers = [each.subject for each in some if "goes_on" in each.details]
    held = read_held(ctx.session, [col(Subscription.number).in_(numbers)], ctx.preferences.policy) if numbers else []
    by_number = {h.subscription.number: h for h in held}
    for each in some:
        if (found := by_number.get(each.subject)) is None:
            yield each
            continue
        costs = {"name": found.product.name, "amount": next_costs_of(found).total, "currency": found.plan.currency}
        yield News(each.customer_id, each.kind, each.key, each.subject, {**each.details, **costs})
