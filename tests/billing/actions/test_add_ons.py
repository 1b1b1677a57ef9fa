"""Add-ons: for the rest of the period, in a trial, once, more of them, and removed."""

from __future__ import annotations

from datetime import date

import pytest

import billing.actions.subscription_cancel
import billing.actions.subscription_extras
import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing.models.subscriptions import AddOn
from billing.verify import verify
from tests.billing.actions.subscriber import VAT, World, facts, lines
from tests.billing.actions.test_pausing import start
from tests.billing.actions.test_starting import set_trial


@pytest.fixture(autouse=True)
def sold(world: World) -> None:
    with world.contexts.system(writes=True) as ctx:
        ctx.session.add_all([
            AddOn(code="backup", name="Backup space", currency="EUR", unit_amount=31_00, tax_rate=VAT),
            AddOn(code="setup", name="Set-up help", currency="EUR", unit_amount=95_00, recurring=False, tax_rate=VAT),
            AddOn(code="yen", name="Yen", currency="JPY", unit_amount=1000),
        ])  # fmt: skip


def test_what_recurs_is_charged_for_the_rest_of_the_period(world: World) -> None:
    number = start(world)

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.add_add_on", add_on="Backup space")

    assert preview.effect.title == "Add Backup space to Hosting"
    assert lines(preview) == [("Backup space", 20_00), ("VAT 21% of €20.00", 4_20), ("To pay today", 24_20)]
    assert preview.effect.lines[0].working.startswith("€31.00 × 20 of 31 days")
    assert facts(preview) == {"Next renewal": "1 April 2026, €255.31"}
    assert (done.due, done.next_price) == (24_20, 255_31)
    assert verify(world.contexts) == []

    preview, done = world.on(date(2026, 3, 22)).do("subscriptions.add_add_on", add_on="backup", quantity=2)

    assert preview.effect.title == "Add 2 × Backup space to Hosting"
    assert lines(preview)[:2] == [("Backup space, not used", -10_00), ("Backup space", 30_00)]
    assert facts(preview)["You have then"] == "3 instead of 1"
    assert done.next_price == 217_80 + 3 * 37_51
    assert verify(world.contexts) == []

    preview, done = world.do("subscriptions.cancel", subscription=number, when="now")

    assert lines(preview)[:2] == [("Hosting, Growth, not used", -52_26), ("Backup space, not used", -27_00)]
    assert verify(world.contexts) == []


def test_removed_it_ends_with_the_period_and_that_can_be_taken_back(world: World) -> None:
    number = start(world)
    world.do("subscriptions.add_add_on", add_on="backup")

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.remove_add_on", add_on="backup")

    assert facts(preview) == {
        "To pay today": "€0.00", "Ends": "1 April 2026, at the end of the paid period",
        "Next renewal": "1 April 2026, €217.80",
    }  # fmt: skip
    assert (done.sentence, done.next_price) == ("Backup space of Hosting ends on 1 April", 217_80)
    assert world.refused("subscriptions.remove_add_on", add_on="backup").code == "add_on_ending"
    preview, done = world.do("subscriptions.take_back", subscription=number)
    assert preview.effect.title == "Backup space stays"
    assert done.next_price == 255_31
    assert verify(world.contexts) == []


def test_removed_at_once_it_gives_back_what_is_not_used(world: World) -> None:
    world.prefer("fewer_seats", "today")
    start(world)
    world.do("subscriptions.add_add_on", add_on="backup")

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.remove_add_on", add_on="backup")

    assert lines(preview)[0] == ("Backup space, not used", -20_00)
    assert (done.credited, done.next_price) == (24_20, 217_80)
    assert verify(world.contexts) == []


def test_where_they_end_with_the_period_now_is_refused(world: World) -> None:
    start(world)
    world.do("subscriptions.add_add_on", add_on="backup")
    refused = world.refused("subscriptions.remove_add_on", add_on="backup", when="now")
    assert refused.message == ("An add-on ends with the paid period, on 1 April 2026. Choose the end of the period.")


def test_what_is_sold_once_is_charged_once(world: World) -> None:
    number = start(world)

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.add_add_on", add_on="setup", quantity=2)

    assert lines(preview)[0] == ("Set-up help", 190_00)
    assert facts(preview) == {"Charged": "once"}
    assert (done.due, done.next_price) == (229_90, 217_80)
    preview, _ = world.do("subscriptions.cancel", subscription=number, when="now")
    assert [label for label, _ in lines(preview)] == [
        "Hosting, Growth, not used",
        "VAT 21% of −€110.32",
        "Credit you get",
    ]
    assert verify(world.contexts) == []


def test_in_a_trial_nothing_that_recurs_is_charged_before_its_end(world: World) -> None:
    set_trial(world, "Growth", 14)
    start(world)
    preview, done = world.do("subscriptions.add_add_on", add_on="backup")
    assert facts(preview) == {"To pay today": "€0.00", "First payment": "15 March 2026, €255.31"}
    assert done.invoice is None
    assert verify(world.contexts) == []


def test_what_does_not_fit_says_what_there_is(world: World) -> None:
    number = start(world)
    refused = world.refused("subscriptions.add_add_on", add_on="yen", subscription=number)
    assert (refused.code, refused.next_step) == ("add_on_not_offered", "Choose one of: Backup space, Set-up help.")
    refused = world.refused("subscriptions.remove_add_on", add_on="backup", subscription=number)
    assert (refused.code, refused.next_step) == ("add_on_not_there", "Choose one of: there is none.")
    refused = world.refused("subscriptions.add_add_on", add_on="backup", subscription=number, quantity=0)
    assert (refused.code, refused.field) == ("invalid_input", "quantity")
