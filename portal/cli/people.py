"""`parley admin` and `parley invite`: who may come in, and how somebody does who lost their phone."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlmodel import select

from billing.audit import record_sign_in
from billing.auth.invitations import invite_contact, invite_staff
from billing.auth.login import clean_email
from billing.auth.second_factor import reset_codes
from billing.errors import PortalError
from billing.models.people import Contact, Staff
from billing.registry import Channel, Role
from portal.cli.session import Stop, parley

admin = typer.Typer(help="Who may come in.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(admin, name="admin")
    app.command("invite")(invite_person)


@admin.callback()
def of_admin() -> None:
    """Who may come in."""


@admin.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="The person's address; the invitation goes there.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
) -> None:
    """Invite an administrator. The link is printed and sent by mail; it works once, for 7 days."""
    with parley() as contexts, contexts.system(writes=True) as ctx:
        print(invite_staff(ctx, email, name=name, role=Role.ADMIN))


@admin.command("reset-code")
def reset_code(
    email: Annotated[str, typer.Argument(help="The address of the person: staff or a customer's.")],
) -> None:
    """Turn codes at sign-in off for somebody who lost phone and recovery codes; they are signed out and mailed."""
    with parley() as contexts, contexts.system(writes=True, channel=Channel.SHELL) as ctx:
        known = clean_email(email)
        staff = ctx.session.exec(select(Staff).where(Staff.email == known).with_for_update()).first()
        person = staff or ctx.session.exec(select(Contact).where(Contact.email == known).with_for_update()).first()
        if person is None:
            raise PortalError("unknown_person", email=email)
        if not person.mfa_secret:
            raise PortalError("uses_no_code", name=person.name)
        reset_codes(ctx, person)
        record_sign_in(ctx, "codes_reset", f"Codes at sign-in were turned off for {person.email} on the shell.")
        print(f"{person.name} signs in with the password alone, and can turn codes on again.")


def invite_person(
    email: Annotated[str, typer.Argument(help="The address of a customer's person, such as an imported one.")],
) -> None:
    """Invite a customer's person to sign in. The link is printed and sent by mail; it works once, for 7 days."""
    with parley() as contexts, contexts.system(writes=True) as ctx:
        person = ctx.session.exec(select(Contact).where(Contact.email == clean_email(email))).first()
        if person is None:
            raise Stop(f"No customer has a person with the address {email}, so nobody was invited.")
        print(invite_contact(ctx, person))
