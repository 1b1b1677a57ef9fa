"""Plans on the price list: how they come, what changes about them, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from billing import dispatch
from billing.context import Actor
from billing.errors import PortalError
from billing.registry import Channel, Role
from tests.billing.selling.shop import Shop

GROWTH = "hosting-growth-month-eur"


def test_a_plan_comes_gets_dearer_twice_and_every_price_stays(shop: Shop) -> None:
    shop.on(date(2026, 3, 12)).customer("C-1")
    assert shop.hosting(tax_percent="21", trial_days=14, features=["4 sites"]) == GROWTH
    assert shop.facts() == {
        "Product": "Hosting, which is new", "Price without tax": "€180.00 a month", "Tax": "21%", "Trial": "14 days",
        "May be switched to": "every plan of the product", "Policy": "as the business has it", "Code": GROWTH,
    }  # fmt: skip
    shop.subscribe("C-1", GROWTH)

    shop.do("plans.change_price", plan=GROWTH, unit_amount=190_00)
    assert shop.facts() == {
        "Price now": "€180.00 a month", "New price": "€190.00 a month",
        "Who starts or switches to it": "pays the new price", "For 1 subscription on it": "the old price stays",
    }  # fmt: skip
    shop.prefer("renewal_price", "latest")
    changed = shop.do("plans.change_price", plan=GROWTH, unit_amount=200_00)
    assert shop.facts()["For 1 subscription on it"] == "the new price from the next renewal"

    assert (changed.version, shop.prices(GROWTH)) == (3, [(1, 180_00), (2, 190_00), (3, 200_00)])
    [row] = shop.do("plans.list").rows
    assert (row.plan, row.price, row.version, row.subscriptions) == (GROWTH, "€200.00 a month", 3, 1)
    assert shop.audit() == [
        f"Rio Aalbers added a plan: Hosting Growth, a month, EUR is on sale as {GROWTH} for €180.00 a month.",
        f"Rio Aalbers changed a price: {GROWTH} costs €190.00 a month from version 2 on.",
        f"Rio Aalbers changed a price: {GROWTH} costs €200.00 a month from version 3 on.",
    ]


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [("JPY", 7_800, "JP¥7,800 a seat a year"), ("EUR", 49_50, "€49.50 a seat a year"),
     ("KWD", 15_125, "KWD 15.125 a seat a year")],
)  # fmt: skip
def test_plans_are_sold_in_currencies_of_any_decimals(shop: Shop, currency: str, amount: int, said: str) -> None:
    shop.do("plans.create", product="Workspace", currency=currency, unit_amount=amount, per_seat=True, interval="year",
            least_seats=2, most_seats=40)  # fmt: skip

    assert (shop.facts()["Price without tax"], shop.facts()["Seats"]) == (said, "2 to 40")


def test_included_seats_have_a_price_together(shop: Shop) -> None:
    code = shop.hosting("Team", 20_00, per_seat=True, base_amount=99_00, included_seats=3, most_seats=50)

    assert shop.do("plans.list").rows[0].price == "€99.00 a month with 3 seats, €20.00 for each more"
    shop.do("plans.change_price", plan=code, included_seats=4)
    assert shop.do("plans.list").rows[0].price == "€99.00 a month with 4 seats, €20.00 for each more"


def test_a_plan_has_settings_of_its_own_and_loses_them_again(shop: Shop) -> None:
    shop.hosting("Business", 260_00)
    seconds = "parts of a period are counted in: seconds"
    code = shop.hosting(policy={"pause": "no_credit", "granularity": "second"})
    assert shop.facts()["Policy"] == seconds + "; a pause: starts at once, without credit"

    shop.do("plans.change", plan=code, policy={"pause": "", "rounding": "down"}, trial_days=30, offered=False,
            switch_to=["hosting-business-month-eur"])  # fmt: skip

    assert shop.facts() == {
        "On sale": "yes → no", "Days of trial": "0 → 30",
        "May be switched to": "every plan of the product → hosting-business-month-eur",
        "Policy": f"{seconds}; a pause: starts at once, without credit → {seconds}; a line is rounded: down",
        "Who has it": "keeps it; nobody else can start it",
    }  # fmt: skip
    row = shop.plan(code)
    assert (row.policy, row.trial_days, row.offered, row.switch_to) == (
        {"granularity": "second", "rounding": "down"}, 30, False, ["hosting-business-month-eur"],
    )  # fmt: skip
    assert shop.refused("plans.change", plan=code, trial_days=30).message == (
        "Hosting Growth, a month, EUR is like that already. Nothing was changed."
    )


def test_fewer_seats_than_somebody_has_are_said(shop: Shop) -> None:
    shop.on(date(2026, 3, 12)).customer("C-1")
    code = shop.hosting("Team", 20_00, per_seat=True)
    shop.subscribe("C-1", code, seats=9)

    shop.do("plans.change", plan=code, most_seats=5)

    assert shop.facts() == {"Most seats": "250 → 5", "Outside of that": "1 subscription, unchanged"}


REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("plans.create", {"unit_amount": -1}, "invalid_input", "unit_amount",
     "Unit amount must be 0 or more."),
    ("plans.create", {"currency": "EURO"}, "invalid_input", "currency",
     "“EURO” is not a currency. Use its three letters, such as EUR."),
    ("plans.create", {"currency": "XAU"}, "invalid_input", "currency",
     "“XAU” is not a currency. Use its three letters, such as EUR."),
    ("plans.create", {"tax_percent": "100.01"}, "invalid_input", "tax_percent", "A percentage goes from 0 to 100."),
    ("plans.create", {"interval": "day"}, "invalid_input", "interval",
     "Interval must be one of: week, month, quarter, year."),
    ("plans.create", {"trial_days": -1}, "invalid_input", "trial_days",
     "Trial days must be 0 or more."),
    ("plans.create", {"per_seat": True, "least_seats": 9, "most_seats": 3}, "seats_out_of_order", "least_seats",
     "The least number of seats, 9, is above the most, 3. Change one of the two."),
    ("plans.create", {"per_seat": True, "most_seats": 3, "included_seats": 4, "base_amount": 1}, "invalid_input",
     "included_seats", "4 seats can not be included: the plan has 3 at most."),
    ("plans.create", {"most_seats": 3}, "invalid_input", "per_seat",
     "Only a plan that is sold by the seat has numbers of seats."),
    ("plans.create", {"name": "Growth", "code": "other"}, "plan_exists", "name",
     f"Hosting has a plan of that name, interval and currency: {GROWTH}. Change that one, or choose another name."),
    ("plans.create", {"code": GROWTH}, "code_taken", "code",
     f"The code “{GROWTH}” is taken. Nothing was added. Choose another code."),
    ("plans.create", {"code": "Größe!"}, "invalid_input", "code",
     "Code can have letters, digits, dots and hyphens, and starts with a letter or a digit."),
    ("plans.create", {"policy": {"pause": "soon"}}, "unknown_setting_value", "policy.pause",
     "“pause” can not be “soon”. Choose one of: credit, period_end, no_credit."),
    ("plans.create", {"switch_to": ["nothing"]}, "unknown_code", "switch_to",
     "There is no plan “nothing”. Choose one from the list."),
    ("plans.create", {"currency": "USD", "switch_to": [GROWTH]}, "plans_unlike", "switch_to",
     f"hosting-scale-month-usd can not be switched to {GROWTH}: one is sold in USD, the other in EUR. "
     "Choose plans of the same product and currency."),
    ("plans.create", {"product": "Mail", "switch_to": [GROWTH]}, "plans_unlike", "switch_to",
     f"mail-scale-month-eur can not be switched to {GROWTH}: they are plans of different products. "
     "Choose plans of the same product and currency."),
    ("plans.change_price", {"plan": GROWTH, "unit_amount": 180_00}, "price_unchanged", "unit_amount",
     "Hosting Growth, a month, EUR costs that already. Enter another price."),
    ("plans.change_price", {"plan": "gone", "unit_amount": 1}, "unknown_code", "plan",
     "There is no plan “gone”. Choose one from the list."),
    ("plans.change_price", {"plan": GROWTH, "base_amount": 1}, "invalid_input", "per_seat",
     "Only a plan that is sold by the seat has numbers of seats."),
    ("plans.change", {"plan": GROWTH, "switch_to": [GROWTH]}, "plans_unlike", "switch_to",
     f"{GROWTH} can not be switched to {GROWTH}: it is the same plan. Choose plans of the same product and currency."),
]  # fmt: skip


@pytest.mark.parametrize(("action", "asked", "code", "field", "message"), REFUSED, ids=[str(r[:2]) for r in REFUSED])
def test_what_does_not_fit_gets_a_sentence_and_nothing_is_kept(
    shop: Shop, action: str, asked: dict[str, Any], code: str, field: str, message: str
) -> None:
    shop.hosting()
    good = {"product": "Hosting", "name": "Scale", "currency": "EUR", "unit_amount": 420_00}

    refused = shop.refused(action, **((good | asked) if action == "plans.create" else asked))

    assert (refused.code, refused.field, refused.message) == (code, field, message)
    assert shop.prices(GROWTH) == [(1, 180_00)]


def test_a_setting_that_there_is_not_names_those_that_there_are(shop: Shop) -> None:
    refused = shop.refused("plans.create", product="A", currency="EUR", unit_amount=1, policy={"colour": "red"})

    assert refused.field == "policy.colour"
    assert refused.message.startswith("“colour” is not a setting of the policy. Choose one of: cancellation, ")


def test_ten_at_once_give_a_code_once_and_one_price_its_version(shop: Shop) -> None:
    def ask(action: str, **asked: object) -> str:
        try:
            dispatch.run(shop.contexts, action, asked, shop.rio, Channel.SHELL)
        except PortalError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda n: ask("plans.create", product="Hosting", name=f"P{n}", currency="EUR",
                                           unit_amount=1, code="the-one"), range(10)))  # fmt: skip
        priced = list(pool.map(lambda n: ask("plans.change_price", plan="the-one", unit_amount=n + 2), range(10)))

    assert sorted(made) == ["code_taken"] * 9 + ["done"]
    assert set(priced) <= {"done", "preview_changed"}
    versions = [version for version, _ in shop.prices("the-one")]
    assert versions == list(range(1, priced.count("done") + 2))


def test_agents_look_and_admins_change_and_customers_do_neither(shop: Shop) -> None:
    shop.hosting()
    agent = Actor("staff", 9, "Marit", "marit@example.com", Role.AGENT)
    owner = Actor("contact", 1, "Ania", "ania@example.com", Role.OWNER, shop.customer("C-1").id)

    assert len(dispatch.run(shop.contexts, "plans.list", {}, agent, Channel.PORTAL).rows) == 1
    for actor, action, asked in (
        (agent, "plans.change_price", {"plan": GROWTH, "unit_amount": 1}), (owner, "plans.list", {}),
        (owner, "coupons.list", {}), (owner, "taxes.list", {}),
    ):  # fmt: skip
        with pytest.raises(PortalError) as refused:
            dispatch.run(shop.contexts, action, asked, actor, Channel.SHELL)
        assert refused.value.code == "not_allowed"


def test_no_plan_costs_more_than_an_amount_can_be(shop: Shop) -> None:
    asked: dict[str, Any] = {
        "product": "Hall", "currency": "EUR", "unit_amount": 10**13, "per_seat": True, "most_seats": 1_000_000,
    }  # fmt: skip

    refused = shop.refused("plans.create", **asked)
    shop.do("plans.create", **asked | {"most_seats": 100, "code": "hall"})

    assert (refused.code, refused.field) == ("invalid_input", "unit_amount")
    assert shop.refused("plans.change_price", plan="hall", unit_amount=10**14).field == "unit_amount"
    assert shop.refused("plans.change", plan="hall", most_seats=101).field == "unit_amount"


def test_a_code_made_from_a_name_has_its_letters_without_accents(shop: Shop) -> None:
    done = shop.on(date(2026, 3, 12)).do("plans.create", product="Café øl", currency="EUR", unit_amount=5_00)

    assert done.plan == "cafe-ol-month-eur"


def test_a_name_is_one_line_of_what_can_be_seen(shop: Shop) -> None:
    name = "Bridge\n cl\u200bub\u202e"

    done = shop.on(date(2026, 3, 12)).do("plans.create", product=name, currency="EUR", unit_amount=5_00)

    assert done.plan == "bridge-club-month-eur" and "Bridge club, a month" in done.sentence


def test_a_plan_beside_others_needs_a_name(shop: Shop) -> None:
    shop.on(date(2026, 3, 12)).hosting()

    refused = shop.refused("plans.create", product="Hosting", name=" \u2066", currency="EUR", unit_amount=5_00)

    assert (refused.field, refused.message) == ("name", "Hosting has other plans: this one needs a name too.")
