"""Redeeming coupons: what they take off, why one does not fit, and one use when twenty ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import col, func, select

import billing.actions.subscription_extras
import billing.actions.subscription_pause
import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.errors import PortalError
from billing.models.coupons import Coupon, CouponScope, Duration, Redemption
from billing.models.people import Contact, Customer, Membership
from billing.models.subscriptions import SubscriptionChange
from billing.registry import Channel, Role
from billing.verify import verify
from tests.billing.actions.subscriber import World, facts, lines
from tests.billing.actions.test_pausing import start
from tests.billing.actions.test_starting import add_coupon


def test_it_comes_off_from_the_next_invoice_on(world: World) -> None:
    add_coupon(world, duration=Duration.PERIODS, periods=3)
    number = start(world)
    world.on(date(2026, 3, 12))

    preview, done = world.do("subscriptions.redeem_coupon", coupon="spring", subscription=number)

    assert preview.effect.title == "Redeem SPRING on Hosting"
    assert lines(preview) == [
        ("Hosting, Growth, a month with VAT", 217_80), ("Spring offer", -43_56), ("Next invoice, 1 April 2026", 174_24),
    ]  # fmt: skip
    assert facts(preview) == {"To pay today": "€0.00", "Counts": "on the next 3 invoices"}
    assert (done.next_price, done.sentence) == (
        174_24, "Hosting has the coupon SPRING: 20% off on the next 3 invoices",
    )  # fmt: skip
    assert world.refused("subscriptions.redeem_coupon", coupon="SPRING").code == "coupon_redeemed"
    assert verify(world.contexts) == []


def test_what_was_billed_before_stays_and_is_given_back_as_it_was(world: World) -> None:
    add_coupon(world)
    number = start(world)
    world.do("subscriptions.redeem_coupon", coupon="SPRING", subscription=number)  # on the first day of the period

    preview, _ = world.on(date(2026, 3, 12)).do("subscriptions.pause", subscription=number)

    assert lines(preview)[0] == ("Hosting, Growth, not used", -110_32)
    preview, _ = world.on(date(2026, 3, 20)).do("subscriptions.resume", subscription=number)
    assert lines(preview)[0] == ("Hosting, Growth", 144_00)
    preview, _ = world.on(date(2026, 4, 4)).do("subscriptions.pause", subscription=number)
    assert lines(preview)[0] == ("Hosting, Growth, not used", -69_68)  # 15 of 31 days at what was billed
    assert verify(world.contexts) == []


def test_it_counts_for_the_next_period_however_early_that_begins(world: World) -> None:
    """Paused and resumed on 12 March, Hosting runs anew from the 13th; so it does again once the coupon is there."""
    add_coupon(world)
    number = start(world)
    world.on(date(2026, 3, 12))
    world.do("subscriptions.pause", subscription=number)
    world.do("subscriptions.resume", subscription=number)
    world.do("subscriptions.redeem_coupon", coupon="SPRING", subscription=number)
    world.do("subscriptions.pause", subscription=number)

    preview, done = world.do("subscriptions.resume", subscription=number)

    assert lines(preview)[0] == ("Hosting, Growth", 144_00)
    assert (done.renews_on, done.next_price) == (date(2026, 4, 13), 217_80)  # it was for one invoice
    assert verify(world.contexts) == []


@pytest.mark.parametrize("order", ["coupons_tax_credits", "tax_coupons_credits"])
def test_a_coupon_on_the_invoice_is_given_back_with_it(world: World, order: str) -> None:
    world.prefer("order", order)
    add_coupon(world, "TEN", percent=0, amount=10_00, currency="EUR", scope=CouponScope.INVOICE)
    number = start(world, coupon="TEN")
    invoice, _ = world.invoice("RT-2026-0001")
    total = 205_70 if order == "coupons_tax_credits" else 207_80
    assert invoice.total == total

    world.prefer("cancellation_day", "unused")
    _, done = world.do("subscriptions.pause", subscription=number)

    assert done.credited == total
    assert verify(world.contexts) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"redeem_by": date(2026, 3, 11)}, "coupon_over"),
        ({"offered": False}, "coupon_withdrawn"),
        ({"most_uses": 2, "uses": 2}, "coupon_used_up"),
        ({"plans": ["hosting-scale-month-eur"]}, "coupon_other_plan"),
        ({"percent": Decimal(0), "amount": 5_00, "currency": "USD"}, "coupon_other_currency"),
    ],
)
def test_one_that_does_not_fit_says_why(world: World, more: dict[str, Any], code: str) -> None:
    add_coupon(world, **more)
    number = start(world)
    refused = world.on(date(2026, 3, 12)).refused("subscriptions.redeem_coupon", coupon="SPRING", subscription=number)
    assert (refused.code, refused.field) == (code, "coupon")
    answer = world.ask("coupons.check", coupon="spring")
    assert (answer.fits, answer.why_not) == ([], refused.sentence)


def test_one_that_stands_alone_and_one_for_each_customer(world: World) -> None:
    add_coupon(world)
    add_coupon(world, "ALONE", combines=False)
    add_coupon(world, "MINE", most_uses_per_customer=1)
    hosting, mail = start(world), start(world, plan="Team mail", seats=2)
    world.do("subscriptions.redeem_coupon", coupon="SPRING", subscription=hosting)
    refused = world.refused("subscriptions.redeem_coupon", coupon="ALONE", subscription=hosting)
    assert refused.message.startswith("The coupon ALONE can't stand beside SPRING.")
    world.do("subscriptions.redeem_coupon", coupon="ALONE", subscription=mail)
    refused = world.refused("subscriptions.redeem_coupon", coupon="SPRING", subscription=mail)
    assert refused.code == "coupon_alone"
    world.do("subscriptions.redeem_coupon", coupon="MINE", subscription=hosting)
    other = start(world, plan="Workspace Starter", seats=1)
    assert world.refused("subscriptions.redeem_coupon", coupon="MINE", subscription=other).code == "coupon_used_by_you"


def test_checking_says_what_it_takes_off_and_for_what(world: World) -> None:
    add_coupon(world, plans=["hosting-growth-month-eur"], redeem_by=date(2026, 6, 30))
    number = start(world)
    start(world, plan="Team mail", seats=2)
    answer = world.ask("coupons.check", coupon="spring")
    assert (answer.coupon, answer.takes_off, answer.lasts, answer.fits, answer.why_not) == (
        "SPRING", "20% off", "on the next invoice", [number], "",
    )  # fmt: skip
    with pytest.raises(PortalError) as refused:
        world.ask("coupons.check", coupon="nosuch")
    assert refused.value.message == "There is no coupon “NOSUCH”. Check the code, or leave it out."


def customers_with_hosting(world: World, count: int) -> list[tuple[Actor, str]]:
    """So many customers, each with a person and a subscription of their own."""
    found = []
    for number in range(2, count + 2):
        with world.contexts.system(writes=True) as ctx:
            customer = Customer(number=f"C-{number}", name=f"Customer {number}", currency="EUR", created_at=ctx.now)
            contact = Contact(email=f"p{number}@example.com", name=f"Person {number}", created_at=ctx.now)
            ctx.session.add_all([customer, contact])
            ctx.session.flush()
            ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
            person = Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer.id)
        asked = {"plan": "Hosting Growth"}
        made = dispatch.run(world.contexts, "subscriptions.start", asked, person, Channel.SHELL)
        found.append((person, made.subscription))
    return found


@pytest.mark.parametrize("uses", [1, 3])
def test_twenty_at_once_and_as_many_redemptions_as_it_has_uses(world: World, uses: int) -> None:
    add_coupon(world, "ONLY", most_uses=uses)
    people = customers_with_hosting(world.on(date(2026, 3, 12)), 20)
    gate = Barrier(len(people))

    def redeem(who: tuple[Actor, str]) -> str:
        person, number = who
        asked = {"coupon": "ONLY", "subscription": number}
        preview = dispatch.preview(world.contexts, "subscriptions.redeem_coupon", asked, person, Channel.PORTAL)
        gate.wait()
        try:
            dispatch.run(
                world.contexts, "subscriptions.redeem_coupon", asked, person, Channel.PORTAL, token=preview.token
            )
        except PortalError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(people)) as pool:
        said = list(pool.map(redeem, people))

    assert sorted(said) == ["coupon_used_up"] * (20 - uses) + ["done"] * uses
    with world.contexts.system() as ctx:
        assert ctx.session.exec(select(func.count()).select_from(Redemption)).one() == uses
        assert ctx.session.exec(select(Coupon.uses)).one() == uses
        changes = select(func.count()).where(col(SubscriptionChange.sentence).contains("ONLY"))
        assert ctx.session.exec(changes).one() == uses
    assert verify(world.contexts) == []


def test_two_at_once_on_one_account_and_one_of_them_stands_alone(world: World) -> None:
    add_coupon(world, "A", combines=False)
    add_coupon(world, "B", combines=False)
    number = start(world)
    gate = Barrier(2)

    def redeem(code: str) -> str:
        asked = {"coupon": code, "subscription": number}
        preview = world.see("subscriptions.redeem_coupon", **asked)
        gate.wait()
        try:
            dispatch.run(
                world.contexts, "subscriptions.redeem_coupon", asked, world.ania, Channel.PORTAL, token=preview.token
            )
        except PortalError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(redeem, ["A", "B"])) == ["coupon_alone", "done"]
    assert verify(world.contexts) == []
