"""What is answered to a sentence that speaks of a change without asking for it, or that forbids one."""

from __future__ import annotations

from collections.abc import Mapping

from billing.registry import Action
from chat.understanding.account import Account
from chat.understanding.meaning import Answer, Outcome, Understood
from chat.understanding.mentions import Mentions
from chat.understanding.questions import command_of
from chat.understanding.supposing import SUPPOSED

_RECORDS = {"subscription": "subscriptions.show", "invoice": "invoices.show", "payment": "payments.show"}
_LISTS = {
    "invoices": "invoices.list", "payments": "payments.list", "subscriptions": "subscriptions.list",
    "projects": "projects.list", "reviews": "reviews.list",
}  # fmt: skip


def only_supposed(meant: Understood, action: Action) -> Understood:
    """The change that is asked about, to be looked at; what is still missing of it is asked for first."""
    if meant.outcome is Outcome.CLARIFY:
        return meant
    return Understood(
        outcome=Outcome.CLARIFY, action=action.id, args=meant.args, about=SUPPOSED, confidence=meant.confidence,
        question="Asking changes nothing. Shall I show what it would do?", choices=_shown(meant, action),
    )  # fmt: skip


def not_yet(meant: Understood, action: Action) -> Understood:
    """The question whether a change that should wait for something is to be seen now."""
    return Understood(
        outcome=Outcome.CLARIFY, confidence=meant.confidence, choices=_shown(meant, action),
        question="I can’t wait for that to happen, so nothing is planned. Shall I show it as it would be now?",
    )  # fmt: skip


def what_became(meant: Understood, mentions: Mentions, actions: Mapping[str, Action], account: Account) -> Understood:
    """The record that a change is said of: whether hosting was cancelled is seen on hosting."""
    named = (("subscription", mentions.subscriptions), ("invoice", mentions.invoices), ("payment", mentions.payments))
    for kind, numbers in named:
        if len(numbers) == 1 and _RECORDS[kind] in actions:
            field = "number" if kind == "invoice" else kind
            return _look(_RECORDS[kind], {field: numbers[0]}, meant)
    listing = _LISTS.get((meant.action or "").partition(".")[0], "")
    if listing in actions and not meant.refused:
        return _look(listing, {}, meant)
    return Understood(
        outcome=Outcome.OUT_OF_SCOPE, topic="consequence", confidence=meant.confidence,
        question=f"I can’t say what would follow. A person at {account.business} can. Nothing was changed.",
        choices=[Answer(label="Talk to a person", send="I want to talk to a person")],
    )  # fmt: skip


def nothing_done(sure: float) -> Understood:
    """What is said to a message that forbids something nobody can name."""
    return Understood(
        outcome=Outcome.CLARIFY, question="Nothing was changed. What would you like to do?",
        refused="I have changed nothing.", confidence=sure,
    )  # fmt: skip


def left_alone(action: Action, mentions: Mentions, sure: float) -> Understood:
    """What is said to a message that forbids a change."""
    named = " and ".join([*mentions.invoices, *mentions.excluded])
    left = f"I leave {named} as it is." if named and len(mentions.invoices) < 2 else "I leave everything as it is."
    return Understood(
        outcome=Outcome.CLARIFY,
        question=f"{left} Nothing was changed. Is there something else that you want?",
        choices=[Answer(label=action.title, send=" ".join([action.slash, *mentions.invoices]))],
        refused=left,
        confidence=sure,
    )


def _look(action: str, args: dict[str, object], meant: Understood) -> Understood:
    return Understood(outcome=Outcome.ACTION, action=action, args=args, confidence=meant.confidence)


def _shown(meant: Understood, action: Action) -> list[Answer]:
    return [Answer(label=action.title, send=command_of(action, meant.args))]
