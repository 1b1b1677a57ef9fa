"""What people say for the fixed values and the switches of an input: "at the end of the month", "without credit"."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal

from pydantic.fields import FieldInfo

_TERM_END = (
    r"(?:at|from|on|after|until|by|with|till|to) (?:the |its |my |our )?(?:very )?(?:end|close)(?: of (?:the |this |"
    r"my |our |its )?"
    r"(?:current |paid |billing |running )?(?:term|period|month|quarter|year|cycle|\{month\}))?"
    r"|(?:at|on|from|with|before|after) (?:the |my |our |its )?(?:next )?(?:renewal|billing date)|when (?:it|the \w+|"
    r"\{subscription\}) "
    r"(?:renews|ends|runs out)|next (?:month|period)|period end|term end|end of (?:the )?(?:term|period|month|"
    r"quarter|year)|"
    r"(?:do|should|shall|must|will) not renew|turn off (?:the )?renewal|let (?:it|\{subscription\}) run out"
)
_NOW = r"today|now|right away|right now|immediately|at once|straight away|instantly|as of today|with immediate effect"
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
        r"at the end of the (?:month|period)|later|\{month\}"
    ),
    "term_end": _TERM_END,
    "today": _NOW,
    "now": _NOW,
    "csv": r"csv|spread ?sheet|excel|xlsx?|table file",
    "pdf": r"pdf|document|paper",
    "year": r"yearly|annual(?:ly)?|(?:a|per|each|every|by the) year|year by year",
    "quarter": r"quarterly|(?:a|per|each|every|by the) quarter|every (?:three|3) months",
    "month": r"monthly|(?:per|each|every|by the) month",
    "week": r"weekly|(?:per|each|every|by the) week",
    "nothing": r"(?:no|without(?: a| any)?|nothing) (?:refund|credit|money|compensation|back)|give nothing back|"
    r"keep the money",
    "credit": r"(?:as|for|with|to) (?:a |my |the )?credit|credit (?:me|it|the rest)",
    "refund": r"refund(?: me| it| the rest| us)?|money back|to (?:my|the) card",
    "cancellation": r"cancell?ation|cancel\w*|the end|ending|keep",
    "pause": r"pause|paused|hold",
    "plan": r"(?:plan|seat|switch|downgrade|upgrade) ?(?:change)?|change of (?:plan|seats)|the (?:switch|downgrade|"
    r"upgrade)",
    "add_on": r"add-?ons?|\{add_on\}",
    "same": r"(?:the |in the )?same (?:term|period)|where (?:it|i) left off",
    "own": r"owners?|admin(?:istrator)?s?|full (?:access|rights)|decides?",
    "pay": r"pay\w*|billing(?: (?:person|role|rights)|$)|book-?keep\w*|change plans|accountant",
    "view": r"view\w*|(?:only|just) (?:look|see|read|watch)\w*|looks?|read[- ]only|see",
    "invoices": r"(?:new )?(?:invoices?|bills?)|credit notes",
    "payments": r"payments?|refunds?|money",
    "renewals": r"renewals?|trials?",
    "subscriptions": r"subscriptions?|changes?",
    "approvals": r"approv\w+|hours|milestones?|work",
    "people": r"people|colleagues?|users?|who joins",
    "answers": r"answers?|conversations?|messages?",
    "new": r"(?:a |as a )?new (?:term|period|start)|from scratch",
}
_ORDER = list(_OPTION_WORDS)
_NO_CREDIT = r"(?:without|do not|not|no|never|keep)[\w ]{0,20}\bcredit\b"
_OFF = (
    r"\boff\b|\b(?:stop|disable|deactivate|end|cancel|remove|switch off|turn off|quit|no more|no longer|never)\b|"
    r"\bnot\b"
    r"|\bby hand\b|\bmyself\b|\bmanually\b"
)
_FLAGS: dict[str, tuple[tuple[str, bool], ...]] = {
    "unread": ((r"\b(?:unread|new|news|miss(?:ed)?|not read|what's new|whats new)\b", True),),
    "mailed": (
        (r"\b(?:stop|quit|no more|not|never|off|unsubscribe|too many|don't|without)\b", False),
        (r"\b(?:e-?mails?|mails?|send|about|on)\b", True),
    ),
    "use_credit": ((_NO_CREDIT, False), (r"\b(?:use|with|from|using|apply) (?:my |the |our )?credit\b", True)),
    "save_card": ((r"\b(?:save|keep|remember|store) (?:my |the |this )?card\b", True),),
    "on": (
        (_OFF, False),
        (
            r"\bon\b|\b(?:start|enable|activate|set up|use|want|please|charge|pay|take|auto\w*|every|always|begin)\b",
            True,
        ),
    ),
    "trial": (
        (r"\b(?:without|no|skip|not|instead of) (?:an? |the |any )?(?:free )?trial\b|\bskip the trial\b", False),
    ),
    "billable": ((r"\b(?:not|un|non-?) ?billable\b|\bfor free\b|\bfree of charge\b", False),),
}


def option_of(info: FieldInfo, text: str) -> str | None:
    """One of a field's fixed values, by its own words or what people say for it; the first of the patterns wins."""
    values = options_of(info)
    for value in sorted(values, key=lambda v: _ORDER.index(v) if v in _ORDER else 99):
        pattern = _OPTION_WORDS.get(value) or re.escape(value.replace("_", " "))
        if value != "all" and re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text):
            return value
    return None


def without_option(info: FieldInfo, text: str, value: str) -> str:
    """The text without the words that say this value of the field."""
    pattern = _OPTION_WORDS.get(value) or re.escape(value.replace("_", " "))
    return re.sub(rf"(?<![\w-])(?:{pattern})(?![\w-])", " ", text)


def flag_of(name: str, text: str) -> bool | None:
    """What is said for a switch of that name, or None."""
    return next((value for pattern, value in _FLAGS.get(name, ()) if re.search(pattern, text)), None)


def has_flag(name: str) -> bool:
    """Whether a switch of that name can be read from a sentence."""
    return name in _FLAGS


def options_of(info: FieldInfo) -> list[str]:
    """The fixed values that a field may have, if it has only those."""
    pending: list[Any] = [info.annotation]
    found: list[str] = []
    while pending:
        annotation = pending.pop()
        if typing.get_origin(annotation) is Literal:
            found += [str(value) for value in typing.get_args(annotation)]
        elif isinstance(annotation, type) and issubclass(annotation, Enum):
            found += [str(member.value) for member in annotation]
        else:
            pending.extend(typing.get_args(annotation))
    return found


def types_in(annotation: object) -> Iterator[type]:
    """The types that an annotation is made of: int and None of `int | None`."""
    if isinstance(annotation, type):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from types_in(inner)
