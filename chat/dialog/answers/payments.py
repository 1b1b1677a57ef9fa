"""Answers about payments and saved cards."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from billing.actions.payments import PaymentPage, PaymentRow, Receipt, SavedCards
from billing.models.payments import PaymentStatus
from chat.blocks import Block, Cell, QuickReply
from chat.dialog.saying import buttons, counted, day, days_of, invoice_page, joined, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

SHOWN, MOST = 10, 100
_WORDS = {
    PaymentStatus.SUCCEEDED: "Paid",
    PaymentStatus.PENDING: "On its way",
    PaymentStatus.REQUIRES_ACTION: "Waits for your bank",
    PaymentStatus.FAILED: "Not paid",
    PaymentStatus.CANCELLED: "Given up",
}


def list_payments(turn: Turn, understood: Understood) -> list[Block]:
    """The newest payments, the last one in the sentence."""
    asked = understood.args
    days = days_of(asked.get("since"), asked.get("until"), turn.account)
    page: PaymentPage = turn.ask("payments.list", asked | {"size": MOST if days else SHOWN})
    if not page.rows:
        return [text(f"No payment was made {days}." if days else "No payment has been made yet.")]
    turn.memory = turn.memory.showing("payment", [row.number for row in page.rows])
    rows = [
        (
            Cell(text=row.number, href="/payments"),
            _on(turn, row.at),
            ", ".join(row.invoices) or "Credit",
            _amount(turn, row),
        )
        for row in page.rows
    ]
    heading = _paid_in(turn, page, days) if days else _last(turn, page.rows)
    note = "There are more." if days and page.next else "These are the newest ten." if page.next else ""
    return [text(heading), table(("Payment", "When", "For", "Amount"), rows, href="/payments", note=note)]


def _paid_in(turn: Turn, page: PaymentPage, days: str) -> str:
    """What was paid in a stretch of days; without a sum where there are more payments than were read."""
    paid = [row for row in page.rows if row.status is PaymentStatus.SUCCEEDED]
    if page.next:
        return f"You made more than {MOST} payments {days}. These are the newest."
    sums: dict[str, int] = {}
    for row in paid:
        sums[row.currency] = sums.get(row.currency, 0) + row.amount
    if not paid:
        return f"No payment came in {days}."
    said = joined([money(amount, currency, turn.account) for currency, amount in sums.items()])
    back = any(row.refunded for row in paid)
    return f"You paid {said} {days}, with {counted(len(paid), 'payment')}.{' Some of it was refunded.' if back else ''}"


def _last(turn: Turn, rows: list[PaymentRow]) -> str:
    paid = next((row for row in rows if row.status is PaymentStatus.SUCCEEDED), None)
    waiting = [row.number for row in rows if row.status in (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)]
    said = []
    if paid:
        amount = money(paid.amount, paid.currency, turn.account)
        way = f", by {paid.method}" if paid.method else ""
        said.append(f"Your last payment was {amount} on {_on(turn, paid.at)}{way}.")
    if waiting:
        said.append(f"{joined(waiting)} {'is' if len(waiting) == 1 else 'are'} still on the way.")
    return " ".join(said) or "No payment has come in yet."


def _amount(turn: Turn, row: PaymentRow) -> str:
    amount = money(row.amount, row.currency, turn.account)
    if row.status is PaymentStatus.SUCCEEDED:
        return amount
    return f"{amount} ({'not confirmed' if row.unconfirmed else _WORDS[row.status].lower()})"


def _on(turn: Turn, at: datetime) -> str:
    return day(at.astimezone(ZoneInfo(turn.time_zone)).date(), turn.account)


def show_payment(turn: Turn, understood: Understood) -> list[Block]:
    """One payment: how it stands, and what each invoice got of it."""
    found: Receipt = turn.ask("payments.show", understood.args)
    turn.memory = turn.memory.showing("payment", [found.payment])
    amount = money(found.total, found.currency, turn.account)
    way = f" from {found.card}" if found.card else ""
    stands = _WORDS[found.status].lower()
    sentence = found.failure or f"{found.payment}: {amount}{way}, {stands} on {_on(turn, found.at)}."
    rows: list[tuple[str | Cell, str]] = [
        (Cell(text=f"{i.number}, {i.title}", href=invoice_page(i.number)), money(i.money, found.currency, turn.account))
        for i in found.invoices
    ]
    rows.append(("Paid" if found.status is PaymentStatus.SUCCEEDED else "In all", amount))
    return [text(sentence, amount), table(("For", "Amount"), rows, grand=True, href="/payments")]


def list_cards(turn: Turn, understood: Understood) -> list[Block]:
    """The saved cards, and how another one is added."""
    found: SavedCards = turn.ask("payments.cards", understood.args)
    added = "To add another card, pay with it and have it saved."
    if not found.cards:
        return [text(f"No card is saved. {added}")]
    rows = [(card.label, "Used first" if card.is_default else "") for card in found.cards]
    pay = [QuickReply(label="Pay what I owe", send="Pay what I owe")] if turn.account.payable else []
    offered = buttons(pay) if turn.may("invoices.pay") else []
    return [text(added), table(("Card", ""), rows, href="/payments"), *offered]
