"""One turn of the assistant: a message in, the answer's blocks out. Everything goes through dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing import dispatch
from billing.context import Actor, Context, Contexts
from billing.preferences import PortalPreferences
from billing.registry import Action, Audience, Channel
from chat.dialog.memory import Memory, recall
from chat.models import Conversation
from chat.understanding import Account, load_account


@dataclass
class Turn:
    """What an answer is made from, and what has become of it: the memory to keep, whether it doesn't help much.

    `words` is the message that is answered.
    """

    contexts: Contexts
    actor: Actor
    conversation: Conversation
    account: Account
    preferences: PortalPreferences
    allowed: frozenset[str]
    time_zone: str
    memory: Memory
    unsure: bool = False
    words: str = ""
    channel: Channel = Channel.CHAT

    def ask(self, action: str, args: dict[str, Any]) -> Any:
        """Runs a query of the catalogue as this person. Raises PortalError."""
        return dispatch.run(self.contexts, action, args, self.actor, self.channel)

    def action(self, action_id: str) -> Action:
        return self.contexts.registry.get(action_id)

    def may(self, action_id: str) -> bool:
        return action_id in self.allowed


def begin(ctx: Context, conversation: Conversation) -> Turn:
    """A turn with what the account has and what this person may do. A colleague's starts from no memory."""
    staff = ctx.actor.is_staff
    usable = [
        a for a in ctx.contexts.registry if (staff or a.audience is not Audience.STAFF) and dispatch.allowed(ctx, a)
    ]
    return Turn(
        contexts=ctx.contexts,
        actor=ctx.actor,
        conversation=conversation,
        account=load_account(ctx),
        preferences=ctx.preferences,
        time_zone=ctx.zone.key,
        allowed=frozenset(a.id for a in usable),
        memory=recall(None if staff else conversation.memory),
        channel=ctx.channel,
    )
