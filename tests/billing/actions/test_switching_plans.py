"""Switching a plan or its seats: what is shown is what happens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

from sqlmodel import select

import billing.actions.subscriptions  # noqa: F401
from billing.actions.subscriptions import SubscriptionList
from billing.models.invoices import InvoiceKind
from billing.models.ledger import Balance
from billing.models.subscriptions import Plan, SubscriptionStatus
from billing.verify import verify
from tests.billing.actions.subscriber import APRIL, MARCH, World, facts, lines


def test_hosting_growth_to_business_on_12_march(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)
    world.credit(33_06)  # 40.00 with tax

    preview, done = world.switch(plan="Business")

    assert preview.effect.title == "Switch Hosting to Business"
    assert lines(preview) == [
        ("Credit: Growth, not used", -116_13),
        ("Charge: Business", 167_74),
        ("VAT 21% of €51.61", 10_84),
        ("Total for the switch", 62_45),
        ("Your account credit", -40_00),
        ("To pay today", 22_45),
    ]
    assert preview.effect.lines[0].working == "€180.00 × 20 of 31 days, 12–31 March"
    assert preview.effect.due_now == 22_45
    assert (preview.effect.confirm, preview.effect.decline) == ("Switch, then pay €22.45", "Keep Growth")
    assert facts(preview) == {
        "Next renewal, 1 April 2026": "€314.60 with VAT",
        "Price now": "€217.80 with VAT, so €96.80 more a month",
    }
    assert (done.due, done.credit_used, done.next_price) == (22_45, 40_00, 314_60)
    assert done.change == "CHG-2026-0001"
    invoice, rows = world.invoice(done.invoice)
    assert (invoice.total, invoice.credited, invoice.due, invoice.due_on) == (62_45, 40_00, 22_45, date(2026, 3, 12))
    assert [(r.description, r.amount) for r in rows] == [
        ("Hosting, Growth, not used", -116_13), ("Hosting, Business", 167_74),
    ]  # fmt: skip
    assert rows[1].working[0] == "€260.00 × 20 of 31 days, 12–31 March = €167.74"
    kept = world.subscription(number)
    assert (kept.plan_id, kept.pending_plan_id, kept.period_end) == (invoice_plan(world, "Business"), None, MARCH[1])
    assert verify(world.contexts) == []


def invoice_plan(world: World, name: str) -> int | None:
    with world.contexts.system() as ctx:
        found = ctx.session.exec(select(Plan.id).where(Plan.name == name)).one()
        return found


def test_from_50_to_100_with_16_days_of_31_left(world: World) -> None:
    world.on(date(2026, 3, 16)).subscribe("Small", "Basic", *MARCH)

    preview, _ = world.switch(plan="Plus")

    assert [amount for _, amount in lines(preview)][:2] == [-25_81, 51_61]


def test_a_cheaper_plan_gives_back_credit_at_once(world: World) -> None:
    world.on(date(2026, 4, 16)).subscribe("Hosting", "Scale", *APRIL)

    preview, done = world.switch(plan="Growth")

    assert lines(preview) == [
        ("Credit: Scale, not used", -210_00),
        ("Charge: Growth", 90_00),
        ("VAT 21% of −€120.00", -25_20),
        ("Credit you get", -145_20),
    ]
    assert (preview.effect.confirm, preview.effect.due_now) == ("Switch and get €145.20 credit", 0)
    assert (done.invoice, done.credited) == (None, 145_20)
    note, _ = world.invoice(done.credit_note)
    assert (note.kind, note.credit_left, note.total) == (InvoiceKind.CREDIT_NOTE, 145_20, -145_20)
    with world.contexts.system() as ctx:
        assert ctx.session.get_one(Balance, (world.ania.customer_id, "EUR")).credit == 145_20
    assert verify(world.contexts) == []


def test_fewer_seats_start_at_the_renewal(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Team mail", "", *MARCH, seats=18)

    preview, done = world.switch(seats=16)

    assert preview.effect.title == "Team mail: 18 seats to 16"
    assert lines(preview) == [("16 seats × €6.50", 104_00), ("VAT 21%", 21_84), ("New price a month", 125_84)]
    assert facts(preview) == {
        "To pay today": "€0.00",
        "Takes effect": "1 April 2026, at renewal",
        "Price now": "€141.57 a month, so €15.73 less",
    }
    assert (preview.effect.confirm, preview.effect.decline) == ("Change to 16 seats", "Not now")
    assert done.sentence == "Team mail changes to 16 seats on 1 April"
    assert (done.invoice, done.credit_note, done.starts_on) == (None, None, date(2026, 4, 1))
    kept = world.subscription(number)
    assert (kept.seats, kept.pending_seats, kept.pending_on) == (18, 16, date(2026, 4, 1))
    shown = cast(SubscriptionList, world.ask("subscriptions.list"))
    assert (shown.rows[0].price_with_tax, shown.rows[0].next_price_with_tax) == (141_57, 125_84)
    assert shown.next_invoice is not None and shown.next_invoice.total == 125_84


def test_a_scheduled_change_is_taken_back_by_asking_for_what_one_has(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Team mail", "", *MARCH, seats=18)
    world.switch(seats=16)

    preview, done = world.switch(seats=18)

    assert preview.effect.title == "Team mail stays at 18 seats"
    assert (preview.effect.confirm, preview.effect.lines) == ("Take it back", ())
    assert done.change == "CHG-2026-0002"
    kept = world.subscription(number)
    assert (kept.seats, kept.pending_seats, kept.pending_plan_id, kept.pending_on) == (18, None, None, None)
    assert world.refusal(seats=18).code == "plan_unchanged"


def test_more_seats_cost_for_the_days_that_are_left(world: World) -> None:
    world.on(date(2026, 2, 16)).subscribe("Team mail", "", date(2026, 2, 1), date(2026, 3, 1), seats=16)

    preview, done = world.switch(seats=18)

    assert lines(preview)[:2] == [("Credit: 16 seats, not used", -48_29), ("Charge: 18 seats", 54_32)]
    assert preview.effect.lines[1].working == "18 × €6.50 × 13 of 28 days, 16–28 February"
    assert preview.effect.decline == "Keep 16 seats"
    assert done.seats == 18


def test_growth_with_5_seats(world: World) -> None:
    world.on(date(2026, 3, 16)).subscribe("Workspace", "Starter", *MARCH, seats=3)

    preview, done = world.switch(plan="growth", seats=5)

    assert preview.effect.title == "Switch Workspace to Growth with 5 seats"
    assert lines(preview)[:2] == [
        ("Credit: Starter with 3 seats, not used", -44_90),
        ("Charge: Growth with 5 seats", 126_45),
    ]
    _, rows = world.invoice(done.invoice)
    assert (rows[1].description, rows[1].quantity) == ("Workspace, Growth, 5 seats", Decimal(5))


def test_seats_single_out_the_plan_that_has_seats(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Scale", *MARCH)
    world.subscribe("Workspace", "Starter", *MARCH, seats=3)

    assert world.preview(plan="Growth", seats=5).effect.title == "Switch Workspace to Growth with 5 seats"
    refused = world.refusal(plan="Growth")
    assert (refused.code, refused.field) == ("invalid_input", "subscription")
    assert refused.message == ("Which one do you mean: Hosting (SUB-HOSTING) or Workspace (SUB-WORKSPACE)?")
    assert world.preview(plan="Growth", subscription="sub-hosting").effect.title == "Switch Hosting to Growth"


def test_the_renewal_may_be_chosen_and_costs_nothing_today(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH)

    preview, done = world.switch(plan="Business", starts="renewal")

    assert preview.effect.due_now == 0
    assert lines(preview)[-1] == ("New price a month", 314_60)
    assert done.sentence == "Hosting changes to Business on 1 April"
    assert world.subscription(number).pending_plan_id == invoice_plan(world, "Business")
    assert world.refusal(plan="Business", starts="renewal").code == "plan_unchanged"


def test_policy_is_a_setting_of_the_business_and_of_a_plan(world: World) -> None:
    number = world.on(date(2026, 3, 12)).subscribe("Hosting", "Scale", *MARCH)
    world.prefer("downgrade", "renewal")

    assert facts(world.preview(plan="Growth"))["Takes effect"] == "1 April 2026, at renewal"
    refused = world.refusal(plan="Growth", starts="today")
    assert (refused.code, refused.field) == ("invalid_input", "starts")

    with world.contexts.system(writes=True) as ctx:
        plan = ctx.session.exec(select(Plan).where(Plan.name == "Scale")).one()
        plan.policy = {"downgrade": "today"}
    assert lines(world.preview(plan="Growth"))[-1][0] == "Credit you get"
    assert world.subscription(number).pending_plan_id is None


def test_a_trial_changes_at_once_and_costs_nothing_before_its_end(world: World) -> None:
    world.on(date(2026, 3, 12)).subscribe(
        "Hosting", "Growth", date(2026, 2, 19), date(2026, 3, 19),
        status=SubscriptionStatus.TRIALING, trial_end=date(2026, 3, 19),
    )  # fmt: skip

    preview, done = world.switch(plan="Business")

    assert preview.effect.due_now == 0
    assert facts(preview)["First payment"] == "19 March 2026, when the trial ends"
    assert (done.invoice, done.credit_note) == (None, None)


def test_a_discount_stays_on_the_subscription(world: World) -> None:
    world.on(date(2026, 4, 16)).subscribe("Hosting", "Growth", *APRIL, discount_percent=Decimal(10))

    preview = world.preview(plan="Business")

    assert [amount for _, amount in lines(preview)][:2] == [-81_00, 117_00]
    assert preview.effect.lines[0].working == "(€180.00 − 10%) × 15 of 30 days, 16–30 April"
