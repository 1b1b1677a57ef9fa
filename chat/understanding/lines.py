"""Understanding for the shell: one line of text in, one JSON object out."""

from __future__ import annotations

from typing import Any

from billing.context import SYSTEM, Actor, Contexts
from billing.registry import Channel
from chat.understanding.account import load_account
from chat.understanding.reading import understand


def understand_line(contexts: Contexts, actor: Actor | None, text: str) -> dict[str, Any]:
    """What one message means, as JSON: outcome, action, args, confidence, and `more` for its further requests.

    With an actor, records are those of the account that they act on; without, only plans on offer are known and
    numbers stay as they were written.
    """
    with contexts.open(actor or SYSTEM, Channel.SHELL) as ctx:
        first, *others = understand(text, contexts.registry, load_account(ctx))
    return first.as_json() | {"more": [one.as_json() for one in others]}
