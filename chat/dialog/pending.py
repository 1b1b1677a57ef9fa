"""The answer to the question that the assistant asked last."""

from __future__ import annotations

import re
from typing import Any

from chat.blocks import Block, QuickReply
from chat.dialog.answers import show
from chat.dialog.forms import DETAILS
from chat.dialog.memory import OFFER, Pending
from chat.dialog.proposals import ask_slot, later_on, propose
from chat.dialog.saying import buttons, text
from chat.dialog.turn import Turn
from chat.understanding import (
    READS_ENGLISH,
    Outcome,
    Talk,
    Understood,
    foreign_language,
    named_subscriptions,
    read_answer,
)
from chat.understanding.details import read_address
from chat.understanding.phrases import refers_to
from chat.understanding.supposing import SUPPOSED

SURELY_ANOTHER = 0.6
_WHICH_ONES = re.compile(
    r"(?i)\W*(?:what|which)(?: are)?(?: the| my)? ?(?:ones|options|choices)(?: are there| do i have| can i choose)?\W*"
)
MAYBE_ANOTHER = 0.45
_ASKS = re.compile(
    r"(?i)\W*(?:please |can you |could you )?(?:show|open|download|explain|why|what|when|how|is|are|did|which|where|"
    r"tell|send|switch|pay|change|rate|review|list|compare|"
    r"cancel|stop|don|do|never)\b"
)


def answer_pending(turn: Turn, message: str, understood: list[Understood]) -> list[Block] | None:
    """Takes the message as the answer; None when it asks for something else, which then is answered instead."""
    pending = turn.memory.pending
    if pending is None:
        return None
    first = understood[0]
    if pending.field == OFFER:
        return propose(turn, pending.action, pending.args) if first.talk is Talk.YES else None
    if _WHICH_ONES.fullmatch(message):
        return ask_slot(turn, turn.action(pending.action), pending.field, pending.args)
    if pending.action == DETAILS:  # the form is open: an address that is typed instead is taken too
        address = {name: said for name, said in read_address(message).items() if name != "country"}
        return propose(turn, DETAILS, address) if len(address) > 1 else None
    if first.talk in (Talk.NO, Talk.UNDO) and pending.field != "words":
        turn.memory = turn.memory.asking(None)
        return [text("All right. Nothing was changed.")]
    if _is_another(first, pending, message) and not _names_it(turn, pending, message):
        return None
    if first.action == pending.action and first.args and pending.field not in first.args and pending.field != "words":
        return propose(turn, pending.action, pending.args | first.args)
    if first.action == pending.action:  # what was said beside the answer: "5 stars, friendly people"
        pending = pending.model_copy(update={"args": first.args | pending.args})
    value = _value(turn, pending, message, first)
    if value is None and pending.field == "plan" and (number := _bare_seats(turn, pending, message)):
        return propose(turn, pending.action, pending.args | number)
    if value is None and _asks_something(understood, pending):
        return None
    if value is None:
        turn.unsure = True
        again = ask_slot(turn, turn.action(pending.action), pending.field, pending.args)
        return [text(_missed(message)), *again]
    taken = go_on(turn, pending, value)
    return [*taken, *_for_others_too(turn, pending, message, value)]


def _bare_seats(turn: Turn, pending: Pending, message: str) -> dict[str, Any]:
    """A number as the answer to “which plan?”: how many seats, of the only subscription that has them."""
    found = re.fullmatch(r"\W*(\d{1,5})\W*", message)
    seated = [s.number for s in turn.account.subscriptions if s.per_seat]
    if found is None or "seats" not in turn.action(pending.action).input.model_fields or len(seated) != 1:
        return {}
    return {"subscription": seated[0], "seats": int(found[1])}


def _missed(message: str) -> str:
    """What is said to words that answer nothing, with the way out of the question."""
    said = READS_ENGLISH.get(foreign_language(message) or "", "")
    way_out = "Answer this first, or say “never mind” and nothing happens."
    return f"{said} I read English for now. {way_out}" if said else f"I could not find an answer in that. {way_out}"


def _for_others_too(turn: Turn, pending: Pending, message: str, value: Any) -> list[Block]:
    """The same change for the other subscriptions that were named: “team mail and hosting”."""
    action = turn.action(pending.action)
    if not action.changes or refers_to(action, pending.field) != "subscription":
        return []
    others = [n for n in named_subscriptions(message, turn.account) if n != value]
    return later_on(turn, [
        Understood(outcome=Outcome.ACTION, action=action.id, args=pending.args | {pending.field: number})
        for number in others
    ])  # fmt: skip


def go_on(turn: Turn, pending: Pending, value: Any) -> list[Block]:
    """The action with the field filled in: the next question, or the proposal."""
    args = pending.args | ({pending.field: value} if value != "" else {})
    action = turn.action(pending.action)
    if pending.field == "rating" and "words" in action.input.model_fields and "words" not in args:
        return ask_slot(turn, action, "words", args)
    if not action.changes:
        turn.memory = turn.memory.asking(None)
        return show(turn, Understood(outcome=Outcome.ACTION, action=action.id, args=args))
    return propose(turn, action.id, args)


def set_aside(turn: Turn, pending: Pending) -> list[Block]:
    """The button that goes back to a change whose question was left for another request."""
    action = turn.action(pending.action)
    if pending.field == OFFER or not action.changes or not turn.may(action.id):
        return []
    return buttons([QuickReply(label=f"Back to: {action.title}", action=action.id, input=pending.args)])


def _asks_something(understood: list[Understood], pending: Pending) -> bool:
    """Whether what is no answer asks for something else, as far as that can be understood."""
    others = (one for one in understood if one.action != pending.action)
    return any(one.action or one.topic or (one.question and not one.talk) for one in others)


def _is_another(first: Understood, pending: Pending, message: str) -> bool:
    """Whether the message is a request of its own; one that begins like a request may be less sure."""
    if first.outcome is Outcome.HANDOFF or first.about == SUPPOSED:
        return True
    if first.action is None and first.question and not first.topic:
        return pending.field != "words"
    if first.topic or first.talk is Talk.HELP:
        return pending.field != "words" or first.confidence > 0.9
    return (
        first.action is not None
        and first.action != pending.action
        and first.outcome in (Outcome.ACTION, Outcome.CLARIFY)
        and first.confidence >= _sure_enough(pending, message)
        and not (pending.field == "rating" and "rating" in first.args)
    )


def _sure_enough(pending: Pending, message: str) -> float:
    if pending.field == "words":
        return 0.85
    return MAYBE_ANOTHER if _ASKS.match(message) or message.rstrip().endswith("?") else SURELY_ANOTHER


def _names_it(turn: Turn, pending: Pending, message: str) -> bool:
    """Whether the message does nothing but name the record that was asked for: "the photography one"."""
    if len(message.split()) > 6 or _ASKS.match(message):
        return False
    action = turn.action(pending.action)
    return pending.field not in ("words", "rating") and bool(
        read_answer(action, pending.field, message, turn.account, turn.memory.shown)
    )


def _value(turn: Turn, pending: Pending, message: str, first: Understood) -> Any:
    """What the message gives to the field; "" for an optional one that is left out, None when it doesn't fit."""
    action = turn.action(pending.action)
    if pending.field == "words":
        left_out = first.talk in (Talk.NO, Talk.SKIP) or re.fullmatch(r"(?i)\W*(without words|skip|no)\W*", message)
        return "" if left_out else message.strip()
    if first.action == pending.action and pending.field in first.args:
        return first.args[pending.field]
    return read_answer(action, pending.field, message, turn.account, turn.memory.shown)
