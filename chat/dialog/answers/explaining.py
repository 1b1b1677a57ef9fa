"""The answer to “why this amount?”: each line's arithmetic, coupons and tax, down to the total."""

from __future__ import annotations

from billing.invoices.why import Why, WhyLine, WhySum
from chat.blocks import Block, Link
from chat.dialog.answers.invoices import others_of_month
from chat.dialog.saying import invoice_page, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood


def explain_invoice(turn: Turn, understood: Understood) -> list[Block]:
    """How a document comes to its amount, or one of its lines."""
    found: Why = turn.ask("invoices.why", understood.args)
    turn.memory = turn.memory.showing("invoice", [found.number])
    total = money(found.total, found.currency, turn.account)
    what = found.number if found.sums else f"Line {found.lines[0].line} of {found.number}"
    rows = [_row(turn, found.currency, line) for line in found.lines]
    rows += [_row(turn, found.currency, one) for one in found.sums]
    return [
        text(f"{what} comes to {total}. This is how.", what, total),
        table(("How", "Amount"), rows, grand=bool(found.sums)),
        Link(label=f"Open {found.number}", href=invoice_page(found.number)),
        *others_of_month(understood),
    ]


def _row(turn: Turn, currency: str, one: WhyLine | WhySum) -> tuple[str, str]:
    amount = money(one.amount, currency, turn.account)
    shown = one.sentence.removesuffix(f" = {amount}").removesuffix(f": {amount}")
    return shown, amount if one.amount or not isinstance(one, WhySum) else ""
