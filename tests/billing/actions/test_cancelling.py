"""Cancelling now or at the end of the term, taking it back, and starting again: told in dated steps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from sqlmodel import select

import billing.actions.subscription_cancel
import billing.actions.subscription_pause
import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.errors import PortalError
from billing.jobs import bill_due
from billing.models.invoices import Invoice
from billing.models.subscriptions import Plan, Product, Subscription, SubscriptionChange
from billing.posting import apply_credit
from billing.price_list.plans import add_plan, price_of
from billing.registry import Channel, Role
from billing.verify import verify
from tests.billing.actions.subscriber import World, facts, lines
from tests.billing.actions.test_pausing import start
from tests.billing.actions.test_starting import set_trial


def test_at_the_end_of_the_term_nothing_changes_before_it(world: World) -> None:
    number = start(world)

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, reason="Too dear")

    assert (preview.effect.title, preview.effect.lines) == ("Cancel Hosting", ())
    assert facts(preview) == {
        "To pay today": "€0.00",
        "Ends": "1 April 2026, when the paid period ends",
        "Until then": "everything stays as it is, and you can take this back",
    }
    assert (preview.effect.confirm, preview.effect.decline) == ("Cancel on 1 April", "Keep Hosting")
    kept = world.subscription(number)
    assert (kept.status, kept.ends_on, kept.cancel_reason) == ("ending", date(2026, 4, 1), "Too dear")
    assert (done.status, done.sentence, done.renews_on) == ("ending", "Hosting ends on 1 April", None)
    assert world.refused("subscriptions.cancel", subscription=number).code == "already_planned"
    assert verify(world.contexts) == []


def test_at_once_the_unused_part_becomes_credit(world: World) -> None:
    number = start(world)
    pay(world, "RT-2026-0001")

    preview, done = world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, when="now")

    assert lines(preview)[-1] == ("Credit you get", -133_49)
    assert (preview.effect.confirm, preview.effect.danger) == ("Cancel and get €133.49 credit", True)
    assert preview.effect.warning == "Hosting stops today."
    assert (done.status, done.credited, done.refunds) == ("ended", 133_49, [])
    note, _ = world.invoice(done.credit_note)
    assert note.credit_left == 133_49
    assert world.periods(number) == [("service", date(2026, 3, 1), date(2026, 3, 13))]
    assert world.subscription(number).ended_on == date(2026, 3, 12)
    assert verify(world.contexts) == []


def pay(world: World, number: str) -> None:
    """Settles an invoice by credit that somebody grants: what it was for does not matter here."""
    invoice, _ = world.invoice(number)
    world.credit(round(invoice.due / 1.21))
    with world.contexts.open(world.ania, Channel.PORTAL, writes=True) as ctx:
        row = ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()
        apply_credit(ctx, row)
        assert row.due == 0


def test_the_published_case_160_and_25_percent_on_the_first_of_30_days(world: World) -> None:
    with world.contexts.system(writes=True) as ctx:
        product = Product(name="Case")
        ctx.session.add(product)
        ctx.session.flush()
        plan = Plan(product_id=product.id or 0, name="", currency="EUR", unit_amount=160_00, tax_rate=Decimal(25))
        add_plan(ctx.session, product, plan, ctx.now)
    number = start(world, date(2026, 4, 1), "Case")

    preview, done = world.do("subscriptions.cancel", subscription=number, when="now")

    assert lines(preview) == [
        ("Case, not used", -154_67), ("VAT 25% of −€154.67", -38_67), ("Credit you get", -193_34),
    ]  # fmt: skip
    assert done.credited == 193_34


@pytest.mark.parametrize(("policy", "credited"), [("nothing", 0), ("credit", 133_49)])
def test_what_is_given_back_is_the_policys(world: World, policy: str, credited: int) -> None:
    world.prefer("cancellation", policy)
    number = start(world)
    _, done = world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, when="now")
    assert done.credited == credited
    assert world.periods(number) == [("service", date(2026, 3, 1), date(2026, 3, 13))]
    assert verify(world.contexts) == []


def test_customers_may_ask_for_less_and_only_staff_for_more(world: World) -> None:
    world.prefer("cancellation", "nothing")
    number = start(world)
    world.on(date(2026, 3, 12))
    refused = world.refused("subscriptions.cancel", subscription=number, when="now", give_back="credit")
    assert (refused.code, refused.field) == ("policy_differs", "give_back")
    assert refused.message == "A cancellation gives back nothing here. Choose nothing."
    asked = {"subscription": number, "when": "now", "give_back": "credit"}
    rio = Actor("staff", 1, "Rio", "rio@renotech.example", Role.ADMIN, world.ania.customer_id)
    preview = dispatch.preview(world.contexts, "subscriptions.cancel", asked, rio, Channel.DESK)
    assert lines(preview)[-1] == ("Credit you get", -133_49)


def test_a_trial_ends_without_a_payment_now_or_when_it_is_over(world: World) -> None:
    set_trial(world, "Growth", 14)
    set_trial(world, "Starter", 14)
    first, second = start(world), start(world, plan="Workspace Starter")
    world.on(date(2026, 3, 5))

    preview, done = world.do("subscriptions.cancel", subscription=first)
    assert facts(preview)["Ends"] == "15 March 2026, when the trial ends"
    assert facts(preview)["First payment"] == "none is made"
    assert done.status == "ending"
    _, done = world.do("subscriptions.cancel", subscription=second, when="now")
    assert (done.status, done.credit_note) == ("ended", None)
    assert world.periods(second) == [("trial", date(2026, 3, 1), date(2026, 3, 5))]

    _, done = world.do("subscriptions.take_back", subscription=first)
    assert done.status == "trialing"
    _, done = world.do("subscriptions.reactivate", subscription=second)
    assert (done.status, done.invoice) == ("trialing", None)
    assert verify(world.contexts) == []


def test_what_has_not_started_ends_before_it_does(world: World) -> None:
    number = start(world, starts_on="2026-04-01")
    preview, done = world.do("subscriptions.cancel", subscription=number)
    assert facts(preview) == {"Ends": "today, before it starts"}
    assert (done.status, world.periods(number)) == ("ended", [])
    assert verify(world.contexts) == []
    _, done = world.on(date(2026, 5, 1)).do("subscriptions.reactivate", subscription=number)
    assert (done.due, world.periods(number)) == (217_80, [("service", date(2026, 5, 1), date(2026, 6, 1))])
    assert verify(world.contexts) == []


def everything_of(world: World, number: str) -> list[dict[str, object]]:
    with world.contexts.system() as ctx:
        row = ctx.session.exec(select(Subscription).where(Subscription.number == number)).one()
        return [row.model_dump(), {"periods": world.periods(number)}]


@pytest.mark.parametrize("planned", ["cancellation", "pause", "plan"])
def test_what_is_planned_and_taken_back_leaves_everything_as_before(world: World, planned: str) -> None:
    number = start(world, plan="Workspace Growth", seats=5)
    before = everything_of(world, number)
    world.on(date(2026, 3, 12))
    asked: dict[str, tuple[str, dict[str, object]]] = {
        "cancellation": ("subscriptions.cancel", {"reason": "Moving"}),
        "pause": ("subscriptions.pause", {"when": "term_end", "until": "2026-07-01", "reason": "Summer"}),
        "plan": ("subscriptions.switch_plan", {"seats": 3}),
    }
    action, more = asked[planned]
    world.do(action, subscription=number, **more)
    assert everything_of(world, number) != before

    preview, done = world.do("subscriptions.take_back", subscription=number)

    assert preview.effect.confirm == "Take it back"
    assert everything_of(world, number) == before
    with world.contexts.system() as ctx:
        changes = ctx.session.exec(select(SubscriptionChange)).all()
        assert [change.undone_at is not None for change in changes] == [False, True, False]
    assert done.sentence.endswith("was taken back")
    assert world.refused("subscriptions.take_back", subscription=number).code == "nothing_planned"
    assert verify(world.contexts) == []


def test_where_several_things_are_planned_one_says_which(world: World) -> None:
    number = start(world, plan="Workspace Growth", seats=5)
    world.do("subscriptions.switch_plan", subscription=number, seats=3)
    world.do("subscriptions.cancel", subscription=number)
    refused = world.refused("subscriptions.take_back", subscription=number)
    assert refused.message == (
        "Which one do you mean: the cancellation on 1 April 2026 or the change of plan on 1 April 2026?"
    )
    world.do("subscriptions.take_back", subscription=number, what="cancellation")
    kept = world.subscription(number)
    assert (kept.status, kept.pending_seats) == ("active", 3)


def test_within_the_paid_term_it_goes_on_and_what_was_given_back_is_charged_back(world: World) -> None:
    number = start(world)
    pay(world, "RT-2026-0001")
    world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, when="now")

    preview, done = world.on(date(2026, 3, 16)).do("subscriptions.reactivate", subscription=number)

    assert lines(preview) == [
        ("Hosting, Growth", 92_90),  # 16 of 31 days
        ("VAT 21% of €92.90", 19_51),
        ("Total", 112_41),
        ("Your account credit", -112_41),
        ("To pay today", 0),
    ]
    assert (done.status, done.due, done.renews_on) == ("active", 0, date(2026, 4, 1))
    assert world.periods(number) == [
        ("service", date(2026, 3, 1), date(2026, 3, 13)), ("ended", date(2026, 3, 13), date(2026, 3, 16)),
        ("service", date(2026, 3, 16), date(2026, 4, 1)),
    ]  # fmt: skip
    assert verify(world.contexts) == []


def test_within_the_paid_term_and_with_nothing_given_back_it_is_free(world: World) -> None:
    world.prefer("cancellation", "nothing")
    number = start(world)
    world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, when="now")

    preview, done = world.on(date(2026, 3, 16)).do("subscriptions.reactivate", subscription=number)

    assert facts(preview) == {
        "To pay today": "€0.00", "Runs again from": "16 March 2026", "Paid until": "31 March 2026",
        "Next renewal": "1 April 2026, €217.80",
    }  # fmt: skip
    assert (done.invoice, done.renews_on) == (None, date(2026, 4, 1))
    assert verify(world.contexts) == []


def test_ended_long_ago_a_new_term_begins_at_todays_price(world: World) -> None:
    number = start(world)
    world.on(date(2026, 3, 12)).do("subscriptions.cancel", subscription=number, when="now")
    with world.contexts.system(writes=True) as ctx:
        plan = ctx.session.exec(select(Plan).where(Plan.code == "hosting-growth-month-eur")).one()
        plan.unit_amount, plan.version = 200_00, 2
        ctx.session.add(price_of(plan, ctx.now))
    world.on(date(2026, 7, 31))
    refused = world.refused("subscriptions.reactivate", subscription=number, term="same")
    assert refused.message == "What was paid for ended on 1 April 2026. Choose new."

    preview, done = world.do("subscriptions.reactivate", subscription=number)

    assert lines(preview)[0] == ("Hosting, Growth", 200_00)
    kept = world.subscription(number)
    assert (kept.status, kept.price_version, kept.anchor_day, kept.period_end) == (
        "active", 2, 31, date(2026, 8, 31),
    )  # fmt: skip
    assert done.renews_on == date(2026, 8, 31)
    assert verify(world.contexts) == []


def test_a_plan_that_is_not_sold_any_more_is_not_started_again(world: World) -> None:
    number = start(world)
    world.do("subscriptions.cancel", subscription=number, when="now")
    with world.contexts.system(writes=True) as ctx:
        plan = ctx.session.exec(select(Plan).where(Plan.code == "hosting-growth-month-eur")).one()
        plan.offered = False
        ctx.session.add(plan)
    refused = world.on(date(2026, 7, 31)).refused("subscriptions.reactivate", subscription=number)
    assert refused.code == "plan_withdrawn"
    assert refused.next_step == "Nothing was started. Choose another plan: Business, Scale."


def test_what_is_to_end_is_kept_by_reactivating_it(world: World) -> None:
    number = start(world)
    before = everything_of(world, number)
    world.do("subscriptions.cancel", subscription=number)
    preview, done = world.do("subscriptions.reactivate", subscription=number)
    assert (preview.effect.confirm, done.status) == ("Keep Hosting", "active")
    assert everything_of(world, number) == before


def test_a_stale_preview_does_nothing(world: World) -> None:
    number = start(world)
    world.on(date(2026, 3, 12))
    asked = {"subscription": number, "when": "now"}
    preview = world.see("subscriptions.cancel", **asked)
    world.do("subscriptions.cancel", **asked)
    with pytest.raises(PortalError) as refused:
        dispatch.run(
            world.contexts, "subscriptions.cancel", asked, replace(world.ania), Channel.PORTAL, token=preview.token
        )
    assert refused.value.code == "subscription_ended"
    other = start(world, date(2026, 3, 1), "Team mail", seats=2)
    asked = {"subscription": other, "when": "now"}
    preview = world.see("subscriptions.cancel", **asked)
    world.do("subscriptions.switch_plan", subscription=other, seats=10)
    with pytest.raises(PortalError) as refused:
        dispatch.run(world.contexts, "subscriptions.cancel", asked, world.ania, Channel.PORTAL, token=preview.token)
    assert refused.value.code == "preview_changed"
    assert world.subscription(other).status == "active"
    assert verify(world.contexts) == []


@pytest.mark.parametrize(
    ("action", "more", "then"),
    [
        ("subscriptions.cancel", {"when": "now"}, "subscription_ended"),
        ("subscriptions.pause", {}, "subscription_paused"),
    ],
)
def test_ten_at_once_and_it_happens_once(world: World, action: str, more: dict[str, object], then: str) -> None:
    number = start(world)
    world.on(date(2026, 3, 12))
    asked = {"subscription": number, **more}
    gate = Barrier(10)

    def ask(_: int) -> str:
        preview = world.see(action, **asked)
        gate.wait()
        try:
            dispatch.run(world.contexts, action, asked, world.ania, Channel.PORTAL, token=preview.token)
        except PortalError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(10) as pool:
        said = sorted(pool.map(ask, range(10)))

    assert said == ["done", *[then] * 9]
    with world.contexts.system() as ctx:
        notes = ctx.session.exec(select(Invoice.total).where(Invoice.kind == "credit_note")).all()
        assert notes == [-133_49]
    assert verify(world.contexts) == []


def test_a_planned_pause_on_what_is_to_end_is_told_and_both_can_be_taken_back(world: World) -> None:
    number = start(world)
    world.do("subscriptions.pause", subscription=number, when="term_end")
    world.do("subscriptions.cancel", subscription=number)

    shown = world.ask("subscriptions.show", subscription=number)

    assert [(one.name, one.on) for one in shown.subscription.planned] == [
        ("the cancellation", date(2026, 4, 1)), ("the pause", date(2026, 4, 1)),
    ]  # fmt: skip
    assert shown.subscription.may == ["take_back", "cancel"]
    assert [change.undo for change in shown.changes] == ["cancellation", "pause", ""]
    world.do("subscriptions.take_back", subscription=number, what="cancellation")
    assert "pause" not in world.ask("subscriptions.show", subscription=number).subscription.may
    world.do("subscriptions.take_back", subscription=number)
    shown = world.ask("subscriptions.show", subscription=number)
    assert (shown.subscription.planned, [c.undone for c in shown.changes][2:4]) == ([], [True, True])
    assert {"pause", "cancel"} <= set(shown.subscription.may)


def test_what_is_being_renewed_waits_for_that(world: World) -> None:
    number = start(world)
    world.on(date(2026, 4, 1))
    for action in ("subscriptions.cancel", "subscriptions.pause"):
        refused = world.refused(action, subscription=number)
        assert refused.message == "Hosting is being renewed. Nothing was changed. Try again in a few minutes."
    bill_due(world.contexts)
    _, done = world.do("subscriptions.cancel", subscription=number, when="now")
    assert done.credited == 210_54  # 29 of 30 days
    assert world.periods(number)[-1] == ("service", date(2026, 4, 1), date(2026, 4, 2))
    assert verify(world.contexts) == []
