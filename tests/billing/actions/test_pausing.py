"""Pausing and resuming under each policy: told in dated steps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import billing.actions.subscription_cancel
import billing.actions.subscription_pause
import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.models.invoices import InvoiceStatus
from billing.registry import Channel
from billing.verify import verify
from tests.billing.actions.subscriber import World, facts, lines


def start(world: World, on: date = date(2026, 3, 1), plan: str = "Hosting Growth", **more: object) -> str:
    _, done = world.on(on).do("subscriptions.start", plan=plan, **more)
    return str(done.subscription)


def test_a_pause_gives_back_what_is_not_used_and_a_new_period_starts_when_it_ends(world: World) -> None:
    number = start(world)

    world.on(date(2026, 3, 12))
    preview, done = world.do("subscriptions.pause", subscription=number, reason="Shop is closed")

    assert preview.effect.title == "Pause Hosting"
    assert lines(preview) == [
        ("Hosting, Growth, not used", -110_32),  # 19 of 31 days: the day of the pause is used
        ("VAT 21% of −€110.32", -23_17),
        ("Credit you get", -133_49),
    ]
    assert facts(preview) == {
        "Comes off RT-2026-0001": "€133.49",
        "Pauses": "12 March 2026, today",
        "Resumes": "when you resume it",
        "Meanwhile": "nothing is charged",
    }
    assert preview.effect.confirm == "Pause and owe €133.49 less"
    assert (done.status, done.credited, done.sentence) == ("paused", 133_49, "Hosting paused on 12 March")
    invoice, _ = world.invoice("RT-2026-0001")
    assert (invoice.due, invoice.credited) == (84_31, 133_49)
    note, _ = world.invoice(done.credit_note)
    assert (note.corrects_id, note.credit_left, note.status) == (invoice.id, 0, InvoiceStatus.PAID)
    assert world.periods(number) == [
        ("service", date(2026, 3, 1), date(2026, 3, 13)), ("pause", date(2026, 3, 13), None),
    ]  # fmt: skip
    kept = world.subscription(number)
    assert (kept.status, kept.paused_on, kept.pause_reason) == ("paused", date(2026, 3, 12), "Shop is closed")
    assert verify(world.contexts) == []

    world.on(date(2026, 5, 20))
    preview, done = world.do("subscriptions.resume", subscription=number)

    assert lines(preview)[-1] == ("To pay today", 217_80)
    assert facts(preview) == {"Runs again from": "20 May 2026", "Next renewal": "20 June 2026, €217.80"}
    assert (done.status, done.due, done.renews_on) == ("active", 217_80, date(2026, 6, 20))
    assert world.periods(number)[1:] == [
        ("pause", date(2026, 3, 13), date(2026, 5, 20)), ("service", date(2026, 5, 20), date(2026, 6, 20)),
    ]  # fmt: skip
    kept = world.subscription(number)
    assert (kept.anchor_day, kept.paused_on, kept.pause_reason) == (20, None, "")
    assert verify(world.contexts) == []


def test_a_fixed_anchor_stays_and_the_resumption_bills_a_part(world: World) -> None:
    number = start(world, anchor_day=1)
    world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number)

    preview, done = world.on(date(2026, 4, 21)).do("subscriptions.resume", subscription=number)

    assert lines(preview)[0] == ("Hosting, Growth", 60_00)  # 10 of 30 days
    assert done.renews_on == date(2026, 5, 1)
    assert world.subscription(number).anchor_day == 1
    assert verify(world.contexts) == []


def test_resumed_on_the_day_of_the_pause_it_starts_again_when_that_is_used(world: World) -> None:
    number = start(world)
    world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number)

    preview, _ = world.do("subscriptions.resume", subscription=number)

    assert facts(preview)["Runs again from"] == "13 March 2026"
    assert world.periods(number) == [
        ("service", date(2026, 3, 1), date(2026, 3, 13)), ("service", date(2026, 3, 13), date(2026, 4, 13)),
    ]  # fmt: skip
    assert verify(world.contexts) == []

    world.do("subscriptions.pause", subscription=number)  # and again: all of the new period comes back

    assert world.periods(number) == [
        ("service", date(2026, 3, 1), date(2026, 3, 13)), ("pause", date(2026, 3, 13), None),
    ]  # fmt: skip
    assert verify(world.contexts) == []


def test_where_the_day_counts_as_unused_all_of_the_first_day_comes_back(world: World) -> None:
    world.prefer("cancellation_day", "unused")
    number = start(world)

    preview, _ = world.do("subscriptions.pause", subscription=number)

    assert lines(preview)[-1] == ("Credit you get", -217_80)
    assert world.periods(number) == [("pause", date(2026, 3, 1), None)]
    _, done = world.on(date(2026, 3, 5)).do("subscriptions.resume", subscription=number)
    assert done.renews_on == date(2026, 4, 5)
    assert verify(world.contexts) == []


def test_without_credit_the_paid_days_wait(world: World) -> None:
    world.prefer("pause", "no_credit")
    number = start(world)

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number)

    assert (lines(preview), done.credit_note) == ([], None)
    assert facts(preview)["Paid until"] == "31 March 2026, and you can use it until then if you resume"
    assert world.periods(number)[-1] == ("pause", date(2026, 3, 12), None)

    preview, done = world.on(date(2026, 3, 20)).do("subscriptions.resume", subscription=number)

    assert facts(preview) == {
        "To pay today": "€0.00", "Runs again from": "20 March 2026", "Paid until": "31 March 2026",
        "Next renewal": "1 April 2026, €217.80",
    }  # fmt: skip
    assert (done.invoice, done.renews_on) == (None, date(2026, 4, 1))
    assert world.periods(number)[1:] == [
        ("pause", date(2026, 3, 12), date(2026, 3, 20)), ("service", date(2026, 3, 20), date(2026, 4, 1)),
    ]  # fmt: skip
    assert world.subscription(number).anchor_day == 1
    assert verify(world.contexts) == []


def test_without_credit_and_after_the_paid_days_a_new_period_is_billed(world: World) -> None:
    world.prefer("pause", "no_credit")
    number = start(world)
    world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number)

    _, done = world.on(date(2026, 4, 20)).do("subscriptions.resume", subscription=number)

    assert (done.due, done.renews_on) == (217_80, date(2026, 5, 20))
    assert verify(world.contexts) == []


def test_at_the_periods_end_it_is_only_planned_and_can_be_taken_back(world: World) -> None:
    world.prefer("pause", "period_end")
    number = start(world)
    world.on(date(2026, 3, 12))

    refused = world.refused("subscriptions.pause", subscription=number, when="now")
    assert refused.code == "policy_differs"
    assert refused.message == "A pause starts at the end of the period, on 1 April 2026. Choose the end of the period."
    before = world.subscription(number).model_dump()
    preview, done = world.do("subscriptions.pause", subscription=number, until="2026-06-01")
    assert facts(preview)["Pauses"] == "1 April 2026, at the end of the period"
    assert done.sentence == "Hosting pauses on 1 April until 1 June"
    kept = world.subscription(number)
    assert (kept.status, kept.pause_on, kept.resumes_on) == ("active", date(2026, 4, 1), date(2026, 6, 1))
    assert world.refused("subscriptions.pause", subscription=number).code == "already_planned"

    preview, _ = world.do("subscriptions.take_back", subscription=number)
    assert facts(preview)["Taken back"] == "the pause planned for 1 April 2026"
    assert world.subscription(number).model_dump() == before


@pytest.mark.parametrize("until", ["2026-03-12", "2026-03-01"])
def test_a_pause_ends_after_it_starts(world: World, until: str) -> None:
    number = start(world)
    world.on(date(2026, 3, 12))
    refused = world.refused("subscriptions.pause", subscription=number, until=until)
    assert (refused.code, refused.field) == ("day_out_of_order", "until")
    assert refused.next_step == "Choose 13 March 2026 or a later day."


def test_each_state_that_can_not_be_paused_or_resumed_names_the_way_out(world: World) -> None:
    number = start(world)
    said = world.refused("subscriptions.resume", subscription=number).message
    assert said == "Hosting is running. Nothing needs to be done."
    world.do("subscriptions.pause", subscription=number)
    said = world.refused("subscriptions.pause", subscription=number).message
    assert said == "Hosting is paused. Nothing was changed. Resume it first."
    world.on(date(2026, 3, 5)).do("subscriptions.resume", subscription=number)
    world.do("subscriptions.cancel", subscription=number)
    said = world.refused("subscriptions.pause", subscription=number).message
    assert said == "Hosting ends on 5 April 2026. Nothing was changed. Take the cancellation back first."
    world.do("subscriptions.cancel", subscription=number, when="now")
    said = world.refused("subscriptions.resume", subscription=number).message
    assert said == "Hosting ended on 5 March 2026. Nothing was changed. You can reactivate it."
    later = start(world, date(2026, 3, 5), starts_on="2026-04-01")
    said = world.refused("subscriptions.pause", subscription=later).message
    assert (
        said == "Hosting has not started: it starts on 1 April 2026. Nothing was changed. Until then you can cancel it."
    )
    assert verify(world.contexts) == []


def test_without_a_number_the_only_one_that_fits_is_meant(world: World) -> None:
    start(world)
    start(world, plan="Team mail", seats=3)
    refused = world.refused("subscriptions.pause")
    assert refused.message == "Which one do you mean: Hosting (SUB-2026-0001) or Team mail (SUB-2026-0002)?"
    world.do("subscriptions.pause", subscription="SUB-2026-0001")
    preview, _ = world.do("subscriptions.resume")
    assert preview.effect.title == "Resume Hosting"


def test_counted_in_seconds_the_figures_stand_from_the_preview_to_its_yes(world: World) -> None:
    world.prefer("granularity", "second")
    number = start(world, date(2026, 4, 1))  # at noon in London, 14:00 in Amsterdam
    world.on(date(2026, 4, 16))
    asked = {"subscription": number}

    preview = world.see("subscriptions.pause", **asked)
    world.clock.advance(timedelta(minutes=14))
    done = dispatch.run(world.contexts, "subscriptions.pause", asked, world.ania, Channel.PORTAL, token=preview.token)

    assert lines(preview)[0] == ("Hosting, Growth, not used", -90_00)
    assert preview.effect.lines[0].working.startswith("€180.00 × 1,296,000 of 2,592,000 seconds")
    assert done.credited == 108_90
    assert verify(world.contexts) == []


def test_the_end_of_a_pause_is_said_with_its_year_where_that_is_another(world: World) -> None:
    number = start(world)

    _, done = world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number, until=date(2028, 3, 11))
    assert done.sentence == "Hosting paused on 12 March until 11 March 2028"

    world.do("subscriptions.resume", subscription=number)
    _, done = world.do("subscriptions.pause", subscription=number, until=date(2026, 6, 1))
    assert done.sentence == "Hosting paused on 12 March until 1 June"


def test_a_pause_ends_within_two_years(world: World) -> None:
    number = start(world)

    refused = world.refused("subscriptions.pause", subscription=number, until=date(2028, 3, 2))

    assert (refused.field, refused.message) == ("until", "A pause ends two years from now at the latest.")
