"""Starting subscriptions: now or later, in a trial, anchored, with a coupon; what is shown is what happens."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing.models.coupons import Coupon, Duration, Redemption
from billing.models.records import AuditEntry, EventRecord
from billing.models.subscriptions import Plan, SubscriptionChange, SubscriptionStatus
from billing.verify import verify
from tests.billing.actions.subscriber import World, facts, lines


def set_trial(world: World, plan: str, days: int) -> None:
    with world.contexts.system(writes=True) as ctx:
        row = ctx.session.exec(select(Plan).where(Plan.name == plan)).first()
        assert row is not None
        row.trial_days = days
        ctx.session.add(row)


def test_a_plan_starts_today_and_is_billed_in_advance_at_once(world: World) -> None:
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.start", plan="Hosting Growth")

    assert preview.effect.title == "Start Hosting, Growth"
    assert lines(preview) == [("Hosting, Growth", 180_00), ("VAT 21% of €180.00", 37_80), ("To pay today", 217_80)]
    assert facts(preview) == {"Next renewal": "12 April 2026, €217.80"}
    assert (preview.effect.confirm, preview.effect.due_now) == ("Start, then pay €217.80", 217_80)
    invoice, rows = world.invoice(done.invoice)
    assert (invoice.total, invoice.due, invoice.issued_on, invoice.due_on) == (
        217_80, 217_80, date(2026, 3, 12), date(2026, 3, 12),
    )  # fmt: skip
    assert [(r.description, r.period_start, r.period_end) for r in rows] == [
        ("Hosting, Growth", date(2026, 3, 12), date(2026, 4, 12))
    ]
    kept = world.subscription(done.subscription)
    assert (kept.status, kept.started_on, kept.anchor_day, kept.period_end) == (
        SubscriptionStatus.ACTIVE, date(2026, 3, 12), 12, date(2026, 4, 12),
    )  # fmt: skip
    assert rows[0].subscription_id == kept.id
    assert world.periods(done.subscription) == [("service", date(2026, 3, 12), date(2026, 4, 12))]
    assert verify(world.contexts) == []


def test_the_history_the_audit_and_the_news_say_who_did_what(world: World) -> None:
    world.on(date(2026, 3, 12))
    _, done = world.do("subscriptions.start", plan="Hosting Growth")

    with world.contexts.system() as ctx:
        change = ctx.session.exec(select(SubscriptionChange)).one()
        assert (change.actor, change.channel, change.price, change.currency) == (
            "Ania Kowalczyk", "portal", 180_00, "EUR",
        )  # fmt: skip
        assert change.sentence == "Hosting, Growth started on 12 March" == done.sentence
        assert (change.before, change.after["status"]) == ({}, "active")
        said = ctx.session.exec(select(AuditEntry)).one().sentence
        assert said == "Ania Kowalczyk: Hosting, Growth started on 12 March (CHG-2026-0001)."
        topics = {topic for event in ctx.session.exec(select(EventRecord)).all() for topic in event.topics}
        assert topics >= {"subscriptions", "invoices"}


def test_a_later_start_bills_nothing_now(world: World) -> None:
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.start", plan="Hosting Growth", starts_on="2026-04-01")

    assert facts(preview) == {
        "To pay today": "€0.00", "Starts": "1 April 2026", "First payment": "1 April 2026, €217.80 a month",
    }  # fmt: skip
    assert preview.effect.confirm == "Start on 1 April"
    assert (done.invoice, done.status, world.periods(done.subscription)) == (None, "scheduled", [])
    assert verify(world.contexts) == []


def test_a_trial_bills_nothing_before_its_end(world: World) -> None:
    set_trial(world, "Growth", 14)
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.start", plan="Hosting Growth")

    assert facts(preview) == {
        "To pay today": "€0.00", "Free trial": "until 25 March 2026", "First payment": "26 March 2026, €217.80 a month",
    }  # fmt: skip
    assert preview.effect.confirm == "Start the free trial"
    assert world.periods(done.subscription) == [("trial", date(2026, 3, 12), date(2026, 3, 26))]
    kept = world.subscription(done.subscription)
    assert (kept.status, kept.trial_end, kept.period_end) == ("trialing", date(2026, 3, 26), date(2026, 3, 26))
    assert verify(world.contexts) == []


def test_without_the_trial_it_is_billed_at_once(world: World) -> None:
    set_trial(world, "Growth", 14)
    _, done = world.on(date(2026, 3, 12)).do("subscriptions.start", plan="Hosting Growth", trial=False)
    assert (done.status, done.due) == ("active", 217_80)


def test_a_fixed_anchor_bills_a_part_first(world: World) -> None:
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.start", plan="Hosting Growth", anchor_day=1)

    assert lines(preview)[0] == ("Hosting, Growth", 116_13)  # 20 of March's 31 days
    assert preview.effect.lines[0].working.startswith("€180.00 × 20 of 31 days, 12–31 March")
    assert facts(preview)["Next renewal"] == "1 April 2026, €217.80"
    assert world.periods(done.subscription) == [("service", date(2026, 3, 12), date(2026, 4, 1))]
    assert verify(world.contexts) == []


@pytest.mark.parametrize(
    ("on", "anchor", "end"),
    [
        (date(2024, 1, 31), 31, date(2024, 2, 29)),
        (date(2024, 2, 10), 31, date(2024, 2, 29)),
        (date(2024, 2, 29), 31, date(2024, 3, 31)),
        (date(2024, 3, 31), 30, date(2024, 4, 30)),
        (date(2024, 12, 20), 15, date(2025, 1, 15)),
    ],
)
def test_the_first_period_ends_on_the_anchor_day_or_the_months_last(
    world: World, on: date, anchor: int, end: date
) -> None:
    _, done = world.on(on).do("subscriptions.start", plan="Hosting Growth", anchor_day=anchor)
    assert world.subscription(done.subscription).period_end == end


def test_seats_and_credit(world: World) -> None:
    world.on(date(2026, 3, 12)).credit(100_00)

    preview, done = world.do("subscriptions.start", plan="Workspace Growth", seats=5)

    assert preview.effect.title == "Start Workspace, Growth with 5 seats"
    assert lines(preview)[-3:] == [("Total", 296_45), ("Your account credit", -121_00), ("To pay today", 175_45)]
    assert (done.credit_used, done.due) == (121_00, 175_45)
    assert verify(world.contexts) == []


def add_coupon(world: World, code: str = "SPRING", **more: object) -> None:
    values = {"name": "Spring offer", "percent": 20, "duration": Duration.ONCE} | more
    with world.contexts.system(writes=True) as ctx:
        ctx.session.add(Coupon(code=code, created_at=ctx.now, **values))  # type: ignore[arg-type]


def test_a_coupon_comes_off_the_first_invoice_and_is_used_up(world: World) -> None:
    add_coupon(world, most_uses=1)
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.start", plan="Hosting Growth", coupon="spring")

    assert lines(preview)[0] == ("Hosting, Growth", 144_00)
    assert facts(preview) == {
        "Next renewal": "12 April 2026, €217.80", "Coupon SPRING": "20% off, on the next invoice",
    }  # fmt: skip
    assert done.due == 174_24
    with world.contexts.system() as ctx:
        redemption = ctx.session.exec(select(Redemption)).one()
        assert (redemption.periods_left, redemption.ended_on) == (0, date(2026, 4, 12))
        assert ctx.session.exec(select(Coupon)).one().uses == 1
    assert world.refused("subscriptions.start", plan="Hosting Scale", coupon="SPRING").code == "coupon_used_up"
    assert verify(world.contexts) == []


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"plan": "Platinum"}, "plan_not_sold", "plan"),
        ({"plan": "Growth"}, "invalid_input", "plan"),
        ({"plan": "Hosting Growth", "seats": 5}, "seats_not_sold", "seats"),
        ({"plan": "Workspace Growth", "seats": 101}, "seats_out_of_range", "seats"),
        ({"plan": "Hosting Growth", "starts_on": "2026-03-11"}, "day_out_of_order", "starts_on"),
        ({"plan": "Hosting Growth", "starts_on": "2030-01-01"}, "invalid_input", "starts_on"),
        ({"plan": "Hosting Growth", "anchor_day": 32}, "invalid_input", "anchor_day"),
        ({"plan": "Hosting Growth", "coupon": "NOSUCH"}, "coupon_unknown", "coupon"),
    ],
)
def test_what_can_not_start_says_why_and_leaves_nothing(
    world: World, asked: dict[str, object], code: str, field: str
) -> None:
    world.on(date(2026, 3, 12))
    refused = world.refused("subscriptions.start", **asked)
    assert (refused.code, refused.field) == (code, field)
    with world.contexts.system() as ctx:
        assert ctx.session.exec(select(SubscriptionChange)).all() == []
