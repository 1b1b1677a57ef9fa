"""From what a request names to the input of an action, field by field, by what each field refers to."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from pydantic.fields import FieldInfo

from billing.money import parse_amount, round_half_up
from billing.registry import Action
from chat.understanding.account import Account, Shown
from chat.understanding.candidates import candidates
from chat.understanding.cards import card_value, saved_cards
from chat.understanding.choices import flag_of, has_flag, option_of
from chat.understanding.invoices import beside_it, group_members, of_month
from chat.understanding.mentions import Mentions
from chat.understanding.periods import coming, gone, month_span
from chat.understanding.phrases import refers_to
from chat.understanding.quantities import FIRST_YEAR, LAST_YEAR

START = "subscriptions.start"
OF_ONE = ("subscriptions.add_ons",)  # questions about one subscription, asked for where there are several
ONE_DAY = timedelta(days=1)
_BILLED_ON = re.compile(
    r"\b(?:bill(?:ed|ing)?|charged?|renew\w*|always|anchor\w*|every month|"
    r"each month)\b.{0,25}?\b(?:the )?(\d{1,2})(?:st|nd|rd|th)\b"
)
_UNTIL = re.compile(
    r"\b(?:until|till|up to) (?:the )?(?:(?:end|start|beginning) of )?(?:the |this |next )?(?:\{\w+\}|\w+)"
)
_NEW_CARD = re.compile(r"\b(?:new|another|different|other) (?:credit |debit )?card\b")
_BARE_AMOUNT = re.compile(r"\b(?:top up|prepay|deposit|advance|load|put|pay)\D{0,20}? (\d{1,6})(?![\w.,/%-])")
DUE_UNTIL = re.compile(r"\bdue (?:before|by|until|till|up to|on) (?:the )?\{day\}")
_FALLS_DUE = re.compile(r"\bdue\b|\b(?:have|need) to pay\b|\bto pay\b")  # days of payment, not of issue
# A day is the end of something only after such a word, or as the whole of an answer: "pause it in april" begins then.
_LASTS_UNTIL = re.compile(
    r"\b(?:until|till|til|up to|through|to|back (?:on|in))\b|"
    r"^\W*(?:on |the )*(?:(?:end|start) of )?\{(?:day|month)\}\W*$"
)
_EVERY = re.compile(
    r"\b(?:everything|every subscription|all (?:of )?(?:my |our |the |them|these|those)?"
    r"(?:subscriptions|plans|services)?)"
    r"(?=$|[\s.,!?])"
)
PAGING = ("cursor", "size", "page")
LOOKING_BACK = ("on", "since", "received_on", "worked_on")


@dataclass
class Filled:
    """The input so far; `unclear` are the records among which a field could not decide, `problem` what can't be."""

    args: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    problem: str = ""
    problem_field: str = "amount"


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
    if name in PAGING:
        return None
    if name == "search":
        return mentions.subject
    if to == "invoice":
        return _invoices(action, info, mentions, account, shown, filled)
    if to == "payment":
        return _first(mentions.payments) or (_payment(mentions, account, shown) if info.is_required() else None)
    if to == "subscription":
        return _first(mentions.subscriptions)
    if to == "day":
        return _day(action, name, mentions, account)
    if to == "plan":
        return _plan(action, mentions, account, filled)
    if to == "words":
        said = mentions.reason or mentions.words if name == "reason" else mentions.words
        return said or (_as_question(mentions) if name == "question" else "")
    if to == "seats":
        return _seats(mentions, account) if name == "seats" else None
    if to == "card":
        return _card(action, name, mentions, account, filled)
    if name in ("at_least", "at_most"):
        bounded = mentions.at_least is not None or mentions.at_most is not None
        return getattr(mentions, name) if bounded else mentions.amount
    if to in ("amount", "rating", "currency"):
        return getattr(mentions, to)
    if to in _LISTED:
        named = _LISTED[to](mentions, account)
        return named if is_list(info) else _first(named)
    value = _plain(name, info, mentions)
    return None if name == "format" and value == info.default else value


_LISTED: dict[str, Callable[[Mentions, Account], list[str]]] = {
    "conversation": lambda m, a: m.conversations,
    "coupon": lambda m, a: m.coupons,
    "draft": lambda m, a: m.drafts,
    "add_on": lambda m, a: m.add_ons,
    "project": lambda m, a: m.projects,
    "hours": lambda m, a: m.hours or [h.number for p in a.projects for h in p.waiting if h.person in m.persons],
    "person": lambda m, a: m.persons,
    "email": lambda m, a: m.emails,
    "colleague": lambda m, a: m.colleagues or m.emails,
    "credit": lambda m, a: [n for n in m.invoices if _gives_credit(n, a)] + (m.payments if m.invoices else []),
}


def _plain(name: str, info: FieldInfo, mentions: Mentions) -> Any:
    """Fields that refer to no record: choices, switches and small numbers."""
    if name == "month" and mentions.months:
        return date(*mentions.months[0], 1).isoformat()
    if name in mentions.details:
        return mentions.details[name]
    if name in ("milestone", "quantity", "vat_number"):
        return getattr(mentions, name)
    if name == "line" and (line := re.search(r"\bline (?:number |nr\.? |no\.? )?(\d{1,4})\b", mentions.text)):
        return int(line.group(1))
    if name == "anchor_day" and (day := _BILLED_ON.search(mentions.text)):
        return int(day.group(1)) if 1 <= int(day.group(1)) <= 31 else None
    if name == "reason" and info.annotation is str:
        return mentions.reason or mentions.words
    text = _UNTIL.sub(" ", mentions.text) if name == "when" else mentions.text
    return flag_of(name, text) if has_flag(name) else option_of(info, text)


def _day(action: Action, name: str, mentions: Mentions, account: Account) -> str | None:
    """A day as the field means it: the bounds of a stretch, a day that has been, or one that lies ahead."""
    today, found = account.today, None
    if name in ("since", "until") and {"since", "until"} <= set(action.input.model_fields):
        falls_due = "status" in action.input.model_fields and _FALLS_DUE.search(mentions.text)
        found = None if falls_due else _bound(name, mentions, today)
    elif name == "until" and mentions.ends is not None:
        found = coming(mentions.ends, today, with_year=False)
    elif name == "until" and not _LASTS_UNTIL.search(mentions.text):
        found = mentions.wait
    elif mentions.day is not None:
        known = gone if name in LOOKING_BACK else coming
        found = known(mentions.day, today, with_year=mentions.day_year)
    elif name in LOOKING_BACK:
        last = month_span(*mentions.months[0])[1] if mentions.months else mentions.until
        found = min(last, today) if last else None
    elif mentions.months and name in ("until", "starts_on"):
        first, last = month_span(*mentions.months[0])
        first, last = (coming(day, today, with_year=mentions.months[0][0] > today.year) for day in (first, last))
        found = last + ONE_DAY if mentions.end_of_month and name == "until" else first
    elif mentions.end_of_month and name == "until":
        found = month_span(today.year, today.month)[1] + ONE_DAY
    elif name == "until" and re.search(r"\b(?:until|till) yesterday\b", mentions.text):
        found = today - ONE_DAY  # said so, and refused so
    return found.isoformat() if found else None


def _bound(name: str, mentions: Mentions, today: date) -> date | None:
    if mentions.since or mentions.until:
        return mentions.since if name == "since" else mentions.until
    if mentions.months:
        first, last = month_span(*min(mentions.months))[0], month_span(*max(mentions.months))[1]
        return first if name == "since" else min(last, today)
    if mentions.day is None:
        return None
    day = gone(mentions.day, today, with_year=mentions.day_year)
    ends = re.search(r"\b(?:until|till|to|up to|by|as of|before) (?:the )?\{day\}", mentions.text)
    starts = re.search(r"\b(?:since|from|starting|after) (?:the |on )?\{day\}", mentions.text)
    if name == "since":
        return None if ends else day
    return None if starts else min(day, today)


def _plan(action: Action, mentions: Mentions, account: Account, filled: Filled) -> str:
    """The plan's name; with its product where the name alone could be another's, asked for where that wasn't said."""
    if not mentions.plan and action.id == START:
        said = [p for p in dict.fromkeys(p.product for p in account.plans) if p.lower() in mentions.original.lower()]
        named = [s.product for s in (*account.subscriptions, *account.ended) if s.number in mentions.subscriptions]
        return (said or named or [mentions.unknown_plan])[0]
    products = dict.fromkeys(p.product for p in account.plans if p.name == mentions.plan)
    said = [p for p in products if p.lower() in mentions.original.lower()]
    if action.id == START and len(products) > 1 and not said:
        filled.unclear = [f"{product} {mentions.plan}" for product in products]
        return ""
    return f"{said[0]} {mentions.plan}" if action.id == START and len(products) > 1 else mentions.plan


def is_list(info: FieldInfo) -> bool:
    """Whether a field takes several values."""
    return typing.get_origin(info.annotation) in (list, tuple)


def _gives_credit(number: str, account: Account) -> bool:
    known = account.invoice(number)
    return known.credit_note if known else number.startswith("CN")


def _invoices(
    action: Action, info: FieldInfo, mentions: Mentions, account: Account, shown: Shown, filled: Filled
) -> list[str] | str | None:
    numbers = list(dict.fromkeys(mentions.invoices))
    if any(refers_to(action, other) == "credit" for other in action.input.model_fields):
        numbers = [n for n in numbers if not _gives_credit(n, account)]
    if not numbers and mentions.months and "{month}" in mentions.text:
        found = [i.number for month in mentions.months for i in of_month(month, account)[:1]]
        numbers = found[:1] if not is_list(info) else found
        mentions.fit_too = [] if is_list(info) or not numbers else beside_it(numbers[0], mentions.months[0], account)
    if not numbers and mentions.amount is not None and "amount" not in action.input.model_fields:
        found = [i.number for i in account.bills if mentions.amount in (i.due, i.total)]
        numbers = found if len(found) == 1 else []
    if not numbers and mentions.group:
        members = _as_narrowed(group_members(mentions.group, account, shown), mentions, account)
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


def _as_narrowed(numbers: list[str], mentions: Mentions, account: Account) -> list[str]:
    """Those of a group that are of the amounts, or due by the days, that were said with it."""
    least, most = mentions.at_least or 0, mentions.at_most
    until = mentions.day if DUE_UNTIL.search(mentions.text) else None
    last = mentions.stretch_end or until if _FALLS_DUE.search(mentions.text) else None
    if not least and most is None and last is None:
        return numbers
    known = [i for number in numbers if (i := account.invoice(number))]
    fitting = [i for i in known if i.due >= least and (most is None or i.due <= most)]
    return [i.number for i in fitting if last is None or (i.due_on and i.due_on <= last)]


def _as_question(mentions: Mentions) -> str:
    """The sentence itself, where it says what is asked about a record and not only that something is asked."""
    bare = re.search(r"\b(?:questions?|query|ask|dispute|challenge)\b", mentions.text)
    words = re.sub(r"\{\w+\}", " ", mentions.text).split()
    return "" if bare or len(words) < 3 else mentions.original.strip()


def _card(action: Action, name: str, mentions: Mentions, account: Account, filled: Filled) -> str | None:
    """The saved card that was named, or "new"; what isn't saved, or could be several, is a question."""
    if mentions.no_card:
        filled.problem = f"{mentions.no_card} Saved: {saved_cards(account)}. Which one do you mean?"
        filled.problem_field = name
    if action.id == "payments.prefer_card" and len(account.cards) == 2 and re.search(r"\bother\b", mentions.text):
        return card_value(name, account.cards[1], account)
    if len(mentions.cards) == 1:
        return next(card_value(name, card, account) for card in account.cards if card.id == mentions.cards[0])
    if len(mentions.cards) > 1 or (not mentions.no_card and name == "card" and len(account.cards) > 1):
        filled.missing.append(name)
    return "new" if action.moves_money and _NEW_CARD.search(mentions.text) else None


def _payment(mentions: Mentions, account: Account, shown: Shown) -> str | None:
    if re.search(r"\b(last|latest|newest|most recent)\b", mentions.text) and account.payments:
        return account.payments[0].number
    made = gone(mentions.day, account.today, with_year=mentions.day_year) if mentions.day else None
    month = mentions.months[0] if mentions.months else None
    if mentions.amount is not None or made or month:
        matching = [
            p.number for p in account.payments
            if mentions.amount in (None, p.amount) and made in (None, p.on) and month in (None, (p.on.year, p.on.month))
        ]  # fmt: skip
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
    if mentions.below_zero and "amount" in fields:
        filled.problem = "An amount has to be above zero. How much is it?"
    if mentions.seats == 0 and filled.args.get("seats") == 0:
        del filled.args["seats"]
        mentions.bad_seats = True
    if mentions.bad_seats and "seats" in fields:
        filled.problem, filled.problem_field = "Seats start at 1. How many do you want?", "seats"
    days = [name for name in fields if refers_to(action, name) == "day"]
    if mentions.no_day and days and not set(days) & set(filled.args):
        far = re.search(r"\d{4}$", mentions.no_day) and not FIRST_YEAR <= int(mentions.no_day[-4:]) <= LAST_YEAR
        wrong = f"is too far away: I know {FIRST_YEAR} to {LAST_YEAR}" if far else "is not a date"
        filled.problem = f"“{mentions.no_day}” {wrong}. Which day do you mean?"
        filled.problem_field = next((name for name in days if name in ("until", "starts_on")), days[0])
    paid = filled.args.get("invoices") or mentions.invoices
    part = account.invoice(paid[0]) if mentions.percent and len(paid) == 1 else None
    if part and mentions.percent and "amount" in fields and "amount" not in filled.args:
        filled.args["amount"] = round_half_up(Fraction(part.due * mentions.percent, 100))
    only = account.payable[0] if len(account.payable) == 1 and not (filled.unclear or mentions.excluded) else None
    if only and action.moves_money and "invoices" in filled.missing:
        filled.args["invoices"] = [only.number]
        filled.missing.remove("invoices")
    if "amount" in filled.missing and (bare := _BARE_AMOUNT.search(mentions.text)):
        filled.args["amount"] = parse_amount(bare.group(1), account.currency)
        filled.missing.remove("amount")
    if "plan" in fields and "seats" in fields and not {"plan", "seats", "interval"} & set(filled.args):
        filled.missing += [] if "plan" in filled.missing else ["plan"]
    if "plan" in fields and "seats" in filled.args and not {"plan", "subscription"} & set(filled.args):
        with_seats = [s for s in account.subscriptions if s.per_seat]
        if len(with_seats) == 1 and "subscription" in fields:
            filled.args["subscription"] = with_seats[0].number
    if "project" in fields and "project" not in filled.args and len(account.projects) > 1:
        filled.missing += [] if "project" in filled.missing else ["project"]
    whose = [name for name in fields if refers_to(action, name) == "hours"]
    if mentions.persons and whose and not set(whose) & set(filled.args):
        filled.problem = f"No hours of {mentions.persons[0]} wait for you. Which ones do you mean?"
        filled.problem_field = whose[0]
    if "entry" in filled.missing and len(waiting := [h for p in account.projects for h in p.waiting]) == 1:
        filled.args["entry"] = waiting[0].number
        filled.missing.remove("entry")
    if "subscription" in fields:
        for_all = action.changes and "plan" not in fields and action.id != "subscriptions.cancel"
        if for_all and not mentions.subscriptions and _EVERY.search(mentions.text):
            mentions.subscriptions = [s.number for s in candidates(action.id, filled.args, account)]
            if mentions.subscriptions:
                filled.args["subscription"] = mentions.subscriptions[0]
        _which_subscription(action, mentions, account, filled)


def _which_subscription(action: Action, mentions: Mentions, account: Account, filled: Filled) -> None:
    """The only subscription that a change can mean; asked for where there are several."""
    if "subscription" in filled.args or "plan" in action.input.model_fields:
        return
    required = action.input.model_fields["subscription"].is_required()
    of_plan = [s for s in account.subscriptions if mentions.plan and s.plan == mentions.plan]
    if action.id in OF_ONE and mentions.add_ons:
        sold_for = {a.product for a in account.add_ons if a.code in mentions.add_ons}
        of_plan = of_plan or [s for s in account.subscriptions if s.product in sold_for]
    fitting = of_plan or (
        candidates(action.id, filled.args, account) if action.changes else list(account.subscriptions)
    )
    if len(fitting) == 1 and (action.changes or required or of_plan):
        filled.args["subscription"] = fitting[0].number
        filled.missing = [name for name in filled.missing if name != "subscription"]
    elif len(fitting) > 1 and (action.changes or action.id in OF_ONE) and "subscription" not in filled.missing:
        filled.missing.append("subscription")


def _first(values: typing.Sequence[str]) -> str | None:
    return values[0] if values else None
