"""“No, 25 seats”: the change that was shown, with that alone changed, shown again."""

from __future__ import annotations

from chat.blocks import Block
from chat.dialog import settling
from chat.dialog.proposals import propose
from chat.dialog.saying import question
from chat.dialog.supposing import suppose
from chat.dialog.turn import Turn
from chat.understanding import Answer, Outcome, Talk, Understood, command_of, read_correction, understand


def correct(turn: Turn, words: str, *, lost: bool = False) -> list[Block] | None:
    """The corrected change; None where nothing is shown that could be, or the words stand by themselves.

    `lost`: the words mean nothing else, so that they may correct a change with something said in between.
    """
    if turn.memory.pending is not None:
        return None
    supposed = turn.memory.supposed
    shown = None if supposed else settling.open_proposal(turn)
    base = (supposed.action, supposed.args) if supposed else (shown[1].action, shown[1].input) if shown else None
    if base is None or not turn.may(base[0]):
        return None
    action = turn.action(base[0])
    found = read_correction(words, action, base[1], turn.account, turn.memory.shown)
    if (
        found is None
        or not (supposed or found.told or lost or (shown and shown[2]))
        or _only_talk(turn, words, found.told)
    ):
        return None
    if found.question is not None:
        turn.memory = turn.memory.offering(found.question.choices)
        return question(found.question.question, found.question.choices)
    if supposed is None:
        return propose(turn, action.id, found.args)
    again = [Answer(label=action.title, send=command_of(action, found.args))]
    return suppose(turn, Understood(outcome=Outcome.CLARIFY, action=action.id, args=found.args, choices=again))


def _only_talk(turn: Turn, words: str, told: bool) -> bool:
    """Whether the words are a yes, a no or the like, whatever they may name: “maybe later”, “not now”."""
    talk = understand(words, turn.contexts.registry, turn.account, turn.memory.shown)[0].talk
    return talk is not None and not (talk is Talk.NO and told and "later" not in words.lower())
