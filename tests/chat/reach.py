"""Whether an action can be reached by words: by a sentence of its own phrases, and by its command."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from billing.registry import Action, Audience
from chat.understanding import Account, Understood, understand
from chat.understanding.choices import options_of
from chat.understanding.phrases import refers_to
from tests.chat.story_account import ACCOUNT

SAMPLES: dict[str, str] = {
    "invoice": "RT-2026-0187",
    "subscription": "Team mail",
    "payment": "PAY-2026-0031",
    "plan": "Scale",
    "seats": "12",
    "amount": "€100.00",
    "rating": "4",
    "words": "quick and friendly",
    "day": "2 April 2026",
    "card": "pm_1",
    "conversation": "CV-2026-0001",
    "coupon": "SPRING25",
    "add_on": "Extra storage",
    "project": "PRJ-2026-0001",
    "hours": "TIME-2026-0003",
    "credit": "CN-2026-0011",
    "draft": "DRAFT-17",
    "customer": "C-0001",
    "plan_code": "hosting-growth-month",
    "currency": "EUR",
    "country": "NL",
    "percent": "21",
    "person": "Noor",
    "email": "jan@moellerkowalczyk.nl",
    "colleague": "Pieter Möller",
}


def account_for(action: Action) -> Account:
    """The account of the story, seen by whoever may ask for the action."""
    return replace(ACCOUNT, staff=action.audience is Audience.STAFF)


def sentences_of(action: Action) -> list[str]:
    """The action's phrases with something said for each {field}."""

    def said(found: re.Match[str]) -> str:
        name = found.group(1)
        to = refers_to(action, name) if name in action.input.model_fields else name
        return SAMPLES.get(to, "Scale")

    return [re.sub(r"\{(\w+)\}", said, phrase) for phrase in action.phrases]


def reached_by_sentences(action: Action, catalogue: Iterable[Action]) -> list[str]:
    """Those of the action's own sentences that are understood as it."""
    actions = list(catalogue)
    return [s for s in sentences_of(action) if _is(action, understand(s, actions, account_for(action)))]


def command_with_samples(action: Action) -> str:
    """The action's command with a value for each field that must be given."""
    fields = action.input.model_fields
    needed = [name for name, info in fields.items() if info.is_required()]
    if {"plan", "seats"} <= set(fields):
        needed.append("plan")  # one of the two, says the action
    elif action.changes and "subscription" in fields and "subscription" not in needed:
        needed.append("subscription")  # the story has several
    values = [f'{name}="{_sample(action, name)}"' for name in needed]
    return " ".join([action.slash, *values])


def reached_by_command(action: Action, catalogue: Iterable[Action]) -> bool:
    """Whether the action's command, with what it needs, is understood as it and leaves nothing to ask."""
    found = understand(command_with_samples(action), list(catalogue), account_for(action))
    return _is(action, found) and not found[0].missing


def _sample(action: Action, name: str) -> Any:
    to = refers_to(action, name)
    if to:
        return SAMPLES[to]
    if fixed := options_of(action.input.model_fields[name]):
        return fixed[0]
    kinds = str(action.input.model_fields[name].annotation)
    if "bool" in kinds:
        return "yes"
    return "2" if "int" in kinds or "Decimal" in kinds else "2 April 2026" if "date" in kinds else "something"


def _is(action: Action, found: list[Understood]) -> bool:
    return any(one.action == action.id for one in found)
