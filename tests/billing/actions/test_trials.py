"""Ending a trial early, and giving it more days."""

from __future__ import annotations

from datetime import date

import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.effects import Preview
from billing.errors import PortalError
from billing.registry import Channel, Role
from billing.verify import verify
from tests.billing.actions.subscriber import World, facts, lines
from tests.billing.actions.test_pausing import start
from tests.billing.actions.test_starting import set_trial


def as_staff(world: World, **asked: object) -> Preview:
    rio = Actor("staff", 1, "Rio", "rio@renotech.example", Role.AGENT, world.ania.customer_id)
    preview = dispatch.preview(world.contexts, "subscriptions.extend_trial", asked, rio, Channel.DESK)
    dispatch.run(world.contexts, "subscriptions.extend_trial", asked, rio, Channel.DESK, token=preview.token)
    return preview


def test_converted_early_the_first_period_starts_today(world: World) -> None:
    set_trial(world, "Growth", 14)
    number = start(world)

    preview, done = world.on(date(2026, 3, 10)).do("subscriptions.convert_trial", subscription=number)

    assert preview.effect.title == "Start Hosting, Growth now"
    assert lines(preview)[-1] == ("To pay today", 217_80)
    assert facts(preview) == {
        "Trial": "ends today instead of after 14 March 2026", "Next renewal": "10 April 2026, €217.80",
    }  # fmt: skip
    assert (done.status, done.due, done.renews_on) == ("active", 217_80, date(2026, 4, 10))
    assert world.periods(number) == [
        ("trial", date(2026, 3, 1), date(2026, 3, 10)), ("service", date(2026, 3, 10), date(2026, 4, 10)),
    ]  # fmt: skip
    assert world.refused("subscriptions.convert_trial", subscription=number).code == "not_in_trial"
    assert verify(world.contexts) == []


def test_converted_on_its_first_day_there_was_no_trial(world: World) -> None:
    set_trial(world, "Growth", 14)
    number = start(world)
    world.do("subscriptions.convert_trial", subscription=number)
    assert world.periods(number) == [("service", date(2026, 3, 1), date(2026, 4, 1))]
    assert verify(world.contexts) == []


def test_staff_extend_a_trial_as_far_as_the_preferences_allow_in_all(world: World) -> None:
    set_trial(world, "Growth", 14)
    number = start(world)  # until 15 March
    world.on(date(2026, 3, 10))

    preview = as_staff(world, subscription=number, until="2026-03-22")

    assert preview.effect.title == "Hosting: 7 more days of trial"
    assert facts(preview) == {
        "Trial ends": "after 21 March 2026", "Instead of": "after 14 March 2026",
        "First payment": "22 March 2026, €217.80",
    }  # fmt: skip
    kept = world.subscription(number)
    assert (kept.status, kept.trial_end, kept.period_end) == ("trialing", date(2026, 3, 22), date(2026, 3, 22))
    assert world.periods(number) == [("trial", date(2026, 3, 1), date(2026, 3, 22))]
    refusals = []
    for until in ("2026-03-30", "2026-03-22"):
        try:
            as_staff(world, subscription=number, until=until)
        except PortalError as refused:
            refusals.append((refused.code, refused.message))
    assert refusals == [
        ("trial_extended_enough", "A trial can be extended by 14 days in all; 7 are left. "
         "Choose 29 March 2026 or an earlier day."),
        ("day_out_of_order", "22 March 2026 is too early. Choose 23 March 2026 or a later day."),
    ]  # fmt: skip
    as_staff(world, subscription=number, until="2026-03-29")
    assert verify(world.contexts) == []


def test_customers_can_not_extend_their_trial(world: World) -> None:
    set_trial(world, "Growth", 14)
    number = start(world)
    assert world.refused("subscriptions.extend_trial", subscription=number, until="2026-03-22").code == "not_allowed"


def test_a_product_is_tried_once_and_then_paid_for(world: World) -> None:
    set_trial(world, "Growth", 14)
    set_trial(world, "Scale", 14)
    number = start(world)
    world.on(date(2026, 3, 14)).do("subscriptions.cancel", subscription=number, when="now")

    again, other = (world.see("subscriptions.start", plan=plan) for plan in ("Hosting Growth", "Hosting Scale"))

    assert (again.effect.due_now, other.effect.due_now) == (217_80, 508_20)
    assert "Free trial" not in facts(again) and again.effect.confirm == "Start, then pay €217.80"


def test_a_trial_that_is_yet_to_begin_is_the_one(world: World) -> None:
    set_trial(world, "Growth", 14)
    later, _ = world.on(date(2026, 3, 1)).do("subscriptions.start", plan="Hosting Growth", starts_on="2026-04-01")
    assert facts(later)["Free trial"] == "until 14 April 2026"

    assert world.see("subscriptions.start", plan="Hosting Growth", starts_on="2026-05-01").effect.due_now is not None
    assert "Free trial" not in facts(world.see("subscriptions.start", plan="Hosting Growth", starts_on="2026-05-01"))


def test_staff_may_let_somebody_try_again(world: World) -> None:
    set_trial(world, "Growth", 14)
    world.do("subscriptions.cancel", subscription=start(world), when="now")
    rio = Actor("staff", 1, "Rio", "rio@renotech.example", Role.AGENT, world.ania.customer_id)

    seen = dispatch.preview(world.contexts, "subscriptions.start", {"plan": "Hosting Growth"}, rio, Channel.DESK)

    assert "Free trial" in facts(seen)
