"""Sums in a command: €5, 5 EUR, and 5 alone where nothing else can be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.money import format_money, parse_amount
from billing.registry import Action
from chat.understanding.account import Account
from chat.understanding.choices import types_in
from chat.understanding.meaning import Answer
from chat.understanding.others import NUMBER
from chat.understanding.phrases import refers_to
from chat.understanding.quantities import DAYS
from chat.understanding.questions import command_of
from chat.understanding.slots import is_list

_FIGURE = r"(?:0|[1-9]\d*)(?:[.,]\d+)*"
_SUM = re.compile(
    rf"(?P<sign>€|\$|£|\b(?:eur|usd|gbp)\b)? ?(?P<figure>{_FIGURE})(?: ?(?P<unit>€|\$|£|(?:euros?|eur|dollars?|usd|"
    r"pounds?|gbp)\b))?[.,;:]?(?=\s|$)",
    re.IGNORECASE,
)
_CODES = {"€": "EUR", "e": "EUR", "$": "", "d": "", "u": "USD", "£": "GBP", "p": "GBP", "g": "GBP"}
_DOLLARS = ("USD", "AUD", "CAD", "NZD", "SGD", "HKD")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True)
class Sum:
    """A sum at the head of some words. `currency` is empty where none was written; `words` counts those it took."""

    figure: str
    currency: str
    words: int


def read_sum(text: str, account: Account) -> Sum | None:
    """The sum with which the text begins, or None. A dollar is the account's own, where that has dollars."""
    found = _SUM.match(text)
    if found is None or (not found["sign"] and not found["unit"] and re.match(DAYS, text.lower())):
        return None
    written = (found["sign"] or found["unit"] or "").lower()
    own = account.currency if account.currency in _DOLLARS else "USD"
    currency = (_CODES[written[0]] or own) if written else ""
    return Sum(found["figure"], currency, len(found[0].split()))


def place_sum(action: Action, rest: str, args: dict[str, object], account: Account) -> int | None:
    """Puts a sum that names its currency into the first free amount; gives how many words it took.

    0 where it is in a currency that can't be meant here, and None where there is no such sum or no place for one.
    """
    fields = action.input.model_fields
    name = next((n for n in fields if refers_to(action, n) == "amount" and n not in args), None)
    found = read_sum(rest, account)
    if name is None or found is None or not found.currency:
        return None
    currency = next((n for n in fields if refers_to(action, n) == "currency" and n not in args), None)
    if found.currency != account.currency and currency is None:
        return 0
    try:
        args[name] = parse_amount(found.figure, found.currency)
    except ValueError:
        return 0
    if currency and found.currency != account.currency:
        args[currency] = found.currency
    return found.words


def place_figure(action: Action, rest: str, args: dict[str, object], account: Account) -> int:
    """Puts a figure alone into the amount, once all that is needed is there and it can be nothing else."""
    name, found = _only_figure(action), read_sum(rest, account)
    if not name or name in args or found is None or found.currency:
        return 0
    if any(info.is_required() and n not in args for n, info in action.input.model_fields.items()):
        return 0
    try:
        args[name] = parse_amount(found.figure, account.currency)
    except ValueError:
        return 0
    return found.words


def in_its_currency(args: dict[str, object], account: Account) -> Account:
    """The account with the currency of the invoice or the payment that is named, where it is another one."""
    known = {row.number: row.currency for row in account.invoices}
    known |= {row.number: row.currency for row in account.payments}
    own = next((known[str(value)] for value in args.values() if str(value) in known), account.currency)
    return account if own == account.currency else replace(account, currency=own)


def ask_back(
    action: Action, field: str, said: str, args: dict[str, object], account: Account
) -> tuple[str, list[Answer]]:
    """The question where free words have a number and no amount was read: it must not mean all of it unasked."""
    amount = next((n for n in action.input.model_fields if refers_to(action, n) == "amount"), None)
    loose = _ISO_DAY.sub(" ", NUMBER.sub(" ", _QUOTED.sub(" ", said)))
    found = re.search(r"\d[\d.,]*\d|\d", loose)
    if (
        not field
        or not action.changes
        or amount is None
        or amount in args
        or refers_to(action, field) != "words"
        or not found
    ):
        return "", []
    kept = {name: str(value).replace('"', "'") if name == field else value for name, value in args.items()}
    start = command_of(action, kept)
    if not _only_figure(action):
        named = " ".join(f"{n}=" for n in action.input.model_fields if n not in args and _is_figure(action, n))
        return f"What is “{found[0]}”? Name it: {named}", [Answer(label="Only a part of the words", send=start)]
    choices = [Answer(label="All of it", send=start)]
    try:
        shown = format_money(parse_amount(found[0], account.currency), account.currency, account.locale)
        choices.insert(0, Answer(label=shown, send=f"{start} {amount}={found[0]}"))
    except ValueError:
        pass
    return f"You wrote “{found[0]}”. Is that the amount, or is all of it meant?", choices


def _only_figure(action: Action) -> str:
    """The amount, where the input has no other figure, and nothing of which a figure could be one more."""
    figures = [n for n in action.input.model_fields if _is_figure(action, n)]
    lists = any(is_list(i) and refers_to(action, n) == "invoice" for n, i in action.input.model_fields.items())
    return figures[0] if len(figures) == 1 and not lists and refers_to(action, figures[0]) == "amount" else ""


def _is_figure(action: Action, name: str) -> bool:
    if refers_to(action, name) in ("amount", "percent", "seats", "rating"):
        return True
    return bool({int, Decimal} & set(types_in(action.input.model_fields[name].annotation)))
