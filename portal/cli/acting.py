"""`parley act` and `parley understand`: the catalogue on the shell."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from billing import dispatch
from billing.context import SYSTEM
from billing.errors import PortalError
from billing.registry import Action, Channel
from chat.understanding import load_account, understand
from portal.cli.session import Stop, actor_of, as_json, parley


def add_to(app: typer.Typer) -> None:
    app.command("act")(act)
    app.command("understand")(understand_lines)


def act(
    action: Annotated[str, typer.Argument(help="The action's id, such as invoices.pay.")],
    who: Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who acts.")],
    given: Annotated[str, typer.Option("--input", metavar="JSON", help="The action's input as a JSON object.")] = "{}",
    customer: Annotated[str, typer.Option(metavar="ID", help="The account's number; else the person's first.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show the effect and its token; change nothing.")] = False,
    token: Annotated[
        str | None, typer.Option(metavar="T", help="Run exactly what the preview with this token showed.")
    ] = None,
) -> int:
    """Run any action of the catalogue. Without --preview and --token the call itself is the yes."""
    if preview and token is not None:
        raise Stop("--preview and --token do not go together: first look, then run.", 2)
    with parley() as contexts:
        try:
            actor = actor_of(contexts, who, customer)
            raw = _object(given)
            _known(contexts.registry.get(action), raw)
            if preview:
                seen = dispatch.preview(contexts, action, raw, actor, Channel.SHELL)
                print(as_json({"effect": seen.effect, "token": seen.token}))
            else:
                print(as_json(dispatch.run(contexts, action, raw, actor, Channel.SHELL, token=token)))
        except PortalError as error:
            print(as_json({"error": error.as_dict()}))
            return 1
    return 0


def understand_lines(
    as_json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    who: Annotated[str, typer.Option("--as", metavar="EMAIL", help="Whose records a message may speak of.")] = "",
) -> None:
    """Read one message a line from standard input and say what each asks for."""
    with parley() as contexts:
        actor = actor_of(contexts, who) if who else SYSTEM
        with contexts.open(actor, Channel.SHELL) as ctx:
            account = load_account(ctx)
            for line in sys.stdin:
                first, *more = understand(line.rstrip("\n"), contexts.registry, account)
                said = first.as_json() | {"more": [one.as_json() for one in more]}
                print(as_json(said) if as_json_lines else _spoken(said), flush=True)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PortalError("invalid_input", field="input", problem=f"--input is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise PortalError("invalid_input", field="input", problem='--input must be an object, such as {"number": "…"}.')
    return value


def _known(action: Action, given: dict[str, Any]) -> None:
    """Refuses a name that the action does not read: a slip would else run it with less than was asked."""
    fields = list(action.input.model_fields)
    odd = next((name for name in given if name not in fields), None)
    if odd is not None:
        there = f"It takes: {', '.join(fields)}." if fields else "It takes no input."
        raise PortalError("invalid_input", field=odd, problem=f"{action.id} knows no “{odd}”. {there}")


def _spoken(said: dict[str, Any]) -> str:
    args = ", ".join(f"{name}={value}" for name, value in said["args"].items())
    return f"{said['outcome']} {said['action'] or ''} {args}".strip()
