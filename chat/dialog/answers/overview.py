"""Answers about the account as a whole: what is owed, the credit, what comes next."""

from __future__ import annotations

from billing.actions.home import HomeSummary
from chat.blocks import Block, InvoiceList, QuickReply
from chat.dialog.answers.invoices import item
from chat.dialog.saying import buttons, counted, day, joined, money, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

COMES_OFF = "It comes off your next payment."


def show_home(turn: Turn, understood: Understood) -> list[Block]:
    """What is owed, with the invoices, or the credit and its use, as was asked; of the account, a sentence on each."""
    found: HomeSummary = turn.ask("home.show", understood.args)
    if understood.about.startswith("credit"):
        turn.memory = turn.memory.speaking_of("credit")
        told = _credit(turn, found)
        if understood.about == "credit_use":
            told = f"{told.removesuffix(f' {COMES_OFF}')} {_use_of_credit(turn)}"
        return [text(told)]
    owed = text(_owed(turn, found), *_sums(turn, found))
    if understood.about == "owed":
        return [owed, *_payable(turn, found)]
    sentences = [owed.text, _credit(turn, found) if found.credit else "", _next(turn, found), _last(turn, found)]
    return [text("\n".join(s for s in sentences if s), *_sums(turn, found)), *_payable(turn, found)]


def _sums(turn: Turn, found: HomeSummary) -> list[str]:
    return [money(due.to_pay, due.currency, turn.account) for due in found.due if due.to_pay]


def _owed(turn: Turn, found: HomeSummary) -> str:
    sums = _sums(turn, found)
    if not sums:
        return "You owe nothing. Everything is paid."
    count = sum(due.count for due in found.due)
    late = [money(due.overdue, due.currency, turn.account) for due in found.due if due.overdue]
    overdue = f" {joined(late)} of it is overdue." if late else " Nothing is overdue."
    return f"{joined(sums)} to pay on {counted(count, 'invoice')}.{overdue}"


def _payable(turn: Turn, found: HomeSummary) -> list[Block]:
    if not found.to_pay:
        return []
    turn.memory = turn.memory.showing("invoice", [row.invoice.number for row in found.to_pay])
    count = sum(due.count for due in found.due)
    blocks: list[Block] = [
        InvoiceList(
            invoices=tuple(
                item(turn, row.invoice).model_copy(update={"status_words": row.words}) for row in found.to_pay
            ),
            selectable=turn.may("invoices.pay"),
            more=max(0, count - len(found.to_pay)),
            href="/invoices?status=to_pay",
        )
    ]
    if turn.may("invoices.pay") and len(found.due) == 1 and count == len(found.to_pay):
        label = f"Pay all {count}" if count > 1 else f"Pay {found.to_pay[0].invoice.number}"
        numbers = [row.invoice.number for row in found.to_pay]
        blocks += buttons([QuickReply(label=label, action="invoices.pay", input={"invoices": numbers})])
    return blocks


def _credit(turn: Turn, found: HomeSummary) -> str:
    if not found.credit:
        return "You have no credit."
    sums = [money(amount, currency, turn.account) for currency, amount in found.credit]
    return f"You have {joined(sums)} of credit. {COMES_OFF}"


def _use_of_credit(turn: Turn) -> str:
    """What credit is for, and who decides where it goes."""
    chosen = "write “use my credit on” and an invoice’s number" if turn.may("credits.apply") else ""
    if not turn.preferences.use_credit:
        return f"Credit pays invoices, and {turn.preferences.business_name} decides on which."
    own = f" To choose the invoice yourself, {chosen}." if chosen else ""
    return f"Credit pays invoices: it comes off by itself when you pay one here, before the card is charged.{own}"


def _next(turn: Turn, found: HomeSummary) -> str:
    if not found.renewals:
        return ""
    first = found.renewals[0]
    amount = money(first.amount, first.currency, turn.account)
    if first.trial_ends:
        return f"The trial of {first.name} ends on {day(first.trial_ends, turn.account)}, then it is {amount} with VAT."
    return f"Next renewal: {first.name} on {day(first.on, turn.account)}, {amount} with VAT."


def _last(turn: Turn, found: HomeSummary) -> str:
    if found.last_payment is None:
        return ""
    paid = found.last_payment
    amount = money(paid.amount, paid.currency, turn.account)
    return f"Last payment: {amount} on {day(paid.on, turn.account)}, by {paid.method}."
