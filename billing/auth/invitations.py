"""Invitations: a link by mail with which a person sets their password, once, within 7 days."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select, update

from billing.auth.login import Client, Entry, clean_email, enter
from billing.auth.passwords import check_new_password, hash_password
from billing.auth.sessions import end_sessions_of
from billing.context import Context, Contexts
from billing.errors import PortalError
from billing.models.people import Contact, Invitation, InvitationKind, Staff
from billing.models.records import Mail
from billing.registry import Role

LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Invited:
    """Whom an open invitation is for."""

    name: str
    email: str


def invite_staff(ctx: Context, email: str, *, name: str = "", role: Role = Role.ADMIN) -> str:
    """Invites somebody of the business and returns the link, which goes out by mail too.

    A person who is staff already gets a new link and keeps their role. Raises `invalid_input` for what is no address.
    """
    known = _address(email)
    person = ctx.session.exec(select(Staff).where(Staff.email == known)).first()
    if person is None:
        spoken = name.strip() or known.partition("@")[0].replace(".", " ").title()
        person = Staff(email=known, name=spoken, role=role, created_at=ctx.now)
        ctx.session.add(person)
        ctx.session.flush()
    return _invite(ctx, person, InvitationKind.STAFF)


def invite_contact(ctx: Context, contact: Contact) -> str:
    """Invites a customer's person and returns the link, which goes out by mail too."""
    return _invite(ctx, contact, InvitationKind.CONTACT)


def read_invitation(contexts: Contexts, token: str) -> Invited:
    """Whom the link is for. Raises `invitation_ended` for one that was used, has ended or never was."""
    with contexts.system() as ctx:
        person = _person(ctx.session, _open_invitation(ctx, token))
        return Invited(person.name, person.email)


def accept_invitation(contexts: Contexts, token: str, password: str, client: Client) -> Entry:
    """Sets the password, signs the person out everywhere else and in here.

    The person's other links end too. Raises `invitation_ended`, `weak_password` (then the link is still good) and
    `too_many_tries`.
    """
    contexts.throttle.count("invitation_address", client.address)
    check_new_password(password, read_invitation(contexts, token).email)
    kept = hash_password(password)
    with contexts.system(writes=True) as ctx:
        invitation = _open_invitation(ctx, token)
        used = ctx.session.exec(
            update(Invitation)
            .where(col(Invitation.id) == invitation.id, col(Invitation.used_at).is_(None))
            .values(used_at=ctx.now)
        )
        if used.rowcount != 1:
            raise PortalError("invitation_ended")
        person = _person(ctx.session, invitation)
        _end_others(ctx, invitation)
        person.password_hash = kept
        end_sessions_of(ctx.session, person, ctx.now)
    return enter(contexts, person, client)


def _end_others(ctx: Context, used: Invitation) -> None:
    """A link that was sent before or since must not set the password again."""
    ctx.session.exec(
        update(Invitation)
        .where(
            col(Invitation.staff_id) == used.staff_id
            if used.staff_id
            else col(Invitation.contact_id) == used.contact_id,
            col(Invitation.used_at).is_(None),
        )
        .values(used_at=ctx.now)
    )


def _invite(ctx: Context, person: Contact | Staff, kind: InvitationKind) -> str:
    token = secrets.token_urlsafe(32)
    staff = person if isinstance(person, Staff) else None
    invitation = Invitation(
        token_hash=_hash(token),
        kind=kind,
        email=person.email,
        staff_id=staff.id if staff else None,
        contact_id=None if staff else person.id,
        created_at=ctx.now,
        ends_at=ctx.now + LASTS,
    )
    ctx.session.add(invitation)
    ctx.session.flush()
    link = f"{ctx.settings.address}/invite/{token}"
    business = ctx.preferences.business_name
    ends = f"{invitation.ends_at:%A} {invitation.ends_at.day} {invitation.ends_at:%B %Y}"
    ctx.session.add(
        Mail(
            key=f"invitation/{invitation.id}",
            recipient=person.email,
            subject=f"Your sign-in for {business}",
            text=(
                f"Hello {person.name},\n\n{business} invites you to see your account online."
                f"\n\nSet your password here. The link works once, until {ends}:\n{link}\n\n"
                f"You did not expect this? Then leave the link alone: nothing happens.\n\n{business}\n"
            ),
            created_at=ctx.now,
            next_try_at=ctx.now,
        )
    )
    ctx.session.flush()
    return link


def _open_invitation(ctx: Context, token: str) -> Invitation:
    row = ctx.session.exec(select(Invitation).where(Invitation.token_hash == _hash(token))).first()
    if row is None or row.used_at is not None or ctx.now >= row.ends_at:
        raise PortalError("invitation_ended")
    return row


def _person(session: Session, invitation: Invitation) -> Contact | Staff:
    table, key = (Staff, invitation.staff_id) if invitation.staff_id else (Contact, invitation.contact_id)
    found = session.get(table, key) if key is not None else None
    if found is None:
        raise PortalError("invitation_ended")
    return found  # type: ignore[return-value]


def _address(email: str) -> str:
    known = clean_email(email)
    name, _, domain = known.rpartition("@")
    if not name or "." not in domain or " " in known:
        raise PortalError("invalid_input", field="email", problem=f"“{email.strip()}” is not an email address.")
    return known


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
