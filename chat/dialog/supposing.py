"""What a change would do, where that is all that was asked: its exact figures, and nothing that a yes carries out."""

from __future__ import annotations

from billing import dispatch
from billing.effects import Effect
from billing.errors import PortalError
from chat.blocks import Block, QuickReply
from chat.dialog.proposals import propose
from chat.dialog.saying import buttons, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood


def suppose(turn: Turn, one: Understood) -> list[Block]:
    """The effect as a table, with a button that proposes the change. An “ok” to it is no yes. Raises PortalError."""
    action = turn.action(one.action or "")
    if not turn.may(action.id) or not action.asks:
        return propose(turn, action.id, one.args)
    try:
        effect = dispatch.preview(turn.contexts, action.id, one.args, turn.actor, turn.channel).effect
    except PortalError as error:
        return [text(f"That would not go through. {error.message}")]
    turn.memory = turn.memory.asking(None).offering(one.choices).supposing(action.id, one.args)
    warning = f" {effect.warning}" if effect.warning else ""
    label = effect.title if len(effect.title) <= 24 else action.title
    return [
        text(f"“{effect.title}” would do this. Asking changes nothing.{warning}"),
        *_figures(turn, effect),
        *buttons([QuickReply(label=label, action=action.id, input=one.args)]),
    ]


def _figures(turn: Turn, effect: Effect) -> list[Block]:
    """The lines of the sum, then what is said beside it."""
    lines = [(line.label, money(line.amount, effect.currency, turn.account)) for line in effect.lines]
    facts = [(fact.label, fact.value) for fact in effect.facts]
    return [table(("What changes", ""), [*lines, *facts])] if lines or facts else []
