"""A business that works on a customer's project: what staff and the customer ask of it, through dispatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

import billing.actions.project_approvals
import billing.actions.project_days
import billing.actions.project_hours
import billing.actions.project_invoices
import billing.actions.project_work
import billing.actions.projects  # noqa: F401
from billing import dispatch
from billing.actions.projects import ProjectDetail, ProjectRow
from billing.clock import SetClock
from billing.context import Actor, Context, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.people import Contact, Customer, Membership, Staff
from billing.models.records import PreferenceRecord
from billing.projects.invoicing import WorkInvoiced
from billing.registry import Channel, Role, catalogue
from billing.verify import verify
from tests.fixtures.offline import offline


@dataclass
class Agency:
    """Rio works, Ania is the customer's owner; everything is previewed before it is done."""

    contexts: Contexts
    clock: SetClock
    rio: Actor
    ania: Actor
    previews: list[Preview] = field(default_factory=list)

    def on(self, day: date) -> Agency:
        self.clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        return self

    def staff(self, action: str, **asked: object) -> Any:
        return self._do(self.rio, action, asked)

    def customer(self, action: str, **asked: object) -> Any:
        return self._do(self.ania, action, asked)

    def _do(self, actor: Actor, action: str, asked: dict[str, object]) -> Any:
        if not catalogue.get(action).changes:
            return dispatch.run(self.contexts, action, asked, actor, Channel.PORTAL)
        preview = dispatch.preview(self.contexts, action, asked, actor, Channel.PORTAL)
        self.previews.append(preview)
        return dispatch.run(self.contexts, action, asked, actor, Channel.PORTAL, token=preview.token)

    def refused(self, actor: Actor, action: str, **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refusal:
            dispatch.preview(self.contexts, action, asked, actor, Channel.PORTAL)
        return refusal.value

    def start(self, name: str = "New website", budget: int = 10_000_00, rate: int = 85_00, **more: object) -> str:
        asked = {"tax_percent": "21", **more}
        return cast(str, self.staff("projects.create", name=name, budget=budget, hourly_rate=rate, **asked).project)

    def step(self, name: str, amount: int, due_on: date | None = None) -> None:
        self.staff("projects.add_milestone", name=name, amount=amount, due_on=due_on)

    def log(self, day: date, hours: str, task: str = "Build", person: str = "Ilse", **more: object) -> str:
        asked = {"task": task, "person": person, "hours": hours, "worked_on": day, **more}
        return cast(str, self.staff("projects.log_hours", **asked).entry)

    def invoice_hours(self, **asked: object) -> WorkInvoiced:
        return cast(WorkInvoiced, self.staff("projects.invoice_hours", **asked))

    def project(self) -> ProjectRow:
        return self.shown().project

    def shown(self, **asked: object) -> ProjectDetail:
        return cast(ProjectDetail, self.customer("projects.show", **asked))

    def lines(self, number: str) -> list[InvoiceLine]:
        with self.contexts.system() as ctx:
            invoice = ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()
            order = col(InvoiceLine.position)
            return list(
                ctx.session.exec(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(order)).all()
            )

    def invoice(self, number: str) -> Invoice:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()

    def prefer(self, name: str, value: object) -> None:
        with self.contexts.system(writes=True) as ctx:
            ctx.session.merge(PreferenceRecord(name=name, value=value, changed_at=ctx.now))

    @contextmanager
    def books(self) -> Iterator[Context]:
        """The books themselves, as another action of the same account would write in them."""
        with self.contexts.open(self.rio, Channel.JOB, writes=True) as ctx:
            yield ctx

    def differences(self) -> list[str]:
        return [str(difference) for difference in verify(self.contexts)]


@pytest.fixture
def agency(engine: Engine, clock: SetClock, tmp_path: Path) -> Agency:
    return open_agency(engine, clock, tmp_path)


def open_agency(engine: Engine, clock: SetClock, data: Path, currency: str = "EUR", country: str = "NL") -> Agency:
    contexts = offline(engine, clock, data)
    with contexts.system(writes=True) as ctx:
        customer = Customer(
            number="C-1", name="Möller & Kowalczyk", currency=currency, country=country, created_at=ctx.now
        )
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        staff = Staff(email="rio@example.com", name="Rio Aalbers", role=Role.ADMIN, created_at=ctx.now)
        ctx.session.add_all([customer, contact, staff])
        ctx.session.flush()
        ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
        rio = Actor("staff", staff.id, staff.name, staff.email, Role.ADMIN, customer.id)
        ania = Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer.id)
    return Agency(contexts, clock, rio, ania)


def figures(preview: Preview) -> list[tuple[str, int]]:
    return [(line.label, line.amount) for line in preview.effect.lines]


def facts(preview: Preview) -> dict[str, str]:
    return {fact.label: fact.value for fact in preview.effect.facts}


HALF = Decimal("0.5")
