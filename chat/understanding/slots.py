"""From what a request names to the input of an action, field by field, by what each field refers to."""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, Literal

from pydantic.fields import FieldInfo

from billing.money import round_half_up
from billing.registry import Action
from chat.understanding.account import Account, Shown
from chat.understanding.invoices import group_members, of_month
from chat.understanding.mentions import Mentions
from chat.understanding.phrases import refers_to

_OPTION_WORDS = {
    "overdue": r"overdue|past due|late|behind",
    "to_pay": (
        r"unpaid|open|outstanding|to (?:be )?pa(?:y|id)|due|owe|owing|not (?:yet )?paid|(?:still|have to|need to|"
        r"must) pay|"
        r"unsettled|left to pay"
    ),
    "credit_notes": r"credit notes?|credits",
    "paid": r"paid|settled|already paid|(?:have i|did i|i have) (?:already )?pa(?:y|id)",
    "due": r"by due(?: date)?|by when they are due",
    "total": r"by (?:amount|total|size|price)|largest|biggest|highest|most expensive",
    "issued": r"by (?:date|issue date|day)|newest first",
    "renewal": (
        r"(?:at|from|on|after|with|until|by|starting) (?:the |my |our )?(?:next )?"
        r"(?:renewal|period|month|\{month\})|next month|"
        r"at the end of the (?:month|period)|later"
    ),
    "today": r"today|now|right away|immediately|at once|straight away",
}
_NO_CREDIT = r"(?:without|do not|not|no|never|keep)[\w ]{0,20}\bcredit\b"
_FLAGS = {
    "use_credit": ((_NO_CREDIT, False), (r"\b(?:use|with|from|using|apply) (?:my |the |our )?credit\b", True)),
    "save_card": ((r"\b(?:save|keep|remember|store) (?:my |the |this )?card\b", True),),
}


@dataclass
class Filled:
    """The input so far; `unclear` are the records among which a field could not decide, `problem` what can't be."""

    args: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    problem: str = ""


def fill(action: Action, mentions: Mentions, account: Account, shown: Shown) -> Filled:
    """Fills what the request names; `missing` are the fields without which the action can't be asked for."""
    filled = Filled()
    for name, info in action.input.model_fields.items():
        value = _value(action, name, info, mentions, account, shown, filled)
        if value is not None and value != "" and value != []:
            filled.args[name] = value
        elif info.is_required():
            filled.missing.append(name)
    _complete(action, mentions, account, filled)
    return filled


def _value(
    action: Action, name: str, info: FieldInfo, mentions: Mentions, account: Account, shown: Shown, filled: Filled
) -> Any:
    to = refers_to(action, name)
    if name == "search":
        return mentions.subject
    if to == "invoice":
        return _invoices(name, info, mentions, account, shown, filled)
    if to == "payment":
        return _first(mentions.payments) or (_payment(mentions, account, shown) if info.is_required() else None)
    if to == "subscription":
        return _first(mentions.subscriptions)
    if to == "conversation":
        return _first(mentions.conversations)
    if to in ("plan", "amount", "rating", "day", "words"):
        value = getattr(mentions, to)
        return value.isoformat() if to == "day" and value else value
    if to == "seats":
        return _seats(mentions, account)
    if name in _FLAGS:
        return next((value for pattern, value in _FLAGS[name] if re.search(pattern, mentions.text)), None)
    return _option(info, mentions.text)


def is_list(info: FieldInfo) -> bool:
    """Whether a field takes several values."""
    return typing.get_origin(info.annotation) in (list, tuple)


def _invoices(
    name: str, info: FieldInfo, mentions: Mentions, account: Account, shown: Shown, filled: Filled
) -> list[str] | str | None:
    numbers = list(dict.fromkeys(mentions.invoices))
    if not numbers and mentions.months and "{month}" in mentions.text:
        found = [i.number for month in mentions.months for i in of_month(month, account)[:1]]
        numbers = found[:1] if not is_list(info) else found
    if not numbers and mentions.group:
        members = group_members(mentions.group, account, shown)
        numbers = members if is_list(info) else members[:1] if len(members) == 1 else []
        if not is_list(info) and len(members) > 1:
            mentions.unclear = mentions.unclear or members
    numbers = [n for n in numbers if n not in mentions.excluded]
    if is_list(info):
        if not numbers:
            filled.unclear = mentions.unclear
        return numbers
    if not numbers:
        filled.unclear = mentions.unclear
    return _first(numbers)


def _payment(mentions: Mentions, account: Account, shown: Shown) -> str | None:
    if re.search(r"\b(last|latest|newest|most recent)\b", mentions.text) and account.payments:
        return account.payments[0].number
    if mentions.amount is not None:
        matching = [p.number for p in account.payments if p.amount == mentions.amount]
        if len(matching) == 1:
            return matching[0]
    return _first(shown.payments) if re.search(r"\b(it|that|this)\b", mentions.text) else None


def _seats(mentions: Mentions, account: Account) -> int | None:
    if mentions.seats is not None or mentions.seats_by is None:
        return mentions.seats
    with_seats = [s for s in account.subscriptions if s.per_seat]
    named = [s for s in with_seats if s.number in mentions.subscriptions] or with_seats
    if len(named) != 1:
        return None
    mentions.subscriptions = mentions.subscriptions or [named[0].number]
    return max(0, named[0].seats + mentions.seats_by) or None


def _option(info: FieldInfo, text: str) -> str | None:
    """One of a field's fixed values, by its own words or what people say for it; the first of the patterns wins."""
    values = options_of(info)
    for value in sorted(values, key=lambda v: list(_OPTION_WORDS).index(v) if v in _OPTION_WORDS else 99):
        pattern = _OPTION_WORDS.get(value) or re.escape(value.replace("_", " "))
        if value != "all" and re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text):
            return value
    return None


def options_of(info: FieldInfo) -> list[str]:
    """The fixed values that a field may have, if it has only those."""
    pending, found = [info.annotation], []
    while pending:
        annotation = pending.pop()
        if typing.get_origin(annotation) is Literal:
            found += [str(value) for value in typing.get_args(annotation)]
        elif isinstance(annotation, type) and issubclass(annotation, Enum):
            found += [str(member.value) for member in annotation]
        else:
            pending.extend(typing.get_args(annotation))
    return found


def _complete(action: Action, mentions: Mentions, account: Account, filled: Filled) -> None:
    """What follows from the rest: half of an invoice, the only one left to pay, the subscription that has seats."""
    fields = action.input.model_fields
    if mentions.unknown_plan and "plan" in fields:
        filled.missing.append("plan")
        return
    named = [i for n in mentions.invoices if (i := account.invoice(n))]
    currency = named[0].currency if named else account.currency
    if "amount" in filled.args and mentions.amount_currency not in ("", currency):
        filled.problem = (
            f"{named[0].number if named else 'Your account'} is in {currency}. How much is it in {currency}?"
        )
    part = account.invoice(mentions.invoices[0]) if mentions.percent and len(mentions.invoices) == 1 else None
    if part and mentions.percent and "amount" in fields and "amount" not in filled.args:
        filled.args["amount"] = round_half_up(Fraction(part.due * mentions.percent, 100))
    only = account.payable[0] if len(account.payable) == 1 and not (filled.unclear or mentions.excluded) else None
    if only and action.moves_money and "invoices" in filled.missing:
        filled.args["invoices"] = [only.number]
        filled.missing.remove("invoices")
    if "plan" in fields and "seats" in fields and not {"plan", "seats"} & set(filled.args):
        filled.missing.append("plan")
    if "plan" in fields and "seats" in filled.args and not {"plan", "subscription"} & set(filled.args):
        with_seats = [s for s in account.subscriptions if s.per_seat]
        if len(with_seats) == 1 and "subscription" in fields:
            filled.args["subscription"] = with_seats[0].number
    if "subscription" in filled.missing and len(account.subscriptions) == 1:
        filled.args["subscription"] = account.subscriptions[0].number
        filled.missing.remove("subscription")


def _first(values: typing.Sequence[str]) -> str | None:
    return values[0] if values else None
