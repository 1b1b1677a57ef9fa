"""A yes or a no to a proposal: the action is run with the token, and what came of it is told in the conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, select

from billing import dispatch
from billing.actions.payments import failure_sentence
from billing.context import SYSTEM, Actor, Context, Contexts
from billing.errors import PortalError
from billing.models.payments import Payment
from billing.registry import Action, Channel
from chat.access import access_conversation, access_message
from chat.blocks import Proposal, ProposalState, Reply, Text, dump_blocks, load_blocks
from chat.conversations import Draft, announce, append_message, find_by_client_id
from chat.models import Conversation, Message
from chat.moves import assistant, locked
from chat.protocol import AuthorKind, Settled
from chat.receipts import ENDED, STOP, payment_of, payment_receipt, payment_stage, receipt_of

CHANGED = ("preview_changed", "preview_ended")
WAITING_RECEIPTS = 20
OLDER_LOOKED_AT = 40


def channel_of(actor: Actor) -> Channel:
    """The channel that a yes or a no of this person counts as: staff answer what their own commands proposed."""
    return Channel.DESK if actor.is_staff else Channel.CHAT


def find_proposal(ctx: Context, number: str, seq: int, token: str | None = None) -> tuple[Conversation, Proposal]:
    """The proposal in that message. Raises not_found, and preview_invalid where the token is another's."""
    conversation = access_conversation(ctx, number)
    message = access_message(ctx, conversation, seq)
    found = next((block for block in load_blocks(message.blocks) if isinstance(block, Proposal)), None)
    if found is None or message.staff_only != ctx.actor.is_staff or (token is not None and token != found.token):
        raise PortalError("preview_invalid")
    return conversation, found


def check_proposal(contexts: Contexts, actor: Actor, number: str, seq: int, token: str) -> tuple[int, str]:
    """The conversation's id and number when that proposal is there to be confirmed. Raises what find_proposal does."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation, _ = find_proposal(ctx, number, seq, token)
        return conversation.id or 0, conversation.number


def confirm(contexts: Contexts, actor: Actor, number: str, seq: int, token: str) -> None:
    """Runs the proposed action and tells what came of it; a second yes changes nothing.

    Raises `busy` alone, with the proposal still open; every other refusal is told in the conversation.
    """
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation, proposal = find_proposal(ctx, number, seq, token)
    if proposal.state is not ProposalState.OPEN:
        return
    if actor.is_staff:
        actor = replace(actor, customer_id=conversation.customer_id)
    action = contexts.registry.get(proposal.action)

    def inside(ctx: Context, result: Any) -> None:
        _tell_done(ctx, action, conversation, seq, proposal, result)

    try:
        result = dispatch.run(
            contexts, proposal.action, proposal.input, actor, channel_of(actor), token=token, inside=inside
        )
    except PortalError as error:
        if error.code == "busy":
            raise
        _tell_refused(contexts, actor, conversation, seq, proposal, error)
        return
    if action.then is not None:
        _tell_outcome(contexts, actor, conversation, seq, proposal, result)


def decline(contexts: Contexts, actor: Actor, number: str, seq: int) -> None:
    """Says no to a proposal; one that is settled stays as it is."""
    with contexts.open(actor, channel_of(actor), writes=True) as ctx:
        conversation, proposal = find_proposal(ctx, number, seq)
        if proposal.state is ProposalState.OPEN:
            text = "Nothing was changed."
            _settle(ctx, conversation, seq, ProposalState.DECLINED, Reply(blocks=(Text(text=text),)), f"declined:{seq}")


def replace_older(ctx: Context, conversation: Conversation, *, staff_only: bool = False) -> Settled | None:
    """Closes what is still open because something newer is about to be proposed; so a yes never means two things.

    In the context's transaction, on the locked conversation. What is given back goes with the newer message.
    """
    rows = ctx.session.exec(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.author_kind == AuthorKind.BOT,
            Message.staff_only == staff_only,
        )
        .order_by(col(Message.seq).desc())
        .limit(OLDER_LOOKED_AT)
    ).all()
    closed = [row for row in rows if _mark(ctx, row, ProposalState.REPLACED)]
    return Settled(seq=closed[0].seq, state=ProposalState.REPLACED) if closed else None


def _mark(ctx: Context, message: Message, state: ProposalState) -> bool:
    """Settles the message's proposal, if it has one that is open."""
    blocks = load_blocks(message.blocks)
    if not any(isinstance(block, Proposal) and block.state is ProposalState.OPEN for block in blocks):
        return False
    settled = {"state": state, "settled_at": ctx.now}
    marked = (block.model_copy(update=settled) if isinstance(block, Proposal) else block for block in blocks)
    message.blocks = dump_blocks(tuple(marked))
    return True


def _tell_done(
    ctx: Context, action: Action, conversation: Conversation, seq: int, proposal: Proposal, result: BaseModel
) -> None:
    payment = payment_of(ctx, result) if action.then is not None else None
    paying = payment is not None and not payment.off_session
    reply = payment_receipt(ctx, payment, proposal) if payment and paying else receipt_of(ctx, action, proposal, result)
    key = f"confirmed:{seq}"
    if payment is not None:
        stopping = action.id == STOP
        key = _payment_key(payment, f"stopping:{seq}" if stopping else "started")
    _settle(ctx, conversation, seq, ProposalState.CONFIRMED, reply, key)


def _tell_outcome(
    contexts: Contexts, actor: Actor, conversation: Conversation, seq: int, proposal: Proposal, result: BaseModel
) -> None:
    """Tells how a payment stands after the gateway was asked."""
    with contexts.open(actor, channel_of(actor), writes=True) as ctx:
        payment = payment_of(ctx, result)
        if payment is None or payment_stage(payment) == "started":
            return
        if payment_stage(payment) == "stopping":
            reply = Reply(blocks=(Text(text=failure_sentence(payment)),), text=failure_sentence(payment))
            _settle(ctx, conversation, seq, ProposalState.CONFIRMED, reply, _payment_key(payment, f"silent:{seq}"))
            return
        _follow(ctx, locked(ctx, conversation), seq, payment, proposal)


def _follow(ctx: Context, conversation: Conversation, seq: int, payment: Payment, proposal: Proposal) -> None:
    stage = payment_stage(payment)
    reply = payment_receipt(ctx, payment, proposal)
    done = payment.off_session or proposal.action == STOP  # what it is for is done
    failed = stage == "ended" and payment.status != ENDED[0] and not done
    state = ProposalState.REFUSED if failed else ProposalState.CONFIRMED
    _settle(ctx, conversation, seq, state, reply, _payment_key(payment, stage))


def follow_payments(contexts: Contexts, customer_id: int) -> None:
    """Tells in the customer's conversations how payments ended that were still on their way when last told of."""
    with contexts.open(SYSTEM, Channel.CHAT, writes=True) as ctx:
        rows = ctx.session.exec(
            select(Message, Conversation)
            .join(Conversation, col(Conversation.id) == col(Message.conversation_id))
            .where(
                Conversation.customer_id == customer_id,
                col(Message.client_id).like("payment:%:started") | col(Message.client_id).like("payment:%:stopping:%"),
            )
            .order_by(col(Message.at).desc())
            .limit(WAITING_RECEIPTS)
        ).all()
        for message, conversation in rows:
            number = message.client_id.split(":")[1]
            payment = ctx.session.exec(select(Payment).where(Payment.number == number)).first()
            stage = payment_stage(payment) if payment else "started"
            if payment is None or stage in ("started", "stopping") or message.settles_seq is None:
                continue
            key = _payment_key(payment, stage)
            if find_by_client_id(ctx.session, conversation.id or 0, key) is None:
                ctx.actor = _of_customer(customer_id)
                proposal = _proposal_of(ctx, conversation, message.settles_seq)
                _follow(ctx, locked(ctx, conversation), message.settles_seq, payment, proposal)


def _of_customer(customer_id: int) -> Actor:
    return Actor(SYSTEM.kind, None, SYSTEM.name, "", SYSTEM.role, customer_id)


def _proposal_of(ctx: Context, conversation: Conversation, seq: int) -> Proposal:
    message = ctx.session.get_one(Message, (conversation.id, seq))
    return next(block for block in load_blocks(message.blocks) if isinstance(block, Proposal))


def _payment_key(payment: Payment, stage: str) -> str:
    return f"payment:{payment.number}:{stage}"


def _tell_refused(
    contexts: Contexts, actor: Actor, conversation: Conversation, seq: int, proposal: Proposal, error: PortalError
) -> None:
    state, reply = ProposalState.REFUSED, Reply(blocks=(Text(text=error.message),))
    if error.code in CHANGED:
        try:
            preview = dispatch.preview(contexts, proposal.action, proposal.input, actor, channel_of(actor))
        except PortalError as now_refused:
            reply = Reply(blocks=(Text(text=now_refused.message),))
        else:
            newer = Proposal(
                action=proposal.action,
                input=proposal.input,
                effect=preview.effect,
                token=preview.token,
                exact_until=preview.exact_until,
            )
            state, reply = ProposalState.CHANGED, Reply(blocks=(Text(text=error.message), newer))
    with contexts.open(actor, channel_of(actor), writes=True) as ctx:
        _settle(ctx, conversation, seq, state, reply, f"refused:{seq}")


def _settle(ctx: Context, conversation: Conversation, seq: int, state: ProposalState, reply: Reply, key: str) -> None:
    """Marks the proposal and tells of it, in the context's transaction."""
    held = locked(ctx, conversation)
    if find_by_client_id(ctx.session, held.id or 0, key) is not None:
        return
    message = ctx.session.get_one(Message, (held.id, seq))
    blocks = tuple(
        block.model_copy(update={"state": state, "settled_at": ctx.now}) if isinstance(block, Proposal) else block
        for block in load_blocks(message.blocks)
    )
    message.blocks = dump_blocks(blocks)
    settles = Settled(seq=seq, state=state)
    draft = Draft(key, assistant(ctx), reply.words, reply.blocks, staff_only=message.staff_only, settles=settles)
    announce(ctx, held, append_message(ctx.session, held, draft, ctx.now))
