"""`parley admin` and `parley invite`: who may come in."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlmodel import select

from billing.auth.invitations import invite_contact, invite_staff
from billing.auth.login import clean_email
from billing.models.people import Contact
from billing.registry import Role
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


def invite_person(
    email: Annotated[str, typer.Argument(help="The address of a customer's person, such as an imported one.")],
) -> None:
    """Invite a customer's person to sign in. The link is printed and sent by mail; it works once, for 7 days."""
    with parley() as contexts, contexts.system(writes=True) as ctx:
        person = ctx.session.exec(select(Contact).where(Contact.email == clean_email(email))).first()
        if person is None:
            raise Stop(f"No customer has a person with the address {email}, so nobody was invited.")
        print(invite_contact(ctx, person))
