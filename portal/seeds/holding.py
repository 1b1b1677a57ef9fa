"""Who has which subscription, since when, and what was changed on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlmodel import Session

from billing.models.subscriptions import (
    PeriodKind,
    Plan,
    Subscription,
    SubscriptionChange,
    SubscriptionPeriod,
    SubscriptionStatus,
)
from billing.posting.books import Books
from billing.registry import Channel
from billing.rules.renewal import period_starts
from billing.subscriptions.switch_effect import describe_seats
from portal.seeds.background import Passer, at
from portal.seeds.people import Company, Has

CHANGES_OF_2026 = 92  # so that the next one is CHG-2026-0093
OWN_CHANGE = 61
NEW_YEAR, OWN_DAY = date(2026, 1, 2), date(2026, 2, 16)
Plans = Mapping[tuple[str, str, str], Plan]


def add_company_subscriptions(
    session: Session, books: Books, plans: Plans, company: Company, customer_id: int
) -> dict[str, int]:
    """Adds what a company has; gives the subscriptions' ids by product."""
    found = {}
    for has in company.has:
        plan = plans[has.product, has.plan, company.currency]
        subscription = _subscription(books.give_number("SUB", has.since), plan, customer_id, has)
        session.add(subscription)
        session.flush()
        found[has.product] = subscription.id or 0
        _add_periods(session, subscription, plan)
    return found


def _add_periods(session: Session, subscription: Subscription, plan: Plan) -> None:
    """The periods since the start, up to the one that runs."""
    kind = PeriodKind.TRIAL if subscription.trial_end else PeriodKind.SERVICE
    starts = period_starts(subscription.started_on, plan.interval, subscription.anchor_day)
    start = next(starts)
    while start < subscription.period_end:
        end = subscription.period_end if kind == PeriodKind.TRIAL else next(starts)
        session.add(SubscriptionPeriod(subscription_id=subscription.id or 0, start=start, end=end, kind=kind))
        start = end


def _subscription(number: str, plan: Plan, customer_id: int, has: Has) -> Subscription:
    start, end = has.period
    percent, label = has.discount
    return Subscription(
        number=number,
        customer_id=customer_id,
        plan_id=plan.id or 0,
        seats=has.seats,
        discount_percent=percent,
        discount_label=label,
        detail=has.detail,
        status=SubscriptionStatus.TRIALING if has.trial else SubscriptionStatus.ACTIVE,
        started_on=has.since,
        anchor_day=has.since.day,
        period_start=start,
        period_end=end,
        trial_end=end if has.trial else None,
        created_at=at(has.since),
    )


def add_background_subscriptions(
    session: Session, books: Books, plans: Plans, customers: Sequence[tuple[Passer, int]], team_mail: int
) -> None:
    """Half of the background has a Workspace whose team has grown; the changes hold the numbers around the story's."""
    teams: list[Subscription] = []
    held: list[tuple[Subscription, Plan]] = []
    for passer, customer_id in customers[::2]:
        since = max(passer.since.replace(day=1), date(2022, 1, 1))
        has = Has("Workspace", "Growth" if passer.place % 3 else "Starter", since, seats=2 + passer.place % 7)
        number = books.give_number("SUB", since)
        plan = plans["Workspace", has.plan, "EUR"]
        teams.append(_subscription(number, plan, customer_id, has))
        held.append((teams[-1], plan))
    session.add_all(teams)
    session.flush()
    for subscription, plan in held:
        _add_periods(session, subscription, plan)
    before = date(2025, 9, 22)
    session.add(_grown(team_mail, books.give_number("CHG", before), before, "Ania Kowalczyk", "Team mail", 14, 16))
    for n in range(1, CHANGES_OF_2026 + 1):
        day = _day_of(n)
        number = books.give_number("CHG", day)
        if n == OWN_CHANGE:
            session.add(_grown(team_mail, number, day, "Ania Kowalczyk", "Team mail", 16, 18))
            continue
        team = teams[n % len(teams)]
        session.add(_grown(team.id or 0, number, day, "RenoTech", "Workspace", team.seats, team.seats + 1))
        team.seats += 1
    session.flush()


def _day_of(n: int) -> date:
    if n <= OWN_CHANGE:
        return NEW_YEAR + timedelta(days=(OWN_DAY - NEW_YEAR).days * n // OWN_CHANGE)
    return OWN_DAY + timedelta(days=(n - OWN_CHANGE) * 22 // (CHANGES_OF_2026 - OWN_CHANGE))


def _grown(
    subscription_id: int, number: str, day: date, actor: str, product: str, was: int, seats: int
) -> SubscriptionChange:
    return SubscriptionChange(
        number=number,
        subscription_id=subscription_id,
        at=at(day, 11),
        actor=actor,
        channel=Channel.PORTAL,
        sentence=f"{product} changed from {describe_seats(was)} to {describe_seats(seats)}",
        before={"seats": was},
        after={"seats": seats},
    )
