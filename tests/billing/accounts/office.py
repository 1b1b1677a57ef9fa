"""Somebody asks for something about an account: what they are shown first, and what comes of their yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import col, select

from billing import dispatch
from billing.auth.login import Client, find_person, sign_in
from billing.auth.sessions import SignedIn, actor_for, open_account
from billing.context import Actor, Contexts
from billing.effects import Effect
from billing.errors import PortalError
from billing.models.people import Contact, Customer, Membership
from billing.models.records import AuditEntry, Mail
from billing.registry import Channel, Role

ANIA, PIETER, JAN = "ania@moeller.example", "pieter@moeller.example", "jan@moeller.example"
OTTO, MARIT = "otto@otto.example", "marit@renotech.example"
PASSWORD = "a slow green tram 7"


@dataclass
class Office:
    """The account C-1 and its neighbour C-2."""

    contexts: Contexts

    def actor(self, who: str, at: str = "C-1") -> Actor:
        """Who asks: a person of the account, or staff with the account open."""
        with self.contexts.system() as ctx:
            person = find_person(ctx.session, who)
            customer = ctx.session.exec(select(Customer).where(Customer.number == at)).one() if at else None
            assert person is not None
            if isinstance(person, Contact):
                role = ctx.session.exec(
                    select(Membership.role).where(
                        Membership.contact_id == person.id, Membership.customer_id == (customer.id if customer else 0)
                    )
                ).one()
                return Actor("contact", person.id, person.name, who, Role(role), customer.id if customer else None)
            return Actor("staff", person.id, person.name, who, Role(person.role), customer.id if customer else None)

    def do(self, who: str, action: str, *, at: str = "C-1", **input: Any) -> tuple[Effect, Any]:
        """The effect that was shown, and the result of the yes to it."""
        actor = self.actor(who, at)
        preview = dispatch.preview(self.contexts, action, input, actor, Channel.PORTAL)
        return preview.effect, dispatch.run(self.contexts, action, input, actor, Channel.PORTAL, token=preview.token)

    def ask(self, who: str, action: str, *, at: str = "C-1", **input: Any) -> Any:
        return dispatch.run(self.contexts, action, input, self.actor(who, at), Channel.PORTAL)

    def refused(self, who: str, action: str, *, at: str = "C-1", **input: Any) -> PortalError:
        with pytest.raises(PortalError) as refused:
            self.do(who, action, at=at, **input)
        return refused.value

    def mails(self) -> list[Mail]:
        with self.contexts.system() as ctx:
            return list(ctx.session.exec(select(Mail).order_by(col(Mail.id))).all())

    def audit(self) -> str:
        """The newest sentence of the record."""
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(AuditEntry.sentence).order_by(col(AuditEntry.id).desc())).first() or ""

    def signed_in(self, who: str) -> str:
        """The token of a browser in which they have signed in."""
        return sign_in(self.contexts, who, PASSWORD, Client("127.0.0.1", "a browser")).token

    def opens(self, who: str, account: str) -> None:
        """They sign in and open one of their accounts."""
        open_account(self.contexts, self.signed_in(who), account)

    def seen_with(self, token: str) -> SignedIn | None:
        return actor_for(self.contexts, token)


def facts(effect: Effect) -> dict[str, str]:
    return {fact.label: fact.value for fact in effect.facts}
