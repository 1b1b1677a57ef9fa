"""Invitations: a link by mail with which a person sets their first password, once, within 7 days."""

from __future__ import annotations

from sqlmodel import select

from billing.auth.links import Person, address_of, make_link
from billing.auth.login import mail_address
from billing.context import Context
from billing.models.people import Contact, Customer, LinkPurpose, Staff
from billing.notifications import write_mail
from billing.registry import Role


def invite_staff(ctx: Context, email: str, *, name: str = "", role: Role = Role.ADMIN) -> str:
    """Invites somebody of the business and returns the link, which goes out by mail too.

    A person who is staff already gets a new link and keeps their role. Raises `invalid_input` for what is no address.
    """
    known = mail_address(email)
    person = ctx.session.exec(select(Staff).where(Staff.email == known)).first()
    if person is None:
        spoken = name.strip() or known.partition("@")[0].replace(".", " ").title()
        person = Staff(email=known, name=spoken, role=role, created_at=ctx.now)
        ctx.session.add(person)
        ctx.session.flush()
    return _invite(ctx, person)


def invite_contact(ctx: Context, contact: Contact, customer: Customer | None = None) -> str:
    """Invites a customer's person and returns the link, which goes out by mail too.

    With a `customer` the mail says whose account it is and who invites.
    """
    by = f"{ctx.actor.name} invites you to see the account of {customer.name} at" if customer else ""
    return _invite(ctx, contact, by)


def _invite(ctx: Context, person: Person, by: str = "") -> str:
    link = make_link(ctx, person, LinkPurpose.INVITATION)
    business = ctx.preferences.business_name
    ends = f"{link.ends_at:%A} {link.ends_at.day} {link.ends_at:%B %Y}"
    text = (
        f"Hello {person.name},\n\n{f'{by} {business}' if by else f'{business} invites you to see your account online'}."
        f"\n\nSet your password here. The link works once, until {ends}:\n{{link}}\n\n"
        f"You did not expect this? Then leave the link alone: nothing happens.\n\n{business}\n"
    )
    write_mail(ctx, f"link/{link.id}", person.email, f"Your sign-in for {business}", text, link)
    ctx.session.flush()
    return address_of(ctx.settings, link)
