"""What a link from a mail does once somebody presses its button; looking at it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from billing.audit import record_sign_in
from billing.auth.link_requests import check_offered
from billing.auth.links import Person, end_links_of, open_link, use_link
from billing.auth.login import Client, Entry, enter, forget_tries
from billing.auth.passwords import check_new_password, hash_password
from billing.auth.sessions import end_sessions_of
from billing.context import Context, Contexts
from billing.dates import format_day
from billing.models.people import LinkPurpose
from billing.notifications import write_mail
from billing.registry import Channel
from billing.tokens import digest


@dataclass(frozen=True)
class Addressee:
    """Whom a link is for. `new` where they have no password yet."""

    name: str
    email: str
    new: bool


def read_link(contexts: Contexts, purpose: LinkPurpose, token: str) -> Addressee:
    """Whom the link is for. Raises `link_ended` (`invitation_ended`) for one that was used, has ended or never was.

    And `switched_off` for a link that signs in where the business offers none any more.
    """
    with contexts.system() as ctx:
        check_offered(ctx, purpose)
        _, person = open_link(ctx, token, purpose)
        return Addressee(person.name, person.email, not person.password_hash)


def set_password(contexts: Contexts, purpose: LinkPurpose, token: str, password: str, client: Client) -> Entry:
    """Sets the password, ends the person's other links, signs them out everywhere else and in here.

    Who uses a code is still asked for it. Raises as `read_link`, and `weak_password` (then the link is still good) and
    `too_many_tries`.
    """
    contexts.throttle.count("link_address", client.address)
    check_new_password(password, read_link(contexts, purpose, token).email)
    kept = hash_password(password)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person = use_link(ctx, token, purpose)
        new = not person.password_hash
        person.password_hash = kept
        end_links_of(ctx, person)
        end_sessions_of(ctx.session, person, ctx.now)
        what = "the first password" if new else "a new password"
        sentence = f"{person.name} set {what} with a link sent to {person.email}."
        record_sign_in(ctx, "password_set", sentence, person)
        if not new:
            _tell(ctx, person, token)
    forget_tries(contexts, person.email, client)
    return enter(contexts, person, client)


def sign_in_by_link(contexts: Contexts, token: str, client: Client) -> Entry:
    """Signs in whom the link is for; who uses a code is still asked for it. Raises as `read_link`, `too_many_tries`."""
    contexts.throttle.count("link_address", client.address)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        check_offered(ctx, LinkPurpose.SIGN_IN)
        person = use_link(ctx, token, LinkPurpose.SIGN_IN)
        sentence = f"{person.name} used a sign-in link sent to {person.email}."
        record_sign_in(ctx, "link_used", sentence, person)
    return enter(contexts, person, client)


def _tell(ctx: Context, person: Person, token: str) -> None:
    """Tells the person that their password is another one, in case it was not them."""
    business, contact = ctx.preferences.business_name, ctx.preferences.business_contact
    local = ctx.now.astimezone(ZoneInfo(ctx.preferences.business_time_zone))
    text = (
        f"Hello {person.name},\n\nYour password for {business} was changed on {format_day(local.date())} "
        f"at {local:%H:%M} ({local:%Z}). Wherever else you were signed in, you are signed out.\n\n"
        f"It was not you? Then set another one at once and tell us: {contact}.\n"
        f"{ctx.settings.address}/login/forgot\n\n{business}\n"
    )
    write_mail(
        ctx, f"password-changed/{digest(token)}", person.email, f"Your password for {business} was changed", text
    )
