"""A customer with three people who are told of what happens, by their time and in their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlmodel import select

from billing import dispatch
from billing.actions.notifications import NotificationPage
from billing.context import Actor, Contexts
from billing.effects import Preview
from billing.models.people import Contact, Membership, Staff
from billing.registry import Channel, Role
from tests.billing.run.firm import Firm


def said(contexts: Contexts, who: Actor, **asked: object) -> list[str]:
    """What somebody is told of, the newest first."""
    return [row.sentence for row in listed(contexts, who, **asked).rows]


def listed(contexts: Contexts, who: Actor, **asked: object) -> NotificationPage:
    return cast(NotificationPage, dispatch.run(contexts, "notifications.list", asked, who, Channel.PORTAL))


@dataclass
class House:
    """The account's people, each asking for themselves."""

    firm: Firm
    ania: Actor
    pieter: Actor
    jan: Actor
    marit: Actor

    @classmethod
    def of(cls, firm: Firm) -> House:
        ania = firm.account.ania
        with firm.contexts.system(writes=True) as ctx:
            others = []
            for name, role in (("Pieter Möller", Role.BILLING), ("Jan Willem", Role.VIEWER)):
                person = Contact(email=f"{name.split()[0].lower()}@example.com", name=name, created_at=ctx.now)
                ctx.session.add(person)
                ctx.session.flush()
                membership = Membership(contact_id=person.id or 0, customer_id=ania.customer_id or 0, role=role)
                ctx.session.add(membership)
                others.append(Actor("contact", person.id, name, person.email, role, ania.customer_id))
            staff = Staff(email="marit@example.com", name="Marit de Boer", role=Role.ADMIN, created_at=ctx.now)
            ctx.session.add(staff)
            ctx.session.flush()
            marit = Actor("staff", staff.id, staff.name, staff.email, Role.ADMIN, ania.customer_id)
        return cls(firm, ania, others[0], others[1], marit)

    @property
    def contexts(self) -> Contexts:
        return self.firm.contexts

    def ask(self, who: Actor, action: str, **asked: object) -> Any:
        return dispatch.run(self.contexts, action, asked, who, Channel.PORTAL)

    def do(self, who: Actor, action: str, **asked: object) -> tuple[Preview, Any]:
        preview = dispatch.preview(self.contexts, action, asked, who, Channel.PORTAL)
        return preview, dispatch.run(self.contexts, action, asked, who, Channel.PORTAL, token=preview.token)

    def said(self, who: Actor, **asked: object) -> list[str]:
        return said(self.contexts, who, **asked)

    def listed(self, who: Actor, **asked: object) -> NotificationPage:
        return listed(self.contexts, who, **asked)

    def membership(self, who: Actor) -> Membership:
        with self.contexts.system() as ctx:
            return ctx.session.exec(
                select(Membership).where(Membership.contact_id == who.id, Membership.customer_id == who.customer_id)
            ).one()
