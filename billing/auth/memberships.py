"""Who signs in for which customer, and what they may do there."""

from __future__ import annotations

from sqlmodel import col, select

from billing.auth.invitations import invite_contact
from billing.context import Context
from billing.errors import PortalError
from billing.models.people import Contact, Customer, Membership, Staff
from billing.notifications import mail_new_account
from billing.registry import Role

MOST_PEOPLE = 50  # for one customer
ROLE_WORDS = {
    Role.VIEWER: "sees everything",
    Role.BILLING: "sees everything, pays and changes plans",
    Role.OWNER: "does everything, and decides who else signs in",
}


def shown_name(person: Contact, membership: Membership) -> str:
    """What colleagues call them: until they have come, the name by which they were invited, and no other."""
    return membership.invited_as or person.name


def people_of(ctx: Context, customer: Customer) -> list[tuple[Contact, Membership]]:
    """Everybody who signs in for the customer."""
    rows = ctx.session.exec(
        select(Contact, Membership)
        .join(Membership, col(Membership.contact_id) == Contact.id)
        .where(Membership.customer_id == customer.id)
        .order_by(col(Contact.name))
    ).all()
    return [(person, membership) for person, membership in rows]


def check_newcomer(ctx: Context, customer: Customer, email: str) -> None:
    """Raises already_here, enough_people, and invalid_input for an address that signs in as staff."""
    people = people_of(ctx, customer)
    known = next((shown_name(person, one) for person, one in people if person.email == email), None)
    if known is not None:
        raise PortalError("already_here", field="email", name=known, account=customer.name)
    if len(people) >= MOST_PEOPLE:
        raise PortalError("enough_people", field="email", most=MOST_PEOPLE, account=customer.name)
    if ctx.session.exec(select(Staff.id).where(Staff.email == email)).first() is not None:
        problem = f"{email} can’t sign in for a customer. Use another address."
        raise PortalError("invalid_input", field="email", problem=problem)


def let_in(ctx: Context, customer: Customer, email: str, name: str, role: Role) -> Contact:
    """Lets a person sign in for the customer and mails them how: a link for a password, or that there is one more.

    Raises `too_many_tries` where the account has us write to too many people in an hour.
    """
    ctx.contexts.throttle.count("mailed_by_account", customer.number)
    spoken = name or email.partition("@")[0].replace(".", " ").replace("_", " ").title()
    person = ctx.session.exec(select(Contact).where(Contact.email == email)).first()
    if person is None:
        person = Contact(email=email, name=spoken, created_at=ctx.now)
        ctx.session.add(person)
        ctx.session.flush()
    joins = Membership(contact_id=person.id or 0, customer_id=customer.id or 0, role=role, invited_as=spoken)
    ctx.session.add(joins)
    if person.password_hash:
        mail_new_account(ctx, customer, person)
    else:
        invite_contact(ctx, person, customer)
    return person
