"""Which subscription a change is for, where its input may leave that open: asked by the rule that the chat asks by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.context import Context
from billing.registry import Action
from chat.understanding.candidates import candidates, subscription_missing
from chat.understanding.loading import load_account
from portal.forms.fields import FormField, Kind

ASKED = "subscription"


def asking_which(
    ctx: Context, action: Action, fields: Sequence[FormField], given: Mapping[str, str]
) -> list[FormField]:
    """The fields, the subscription among them required where several fit the change, chosen where one alone does.

    Where none fits, the action itself says why.
    """
    found = list(fields)
    place = next((n for n, field in enumerate(found) if field.name == ASKED and field.kind == Kind.CHOICE), None)
    if place is None or found[place].required or ctx.actor.customer_id is None:
        return found
    args: dict[str, Any] = {field.name: _typed(field, given[field.name]) for field in found if given.get(field.name)}
    named = args.pop(ASKED, "")
    account = load_account(ctx)
    fitting = [one.number for one in candidates(action.id, args, account)]
    asks = subscription_missing(action, args, account)
    if asks or args.get(ASKED):
        field = found[place]
        options = [option for option in field.options if option.value in (*fitting, named)]
        found[place] = field.model_copy(
            update={"required": True, "start": args.get(ASKED, ""), "options": options or field.options}
        )
    return found


def _typed(field: FormField, text: str) -> Any:
    return text == "yes" if field.kind == Kind.SWITCH else text
