"""The business's admin at the price list, and customers of some countries who would be billed by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

import billing.actions.add_ons_sold
import billing.actions.coupons_sold
import billing.actions.plan_changes
import billing.actions.plans
import billing.actions.taxes  # noqa: F401
from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Context, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.models.people import Customer, Staff
from billing.models.records import AuditEntry, PreferenceRecord
from billing.models.subscriptions import Plan, PlanPrice, Subscription
from billing.registry import Channel, Role, catalogue
from tests.fixtures.offline import offline


@dataclass
class Shop:
    """Rio looks after the price list; everything is previewed before it is done."""

    contexts: Contexts
    clock: SetClock
    rio: Actor
    shown: Preview | None = None

    def on(self, day: date) -> Shop:
        self.clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        return self

    def do(self, action: str, *, at: str = "", **asked: Any) -> Any:
        actor = self.with_account(at) if at else self.rio
        if not catalogue.get(action).changes:
            return dispatch.run(self.contexts, action, asked, actor, Channel.PORTAL)
        self.shown = dispatch.preview(self.contexts, action, asked, actor, Channel.PORTAL)
        return dispatch.run(self.contexts, action, asked, actor, Channel.PORTAL, token=self.shown.token)

    def refused(self, action: str, *, at: str = "", **asked: Any) -> PortalError:
        before = self.rows()
        with pytest.raises(PortalError) as refusal:
            self.do(action, at=at, **asked)
        assert self.rows() == before
        return refusal.value

    def rows(self) -> list[int]:
        with self.contexts.system() as ctx:
            tables = [t for t in Plan.metadata.sorted_tables if t.name != "audit_entry"]
            return [ctx.session.connection().execute(select(func.count()).select_from(t)).scalar_one() for t in tables]

    def facts(self) -> dict[str, str]:
        assert self.shown is not None
        return {fact.label: fact.value for fact in self.shown.effect.facts}

    def hosting(self, name: str = "Growth", price: int = 180_00, **more: object) -> str:
        asked: dict[str, Any] = {"product": "Hosting", "name": name, "currency": "EUR", "unit_amount": price, **more}
        return cast(str, self.do("plans.create", **asked).plan)

    def plan(self, code: str) -> Plan:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Plan).where(Plan.code == code)).one()

    def prices(self, code: str) -> list[tuple[int, int]]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(PlanPrice).join(Plan, col(Plan.id) == PlanPrice.plan_id).where(Plan.code == code)
                .order_by(col(PlanPrice.version))
            ).all()  # fmt: skip
            return [(row.version, row.unit_amount) for row in rows]

    def customer(self, number: str, country: str = "NL") -> Customer:
        with self.contexts.system(writes=True) as ctx:
            row = Customer(number=number, name=f"Customer {number}", currency="EUR", country=country,
                           created_at=ctx.now)  # fmt: skip
            ctx.session.add(row)
            ctx.session.flush()
            return row

    def with_account(self, number: str) -> Actor:
        with self.contexts.system() as ctx:
            row = ctx.session.exec(select(Customer).where(Customer.number == number)).one()
        return Actor("staff", self.rio.id, self.rio.name, self.rio.email, self.rio.role, row.id)

    def subscribe(self, number: str, plan: str, seats: int = 1) -> None:
        with self.contexts.system(writes=True) as ctx:
            customer = ctx.session.exec(select(Customer).where(Customer.number == number)).one()
            row = ctx.session.exec(select(Plan).where(Plan.code == plan)).one()
            day = ctx.now.date()
            ctx.session.add(
                Subscription(
                    number=f"SUB-{number}",
                    customer_id=customer.id or 0,
                    plan_id=row.id or 0,
                    started_on=day,
                    seats=seats,
                    anchor_day=1,
                    period_start=day,
                    period_end=day.replace(year=day.year + 1),
                    created_at=ctx.now,
                )
            )

    def prefer(self, name: str, value: object) -> None:
        with self.contexts.system(writes=True) as ctx:
            ctx.session.merge(PreferenceRecord(name=name, value=value, changed_at=ctx.now))

    def as_customer(self, number: str) -> Any:
        return self.contexts.open(self.with_account(number), Channel.JOB)

    def audit(self) -> list[str]:
        with self.contexts.system() as ctx:
            return list(ctx.session.exec(select(AuditEntry.sentence).order_by(col(AuditEntry.id))).all())


@pytest.fixture
def shop(engine: Engine, clock: SetClock, tmp_path: Path) -> Shop:
    contexts = offline(engine, clock, tmp_path)
    with contexts.system(writes=True) as ctx:
        staff = Staff(email="rio@example.com", name="Rio Aalbers", role=Role.ADMIN, created_at=ctx.now)
        ctx.session.add(staff)
        ctx.session.flush()
        rio = Actor("staff", staff.id, staff.name, staff.email, Role.ADMIN)
    return Shop(contexts, clock, rio)


def taxes_of(ctx: Context) -> list[tuple[str, str]]:
    """The taxes that a line of a plan at 21 % bears for the account that is open."""
    from decimal import Decimal

    from billing.price_list.taxes import taxes_for

    return [(t.label, f"{t.percent.normalize():f}{' incl.' * t.inclusive}") for t in
            taxes_for(ctx, ctx.customer, Decimal(21))]  # fmt: skip
