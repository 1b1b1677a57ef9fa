"""What colleagues are told of each other: who was invited, came, was taken off, or may do something else now."""

from __future__ import annotations

from sqlmodel import col, select

from billing.auth.memberships import ROLE_WORDS, shown_name
from billing.context import Context
from billing.models.notices import NoticeKind
from billing.models.people import Contact, Membership
from billing.models.records import EventRecord
from billing.notices.following import who_did
from billing.notices.telling import News, tell
from billing.registry import Role, follows

K = NoticeKind


@follows("person.invited")
def tell_of_invitation(ctx: Context, event: EventRecord) -> None:
    """Somebody may sign in for the account."""
    person, member = _member(ctx, event)
    details = {"by": ctx.actor.name, "name": shown_name(person, member), "may": ROLE_WORDS[Role(member.role)]}
    tell(ctx, News(member.customer_id, K.PERSON_INVITED, _key(K.PERSON_INVITED, event), "", details,
                   but=[who_did(ctx)]))  # fmt: skip


@follows("person.joined")
def tell_of_arrival(ctx: Context, event: EventRecord) -> None:
    """Somebody who was invited has come."""
    person, member = _member(ctx, event)
    details = {"name": person.name, "may": ROLE_WORDS[Role(member.role)]}
    tell(ctx, News(member.customer_id, K.PERSON_JOINED, _key(K.PERSON_JOINED, event), "", details, but=[person.id]))


@follows("person.changed")
def tell_of_role(ctx: Context, event: EventRecord) -> None:
    """Somebody may do more or less; they are told too."""
    person, member = _member(ctx, event)
    details = {
        "by": ctx.actor.name,
        "name": event.details["person"],
        "may": ROLE_WORDS[Role(member.role)],
        "you": False,
    }
    key, customer_id, by = _key(K.PERSON_CHANGED, event), member.customer_id, who_did(ctx)
    tell(
        ctx,
        News(customer_id, K.PERSON_CHANGED, key, "", details, but=[by, person.id]),
        News(customer_id, K.PERSON_CHANGED, key, "", details | {"you": True}, but=[by], only=person.id),
    )


@follows("person.removed")
def tell_of_removal(ctx: Context, event: EventRecord) -> None:
    """Somebody can sign in for the account no more."""
    if event.customer_id is not None:
        details = {"by": ctx.actor.name, "name": event.details["person"]}
        tell(ctx, News(event.customer_id, K.PERSON_REMOVED, _key(K.PERSON_REMOVED, event), "", details,
                       but=[who_did(ctx)]))  # fmt: skip


def _key(kind: NoticeKind, event: EventRecord) -> str:
    return f"{kind.replace('_', '-')}/{event.details['email']}/{event.at:%Y%m%dT%H%M%S%f}"


def _member(ctx: Context, event: EventRecord) -> tuple[Contact, Membership]:
    found: tuple[Contact, Membership] = ctx.session.exec(
        select(Contact, Membership)
        .join(Membership, col(Membership.contact_id) == col(Contact.id))
        .where(Contact.email == event.details["email"], Membership.customer_id == event.customer_id)
    ).one()
    return found
