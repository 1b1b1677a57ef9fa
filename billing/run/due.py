"""On which day something happens by itself to a subscription, and whose turn it is: each customer's own day counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, and_, col, func, or_, select

from billing.models.payments import Dunning, DunningState
from billing.models.people import Customer
from billing.models.subscriptions import Subscription, SubscriptionStatus

S = SubscriptionStatus
FARTHEST_EAST = timedelta(hours=14)
# What has to be looked at when, by status; a status and its day are found by an index.
TURNS = (
    *((status, col(Subscription.period_end)) for status in (S.ACTIVE, S.TRIALING, S.PAST_DUE, S.ENDING)),
    (S.ENDING, col(Subscription.ends_on)),
    (S.PAUSED, col(Subscription.resumes_on)),
    (S.SCHEDULED, col(Subscription.started_on)),
    *((status, col(Subscription.pause_on)) for status in (S.ACTIVE, S.PAST_DUE)),
)


def turn_of(subscription: Subscription) -> date | None:
    """The day on which something happens to it by itself, or None where nothing will."""
    match subscription.status:
        case S.SCHEDULED:
            return subscription.started_on
        case S.PAUSED:
            return subscription.resumes_on
        case S.ENDED:
            return None
    first = subscription.period_end
    for other in (subscription.ends_on, subscription.pause_on):
        first = other if other is not None and other < first else first
    return first


@dataclass
class Days:
    """Which day it is where, at one moment."""

    now: datetime
    _zones: dict[str, tuple[ZoneInfo, date]] = field(default_factory=dict)

    @property
    def latest(self) -> date:
        """The farthest day that it is anywhere."""
        return (self.now + FARTHEST_EAST).date()

    def today(self, zone: str) -> date:
        """Which day it is in a time zone."""
        return self._zone(zone)[1]

    def moment(self, day: date, zone: str) -> datetime:
        """When what is due on that day happened: now where it is today's, else as that day began there."""
        info, today = self._zone(zone)
        return self.now if day >= today else min(datetime.combine(day, time(), tzinfo=info).astimezone(UTC), self.now)

    def _zone(self, zone: str) -> tuple[ZoneInfo, date]:
        if zone not in self._zones:
            info = ZoneInfo(zone)
            self._zones[zone] = (info, self.now.astimezone(info).date())
        return self._zones[zone]


def next_due_day(session: Session, after: date | None, latest: date) -> date | None:
    """The first day later than `after` (from the very first on without it) on which something is due."""
    found = [_first(session, Subscription.status == status, day, after) for status, day in TURNS]
    found.append(_first(session, Dunning.state == DunningState.RETRYING, col(Dunning.next_on), after))
    days = [day for day in found if day is not None and day <= latest]
    return min(days, default=None)


def _first(session: Session, where: bool, day: Mapped[Any], after: date | None) -> date | None:
    statement = select(func.min(day)).where(where)
    found: date | None = session.exec(statement if after is None else statement.where(day > after)).one()
    return found


def has_its_turn(day: date) -> ColumnElement[bool]:
    """Whether something is due to a subscription on that day or before."""
    return or_(*(and_(Subscription.status == status, column <= day) for status, column in TURNS))


def customers_due(session: Session, day: date, days: Days) -> Sequence[int]:
    """The customers with a subscription that is due on that day or before, whose own day has come; by id."""
    rows = session.exec(
        select(Customer.id, Customer.time_zone)
        .where(col(Customer.id).in_(select(Subscription.customer_id).where(has_its_turn(day))))
        .order_by(col(Customer.id))
    ).all()
    return [customer_id for customer_id, zone in rows if customer_id is not None and days.today(zone) >= day]


def lock_customers(session: Session, some: Sequence[int], *, waits: bool) -> list[Customer]:
    """Locks customers in the order of their ids, those that somebody else holds only where it `waits` for them.

    Rows that are read afterwards are as whoever held them before has left them. SQLite has one writer, who holds all.
    """
    statement = select(Customer).where(col(Customer.id).in_(some)).order_by(col(Customer.id))
    statement = statement.with_for_update(key_share=True, skip_locked=not waits)
    return list(session.exec(statement.execution_options(populate_existing=True)).all())
