"""Commands: /pay RT-2026-0187 RT-2026-0162, /switch growth 5, /review 5 "great work", /invoices status=overdue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo
from rapidfuzz import fuzz, process
from text_to_num import alpha2digit

from billing.money import parse_amount
from billing.registry import Action
from chat.understanding.account import Account, Shown
from chat.understanding.candidates import subscription_missing
from chat.understanding.choices import options_of, types_in
from chat.understanding.invoices import read_partial_numbers
from chat.understanding.meaning import Answer, Outcome, Talk, Understood
from chat.understanding.mentions import Mentions
from chat.understanding.naming import read_mentions
from chat.understanding.others import NUMBER
from chat.understanding.periods import coming, gone
from chat.understanding.phrases import refers_to
from chat.understanding.quantities import DAYS, WITH_YEAR, read_day
from chat.understanding.questions import MOST, ask_for
from chat.understanding.slots import LOOKING_BACK, fill, is_list
from chat.understanding.sums import ask_back, in_its_currency, place_figure, place_sum

_TOKEN = re.compile(
    r"(?:(?P<name>[a-z_]+)=)?(?:\"(?P<quoted>[^\"]*)\"|“(?P<curly>[^”]*)”|(?P<plain>\S+))", re.IGNORECASE
)
_NUMBERED = ("payment", "subscription", "conversation", "credit", "project", "hours", "customer", "draft")
_MOST_WORDS = {"coupon": 1, "add_on": 4, "person": 4}  # an answer with more is about something else
_NUMERAL = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|h)?")
_HELP = {"", "help", "commands", "?"}
_SAME = {
    "unpaid": ("to_pay",), "open": ("to_pay",), "credit": ("credit_notes",), "outstanding": ("to_pay",),
    "today": ("now",), "immediately": ("now",), "now": ("today",), "end": ("term_end",), "at_the_end": ("term_end",),
    "period_end": ("term_end", "renewal"), "renewal": ("term_end",), "spreadsheet": ("csv",), "excel": ("csv",),
    "yearly": ("year",), "monthly": ("month",), "quarterly": ("quarter",), "weekly": ("week",), "annual": ("year",),
}  # fmt: skip
_SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def read_command(text: str, actions: Iterable[Action], account: Account, shown: Shown) -> Understood:
    """Understands a message that starts with a slash. Fields may be named; the rest goes where it fits."""
    word, _, rest = text[1:].strip().partition(" ")
    if word.lower() in _HELP:
        return Understood(outcome=Outcome.CLARIFY, talk=Talk.HELP, confidence=1.0)
    by_command = {action.slash.lower(): action for action in actions}
    action = by_command.get(f"/{word.lower()}")
    if action is None:
        return _unknown(word, by_command)
    args, problem, offered = _read_args(action, rest.strip(), account)
    missing = [n for n, info in action.input.model_fields.items() if info.is_required() and n not in args]
    if (
        not missing
        and "plan" in action.input.model_fields
        and "seats" in action.input.model_fields
        and not {"plan", "seats", "interval"} & set(args)
    ):
        missing = ["plan"]
    missing += subscription_missing(action, args, account)
    if (
        missing
        and action.moves_money
        and refers_to(action, missing[0]) == "invoice"
        and len(account.payable) == 1
        and not rest
    ):
        name = missing.pop(0)
        number = account.payable[0].number
        args[name] = [number] if is_list(action.input.model_fields[name]) else number
    if problem or missing:
        question, choices = ask_for(action, missing[0], args, [], account) if missing else ("", [])
        return Understood(
            outcome=Outcome.CLARIFY, action=action.id, args=args, missing=missing, confidence=1.0,
            question=problem or question, choices=offered or choices,
        )  # fmt: skip
    outcome = Outcome.HANDOFF if action.id == "support.talk_to_person" else Outcome.ACTION
    return Understood(outcome=outcome, action=action.id, args=args, confidence=1.0)


def read_answer(action: Action, name: str, text: str, account: Account, shown: Shown) -> Any:
    """What a message says as the answer to the question for one field, or None when it doesn't say it."""
    info = action.input.model_fields[name]
    mentions = read_mentions(text, account, shown)
    value = fill(action, mentions, account, shown).args.get(name)
    if value is not None and value != []:
        return value
    short = alpha2digit(text.strip().strip(".!").lower(), "en")
    short = {"one": "1", "two": "2"}.get(short, short)
    if refers_to(action, name) == "plan" and short.title() not in {p.name for p in account.plans}:
        found = _plan(short, account)
        return found if found in {p.name for p in account.plans} else None
    to = refers_to(action, name)
    if to == "words" or is_free(action, name):
        return text.strip() or None
    if len(short.split()) > _MOST_WORDS.get(to, 100):
        return None
    value = _value(to, info, text.strip() if to == "coupon" else short, account, named=to in ("coupon", "add_on", ""))
    if value is None and to == "subscription":
        names = {s.product.lower(): s.number for s in (*account.ended, *account.subscriptions)}
        near = process.extractOne(short, list(names), scorer=fuzz.WRatio, score_cutoff=80)
        return names[near[0]] if near else None
    return value if is_list(info) or not isinstance(value, list) else value[0]


def _unknown(word: str, by_command: dict[str, Action]) -> Understood:
    typed = word.lower()
    longer = [name for name in by_command if name.startswith(f"/{typed}") and len(typed) > 1]
    parts = [name for name in by_command if typed in name[1:].split("-") and name not in longer]
    near = process.extract(f"/{typed}", list(by_command), scorer=fuzz.ratio, limit=3, score_cutoff=55)
    names = list(dict.fromkeys([*sorted(longer, key=len), *parts, *(name for name, _, _ in near)]))
    choices = [Answer(label=f"{name} {by_command[name].title.lower()}", send=name) for name in names[:MOST]]
    question = f"There is no command /{word}." + (
        " Did you mean one of these?" if choices else " Write / to see them all."
    )
    return Understood(outcome=Outcome.CLARIFY, question=question, choices=choices, confidence=1.0)


def _read_args(action: Action, rest: str, account: Account) -> tuple[dict[str, Any], str, list[Answer]]:
    """The input that the words after a command give, and the question about the first that fits nowhere."""
    fields = action.input.model_fields
    args: dict[str, Any] = {}
    loose = ("", "")
    tokens = list(_TOKEN.finditer(rest))
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        name = (token.group("name") or "").lower()
        text = next(t for t in (token.group("quoted"), token.group("curly"), token.group("plain")) if t is not None)
        if name in fields:
            value = _named_value(action, name, text, account)
            if value is None:
                return args, f"“{text}” does not fit {name.replace('_', ' ')}.", []
            args[name] = value
            continue
        if name:
            text = token.group(0)
        words = _words_field(action, args)
        taken = _place(action, text, rest[token.start() :].strip(), args, account)
        if taken:
            at += taken - 1
            continue
        if text.isdecimal() and any(refers_to(action, n) == "rating" and n not in args for n in fields):
            return args, "Stars go from 1 to 5. How many do you give?", []
        if words:
            end = next((t.start() for t in tokens[at:] if _ends_words(action, t, words, args, account)), len(rest))
            loose = (words, rest[token.start() : end])
            args[words] = loose[1].strip().strip('"“”').strip()
            at = next((n for n, t in enumerate(tokens) if t.start() >= end), len(tokens))
            continue
        return args, f"I could not place “{text}” in {action.slash}. {_usage(action)}", []
    return args, *ask_back(action, *loose, args, in_its_currency(args, account))


def _ends_words(action: Action, token: re.Match[str], words: str, args: dict[str, Any], account: Account) -> bool:
    """Whether free words stop before this one: it names a field, or is what a field needs that is still empty."""
    fields = action.input.model_fields
    if (token.group("name") or "").lower() in fields:
        return True
    left = [n for n, info in fields.items() if info.is_required() and n not in args and n != words]
    if not is_free(action, words) or not left:
        return False
    return any(_value(refers_to(action, n), fields[n], token.group(0), account, named=False) is not None for n in left)


def _place(action: Action, text: str, rest: str, args: dict[str, Any], account: Account) -> int:
    """Puts a word into the first free field that takes it; gives how many words were used, 0 when none took it."""
    days = {"since", "until"}
    if days <= set(action.input.model_fields) and not days & set(args) and re.fullmatch(r"20\d\d", text):
        year = int(text)
        args |= {"since": f"{year}-01-01", "until": min(date(year, 12, 31), account.today).isoformat()}
        return 1
    account = in_its_currency(args, account)
    if (taken := place_sum(action, rest, args, account)) is not None:
        return taken
    for name in action.input.model_fields:
        for known, value in _names(refers_to(action, name), account) if name not in args else ():
            if rest.lower().startswith(known.lower()) and not re.match(r"\w", rest[len(known) :]):
                args[name] = value
                return len(known.split())
        day = re.match(DAYS, rest.lower()) if refers_to(action, name) == "day" and name not in args else None
        if day and (read := read_day(day.group(0), account.today)):
            known_day = gone if name in LOOKING_BACK else coming
            args[name] = known_day(
                read, account.today, with_year=WITH_YEAR.search(day.group(0)) is not None
            ).isoformat()
            return len(day.group(0).split())
    for name, info in action.input.model_fields.items():
        if name in args and not is_list(info):
            continue
        to = refers_to(action, name)
        if to == "words" or is_free(action, name) or (to == "plan" and re.fullmatch(r"\d+", text)):
            continue
        if to == "day" or (name in args and to not in ("invoice", "hours")):
            continue
        value = _value(to, info, text, account, named=False, required=info.is_required())
        if value is None:
            continue
        if is_list(info):
            args[name] = list(dict.fromkeys([*args.get(name, []), *value]))
        else:
            args[name] = value[0] if isinstance(value, list) else value
        return 1
    return place_figure(action, rest, args, account)


def _names(to: str, account: Account) -> list[tuple[str, str]]:
    """The names by which records of a kind may be given, the longest first, each with the value that it stands for."""
    if to == "plan":
        found = [(p.name, p.name) for p in account.plans] + [(f"{p.product} {p.name}",) * 2 for p in account.plans]
    elif to == "subscription":
        live = [(s.product, s.number) for s in (*account.subscriptions, *account.ended)]
        found = [(f"{s.product} {s.plan}", s.number) for s in account.subscriptions if s.plan] + live
    elif to == "add_on":
        found = [(a.name, a.code) for a in account.add_ons]
    elif to == "colleague":
        found = [(name, p.email) for p in account.people for name in (p.name, p.name.split()[0])]
    elif to == "project":
        found = [(p.name, p.number) for p in account.projects]
    else:
        return []
    return sorted(found, key=lambda pair: -len(pair[0]))


def _named_value(action: Action, name: str, text: str, account: Account) -> Any:
    info = action.input.model_fields[name]
    value = _value(refers_to(action, name), info, text, account, named=True)
    return value[0] if isinstance(value, list) and value and not is_list(info) else value


def is_free(action: Action, name: str) -> bool:
    """Whether a field takes any words: a reason, a title, a name."""
    info = action.input.model_fields[name]
    return refers_to(action, name) == "" and info.annotation is str and not options_of(info) and name != "key"


def _value(to: str, info: FieldInfo, text: str, account: Account, *, named: bool, required: bool = False) -> Any:
    """The value that a word gives to a field of that kind, or None when it doesn't fit."""
    clean = text.strip().strip(",;")
    if to == "invoice":
        return _invoice_numbers(clean, account, named)
    if to in _NUMBERED:
        found = _record_number(to, clean, account, named)
        return [found] if found and is_list(info) else found
    if to in ("coupon", "add_on", "plan_code"):
        return _code(to, clean, info, account, named or required)
    if to in ("seats", "rating"):
        digits = re.fullmatch(r"(\d{1,7})(?:\*|/5)?", clean)
        value = int(digits.group(1)) if digits else None
        return None if to == "rating" and value is not None and not 1 <= value <= 5 else value
    if to == "amount":
        return _amount(clean, account, named or required)
    if to in ("email", "colleague"):
        known = {name.lower(): email for name, email in _names(to, account)}
        return known.get(clean.lower()) or (clean if "@" in clean or named else None)
    if to == "day":
        found_day = read_day(clean, account.today)
        return found_day.isoformat() if found_day else None
    if to in ("currency", "country", "percent"):
        fits = {"currency": r"[A-Za-z]{3}", "country": r"[A-Za-z]{2}", "percent": r"\d{1,3}(?:\.\d+)?%?"}[to]
        return clean.upper() if named or (required and re.fullmatch(fits, clean)) else None
    if to in ("plan", "card", "words"):
        saved = to == "card" and clean in {card.last4 for card in account.cards}
        return _plan(clean, account) if to == "plan" else clean if named or saved else None
    return _plain_value(info, clean, account, named, required)


def _plain_value(info: FieldInfo, clean: str, account: Account, named: bool, required: bool) -> Any:
    """The value of a field that refers to no record."""
    options = options_of(info)
    if options:
        wanted = clean.lower().replace("-", "_").replace(" ", "_")
        return wanted if wanted in options else next((v for v in _SAME.get(wanted, ()) if v in options), None)
    kinds = set(types_in(info.annotation))
    if bool in kinds:
        return _SWITCHES.get(clean.lower()) if named or required else None
    if int in kinds:
        return int(clean) if (named or required) and clean.isdecimal() else None
    if Decimal in kinds:
        return _NUMERAL.sub(r"\1", clean) if _NUMERAL.fullmatch(clean) and (named or required) else None
    if date in kinds:
        day = read_day(clean, account.today)
        return clean if re.fullmatch(r"\d{4}-\d{2}", clean) else day.isoformat() if day else None
    if not named:
        return None
    if clean[:1] in ("[", "{"):
        return _json(clean)
    return [clean] if is_list(info) else clean


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _code(to: str, text: str, info: FieldInfo, account: Account, sure: bool) -> Any:
    """A coupon's, an add-on's or a plan's code; a coupon that is optional must look like one."""
    if to == "coupon":
        return text.upper() if sure or re.fullmatch(r"[A-Z][A-Z0-9-]*\d[A-Z0-9-]*", text) else None
    if to == "add_on":
        same = [a.code for a in account.add_ons if text.lower() in (a.code, a.name.lower())]
        return same[0] if same else re.sub(r"\s+", "-", text.lower()) if sure else None
    if not sure:
        return None
    return [text.lower()] if is_list(info) else text.lower()


def _invoice_numbers(text: str, account: Account, named: bool) -> list[str] | None:
    lowered = text.lower()
    if lowered in ("all", "everything"):
        return [i.number for i in account.payable] or None
    if lowered == "overdue":
        return [i.number for i in account.overdue] or None
    numbers = []
    for piece in re.split(r"[,;]", text):
        if not piece.strip():
            continue
        if found := NUMBER.fullmatch(piece.strip()):
            numbers.append(found.group("whole").upper())
        elif piece.strip().lstrip("#").isdecimal():
            mentions = Mentions(text=f"invoice {piece.strip().lstrip('#')}", original=piece)
            read_partial_numbers(mentions, account)
            numbers += mentions.invoices
        elif named:
            numbers.append(piece.strip().upper())
        else:
            return None
    return numbers or None


def _record_number(to: str, text: str, account: Account, named: bool) -> str | None:
    if to == "subscription":
        by_name = [s.number for s in account.subscriptions if text.lower() in (s.product.lower(), s.plan.lower())]
        by_name = by_name or [s.number for s in account.ended if s.product.lower() == text.lower()]
        if by_name:
            return by_name[0]
    if to == "project" and (named_so := [p.number for p in account.projects if p.name.lower() == text.lower()]):
        return named_so[0]
    return text.lstrip("#").upper() if NUMBER.fullmatch(text) or named else None


def _amount(text: str, account: Account, named: bool) -> int | None:
    if not named and not re.search(r"[€$£]|[.,]\d{2}$", text):
        return None
    try:
        return parse_amount(text, account.currency)
    except ValueError:
        return None


def _plan(text: str, account: Account) -> str | None:
    names = list(dict.fromkeys(p.name for p in account.plans))
    exact = next((name for name in names if name.lower() == text.lower()), None)
    if exact:
        return exact
    near = process.extractOne(text.lower(), [n.lower() for n in names], scorer=fuzz.ratio, score_cutoff=80)
    return names[near[2]] if near else text


def _words_field(action: Action, args: dict[str, Any]) -> str | None:
    fields = [n for n in action.input.model_fields if n not in args]
    needed = [n for n in fields if is_free(action, n) and action.input.model_fields[n].is_required()]
    return next((n for n in [*needed, *fields] if n in needed or refers_to(action, n) == "words"), None)


def _usage(action: Action) -> str:
    names = " ".join(
        f"[{name}]" if not info.is_required() else name for name, info in action.input.model_fields.items()
    )
    return f"Write {action.slash} {names}." if names else f"Write {action.slash} alone."
