"""What a short message corrects in a change that was shown: “no, 25 seats”, “make it yearly”, “without 0187 too”."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from billing.registry import Action
from chat.understanding.account import Account, Shown
from chat.understanding.choices import flag_of, has_flag, option_of, without_option
from chat.understanding.meaning import Understood
from chat.understanding.mentions import Mentions
from chat.understanding.naming import read_mentions
from chat.understanding.phrases import refers_to
from chat.understanding.questions import another_day
from chat.understanding.slots import fill
from chat.understanding.wording import spell_out, words_of

MOST_WORDS = 10
_LEAD = re.compile(
    r"(?:(?:no|nope|actually|rather|sorry|wait|better|oh|hm+|i mean|i meant|instead|change (?:it|that) to|"
    r"make (?:it|that|him|her|them)|only|just|or)\b[\s,.:;–—-]*)+"
)
_ASIDE = re.compile(r"(?:what about|how about|and what about)\b[\s,]*")
_TAIL = re.compile(r"[\s,]*\b(?:instead|rather|please|then|after all|only)$")
_TOO = re.compile(r"[\s,]*\b(?:too|as well|also)$")
_MORE = re.compile(r"(?:and|also|plus|add)\b[\s,]*")
_LESS = re.compile(r"(?:and |but )?(?:without|except(?: for)?|not|but not|leave out|leave off|minus|skip)\b[\s,]*")
_SMALL = frozenset((
    "to", "with", "until", "till", "for", "at", "on", "from", "the", "a", "an", "of", "it", "be", "is", "me", "us",
    "my", "our", "i", "we", "want", "would", "like", "need", "have", "should", "can", "may", "and", "plan", "billing",
    "role", "seats", "seat", "users", "mailboxes", "only", "day", "end", "by", "them", "him", "her", "that", "this",
    "one", "in", "starting",
))  # fmt: skip
_TOLD = frozenset(("change", "set", "put", "switch", "go", "update"))  # verbs that say nothing new beside a “no,”
_RECORDS = ("subscription", "invoice", "payment", "project", "credit", "hours", "add_on", "coupon", "colleague")
_NEVER = ("on", "what", "reason", "currency")


@dataclass(frozen=True)
class Correction:
    """The input as it is meant now; or a question, where the change can't be had as it was put.

    `told`: the words say themselves that they correct, as "no, ..." and "... instead" do.
    """

    args: dict[str, Any] = field(default_factory=dict)
    question: Understood | None = None
    told: bool = False


def read_correction(
    words: str, action: Action, args: Mapping[str, Any], account: Account, shown: Shown
) -> Correction | None:
    """What the words change in a change's input, everything else kept; None where they ask for something of their own.

    They must name a value of one of its fields and say nothing else. Records are exchanged only after words that
    correct ("no, ...", "... instead"), since a record named alone asks to see it.
    """
    said = spell_out(words).strip(" .!?,;")
    if not said or len(said.split()) > MOST_WORDS or said.startswith("/"):
        return None
    rest = _LEAD.sub("", said, count=1) if _LEAD.match(said) else said
    told = rest != said or _TAIL.search(rest) is not None
    rest = _ASIDE.sub("", _TAIL.sub("", rest)) if _ASIDE.match(rest) else _TAIL.sub("", rest)
    too = _TOO.search(rest) is not None
    rest = _TOO.sub("", rest).strip(" ,")
    if not rest:
        return None
    if invoices := _other_invoices(rest, too, action, args, account, shown):
        return invoices
    mentions = read_mentions(rest, account, shown)
    if not mentions.subscriptions and isinstance(args.get("subscription"), str):
        mentions.subscriptions, kept = [args["subscription"]], True
    else:
        kept = not mentions.subscriptions
    found = _values(rest, action, args, mentions, account, shown, told=told)
    if kept:
        found.pop("subscription", None)
    if _left(rest, action, found, mentions, told=told):
        return None
    if found:
        return Correction({**args, **_as_more(rest, found, args, account)}, told=told)
    rest_of = {name: value for name, value in args.items() if name not in ("when", "starts")}
    if told or mentions.day is not None:
        asked = another_day(action, mentions, rest_of, account)
        changed = rest_of != {n: v for n, v in args.items() if n in rest_of}
        if asked or changed:
            return Correction(rest_of, asked, told)
    return None


def _as_more(rest: str, found: dict[str, Any], args: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """After "3 more seats", "make it 5" is 5 more, where 5 in all would be fewer than there are."""
    now = next((s.seats for s in account.subscriptions if s.number == args.get("subscription")), 0)
    bare = re.fullmatch(r"(\d{1,5})", rest)
    if not bare or "seats" not in found or not args.get("seats", 0) > now > found["seats"]:
        return found
    return found | {"seats": now + found["seats"]}


def _values(
    rest: str,
    action: Action,
    args: Mapping[str, Any],
    mentions: Mentions,
    account: Account,
    shown: Shown,
    *,
    told: bool,
) -> dict[str, Any]:
    """The fields that the words give a value to."""
    filled = fill(action, mentions, account, shown)
    if filled.problem:
        return {}
    found: dict[str, Any] = {}
    for name, info in action.input.model_fields.items():
        to = refers_to(action, name)
        if name in _NEVER or to == "words" or (to in _RECORDS and not told) or to == "invoice":
            continue
        value = filled.args.get(name)
        if to == "" and not has_flag(name):
            value = option_of(info, mentions.text) or option_of(info, rest) or value
            value = value if told or name in ("when", "starts", "interval") else None
        elif has_flag(name):
            value = flag_of(name, rest)
        elif to == "seats" and "seats" in args and (bare := re.fullmatch(r"(?:to )?(\d{1,5})", mentions.text)):
            value = int(bare[1])
        if value is not None and value != "" and value != []:
            found[name] = value
    return found


def _left(rest: str, action: Action, found: Mapping[str, Any], mentions: Mentions, *, told: bool) -> bool:
    """Whether the words say more than those values: then they are a request of their own."""
    text = mentions.text
    for name, value in found.items():
        info = action.input.model_fields[name]
        if isinstance(value, bool):
            text = re.sub(r"\b(?:without|with|no|not|use|using|apply|my|the|credit|trial|free|a)\b", " ", text)
        elif refers_to(action, name) == "":
            text = without_option(info, text, str(value))
        elif name == "seats":
            text = re.sub(r"^(?:to )?\d{1,5}$", " ", text)
    small = _SMALL | _TOLD if told else _SMALL
    return any(word not in small for word in words_of(re.sub(r"\{\w+\}", " ", text)))


def _other_invoices(
    rest: str, too: bool, action: Action, args: Mapping[str, Any], account: Account, shown: Shown
) -> Correction | None:
    """The invoices of a payment with some taken off, put beside, or exchanged for others."""
    chosen = list(args.get("invoices") or [])
    if not chosen or refers_to(action, "invoices") != "invoice":
        return None
    less, more = _LESS.match(rest), _MORE.match(rest)
    cut = _LESS.sub("", rest, count=1) if less else _MORE.sub("", rest, count=1) if more else rest
    mentions = read_mentions(f"pay {cut}", account, shown)
    named = list(dict.fromkeys([*mentions.invoices, *mentions.excluded]))
    mentions.text = re.sub(r"^pay ", "", mentions.text)
    if not named or not (less or more or too) or _left(cut, action, {}, mentions, told=False):
        return None
    kept = [n for n in chosen if n not in named] if less else [*chosen, *(n for n in named if n not in chosen)]
    changed = kept and kept != chosen
    without_amount = {name: value for name, value in args.items() if name != "amount"}
    return Correction({**without_amount, "invoices": kept}) if changed else None
