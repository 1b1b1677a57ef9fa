"""The answer to “who can see our account?” and “what stands on our invoices?”."""

from __future__ import annotations

from billing.actions.account_details import AccountDetails, AccountPerson
from billing.registry import Role
from chat.blocks import Block, Link
from chat.dialog.saying import table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/account"
_MAY = {Role.OWNER: "Everything, also who signs in", Role.BILLING: "Pay and change plans", Role.VIEWER: "Look"}


def show_account(turn: Turn, understood: Understood) -> list[Block]:
    """Where invoices go, what stands on them, and who signs in with what each may do."""
    found: AccountDetails = turn.ask("account.show", understood.args)
    goes = f"Invoices go to {found.email}." if found.email else "No address gets your invoices yet."
    place = " ".join(part for part in (found.postal_code, found.city) if part)
    address = ", ".join(part for part in (found.address_line, place, found.region, found.country_name) if part)
    on_it = f"On them stands {found.name}{f', {address}' if address else ''}."
    more = (("VAT number", found.tax_id), ("Your reference", found.purchase_order), ("Phone", found.phone))
    rest = " ".join(f"{label}: {value}." for label, value in more if value)
    blocks: list[Block] = [text(f"{goes} {on_it} {rest}".strip(), found.email, found.name)]
    if found.people:
        people = table(("Who signs in", "May"), [(_name(one), _MAY.get(one.role, one.may)) for one in found.people])
        left = tuple(column.model_copy(update={"align": "start"}) for column in people.columns)
        blocks.append(people.model_copy(update={"columns": left, "href": PAGE}))
    return [*blocks, Link(label="Open account", href=PAGE)]


def _name(one: AccountPerson) -> str:
    return f"{one.name} (you)" if one.you else f"{one.name} (invited)" if one.waiting else one.name
