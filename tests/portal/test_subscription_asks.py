"""The steps of the subscriptions' dialog: each is an action of the catalogue, and asks what its input takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from billing.actions.subscription_extras import AddOnChoices, AddOnOption
from billing.actions.subscriptions import PlanOption, SubscriptionDetail
from billing.subscriptions.rows import ExtraRow, PlannedRow, SubscriptionRow
from billing.subscriptions.taking_back import Planned
from portal.bootstrap import whole_catalogue
from portal.pages.subscription_asks import STEPS, About, Kind, questions
from portal.pages.subscriptions_state import WORDS

RENEWS = date(2026, 4, 1)


def option(name: str, *, current: bool = False, per_seat: bool = False) -> PlanOption:
    return PlanOption(
        name=name, code=name.lower(), unit_amount=180_00, currency="EUR", interval="month", per_seat=per_seat,
        least_seats=1, most_seats=9, tax_rate="21", features=["4 sites"], current=current,
    )  # fmt: skip


def about(*options: PlanOption, **changed: Any) -> About:
    """What questions about Hosting are made from."""
    row = SubscriptionRow(
        number="SUB-1", name="Hosting, Growth", product="Hosting", plan="Growth", detail="", features=[],
        status="active", seats=3, unit_amount=180_00, currency="EUR", interval="month", price=180_00,
        price_with_tax=217_80, next_price_with_tax=217_80, discount_percent="0", discount_label="",
        started_on=date(2025, 1, 1), period_start=date(2026, 3, 1), renews_on=RENEWS, trial_end=None, ends_on=None,
        pending_plan=None, pending_seats=None, pending_on=None, several_plans=len(options) > 1,
        add_ons=[ExtraRow(code="storage", name="Extra storage", quantity=2, unit_amount=12_00, ends_on=None)],
        planned=[
            PlannedRow(what=Planned.PAUSE, name="the pause", on=RENEWS),
            PlannedRow(what=Planned.PLAN, name="the change of plan", on=RENEWS),
        ],
    )  # fmt: skip
    offered = [
        AddOnOption(code="storage", name="Extra storage", unit_amount=12_00, currency="EUR", recurring=True, there=2)
    ]
    found = AddOnChoices(subscription="SUB-1", product="Hosting", interval="month", options=offered)
    detail = SubscriptionDetail(subscription=row.model_copy(update=changed), options=list(options), changes=[])
    return About(detail, date(2026, 3, 12), found)


FULL = about(option("Growth", current=True, per_seat=True), option("Business", per_seat=True))


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_an_action_and_asks_what_its_input_takes(name: str) -> None:
    step = STEPS[name]
    action = whole_catalogue().get(f"subscriptions.{step.action or name}")

    asked = {ask.name for ask in questions(step, FULL)} | set(step.also(FULL))

    assert asked <= set(action.input.model_fields)
    assert "{" not in step.title.format(product="Hosting")


def test_whatever_a_menu_offers_has_a_step() -> None:
    assert {*WORDS, "auto_charge", "switch_plan", "change_seats"} == set(STEPS)


def test_only_what_there_is_a_choice_of_is_asked() -> None:
    alone = about(option("", current=True), status="paused", renews_on=None, planned=[])

    assert [ask.name for ask in questions(STEPS["switch_plan"], FULL)] == ["plan", "seats", "starts"]
    assert [ask.name for ask in questions(STEPS["change_seats"], FULL)] == ["seats", "plan", "starts"]
    assert questions(STEPS["switch_plan"], alone) == []
    assert questions(STEPS["take_back"], alone) == []
    assert [ask.name for ask in questions(STEPS["cancel"], alone)] == ["reason"]


@pytest.mark.parametrize(("renews", "said"), [(RENEWS, "1 April"), (date(2027, 1, 31), "31 January 2027")])
def test_a_renewal_of_another_year_is_said_with_its_year(renews: date, said: str) -> None:
    starts = questions(STEPS["switch_plan"], about(option("Growth", current=True), renews_on=renews))[-1]

    assert [choice.name for choice in starts.choices] == ["Today", f"At renewal, {said}"]


def test_the_words_say_what_one_has_and_what_it_costs() -> None:
    plan, seats, starts = questions(STEPS["switch_plan"], FULL)
    add_on, quantity = questions(STEPS["add_add_on"], FULL)

    assert (plan.value, plan.hint) == ("Growth", "Price a month, before VAT")
    assert [(c.name, c.price, c.note) for c in plan.choices] == [
        ("Growth", "€180.00 a seat", "Your plan now"),
        ("Business", "€180.00 a seat", "4 sites"),
    ]
    assert (seats.value, seats.hint) == ("3", "You have 3. From 1 to 9 are possible.")
    assert [choice.name for choice in starts.choices] == ["Today", "At renewal, 1 April"]
    assert add_on.choices[0].note == "€12.00 a month, you have 2"
    assert (quantity.kind, quantity.value) == (Kind.NUMBER, "1")
