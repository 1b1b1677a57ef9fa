"""`parley admin`: who may come in."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.auth.invitations import invite_staff
from billing.registry import Role
from portal.cli.session import parley

admin = typer.Typer(help="Who may come in.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(admin, name="admin")


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
