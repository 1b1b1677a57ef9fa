"""The answer to “you billed us twice for ...”: what was billed for that service, and who looks at it."""

from __future__ import annotations

from billing.invoices.detail import InvoiceDetail
from billing.subscriptions.rows import SubscriptionRow
from chat.blocks import Block
from chat.dialog.saying import buttons, joined, money, person, table, text
from chat.dialog.turn import Turn

LOOKED_AT = 8  # invoices, the newest first


def billed_lately(turn: Turn, row: SubscriptionRow) -> list[Block]:
    """The lines for a service on the newest invoices, and the offer of a person."""
    lines: list[tuple[str, str, str]] = []
    for known in turn.account.bills[:LOOKED_AT]:
        found: InvoiceDetail = turn.ask("invoices.show", {"number": known.number})
        lines += [
            (known.number, ", ".join(part for part in (line.description, line.detail) if part),
             money(line.amount, known.currency, turn.account))
            for line in found.lines
            if row.product.lower() in f"{line.description} {line.detail}".lower()
        ]  # fmt: skip
    helps = person(turn.may("support.talk_to_person"))
    business = turn.preferences.business_name
    asks = f"If something is there twice, a person at {business} looks at it: say “talk to a person”."
    if not lines:
        return [text(f"{row.name} is on none of your newest invoices. {asks}"), *buttons(helps)]
    numbers = list(dict.fromkeys(number for number, _, _ in lines))
    turn.memory = turn.memory.showing("invoice", numbers)
    return [
        text(f"{row.name} is on {joined(numbers)}. {asks}", *numbers),
        table(("Invoice", f"For {row.name}", "Without VAT"), lines),
        *buttons(helps),
    ]
