"""Links sent by mail: each opens one thing for one person, once, until it ends.

The database holds a hash of the token; whoever reads it, or a mail that waits there, can't open anything. A link ends
when it is used, when a newer one of its purpose is made, when the person's password or address changes, and by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from billing.auth.sessions import accounts_of
from billing.config import Settings
from billing.context import Context
from billing.errors import PortalError
from billing.models.people import Contact, LinkPurpose, OneTimeLink, Staff

Person = Contact | Staff

LASTS = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD: timedelta(minutes=30),
    LinkPurpose.SIGN_IN: timedelta(minutes=30),
}
PATHS = {LinkPurpose.INVITATION: "/invite", LinkPurpose.PASSWORD: "/reset", LinkPurpose.SIGN_IN: "/enter"}


def make_link(ctx: Context, person: Person, purpose: LinkPurpose) -> OneTimeLink:
    """A fresh link for the person; their older ones of that purpose end. `address_of` says where it leads."""
    _end(ctx, person, purpose)
    seed = secrets.token_urlsafe(24)
    link = OneTimeLink(
        token_hash=_hash(_token(ctx.settings, seed)),
        seed=seed,
        purpose=purpose,
        email=person.email,
        contact_id=person.id if isinstance(person, Contact) else None,
        staff_id=person.id if isinstance(person, Staff) else None,
        created_at=ctx.now,
        ends_at=ctx.now + LASTS[purpose],
    )
    ctx.session.add(link)
    ctx.session.flush()
    return link


def address_of(settings: Settings, link: OneTimeLink) -> str:
    """Where the link leads, at the public address of the settings and nowhere else."""
    return f"{settings.address}{PATHS[LinkPurpose(link.purpose)]}/{_token(settings, link.seed)}"


def open_link(ctx: Context, token: str, purpose: LinkPurpose) -> tuple[OneTimeLink, Person]:
    """The link and whom it is for; nothing changes. Raises `link_ended`, or `invitation_ended` for an invitation.

    Somebody without an account any more has no link either.
    """
    link = ctx.session.exec(
        select(OneTimeLink).where(OneTimeLink.token_hash == _hash(token), OneTimeLink.purpose == purpose)
    ).first()
    person = _person(ctx.session, link) if link is not None and is_open(ctx, link) else None
    if link is None or person is None:
        raise ended(purpose)
    return link, person


def is_open(ctx: Context, link: OneTimeLink) -> bool:
    """Whether it was not used and has not ended."""
    return link.used_at is None and ctx.now < link.ends_at


def use_link(ctx: Context, token: str, purpose: LinkPurpose) -> Person:
    """Uses the link up and says whose it is: of several at once, one gets it. Raises as `open_link`."""
    link, person = open_link(ctx, token, purpose)
    used = ctx.session.exec(
        update(OneTimeLink)
        .where(col(OneTimeLink.id) == link.id, col(OneTimeLink.used_at).is_(None))
        .values(used_at=ctx.now)
    )
    if used.rowcount != 1:
        raise ended(purpose)
    return person


def end_links_of(ctx: Context, person: Person) -> None:
    """Ends all links of a person, for when their password changes."""
    for purpose in LinkPurpose:
        _end(ctx, person, purpose)


def was_invited(session: Session, person: Person) -> bool:
    """Whether the business has ever invited the person."""
    found = select(OneTimeLink.id).where(_of(person), OneTimeLink.purpose == LinkPurpose.INVITATION)
    return session.exec(found.limit(1)).first() is not None


def ended(purpose: LinkPurpose) -> PortalError:
    """The refusal of a link that opens nothing."""
    return PortalError("invitation_ended" if purpose is LinkPurpose.INVITATION else "link_ended")


def _end(ctx: Context, person: Person, purpose: LinkPurpose) -> None:
    ctx.session.exec(
        update(OneTimeLink)
        .where(_of(person), col(OneTimeLink.purpose) == purpose, col(OneTimeLink.used_at).is_(None))
        .values(used_at=ctx.now)
    )


def _of(person: Person) -> ColumnElement[bool]:
    column = OneTimeLink.staff_id if isinstance(person, Staff) else OneTimeLink.contact_id
    return col(column) == person.id


def _person(session: Session, link: OneTimeLink) -> Person | None:
    person: Person | None
    if link.staff_id is not None:
        person = session.get(Staff, link.staff_id)
    else:
        person = session.get(Contact, link.contact_id)
        if person is not None and not accounts_of(session, person.id or 0):
            return None
    return person if person is not None and person.email == link.email else None


def _token(settings: Settings, seed: str) -> str:
    made = hmac.new(settings.secret_key.encode(), f"one-time link {seed}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
