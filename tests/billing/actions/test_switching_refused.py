"""What a switch refuses, repeats and records."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from sqlmodel import select

import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.actions.subscriptions import PlanChoices, SubscriptionDetail
from billing.context import Actor
from billing.errors import PortalError
from billing.models.people import Customer
from billing.models.records import AuditEntry
from billing.models.subscriptions import Plan, Product, SubscriptionStatus
from billing.registry import Channel, Role
from tests.billing.actions.subscriber import MARCH, World

REFUSALS: list[tuple[dict[str, object], str, str, str]] = [
    ({}, "invalid_input", "plan", "Say which plan you want, or how many seats."),
    ({"plan": "Gold"}, "plan_not_offered", "plan",
     "Your account can not be switched to Gold. "
     "Choose one of: Hosting Growth, Hosting Business, Workspace Growth."),
    ({"plan": "Gold", "subscription": "SUB-HOSTING"}, "plan_not_offered", "plan",
     "Hosting can not be switched to Gold. Choose one of: Growth, Business."),
    ({"plan": "Business", "seats": 4}, "seats_not_sold", "seats",
     "Hosting Business has no seats. Leave the seats out."),
    ({"plan": "Scale"}, "plan_unchanged", "plan",
     "Hosting already is on that plan. Choose another plan or other seats."),
    ({"seats": 101}, "seats_out_of_range", "seats",
     "Workspace Starter needs 1 to 100 seats. Choose a number in that range."),
    ({"plan": "Growth", "seats": 1}, "seats_out_of_range", "seats",
     "Workspace Growth needs 2 to 100 seats. Choose a number in that range."),
    ({"plan": "Business", "subscription": "SUB-NONE"}, "not_found", "subscription",
     "There is no subscription “SUB-NONE” in this account. Check the number."),
    ({"seats": 0}, "invalid_input", "seats", "Seats must be 1 or more."),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "code", "field", "message"), REFUSALS, ids=[str(r[0]) for r in REFUSALS])
def test_bad_input_gets_a_sentence_and_changes_nothing(
    world: World, asked: dict[str, object], code: str, field: str, message: str
) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Scale", *MARCH)
    world.subscribe("Workspace", "Starter", *MARCH, seats=3)

    refused = world.refusal(**asked)

    assert (refused.code, refused.field, refused.message) == (code, field, message)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("ended", "Hosting ended on 1 April 2026. Nothing was changed. You can reactivate it."),
        ("ending", "Hosting ends on 1 April 2026. Nothing was changed. Take the cancellation back first."),
        ("paused", "Hosting is paused. Nothing was changed. Resume it first."),
        ("past_due", "A payment for Hosting has failed. Nothing was changed. Pay what is owed first, then try again."),
    ],
)
def test_only_an_active_subscription_is_switched(world: World, status: str, message: str) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH, status=status)

    assert world.refusal(plan="Business").message == message


def test_on_the_day_of_the_renewal_one_waits_for_it(world: World) -> None:
    world.on(date(2026, 4, 1)).subscribe("Hosting", "Growth", *MARCH)

    assert world.refusal(plan="Business").code == "renewal_due"


def test_somebody_elses_subscription_is_not_found(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    with world.contexts.system(writes=True) as ctx:
        other = Customer(number="C-2", name="Other", currency="EUR", created_at=ctx.now)
        ctx.session.add(other)
        ctx.session.flush()
        stranger = Actor("contact", 99, "Eve", "eve@example.com", Role.OWNER, other.id)

    with pytest.raises(PortalError) as refused:
        dispatch.preview(
            world.contexts, "subscriptions.switch_plan", {"plan": "Business", "subscription": "SUB-HOSTING"}, stranger,
            Channel.PORTAL,
        )  # fmt: skip
    assert refused.value.code == "not_found"


def test_a_viewer_may_look_and_not_switch(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    viewer = Actor("contact", 5, "Jan-Willem", "jw@example.com", Role.VIEWER, world.ania.customer_id)

    listed = dispatch.run(world.contexts, "subscriptions.list", {}, viewer, Channel.PORTAL)
    assert len(listed.rows) == 1
    with pytest.raises(PortalError) as refused:
        dispatch.preview(world.contexts, "subscriptions.switch_plan", {"plan": "Business"}, viewer, Channel.PORTAL)
    assert refused.value.code == "not_allowed"


def test_the_figures_of_another_day_are_refused_and_nothing_is_switched(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    world.clock.set(datetime(2026, 3, 12, 22, 55, tzinfo=UTC))  # 23:55 in Amsterdam
    preview = world.preview(plan="Business")
    world.clock.advance(timedelta(minutes=10))

    with pytest.raises(PortalError) as refused:
        world.confirm(preview, plan="Business")

    assert refused.value.code == "preview_changed"
    assert world.subscription(number).plan_id == invoice_plan_of(world, "Hosting", "Growth")


def invoice_plan_of(world: World, product: str, plan: str) -> int | None:
    with world.contexts.system() as ctx:
        found = ctx.session.exec(select(Plan.id).join(Product).where(Product.name == product, Plan.name == plan)).one()
        return found


def test_confirming_twice_switches_once(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    preview = world.preview(plan="Business")

    first = world.confirm(preview, plan="Business")
    again = world.confirm(preview, plan="Business")

    assert again == first
    detail = cast(SubscriptionDetail, world.ask("subscriptions.show", subscription="SUB-HOSTING"))
    assert [c.sentence for c in detail.changes] == ["Hosting changed from Growth to Business on 12 March"]


def test_the_history_and_the_audit_say_who_did_it(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    world.switch(plan="Business")

    with world.contexts.system() as ctx:
        entry = ctx.session.exec(select(AuditEntry)).one()
    assert entry.sentence == "Ania Kowalczyk confirmed “Switch Hosting to Business” (CHG-2026-0001)."


def test_plans_show_what_one_may_switch_to(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    world.subscribe("Small", "Basic", *MARCH, status=SubscriptionStatus.ENDED)
    with world.contexts.system(writes=True) as ctx:
        ctx.session.exec(select(Plan).where(Plan.name == "Scale")).one().offered = False

    choices = cast(PlanChoices, world.ask("subscriptions.plans"))

    assert [(row.product, [(o.name, o.current) for o in row.options]) for row in choices.rows] == [
        ("Hosting", [("Growth", True), ("Business", False)])
    ]
    assert world.refusal(plan="Scale").code == "plan_not_offered"


def test_switched_off_means_refused(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    world.prefer("switch_plan", False)

    assert world.refusal(plan="Business").code == "switched_off"


def test_seats_alone_name_the_choices_when_two_are_sold_by_the_seat(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Team mail", "", *MARCH, seats=18)
    world.subscribe("Workspace", "Starter", *MARCH, seats=3)

    assert world.refusal(seats=5).field == "subscription"
