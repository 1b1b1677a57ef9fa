"""A shop whose policy is set, with one customer: what is sold, who has it, and what was billed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.jobs import bill_due
from billing.models.coupons import Coupon, Redemption
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.people import Contact, Customer, Membership
from billing.models.records import PreferenceRecord
from billing.models.subscriptions import (
    AddOn,
    Plan,
    Product,
    Subscription,
    SubscriptionAddOn,
    SubscriptionChange,
    SubscriptionPeriod,
)
from billing.models.taxes import TaxRate
from billing.money import format_money
from billing.posting import finalise_invoice, void_invoice
from billing.price_list.plans import add_plan, price_of
from billing.registry import Channel, Role
from billing.subscriptions.held import held_by_id
from billing.subscriptions.period_lines import lines_for
from billing.subscriptions.switching_done import PlanSwitched
from billing.verify import verify
from tests.fixtures.offline import offline

NOON = time(12)
MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))


@dataclass
class Shop:
    """A business and its customer Ania, on the day that the clock says."""

    contexts: Contexts
    clock: SetClock
    ania: Actor
    zone: ZoneInfo

    def at(self, day: date, clock: time = NOON) -> Shop:
        """Sets the clock, to the customer's noon unless said otherwise."""
        self.clock.set(datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC))
        return self

    def set(self, **settings: object) -> None:
        """Sets the business's policy, or another preference."""
        with self.contexts.system(writes=True) as ctx:
            for name, value in settings.items():
                ctx.session.add(PreferenceRecord(name=name, value=value, changed_at=ctx.now))

    def sell(self, name: str, price: int, **plan: Any) -> str:
        """Puts a plan of the product “Service” on sale; gives its code."""
        with self.contexts.system(writes=True) as ctx:
            product = ctx.session.exec(select(Product).where(Product.name == "Service")).first()
            if product is None:
                product = Product(name="Service")
                ctx.session.add(product)
                ctx.session.flush()
            given = {"currency": "EUR"} | plan
            made = Plan(product_id=product.id or 0, name=name, unit_amount=price, **given)
            return add_plan(ctx.session, product, made, ctx.now).code

    def raise_price(self, plan: str, price: int) -> None:
        """Gives a plan a new version of its price."""
        with self.contexts.system(writes=True) as ctx:
            row = ctx.session.exec(select(Plan).where(Plan.code == plan)).one()
            row.unit_amount, row.version = price, row.version + 1
            ctx.session.add(price_of(row, ctx.now))

    def coupon(self, **coupon: Any) -> None:
        """Puts a coupon on offer."""
        with self.contexts.system(writes=True) as ctx:
            ctx.session.add(Coupon(**({"name": coupon["code"], "currency": "EUR", "created_at": ctx.now} | coupon)))

    def tax(self, percent: str, label: str, **rate: Any) -> None:
        """Adds a tax of the customer's country."""
        with self.contexts.system(writes=True) as ctx:
            code = label.replace(" ", "-").lower()
            ctx.session.add(TaxRate(code=code, label=label, percent=Decimal(percent), **({"country": "NL"} | rate)))

    def subscribe(self, plan: str, start: date, end: date, *, seats: int = 1, billed: bool = True, **more: Any) -> str:
        """Lets the customer have a plan in a period, which is billed on its first day; gives the number."""
        coupons = more.pop("coupons", ())
        add_ons = more.pop("add_ons", ())
        with self.contexts.system(writes=True) as ctx:
            row = ctx.session.exec(select(Plan).where(Plan.code == plan)).one()
            made = Subscription(
                customer_id=self.ania.customer_id or 0, plan_id=row.id or 0, seats=seats,
                started_on=start, period_start=start, period_end=end, created_at=ctx.now,
                **cast(dict[str, Any], {"number": "SUB-1", "anchor_day": start.day} | more),
            )  # fmt: skip
            ctx.session.add(made)
            ctx.session.flush()
            self._extras(ctx, made, coupons, add_ons)
            period = SubscriptionPeriod(subscription_id=made.id or 0, start=start, end=end)
            ctx.session.add(period)
            ctx.session.flush()
            if billed:
                period.invoice_id = self._bill(ctx, made.id or 0, start, end).id
            return made.number

    def _extras(self, ctx: Any, made: Subscription, coupons: Any, add_ons: Any) -> None:
        for given in coupons:
            given = dict(given)
            left, ended = given.pop("periods_left", None), given.pop("ended_on", None)
            coupon = Coupon(**({"name": given["code"], "currency": "EUR", "created_at": ctx.now} | given))
            ctx.session.add(coupon)
            ctx.session.flush()
            ctx.session.add(
                Redemption(
                    coupon_id=coupon.id or 0, customer_id=made.customer_id, subscription_id=made.id or 0,
                    redeemed_on=made.started_on, periods_left=left, ended_on=ended,
                    created_at=ctx.now,
                )
            )  # fmt: skip
        for name, price, quantity in add_ons:
            add_on = AddOn(code=name.lower().replace(" ", "-"), name=name, currency="EUR", unit_amount=price)
            ctx.session.add(add_on)
            ctx.session.flush()
            ctx.session.add(
                SubscriptionAddOn(
                    subscription_id=made.id or 0, add_on_id=add_on.id or 0, quantity=quantity, unit_amount=price,
                    added_on=made.started_on,
                )
            )  # fmt: skip
        ctx.session.flush()

    def _bill(self, ctx: Any, subscription_id: int, start: date, end: date) -> Invoice:
        [held] = held_by_id(ctx.session, [subscription_id], ctx.preferences.policy)
        invoice = Invoice(
            customer_id=self.ania.customer_id or 0, title="Service", currency=held.plan.currency, issued_on=start,
            due_on=start, subscription_id=subscription_id, period_start=start, period_end=end, created_at=ctx.now,
        )  # fmt: skip
        return finalise_invoice(ctx, invoice, *lines_for(held, start, end), held.policy)

    def preview(self, action: str = "subscriptions.switch_plan", **asked: object) -> Preview:
        return dispatch.preview(self.contexts, action, asked, self.ania, Channel.PORTAL)

    def do(self, action: str, **asked: object) -> Any:
        """Previews and confirms; what was shown is what is due."""
        return self.ask(action, token=self.preview(action, **asked).token, **asked)

    def renew(self) -> None:
        """Lets the billing run do what is due."""
        bill_due(self.contexts)

    def as_staff(self, action: str, **asked: object) -> Any:
        """Lets an administrator do it, with the customer's account open."""
        rio = Actor("staff", 1, "Rio", "rio@renotech.example", Role.ADMIN, self.ania.customer_id)
        return dispatch.run(self.contexts, action, asked, rio, Channel.SHELL)

    def switch(self, plan: str = "", **asked: object) -> Switched:
        """Switches, and says what was given back, charged and taxed; it is what was shown, and the books are right."""
        asked = asked | ({"plan": plan} if plan else {})
        shown = self.preview("subscriptions.switch_plan", **asked)
        done = self.ask("subscriptions.switch_plan", token=shown.token, **asked)
        renewal = [fact.value for fact in shown.effect.facts if fact.label.startswith("Next renewal")]
        assert all(format_money(done.next_price, done.currency) in said for said in renewal)
        assert shown.effect.due_now == done.due
        assert verify(self.contexts) == []
        number = done.invoice or done.credit_note
        lines = self.lines(number) if number else []
        return Switched(done, self.invoice(number) if number else None, lines)

    def ask(self, action: str, token: str | None = None, **asked: object) -> Any:
        return dispatch.run(self.contexts, action, asked, self.ania, Channel.PORTAL, token=token)

    def refusal(self, action: str = "subscriptions.switch_plan", **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.preview(action, **asked)
        return refused.value

    def subscription(self) -> Subscription:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Subscription)).one()

    def periods(self) -> list[tuple[date, date | None]]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(select(SubscriptionPeriod).order_by(col(SubscriptionPeriod.start))).all()
            return [(row.start, row.end) for row in rows]

    def invoice(self, number: str) -> Invoice:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()

    def invoices(self) -> list[Invoice]:
        with self.contexts.system() as ctx:
            return list(ctx.session.exec(select(Invoice).order_by(col(Invoice.id))).all())

    def changes(self) -> list[SubscriptionChange]:
        with self.contexts.system() as ctx:
            return list(ctx.session.exec(select(SubscriptionChange).order_by(col(SubscriptionChange.id))).all())

    def void(self, invoice: Invoice) -> None:
        with self.contexts.system(writes=True) as ctx:
            void_invoice(ctx, ctx.session.get_one(Invoice, invoice.id), "It was for another customer")

    def lines(self, number: str) -> list[InvoiceLine]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(InvoiceLine)
                .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
                .where(Invoice.number == number)
                .order_by(col(InvoiceLine.position))
            ).all()
            return list(rows)


@dataclass
class Switched:
    """What a switch came to."""

    done: PlanSwitched
    paper: Invoice | None
    lines: list[InvoiceLine]

    @property
    def credit(self) -> int:
        """What was given back, without tax that is added."""
        return -sum(line.amount for line in self.lines if line.amount < 0)

    @property
    def charge(self) -> int:
        """What was charged, without tax that is added."""
        return sum(line.amount for line in self.lines if line.amount > 0)

    @property
    def total(self) -> int:
        return self.paper.total if self.paper else 0

    def arithmetic(self, place: int) -> Mapping[str, Any]:
        return self.lines[place].arithmetic


@pytest.fixture
def shop(engine: Engine, clock: SetClock, tmp_path: Path) -> Shop:
    contexts = offline(engine, clock, tmp_path)
    with contexts.system(writes=True) as ctx:
        customer = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", country="NL", created_at=ctx.now)
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        ctx.session.add_all([customer, contact])
        ctx.session.flush()
        ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
        ania = Actor("contact", contact.id, "Ania Kowalczyk", contact.email, Role.OWNER, customer.id)
        zone = ZoneInfo(customer.time_zone)
    return Shop(contexts, clock, ania, zone)
