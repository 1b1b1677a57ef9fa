"""Switching a plan or its seats: what is shown is what happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.actions.subscriptions import PlanChoices, SubscriptionDetail, SubscriptionList
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine
from billing.models.ledger import Balance
from billing.models.people import Contact, Customer, Membership
from billing.models.records import AuditEntry, PreferenceRecord
from billing.models.subscriptions import Plan, Product, Subscription, SubscriptionStatus
from billing.posting import NewLine, issue_credit_note
from billing.registry import Channel, Role, catalogue
from billing.switching_done import PlanSwitched
from billing.verify import verify

VAT = Decimal(21)
PLANS: dict[str, list[tuple[str, int, tuple[int, int] | None]]] = {
    "Hosting": [("Growth", 180_00, None), ("Business", 260_00, None), ("Scale", 420_00, None)],
    "Team mail": [("", 6_50, (1, 250))],
    "Workspace": [("Starter", 29_00, (1, 100)), ("Growth", 49_00, (2, 100))],
    "Small": [("Basic", 50_00, None), ("Plus", 100_00, None)],
}


@dataclass
class World:
    """A customer whose person asks through dispatch, on the day that the clock says."""

    contexts: Contexts
    clock: SetClock
    ania: Actor

    def on(self, day: date) -> World:
        self.clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        return self

    def subscribe(
        self, product: str, plan: str, start: date, end: date, *, seats: int = 1, number: str = "", **more: Any
    ) -> str:
        with self.contexts.system(writes=True) as ctx:
            row = ctx.session.exec(select(Plan).join(Product).where(Product.name == product, Plan.name == plan)).one()
            made = Subscription(
                number=number or f"SUB-{product.upper().replace(' ', '')}",
                customer_id=self.ania.customer_id or 0,
                plan_id=row.id or 0,
                seats=seats,
                started_on=start,
                anchor_day=start.day,
                period_start=start,
                period_end=end,
                created_at=ctx.now,
                **more,
            )
            ctx.session.add(made)
            return made.number

    def credit(self, net: int) -> None:
        with self.contexts.system(writes=True) as ctx:
            note = Invoice(
                customer_id=self.ania.customer_id or 0,
                kind=InvoiceKind.CREDIT_NOTE,
                title="Credit note: outage",
                currency="EUR",
                issued_on=ctx.now.date(),
                created_at=ctx.now,
            )
            issue_credit_note(ctx, note, [NewLine("Outage", -net, -net, tax_rate=VAT)])

    def prefer(self, name: str, value: object) -> None:
        with self.contexts.system(writes=True) as ctx:
            ctx.session.add(PreferenceRecord(name=name, value=value, changed_at=ctx.now))

    def preview(self, **asked: object) -> Preview:
        return dispatch.preview(self.contexts, "subscriptions.switch_plan", asked, self.ania, Channel.PORTAL)

    def confirm(self, preview: Preview, **asked: object) -> PlanSwitched:
        result = dispatch.run(
            self.contexts, "subscriptions.switch_plan", asked, self.ania, Channel.PORTAL, token=preview.token
        )
        assert isinstance(result, PlanSwitched)
        return result

    def switch(self, **asked: object) -> tuple[Preview, PlanSwitched]:
        preview = self.preview(**asked)
        return preview, self.confirm(preview, **asked)

    def ask(self, action: str, **asked: object) -> Any:
        return dispatch.run(self.contexts, action, asked, self.ania, Channel.PORTAL)

    def subscription(self, number: str) -> Subscription:
        with self.contexts.system() as ctx:
            found = ctx.session.exec(select(Subscription).where(Subscription.number == number)).one()
            assert isinstance(found, Subscription)
            return found

    def invoice(self, number: str | None) -> tuple[Invoice, list[InvoiceLine]]:
        with self.contexts.system() as ctx:
            found = ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()
            lines = ctx.session.exec(
                select(InvoiceLine).where(InvoiceLine.invoice_id == found.id).order_by(col(InvoiceLine.position))
            ).all()
            return found, list(lines)

    def refusal(self, **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.preview(**asked)
        return refused.value


@pytest.fixture
def world(engine: Engine, clock: SetClock, tmp_path: Path) -> World:
    settings = Settings(demo=True, data=tmp_path, secret_key="s" * 40)
    unused = cast(Any, None)
    contexts = Contexts(settings, engine, clock, catalogue, gateway=unused, renderer=unused, files=unused)
    with contexts.system(writes=True) as ctx:
        customer = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", created_at=ctx.now)
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        ctx.session.add_all([customer, contact])
        ctx.session.flush()
        ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
        for product, plans in PLANS.items():
            row = Product(name=product)
            ctx.session.add(row)
            ctx.session.flush()
            for place, (name, price, seats) in enumerate(plans):
                least, most = seats or (1, 1)
                ctx.session.add(
                    Plan(
                        product_id=row.id or 0, name=name, currency="EUR", unit_amount=price, tax_rate=VAT,
                        per_seat=seats is not None, least_seats=least, most_seats=most, position=place,
                    )
                )  # fmt: skip
        ania = Actor("contact", contact.id, "Ania Kowalczyk", contact.email, Role.OWNER, customer.id)
    return World(contexts, clock, ania)


MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def lines(preview: Preview) -> list[tuple[str, int]]:
    return [(line.label, line.amount) for line in preview.effect.lines]


def facts(preview: Preview) -> dict[str, str]:
    return {fact.label: fact.value for fact in preview.effect.facts}


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
    assert (preview.effect.confirm, preview.effect.decline) == ("Switch for €22.45", "Keep Growth")
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
    assert (preview.effect.confirm, preview.effect.decline) == ("Confirm change", "Not now")
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
        plan.downgrade = "today"
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
    assert preview.effect.lines[0].working == "€180.00 − 10% × 15 of 30 days, 16–30 April"


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
    ({"seats": 0}, "invalid_input", "seats", "Seats: input should be greater than or equal to 1."),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "code", "field", "message"), REFUSALS, ids=[str(r[0]) for r in REFUSALS])
def test_bad_input_gets_a_sentence_and_changes_nothing(
    world: World, asked: dict[str, object], code: str, field: str, message: str
) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Scale", *MARCH)
    world.subscribe("Workspace", "Starter", *MARCH, seats=3)

    refused = world.refusal(**asked)

    assert (refused.code, refused.field, refused.message) == (code, field, message)


@pytest.mark.parametrize(("status", "word"), [("ended", "ended"), ("paused", "paused"), ("past_due", "past due")])
def test_only_an_active_subscription_is_switched(world: World, status: str, word: str) -> None:
    world.on(date(2026, 3, 12)).subscribe("Hosting", "Growth", *MARCH, status=status)

    assert world.refusal(plan="Business").message == f"Hosting is {word}. Only an active one can be changed."


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
