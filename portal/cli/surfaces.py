"""`parley surface`: every door into Parley."""

from __future__ import annotations

import json
import os
import secrets
from typing import Annotated

import typer
from starlette.routing import Mount

from portal.cli.reflex_settings import reflex_environment
from portal.cli.serving import PAGES
from portal.surface import Door, http_doors, reflex_doors, socket_doors

# what Parley is not put together without, and how each begins
SECRETS = {
    "PARLEY_SECRET_KEY": "",
    "STRIPE_SECRET_KEY": "sk_",
    "STRIPE_PUBLISHABLE_KEY": "pk_",
    "STRIPE_WEBHOOK_SECRET": "whsec_",
}


def add_to(app: typer.Typer) -> None:
    app.command("surface")(surface)


def surface(
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List every HTTP route, event handler and socket event, from the tables of a Parley that is put together."""
    without_secrets()
    doors = live_doors()
    if as_json:
        print(json.dumps([door.as_json() for door in doors], ensure_ascii=False))
        return
    for door in doors:
        print(f"{door.kind:<7}{'/'.join(door.methods):<10}{door.name}  {', '.join(door.roles)}")


def without_secrets() -> None:
    """Lets Parley be put together where nothing was set: listing its doors asks nobody and signs nothing."""
    if os.environ.get("PARLEY_DEMO") == "1":
        return
    for name, start in SECRETS.items():
        if not os.environ.get(name):
            os.environ[name] = start + secrets.token_hex(32)


def live_doors() -> list[Door]:
    """The doors of the app that `parley serve` serves, also before its pages are built: they are one door."""
    from billing.config import load_settings

    built = PAGES.exists()
    pages = {} if built else {"__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "false"}
    os.environ.update(reflex_environment(load_settings()) | pages)
    import reflex as rx

    from portal.portal import app
    from portal.services import contexts

    app()
    http = app.api_transformer[0]  # type: ignore[index]
    doors = [
        *http_doors(http.routes),  # type: ignore[union-attr]
        *([] if built else http_doors([Mount("/", routes=[])])),
        *reflex_doors(rx.State, contexts().registry),
        *socket_doors(http.state.chat.events),  # type: ignore[union-attr]
    ]
    return sorted(doors, key=lambda door: (door.kind, door.name, door.methods))
