"""A customer with invoices who pays them, through dispatch, from cards of the real sandbox."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

import billing.actions.home
import billing.actions.invoices
import billing.actions.payments  # noqa: F401
from billing import dispatch
from billing.actions.payments import Receipt
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Contexts
from billing.effects import Preview
from billing.errors import PortalError
from billing.files import Files
from billing.invoices.detail import InvoiceDetail
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.ledger import Balance
from billing.models.payments import Payment, PaymentMethod
from billing.models.people import Contact, Customer, Membership
from billing.models.records import Mail, PreferenceRecord
from billing.pdf import Renderer
from billing.posting import finalise_invoice, issue_credit_note
from billing.registry import Channel, Role, catalogue
from billing.rules.totals import NewLine
from tests.billing.gateways.running import RunningSandbox
from tests.fixtures.processes import PATIENCE, ROOT

VAT = Decimal(21)


@dataclass
class Account:
    """What a person of one customer sees and does."""

    contexts: Contexts
    clock: SetClock
    sandbox: RunningSandbox
    ania: Actor

    def on(self, day: date, hour: int = 12) -> Account:
        """Moves the clock to a day."""
        self.clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
        return self

    def later(self, **by: float) -> Account:
        self.clock.advance(timedelta(**by))
        return self

    def invoice(self, net: int, title: str = "Monthly services", *, currency: str = "EUR", days: int = 14) -> str:
        """Bills an amount without tax; gives the number."""
        with self.contexts.system(writes=True) as ctx:
            today = ctx.now.date()
            draft = Invoice(
                customer_id=self.ania.customer_id or 0, title=title, currency=currency, issued_on=today,
                due_on=today + timedelta(days=days), created_at=ctx.now,
            )  # fmt: skip
            return finalise_invoice(ctx, draft, [NewLine(title, net, net, tax_rate=VAT)]).number or ""

    def credit_note(self, net: int, title: str = "Credit note: outage") -> str:
        with self.contexts.system(writes=True) as ctx:
            draft = Invoice(
                customer_id=self.ania.customer_id or 0, kind=InvoiceKind.CREDIT_NOTE, title=title, currency="EUR",
                issued_on=ctx.now.date(), created_at=ctx.now,
            )  # fmt: skip
            return issue_credit_note(ctx, draft, [NewLine(title, -net, -net, tax_rate=VAT)]).number or ""

    def card(self, number: str) -> str:
        """A card that was just typed into the form."""
        return str(self.sandbox.new_card(number).json()["id"])

    def preview(self, *invoices: str, **asked: object) -> Preview:
        return dispatch.preview(
            self.contexts, "invoices.pay", {"invoices": list(invoices), **asked}, self.ania, Channel.PORTAL
        )

    def confirm(self, preview: Preview, *invoices: str, **asked: object) -> Receipt:
        result = dispatch.run(
            self.contexts, "invoices.pay", {"invoices": list(invoices), **asked}, self.ania, Channel.PORTAL,
            token=preview.token,
        )  # fmt: skip
        assert isinstance(result, Receipt)
        return result

    def pay(self, *invoices: str, **asked: object) -> Receipt:
        return self.confirm(self.preview(*invoices, **asked), *invoices, **asked)

    def refusal(self, *invoices: str, **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.preview(*invoices, **asked)
        return refused.value

    def ask(self, action: str, **asked: object) -> Any:
        return dispatch.run(self.contexts, action, asked, self.ania, Channel.PORTAL)

    def detail(self, number: str) -> InvoiceDetail:
        return cast(InvoiceDetail, self.ask("invoices.show", number=number))

    def due(self, number: str) -> int:
        return self.detail(number).due

    def payment(self, number: str) -> Receipt:
        return cast(Receipt, self.ask("payments.show", payment=number))

    def payments(self) -> Sequence[Payment]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Payment).order_by(col(Payment.id))).all()

    def balance(self) -> tuple[int, int]:
        """What is owed and what credit there is."""
        with self.contexts.system() as ctx:
            found = ctx.session.get(Balance, (self.ania.customer_id, "EUR"))
            return (found.receivable, found.credit) if found else (0, 0)

    def mails(self) -> Sequence[Mail]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Mail).order_by(col(Mail.id))).all()

    def cards(self) -> Sequence[PaymentMethod]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(PaymentMethod).order_by(col(PaymentMethod.id))).all()

    def prefer(self, name: str, value: object) -> None:
        with self.contexts.system(writes=True) as ctx:
            ctx.session.add(PreferenceRecord(name=name, value=value, changed_at=ctx.now))

    def taken(self) -> list[int]:
        """The amounts that the gateway really took."""
        return [charge["amount"] for charge in self.sandbox.charges() if charge["status"] == "succeeded"]


def die_doing(account: Account, sandbox: RunningSandbox, data: Path, moment: str, action: str, **asked: object) -> None:
    """Lets another process do that and be killed `before` or `after` it asks the gateway."""
    order = {
        "database": account.contexts.engine.url.render_as_string(hide_password=False), "sandbox": sandbox.base,
        "data": str(data), "contact": account.ania.id, "customer": account.ania.customer_id,
        "action": action, "input": asked, "moment": moment,
    }  # fmt: skip
    dead = subprocess.run(
        [sys.executable, "-m", "tests.billing.paying.dying", json.dumps(order)], cwd=ROOT, capture_output=True,
        text=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL, dead.stderr


def answer_bank(redirect_url: str, answer: str) -> None:
    """Says yes or no on the bank's page."""
    reply = httpx.post(redirect_url, data={"answer": answer}, trust_env=False, timeout=PATIENCE)
    assert reply.status_code == 303


def settings_for(data: Path) -> Settings:
    return Settings(demo=True, data=data, secret_key="s" * 40)


def make_contexts(engine: Engine, clock: SetClock, sandbox: RunningSandbox, data: Path) -> Contexts:
    files = Files(data / "files", engine, clock)
    return Contexts(
        settings_for(data), engine, clock, catalogue, gateway=sandbox.gateway(retries=0),
        renderer=Renderer(data / "pdf"), files=files,
    )  # fmt: skip


def open_account(engine: Engine, clock: SetClock, sandbox: RunningSandbox, data: Path) -> Account:
    contexts = make_contexts(engine, clock, sandbox, data)
    with contexts.system(writes=True) as ctx:
        customer = Customer(
            number="C-1", name="Möller & Kowalczyk", email="administratie@example.com", currency="EUR",
            created_at=ctx.now,
        )  # fmt: skip
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        ctx.session.add_all([customer, contact])
        ctx.session.flush()
        assert customer.id and contact.id
        ctx.session.add(Membership(contact_id=contact.id, customer_id=customer.id, role=Role.OWNER))
        ctx.session.add(
            PaymentMethod(customer_id=customer.id, gateway_id="pm_card_visa", brand="visa", last4="4242", exp_month=4,
                          exp_year=2031, is_default=True, created_at=ctx.now)
        )  # fmt: skip
        ania = Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer.id)
    return Account(contexts, clock, sandbox, ania)
