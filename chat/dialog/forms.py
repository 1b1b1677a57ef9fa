"""Changes of several fields at once, which are better filled in than asked for one by one."""

from __future__ import annotations

from typing import Any

from billing.registry import Action
from chat.blocks import Block, Form, FormField
from chat.dialog.memory import Pending
from chat.dialog.saying import text
from chat.dialog.turn import Turn

DETAILS = "account.change"
# the input's field, the field of the account that it changes, and what it is called
FIELDS = (
    ("address_line", "address_line", "Street and number"),
    ("postal_code", "postal_code", "Postal code"),
    ("city", "city", "City"),
    ("phone", "phone", "Phone"),
    ("vat_number", "tax_id", "VAT number"),
    ("purchase_order", "purchase_order", "Your reference on invoices"),
)


def form_for(turn: Turn, action: Action, args: dict[str, Any]) -> list[Block] | None:
    """The form with what holds now, where nothing or half an address was said; None for what needs no form."""
    half = "address_line" in args and not {"postal_code", "city"} <= set(args)
    if action.id != DETAILS or (args and not half) or not turn.may(action.id):
        return None
    now = turn.ask("account.show", {})
    fields = tuple(
        FormField(name=name, label=label, value=_filled(name, held, args, now), required=False)
        for name, held, label in FIELDS
    )
    asked = Form(title=action.title, action=action.id, fields=fields, submit="See what changes")
    turn.memory = turn.memory.asking(Pending(action=action.id, args={}, field="address_line"))
    said = "Is this the address?" if half else "This is what stands on your invoices now. What should it be?"
    return [text(said), asked]


def _filled(name: str, held: str, args: dict[str, Any], now: Any) -> str | None:
    """What was said; of an address that was said in part, nothing of the old one."""
    if args and name in ("postal_code", "city"):
        return args.get(name)
    return args.get(name) or getattr(now, held) or None
