"""Changes of several fields at once, which are better filled in than asked for one by one."""

from __future__ import annotations

from typing import Any

from billing.registry import Action
from chat.blocks import Block, Form, FormField
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
    """The form with what holds now, where nothing was said of what changes; None for what needs no form."""
    if action.id != DETAILS or args or not turn.may(action.id):
        return None
    now = turn.ask("account.show", {})
    fields = tuple(
        FormField(name=name, label=label, value=getattr(now, held) or None, required=False)
        for name, held, label in FIELDS
    )
    asked = Form(title=action.title, action=action.id, fields=fields, submit="See what changes")
    return [text("This is what stands on your invoices now. What should it be?"), asked]
