"""Whose notifications they are: only one's own, only what one may see, marked by nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from billing.actions.notifications import MarkedRead, NotificationPage, said_count
from billing.context import Actor
from billing.errors import PortalError
from billing.models.people import Membership
from billing.models.records import PreferenceRecord
from billing.registry import Role
from tests.billing.accounts.office import ANIA, JAN, OTTO, PIETER, Office
from tests.billing.notices.house import House, listed


def mark(house: House, who: Actor, **which: object) -> MarkedRead:
    done: MarkedRead = house.ask(who, "notifications.mark_read", **which)
    return done


def test_reading_one_counts_down_for_that_person_alone(house: House) -> None:
    first, second = house.firm.account.invoice(100_00), house.firm.account.invoice(50_00)

    done = mark(house, house.ania, notification=f"invoice/{first}")

    assert (done.marked, done.unread) == (1, 1)
    assert done.sentence == "1 marked as read. 1 is still unread."
    assert [row.key for row in house.listed(house.ania, unread=True).rows] == [f"invoice/{second}"]
    assert house.listed(house.jan).unread == 2
    assert mark(house, house.ania, notification=f"invoice/{first}").marked == 0


def test_everything_is_read_up_to_the_moment_at_which_it_was_seen(house: House) -> None:
    house.firm.on(date(2026, 3, 1)).account.invoice(100_00)
    seen = house.listed(house.ania).rows[0].at
    house.firm.on(date(2026, 3, 2)).account.invoice(50_00)

    assert mark(house, house.ania, until=seen.isoformat()).unread == 1
    assert mark(house, house.ania).sentence == "1 marked as read."
    assert mark(house, house.ania).sentence == "Nothing was unread."


def test_pages_hold_each_once_the_newest_first_and_nothing_that_came_meanwhile(house: House) -> None:
    numbers = [house.firm.account.later(minutes=1).invoice(100_00) for _ in range(7)]
    first = house.listed(house.ania, size=3)
    house.firm.account.later(minutes=1).invoice(1_00)
    seen = [row.key for row in first.rows]
    page: NotificationPage = first
    while page.next:
        page = house.listed(house.ania, size=3, cursor=page.next)
        seen += [row.key for row in page.rows]

    assert seen == [f"invoice/{number}" for number in reversed(numbers)]


def test_the_count_is_exact_up_to_99(house: House) -> None:
    for _ in range(99):
        house.firm.account.invoice(1_00)
    assert said_count(house.listed(house.ania).unread) == "99"

    house.firm.account.invoice(1_00)
    house.firm.account.invoice(1_00)
    assert said_count(house.listed(house.ania).unread) == "99+"


def test_nobody_marks_or_reads_what_is_somebody_elses(people: Office) -> None:
    people.do(ANIA, "people.invite", email="sanne@moeller.example", may="view")
    [theirs] = listed(people.contexts, people.actor(PIETER)).rows

    stranger = people.actor(OTTO, at="C-2")
    for who in (stranger, people.actor(ANIA)):
        with pytest.raises(PortalError) as refused:
            people.ask(who.email, "notifications.mark_read", at="C-2" if who is stranger else "C-1",
                       notification=theirs.key)  # fmt: skip
        assert refused.value.code == "not_found"
        assert listed(people.contexts, who).rows == []
    people.ask(OTTO, "notifications.mark_read", at="C-2")

    assert listed(people.contexts, people.actor(PIETER)).unread == 1
    assert listed(people.contexts, people.actor(JAN)).unread == 1


def test_staff_have_none_and_can_mark_none(house: House) -> None:
    house.firm.account.invoice(100_00)

    assert house.listed(house.marit).rows == []
    with pytest.raises(PortalError) as refused:
        mark(house, house.marit)
    assert refused.value.code == "not_allowed"
    assert house.listed(house.ania).unread == 1


def test_what_one_may_not_see_one_is_not_told(house: House) -> None:
    firm = house.firm
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", firm.account.clock.now().date())
    firm.account.invoice(100_00)
    house.do(house.pieter, "subscriptions.cancel", subscription=number)
    assert {row.topic for row in house.listed(house.jan).rows} == {"invoices", "subscriptions"}

    with house.contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="invoices_shown", value=False, changed_at=ctx.now))
    assert {row.topic for row in house.listed(house.jan).rows} == {"subscriptions"}
    assert house.listed(house.jan).unread == 1
    hidden = mark(house, house.jan)
    assert hidden.marked == 1, "what one can't see stays unread"


def test_work_to_approve_is_told_to_who_may_approve_it(house: House) -> None:
    asked = {"name": "New website", "budget": 10_000_00, "hourly_rate": 85_00}
    house.do(house.marit, "projects.create", **asked)
    house.do(house.marit, "projects.log_hours", task="Build", hours="2")

    assert [row.topic for row in house.listed(house.pieter).rows] == ["approvals"]
    assert house.listed(house.jan).rows == [], "Jan only looks"

    with house.contexts.system(writes=True) as ctx:
        member = ctx.session.get_one(Membership, house.membership(house.jan).id)
        member.role = Role.BILLING
    assert [row.topic for row in house.listed(replace(house.jan, role=Role.BILLING)).rows] == ["approvals"]


def test_a_business_that_shows_no_notifications_shows_none(house: House) -> None:
    with house.contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="notifications_shown", value=False, changed_at=ctx.now))

    with pytest.raises(PortalError) as refused:
        house.listed(house.ania)
    assert refused.value.code == "switched_off"
