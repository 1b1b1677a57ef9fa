"""A customer with subscriptions, whose person asks through dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine
from billing.models.people import Contact, Customer, Membership
from billing.models.records import PreferenceRecord
from billing.models.subscriptions import Plan, Product, Subscription, SubscriptionPeriod
from billing.posting import issue_credit_note
from billing.price_list.plans import add_plan
from billing.registry import Channel, Role
from billing.rules.totals import NewLine
from billing.subscriptions.switching_done import PlanSwitched
from tests.fixtures.offline import offline

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
            ctx.session.flush()
            ctx.session.add(SubscriptionPeriod(subscription_id=made.id or 0, start=start, end=end))
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

    def see(self, action: str, **asked: object) -> Preview:
        return dispatch.preview(self.contexts, action, asked, self.ania, Channel.PORTAL)

    def do(self, action: str, **asked: object) -> tuple[Preview, Any]:
        """Asks for what an action would do, and says yes to exactly that."""
        preview = self.see(action, **asked)
        return preview, dispatch.run(self.contexts, action, asked, self.ania, Channel.PORTAL, token=preview.token)

    def refused(self, action: str, **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.see(action, **asked)
        return refused.value

    def periods(self, number: str) -> list[tuple[str, date, date | None]]:
        """The stretches of its life: what each is, its first day, and the day after its last."""
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(SubscriptionPeriod)
                .join(Subscription, col(Subscription.id) == col(SubscriptionPeriod.subscription_id))
                .where(Subscription.number == number)
                .order_by(col(SubscriptionPeriod.start))
            ).all()
            return [(row.kind, row.start, row.end) for row in rows]

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
    contexts = offline(engine, clock, tmp_path)
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
                plan = Plan(
                    product_id=row.id or 0, name=name, currency="EUR", unit_amount=price, tax_rate=VAT,
                    per_seat=seats is not None, least_seats=least, most_seats=most, position=place,
                )  # fmt: skip
                add_plan(ctx.session, row, plan, ctx.now)
        ania = Actor("contact", contact.id, "Ania Kowalczyk", contact.email, Role.OWNER, customer.id)
    return World(contexts, clock, ania)


MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def lines(preview: Preview) -> list[tuple[str, int]]:
    return [(line.label, line.amount) for line in preview.effect.lines]


def facts(preview: Preview) -> dict[str, str]:
    return {fact.label: fact.value for fact in preview.effect.facts}
