"""The assistant's answer to one message."""

from __future__ import annotations

import re
from typing import Any

from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.registry import Channel
from chat.blocks import Block, Proposal, QuickReplies, Reply
from chat.dialog import settling
from chat.dialog.answers import show
from chat.dialog.choosing import chosen
from chat.dialog.correcting import correct
from chat.dialog.following_up import follow_up
from chat.dialog.memory import OFFER, Pending
from chat.dialog.pending import SURELY_ANOTHER, answer_pending, set_aside
from chat.dialog.proposals import ask_slot, later_on, propose
from chat.dialog.saying import buttons, person, question, text
from chat.dialog.small_talk import out_of_scope, small_talk
from chat.dialog.supposing import suppose
from chat.dialog.turn import Turn, begin
from chat.dialog.undoing import undo, was_just_done
from chat.models import Conversation, Message
from chat.understanding import Answer, Outcome, Talk, Understood, understand
from chat.understanding.phrases import refers_to
from chat.understanding.supposing import SUPPOSED

PERSON = "support.talk_to_person"
PAYING = ("invoices.pay", "payments.advance")
RECORDS = ("subscription", "invoice", "payment", "project", "add_on")
_LEAVE_IT = re.compile(r"(?i)\W*(?:please )?(?:cancel|stop|undo|drop|leave) (?:it|that|this)(?: please)?\W*")


def reply(contexts: Contexts, actor: Actor, conversation: Conversation, message: Message) -> Reply:
    """What the assistant answers to a message of the customer. Nothing is changed without a yes to a proposal.

    Refusals of the catalogue are said in place. Without blocks an action has already told of itself.
    """
    with contexts.open(actor, Channel.CHAT) as ctx:
        turn = begin(ctx, conversation)
    if message.request:
        blocks = _said(turn, lambda: _button(turn, message.request or {}))
    else:
        blocks = _answer(turn, message.text)
    return Reply(blocks=_tidied(blocks), unsure=turn.unsure, memory=turn.memory.model_dump(mode="json"))


def answer_staff(turn: Turn, words: str, request: dict[str, Any] | None) -> tuple[Block, ...]:
    """What a colleague's command or button is answered with; where it needs a conversation, it is this one."""
    if request:
        return _tidied(_said(turn, lambda: _button(turn, request)))
    one = understand(words, [turn.action(name) for name in turn.allowed], turn.account)[0]
    here = _here(turn, one) if one.action is not None else one
    return _tidied(_said(turn, lambda: _one(turn, here)))


def _here(turn: Turn, one: Understood) -> Understood:
    """The request with this conversation in it, where it is about one and names none."""
    action = turn.action(one.action or "")
    name = next((n for n in action.input.model_fields if refers_to(action, n) == "conversation"), None)
    if name is None or name in one.args:
        return one
    missing = [field for field in one.missing if field != name]
    found = {"args": one.args | {name: turn.conversation.number}, "missing": missing}
    return one.model_copy(update=found if missing else found | {"outcome": Outcome.ACTION})


def _answer(turn: Turn, words: str) -> list[Block]:
    turn.words = words
    if _LEAVE_IT.fullmatch(words):
        if (left := settling.open_proposal(turn)) and left[2]:
            return settling.no(turn) or []
        if was_just_done(turn):
            return _said(turn, lambda: undo(turn))
    followed = _guarded(turn, lambda: follow_up(turn, words, _one))
    if followed is not None:
        return followed
    corrected = _guarded(turn, lambda: correct(turn, words))
    if corrected is not None:
        return corrected
    understood = understand(words, turn.contexts.registry, turn.account, turn.memory.shown)
    pending, choices = turn.memory.pending, turn.memory.choices
    if not words.strip().startswith("/"):
        if choice := _choice(words, understood, choices):
            turn.memory = turn.memory.offering(())
            return _answer(turn, choice.send)
        if len(choices) > 1 and pending is None and understood[0].talk is Talk.YES:
            return question("Which of these?", choices)
        taken = _guarded(turn, lambda: answer_pending(turn, words, understood))
        if taken is not None:
            return [*taken, *_asked_besides(turn, pending, understood)]
    if _is_lost(understood) and (meant := _guarded(turn, lambda: correct(turn, words, lost=True))) is not None:
        return meant
    turn.memory = turn.memory.asking(None)
    blocks: list[Block] = []
    later: list[Understood] = []
    for one in understood:
        if _proposes(turn, one) and any(isinstance(block, Proposal) for block in blocks):
            later.append(one)
            continue
        blocks += _said(turn, lambda one=one: _one(turn, one))
    aside = set_aside(turn, pending) if pending and not any(isinstance(block, Proposal) for block in blocks) else []
    if pending and _is_lost(understood):  # the question stays: the next words may answer it
        turn.memory = turn.memory.model_copy(update={"pending": pending})
    return [*blocks, *later_on(turn, later), *aside]


def _is_lost(understood: list[Understood]) -> bool:
    """Whether nothing in a message is surely asked for."""
    return all(one.action is None and not (one.talk or one.topic or one.refused) for one in understood)


def _asked_besides(turn: Turn, pending: Pending | None, understood: list[Understood]) -> list[Block]:
    """What the message asks after its answer to a question for a record: "hosting, and show my invoices"."""
    if (
        pending is None
        or pending.field == OFFER
        or refers_to(turn.action(pending.action), pending.field) not in RECORDS
    ):
        return []
    rest = [
        one for one in understood[1:]
        if one.outcome is Outcome.ACTION and one.action != pending.action and one.confidence >= SURELY_ANOTHER
    ]  # fmt: skip
    shown = [
        block for one in rest if not _proposes(turn, one) for block in _said(turn, lambda one=one: _one(turn, one))
    ]
    return [*shown, *later_on(turn, [one for one in rest if _proposes(turn, one)])]


def _choice(words: str, understood: list[Understood], choices: tuple[Answer, ...]) -> Answer | None:
    """The answer that was offered and is taken by these words; a yes takes the only one."""
    if len(choices) == 1 and understood[0].talk is Talk.YES:
        return choices[0]
    return chosen(words, choices)


def _one(turn: Turn, one: Understood) -> list[Block]:
    """The answer to one request."""
    if one.talk in (Talk.YES, Talk.NO):
        settled = settling.yes(turn) if one.talk is Talk.YES else settling.no(turn)
        return settled if settled is not None else small_talk(turn, one.talk)
    if one.talk is Talk.UNDO:
        return undo(turn)
    if one.talk is not None:
        return small_talk(turn, one.talk)
    if one.outcome is Outcome.HANDOFF and one.action:
        return propose(turn, one.action, one.args)
    stops = one.action == "payments.stop" and not one.args
    if (
        (stops or one.topic == "undo_payment")
        and (found := settling.open_proposal(turn))
        and found[2]
        and (not stops or found[1].action in PAYING)
    ):  # what was only proposed is folded
        return settling.no(turn) or []
    if one.outcome is Outcome.OUT_OF_SCOPE:
        return out_of_scope(turn, one)
    if one.outcome is Outcome.CLARIFY:
        return _clarify(turn, one)
    action = turn.action(one.action or "")
    return propose(turn, action.id, one.args) if action.changes else show(turn, one)


def _clarify(turn: Turn, one: Understood) -> list[Block]:
    if one.action is None:
        turn.unsure = not one.choices
        turn.memory = turn.memory.offering(one.choices)
        return question(one.question, one.choices)
    action = turn.action(one.action)
    if one.about == SUPPOSED:
        return suppose(turn, one)
    if not turn.may(action.id):
        return propose(turn, action.id, one.args) if action.changes else show(turn, one)
    if not one.missing:
        return question(one.question, one.choices)
    blocks = ask_slot(turn, action, one.missing[0], one.args)
    if one.missing[0] == "rating":
        return [text(one.question), *blocks[1:]] if "1 to 5." in one.question else blocks
    turn.memory = turn.memory.offering(one.choices)
    return question(one.question, one.choices)


def _button(turn: Turn, request: dict[str, Any]) -> list[Block]:
    """A button, card or form that was used: the action that it stands for, with what it knows of the input."""
    turn.memory = turn.memory.asking(None)
    action = turn.action(str(request.get("action", "")))
    args = {
        name: value for name, value in dict(request.get("input") or {}).items() if name in action.input.model_fields
    }
    missing = [name for name, info in action.input.model_fields.items() if info.is_required() and name not in args]
    if missing:
        return ask_slot(turn, action, missing[0], args)
    if action.changes:
        return propose(turn, action.id, args)
    return show(turn, Understood(outcome=Outcome.ACTION, action=action.id, args=args, confidence=1.0))


def _proposes(turn: Turn, one: Understood) -> bool:
    return one.outcome is Outcome.ACTION and one.action is not None and turn.action(one.action).changes


def _said(turn: Turn, answer: Any) -> list[Block]:
    """The answer's blocks, or the catalogue's sentence when it was refused."""
    blocks = _guarded(turn, answer)
    return blocks if blocks is not None else []


def _guarded(turn: Turn, answer: Any) -> list[Block] | None:
    try:
        found: list[Block] | None = answer()
        return found
    except PortalError as error:
        offered = person(turn.may(PERSON)) if error.code in ("not_allowed", "switched_off") else []
        return [text(error.message), *buttons(offered)]


def _tidied(blocks: list[Block]) -> tuple[Block, ...]:
    """Buttons stand once, at the end; at most five."""
    replies = [r for block in blocks if isinstance(block, QuickReplies) for r in block.replies]
    rest = [block for block in blocks if not isinstance(block, QuickReplies)]
    distinct = tuple({(r.label, r.send, r.action): r for r in replies}.values())
    return (*rest, QuickReplies(replies=distinct[:5])) if distinct else tuple(rest)
