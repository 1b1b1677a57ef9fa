"""Asking for a link by mail: a new password, or signing in without one.

Who has an account is never told, not by words and not by time: asking keeps the typed address and no more, whoever's
it is. The job worker looks it up afterwards and writes to those it finds.
"""

from __future__ import annotations

from sqlmodel import Session, col, delete, select

from billing.audit import record_sign_in
from billing.auth.links import Person, make_link, was_invited
from billing.auth.login import Client, mail_address
from billing.auth.sessions import accounts_of
from billing.context import Context, Contexts
from billing.errors import switched_off
from billing.models.people import Contact, LinkPurpose, LinkRequest, Staff
from billing.notifications import write_mail

AT_ONCE = 50
IGNORE = "You did not ask? Then leave the link alone: nothing happens."


def ask_for_link(contexts: Contexts, purpose: LinkPurpose, email: str, client: Client) -> str:
    """Keeps the wish for a link to that address and returns the address as it is kept.

    Raises `invalid_input` for what is no address, `too_many_tries`, and `switched_off` where links don't sign in.
    """
    known = mail_address(email)
    throttle = contexts.throttle
    throttle.count("asked_address", client.address)
    throttle.count("asked_pair", f"{known}|{client.address}")
    throttle.count("asked_email", known)
    with contexts.system(writes=True) as ctx:
        check_offered(ctx, purpose)
        ctx.session.add(LinkRequest(purpose=purpose, email=known, asked_at=ctx.now))
    return known


def check_offered(ctx: Context, purpose: LinkPurpose) -> None:
    """Raises `switched_off` for a link that signs in where the business offers none."""
    if purpose is LinkPurpose.SIGN_IN and not ctx.preferences.email_links:
        raise switched_off("Signing in by a link", ctx.preferences.business_name)


def answer_requests(contexts: Contexts) -> int:
    """Writes the mails to those who asked and are known; says how many wishes were answered, whoever's they were."""
    with contexts.system() as ctx:
        waiting = ctx.session.exec(select(LinkRequest.id).order_by(col(LinkRequest.id)).limit(AT_ONCE)).all()
    return sum(_answer(contexts, request_id) for request_id in waiting if request_id is not None)


def _answer(contexts: Contexts, request_id: int) -> bool:
    with contexts.system(writes=True) as ctx:
        request = ctx.session.get(LinkRequest, request_id)
        gone = ctx.session.exec(delete(LinkRequest).where(col(LinkRequest.id) == request_id))
        if request is None or gone.rowcount != 1:
            return False
        purpose = LinkPurpose(request.purpose)
        person = _anybody(ctx.session, request.email)
        if person is not None and (purpose is LinkPurpose.PASSWORD or ctx.preferences.email_links):
            _write_to(ctx, person, purpose, request_id)
    return True


def _anybody(session: Session, email: str) -> Person | None:
    """Whoever has the address, also somebody who can't sign in."""
    staff = session.exec(select(Staff).where(Staff.email == email)).first()
    return staff or session.exec(select(Contact).where(Contact.email == email)).first()


def _write_to(ctx: Context, person: Person, purpose: LinkPurpose, request_id: int) -> None:
    business, contact = ctx.preferences.business_name, ctx.preferences.business_contact
    why_not = _why_not(ctx, person)
    if why_not:
        text = (
            f"Hello {person.name},\n\nSomebody asked for a link to sign in as {person.email}. {why_not}\n\n"
            f"Do you want to sign in? Then ask us: {contact}.\n\n{business}\n"
        )
        write_mail(ctx, f"link-request/{request_id}", person.email, f"Your sign-in for {business}", text)
        return
    first = not person.password_hash
    link = make_link(ctx, person, LinkPurpose.PASSWORD if first else purpose)
    subject, wish = _words(business, purpose, first)
    text = f"Hello {person.name},\n\n{wish} The link works once, for 30 minutes:\n{{link}}\n\n{IGNORE}\n\n{business}\n"
    write_mail(ctx, f"link/{link.id}", person.email, subject, text, link)
    record_sign_in(ctx, "link_sent", f"A link was asked for as {person.name} and sent to {person.email}.")


def _why_not(ctx: Context, person: Person) -> str:
    """Why somebody whom the records know gets no link; empty where they get one."""
    business = ctx.preferences.business_name
    if isinstance(person, Contact) and not accounts_of(ctx.session, person.id or 0):
        return f"That address opens no account at {business}."
    if not person.password_hash and not was_invited(ctx.session, person):
        return f"{business} has not invited you to sign in yet."
    return ""


def _words(business: str, purpose: LinkPurpose, first: bool) -> tuple[str, str]:
    if first:
        return f"Set your password for {business}", "You have not set a password yet. Set it here."
    if purpose is LinkPurpose.SIGN_IN:
        return f"Your sign-in link for {business}", f"Sign in to {business} here."
    return f"A new password for {business}", f"Choose your new password for {business} here."
