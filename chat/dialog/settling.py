"""A typed yes or no: it counts for the proposal that stands last in the conversation, and for no other."""

from __future__ import annotations

from sqlmodel import col, select

from chat import confirmations
from chat.blocks import Block, Proposal, ProposalState, load_blocks
from chat.dialog.proposals import propose
from chat.dialog.turn import Turn
from chat.models import Message
from chat.protocol import AuthorKind

LOOKED_AT = 4


def open_proposal(turn: Turn) -> tuple[int, Proposal, bool] | None:
    """The newest proposal that is still open: its message's number, itself, and whether nothing was answered since."""
    with turn.contexts.open(turn.actor, turn.channel) as ctx:
        rows = ctx.session.exec(
            select(Message)
            .where(
                Message.conversation_id == turn.conversation.id,
                Message.author_kind == AuthorKind.BOT,
                col(Message.staff_only).is_(turn.actor.is_staff),
            )
            .order_by(col(Message.seq).desc())
            .limit(LOOKED_AT)
        ).all()
        for position, row in enumerate(rows):
            for block in load_blocks(row.blocks):
                if isinstance(block, Proposal) and block.state is ProposalState.OPEN:
                    return row.seq, block, position == 0
    return None


def yes(turn: Turn) -> list[Block] | None:
    """Confirms the proposal that was shown last. One further back is shown again first; None when there is none."""
    found = open_proposal(turn)
    if found is None:
        return None
    seq, proposal, latest = found
    if not latest:
        return propose(turn, proposal.action, proposal.input)
    confirmations.confirm(turn.contexts, turn.actor, turn.conversation.number, seq, proposal.token)
    return []


def no(turn: Turn) -> list[Block] | None:
    """Folds the proposal that is open; None when there is none."""
    found = open_proposal(turn)
    if found is None:
        return None
    confirmations.decline(turn.contexts, turn.actor, turn.conversation.number, found[0])
    return []
