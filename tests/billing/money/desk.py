"""Staff who act on a customer's account, through dispatch: each change is looked at first, then confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import col, select

import billing.actions.account
import billing.actions.credits
import billing.actions.invoice_corrections
import billing.actions.received
import billing.actions.refunds
import billing.actions.staff_invoices  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.effects import Effect, Preview
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.payments import Refund
from billing.registry import Channel, Role
from tests.billing.paying.account import Account


@dataclass
class Desk:
    """What Rio does with the account of `account`."""

    account: Account
    rio: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.rio = Actor(
            "staff", 1, "Rio Castellanos", "rio@renotech.example", Role.ADMIN, self.account.ania.customer_id
        )

    def preview(self, action: str, **asked: object) -> Preview:
        return dispatch.preview(self.account.contexts, action, asked, self.rio, Channel.PORTAL)

    def effect(self, action: str, **asked: object) -> Effect:
        return self.preview(action, **asked).effect

    def do(self, action: str, *, actor: Actor | None = None, **asked: object) -> Any:
        """Looks at what it would do, and confirms exactly that."""
        who = actor or self.rio
        seen = dispatch.preview(self.account.contexts, action, asked, who, Channel.PORTAL)
        return dispatch.run(self.account.contexts, action, asked, who, Channel.PORTAL, token=seen.token)

    def refusal(self, action: str, **asked: object) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.preview(action, **asked)
        return refused.value

    def invoice(self, number: str) -> Invoice:
        with self.account.contexts.system() as ctx:
            return ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()

    def refunds(self) -> list[Refund]:
        with self.account.contexts.system() as ctx:
            return list(ctx.session.exec(select(Refund).order_by(col(Refund.id))).all())

    def given_back(self) -> list[int]:
        """What the gateway really gave back of each charge, oldest first."""
        return [charge["amount_refunded"] for charge in reversed(self.account.sandbox.charges())]
