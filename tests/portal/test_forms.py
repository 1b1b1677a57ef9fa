"""The forms made from the catalogue: each action's sample, typed into its form, is read as the same input."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from sqlmodel import select

from billing import dispatch
from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.models.people import Contact, Customer
from billing.models.subscriptions import Plan, PlanPrice, Product, Subscription, SubscriptionStatus
from billing.money import to_decimal
from billing.registry import Action, Channel, Role
from billing.telling import facts_of, tables_of
from portal.bootstrap import whole_catalogue
from portal.forms.choices import choices_for, currency_of
from portal.forms.fields import FormField, Kind, Option, fields_of
from portal.forms.reading import read_input
from portal.forms.state import groups_of, works_on_account
from portal.forms.which import asking_which
from portal.forms.words import FIELDS, FOR_STAFF, OF_ACTIONS, with_label
from tests.contracts.samples import SAMPLES
from tests.portal.conftest import ANIA

ACTIONS = list(whole_catalogue())
every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)


def nothing_to_pick(to: str) -> list[Option]:
    return []


def typed(fields: list[FormField], sample: dict[str, Any]) -> dict[str, str]:
    """The sample as a person types it."""
    kinds = {field.name: field.kind for field in fields}
    found: dict[str, str] = {}
    for name, value in sample.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for place, row in enumerate(value):
                found |= {f"{name}.{place}.{n}": written(kinds[f"{name}.{place}.{n}"], v) for n, v in row.items()}
        elif value is not None:
            found[name] = written(kinds[name], value)
    return found


def written(kind: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "\n".join(f"{name} = {one}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(to_decimal(value, "EUR")) if kind == Kind.AMOUNT else str(value)


@every_action
def test_a_sample_typed_into_the_form_is_read_as_the_same_input(action: Action) -> None:
    sample = SAMPLES[action.id]
    if action.id == "preferences.change":
        pytest.skip("has a page of its own, where switches are no text")
    rows = {name: len(value) for name, value in sample.items() if isinstance(value, list)}
    fields = fields_of(action, rows, nothing_to_pick)
    assert dispatch.parse(action, read_input(fields, typed(fields, sample), "EUR")) == dispatch.parse(action, sample)


@every_action
def test_every_field_has_words_and_a_way_to_be_typed(action: Action) -> None:
    for field in fields_of(action, {}, nothing_to_pick):
        assert field.label and field.label[0].isupper(), f"{action.id}: {field.name}"


def test_an_amount_that_is_none_is_refused_at_its_field() -> None:
    field = FormField(name="amount", label="Amount", kind=Kind.AMOUNT)
    with pytest.raises(PortalError) as refused:
        read_input([field], {"amount": "ten"}, "EUR")
    assert refused.value.field == "amount" and "1,234.50" in refused.value.message
    assert read_input([field], {"amount": "1,234.5"}, "EUR") == {"amount": 123450}
    assert read_input([field], {"amount": "1234"}, "JPY") == {"amount": 1234}


def test_rows_in_which_nothing_was_typed_are_left_out() -> None:
    fields = [
        FormField(name="lines", label="Lines", kind=Kind.ROWS),
        FormField(name="lines.0.description", label="Description"),
        FormField(name="lines.1.description", label="Description"),
    ]
    assert read_input(fields, {"lines.1.description": "Audit"}, "EUR") == {"lines": [{"description": "Audit"}]}
    assert read_input(fields, {}, "EUR") == {}


def test_a_result_is_told_in_facts_and_tables() -> None:
    from billing.actions.subscriptions import NextInvoice, SubscriptionList

    result = NextInvoice.model_validate({"on": "2026-04-01", "total": 12150, "currency": "EUR", "names": ["Hosting"]})
    assert [(f.label, f.value) for f in facts_of(result)] == [("Day", "1 April 2026"), ("Total", "€121.50")]
    assert tables_of(SubscriptionList(rows=[], next_invoice=result)) == []


def test_a_number_may_be_typed_with_a_comma() -> None:
    hours = FormField(name="hours", label="Hours", kind=Kind.NUMBER)

    assert read_input([hours], {"hours": "1,5"}, "EUR") == {"hours": "1.5"}
    assert read_input([hours], {"hours": "1,000"}, "EUR") == {"hours": "1,000"}  # which may mean a thousand: refused


def test_money_is_told_as_money() -> None:
    class Taken(BaseModel):
        taken_off: int
        in_advance: int
        currency: str

    told = {fact.label: fact.value for fact in facts_of(Taken(taken_off=100_00, in_advance=0, currency="EUR"))}

    assert told == {"Taken off": "€100.00", "In advance": "€0.00"}


def test_a_status_is_told_in_words() -> None:
    class Ended(BaseModel):
        status: str
        number: str

    told = {fact.label: fact.value for fact in facts_of(Ended(status="past_due", number="void"))}

    assert told == {"Status": "Past due", "Number": "void"}


def test_a_choice_stands_at_the_default_of_its_input() -> None:
    fields = {field.name: field for field in fields_of(whole_catalogue().get("plans.create"), {}, nothing_to_pick)}

    assert (fields["interval"].start, fields["per_seat"].start) == ("month", "no")
    assert fields["name"].start == ""


def test_a_setting_without_a_value_is_refused_at_its_field() -> None:
    policy = FormField(name="policy", label="Its own policy", kind=Kind.PAIRS)

    assert read_input([policy], {"policy": "downgrade = renewal\n\npause=credit"}, "EUR") == {
        "policy": {"downgrade": "renewal", "pause": "credit"}
    }
    with pytest.raises(PortalError) as refused:
        read_input([policy], {"policy": "downgrade"}, "EUR")
    assert refused.value.field == "policy" and "downgrade" in refused.value.message


def test_every_word_for_a_field_is_for_one_that_there_is() -> None:
    inputs = {(action.id, name) for action in ACTIONS for name in action.input.model_fields}
    names = {field.name.rsplit(".", 1)[-1] for action in ACTIONS for field in fields_of(action, {}, nothing_to_pick)}

    assert set(FIELDS) <= names
    assert set(OF_ACTIONS) <= inputs


def test_staff_read_nothing_of_invoices_and_colleagues_of_their_own() -> None:
    shown = [entry for group in groups_of(list(whole_catalogue()), staff=True) for entry in group.actions]

    assert [entry.id for entry in shown if re.search(r"\byour\b", entry.help) and "your own" not in entry.help] == []
    assert set(FOR_STAFF) <= {entry.id for entry in shown}


def test_an_amount_is_typed_in_the_currency_of_what_it_is_about(people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        product = Product(name="Hosting")
        ctx.session.add(product)
        ctx.session.flush()
        plan = Plan(product_id=product.id or 0, code="hosting-jpy", name="", currency="JPY", unit_amount=5000)
        ctx.session.add(plan)
        ctx.session.flush()

        assert currency_of(ctx, {"plan": "hosting-jpy", "unit_amount": "6000"}) == "JPY"
        assert currency_of(ctx, {"plan": "hosting-jpy", "currency": "usd"}) == "USD"
        assert currency_of(ctx, {"unit_amount": "6000"}) == "EUR"


def test_amounts_around_a_record_are_in_its_currency_and_nothing_for_pages_is_told() -> None:
    class Row(BaseModel):
        status: str
        status_words: str
        mark: str
        currency: str
        due: int

    class Detail(BaseModel):
        total: int
        due: int
        row: Row

    row = Row(status="open", status_words="Overdue 10 days", mark="bad", currency="EUR", due=5)

    told = [(fact.label, fact.value) for fact in facts_of(Detail(total=121_00, due=5, row=row))]

    assert told == [("Total", "€121.00"), ("Due", "€0.05"), ("Status", "Overdue 10 days")]


def test_a_refusal_names_a_field_as_the_form_does() -> None:
    assert with_label("Unit amount is missing.", "lines.0.unit_amount", "Price of one") == "“Price of one” is missing."
    assert with_label("Label is missing.", "label", "Name") == "Name is missing."
    assert with_label("Percent must be 100 or less.", "percent", "Percent") == "Percent must be 100 or less."
    assert with_label("Write it as 1,234.50.", "amount", "Amount") == "Write it as 1,234.50."
    assert with_label("Plans need a look.", "plan", "Plan of today") == "Plans need a look."


def test_what_the_form_began_with_and_is_empty_now_is_taken_off_where_that_says_something() -> None:
    fields = fields_of(whole_catalogue().get("account.change"), {}, nothing_to_pick)
    began = {"phone": "+31 23 555 0118", "city": "Haarlem", "country": "NL"}

    assert read_input(fields, {"phone": "", "city": "Haarlem", "country": ""}, "EUR", began) == {
        "phone": "",
        "city": "Haarlem",
    }


@pytest.mark.parametrize(
    ("action", "asks"),
    [("customers.create", False), ("customers.list", False), ("customers.exempt", True), ("people.invite", True)],
)
def test_staff_name_an_account_where_the_work_is_on_one(action: str, asks: bool) -> None:
    assert works_on_account(whole_catalogue().get(action)) is asks


def subscriptions_of(people: Contexts, statuses: dict[str, SubscriptionStatus]) -> Actor:
    """Ania with subscriptions of those numbers and statuses."""
    with people.system(writes=True) as ctx:
        customer = ctx.session.exec(select(Customer).where(Customer.number == "C-1")).one()
        ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
        product = Product(name="Hosting")
        ctx.session.add(product)
        ctx.session.flush()
        plan = Plan(product_id=product.id or 0, code="growth", name="Growth", currency="EUR", unit_amount=180_00)
        ctx.session.add(plan)
        ctx.session.flush()
        ctx.session.add(PlanPrice(plan_id=plan.id or 0, version=1, unit_amount=180_00, created_at=ctx.now))
        start = ctx.now.date()
        for number, status in statuses.items():
            ctx.session.add(
                Subscription(
                    customer_id=customer.id or 0, plan_id=plan.id or 0, number=number, status=status, started_on=start,
                    period_start=start, period_end=start + timedelta(days=30), anchor_day=1, created_at=ctx.now,
                )
            )  # fmt: skip
        return Actor(
            kind="contact", id=ania.id or 0, name=ania.name, email=ANIA, role=Role.OWNER, customer_id=customer.id
        )


@pytest.mark.parametrize(
    ("statuses", "choices", "start"),
    [
        ({"SUB-1": "active", "SUB-2": "active", "SUB-3": "paused"}, ["SUB-1", "SUB-2"], ""),
        ({"SUB-1": "active", "SUB-2": "paused"}, ["SUB-1"], "SUB-1"),
    ],
)
def test_a_pause_asks_for_which_of_several_and_takes_the_only_one(
    people: Contexts, statuses: dict[str, str], choices: list[str], start: str
) -> None:
    actor = subscriptions_of(people, {number: SubscriptionStatus(status) for number, status in statuses.items()})
    pause = next(action for action in ACTIONS if action.id == "subscriptions.pause")
    with people.open(actor, Channel.PORTAL) as ctx:
        fields = fields_of(pause, {}, lambda to: choices_for(ctx, to, pause.id))
        field = next(field for field in asking_which(ctx, pause, fields, {}) if field.name == "subscription")
    assert field.required
    assert ([option.value for option in field.options], field.start) == (choices, start)
