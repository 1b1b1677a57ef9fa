"""A message on its way: through the writer, to everybody in the room, and on to the assistant when it may answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import structlog

from billing.context import Actor, Contexts
from billing.errors import PortalError
from chat import handlers, protocol, turns
from chat.batches import Kept, Outcome, Plain, Turned
from chat.cleaning import clean_input, clean_text
from chat.outbox import room_of
from chat.protocol import AuthorKind, Status
from chat.seats import Seat, who_sits
from chat.threads import Threads
from chat.turns import Replier
from chat.writer import Writer

SEEN_SECONDS = 300.0
log = structlog.get_logger(__name__)


class Emit(Protocol):
    """Sends an event to a room or to one socket; `here` leaves other processes out."""

    def __call__(
        self, event: str, payload: dict[str, Any], room: str, *, skip: str | None = None, here: bool = False
    ) -> Awaitable[None]: ...


class Sending:
    """Takes messages in, tells of them, and keeps the assistant's turns in order, one conversation at a time."""

    def __init__(self, contexts: Contexts, threads: Threads, emit: Emit, reply_to: Replier, durable: bool) -> None:
        self._contexts = contexts
        self._threads = threads
        self._emit = emit
        self._reply_to = reply_to
        self._writer = Writer(contexts.settings.database, contexts.clock, durable=durable)
        self._loop = asyncio.get_running_loop()
        self._turns: dict[int, asyncio.Task[None]] = {}
        self.queue_moved = False

    async def send(self, seat: Seat, request: protocol.Send) -> tuple[dict[str, Any], int]:
        """Keeps the message, tells the room and returns the ack with the conversation's id. Raises the refusals."""
        text, button = _content(request)
        explicit = button is not None or text.startswith("/")
        if explicit and seat.actor is not None and seat.actor.is_staff and request.conversation is not None:
            return await self._take_command(seat, request, text, button)
        if request.conversation is None:
            return await self._send_first(seat, request, text, button)
        if seat.embedded and await self._threads.run(who_sits, self._contexts, seat) is None:
            raise PortalError("not_signed_in")  # the writer looks at the session alone, not at the site's visit
        plain = Plain(
            seat.session_hash, request.conversation.strip().upper(), request.client_id, text, button, explicit
        )  # fmt: skip
        kept = await self._write(plain)
        if isinstance(kept, Turned):
            if kept.code == "closed":
                return await self._send_first(seat, request, text, button)
            raise _refusal(kept.code, request)
        ack = {
            "ok": True,
            "client_id": request.client_id,
            "conversation": kept.conversation,
            "seq": kept.seq,
            "at": _moment(kept.at),
        }
        if kept.new:
            await self._tell(kept, request.client_id, text)
            if kept.author_kind is AuthorKind.CUSTOMER and (explicit or kept.status in (Status.BOT, Status.WAITING)):
                self.answer(seat, kept.conversation_id, kept.conversation, kept.seq)
            if kept.status != Status.BOT:
                self.queue_moved = True
        if self._loop.time() - seat.noted > SEEN_SECONDS:
            seat.noted = self._loop.time()
            self._threads.keep(self._threads.run(who_sits, self._contexts, seat))
        return ack, kept.conversation_id

    async def _take_command(
        self, seat: Seat, request: protocol.Send, text: str, button: dict[str, Any] | None
    ) -> tuple[dict[str, Any], int]:
        """A colleague's command is theirs to run on the conversation's account: it is kept as a note, never sent."""
        from chat.dialog import commands

        who = await self._threads.run(who_sits, self._contexts, seat)
        if who is None or not who.actor.is_staff:
            raise PortalError("not_signed_in")
        asked = (self._contexts, who.actor, request.conversation or "", request.client_id, text, button)
        ack, conversation_id = await self._threads.run(commands.take_command, *asked)

        async def turn() -> None:
            now = await self._threads.run(who_sits, self._contexts, seat)
            if now is not None:
                given = (self._contexts, now.actor, ack.conversation, ack.seq)
                await self._threads.run(commands.answer_command, *given)

        self.queue_turn(conversation_id, turn)
        return ack.model_dump(mode="json"), conversation_id

    async def _write(self, plain: Plain) -> Outcome:
        ticket: asyncio.Future[Outcome] = self._loop.create_future()
        self._writer.submit(plain, ticket, self._answered)
        return await ticket

    def _answered(self, answers: list[tuple[Any, Outcome]]) -> None:
        self._loop.call_soon_threadsafe(_resolve, answers)

    async def _tell(self, kept: Kept, client_id: str, text: str) -> None:
        message = {
            "conversation": kept.conversation,
            "seq": kept.seq,
            "client_id": client_id,
            "author": {"kind": kept.author_kind.value, "id": kept.author_id, "name": kept.author_name},
            "text": text,
            "blocks": [],
            "staff_only": False,
            "settles": None,
            "at": _moment(kept.at),
        }
        await self._emit("message", {"message": message}, room_of(kept.conversation_id))

    async def _send_first(
        self, seat: Seat, request: protocol.Send, text: str, button: dict[str, Any] | None
    ) -> tuple[dict[str, Any], int]:
        who = await self._threads.run(who_sits, self._contexts, seat)
        if who is None:
            raise PortalError("not_signed_in")
        ack, conversation_id = await self._threads.run(
            handlers.send_first, self._contexts, who.actor, request.conversation, request.client_id, text, button
        )
        self.answer(seat, conversation_id, ack.conversation, ack.seq)
        return ack.model_dump(mode="json"), conversation_id

    def answer(self, seat: Seat, conversation_id: int, number: str, seq: int) -> None:
        """Lets the assistant answer that message, after what it has to do before in this conversation."""

        async def turn() -> None:
            who = await self._threads.run(who_sits, self._contexts, seat)
            if who is not None:
                work = self._threads.run(turns.answer, self._contexts, who.actor, conversation_id, seq, self._reply_to)
                await self._while_typing(who.actor, conversation_id, number, work)

        self.queue_turn(conversation_id, turn)

    async def _while_typing(self, actor: Actor, conversation_id: int, number: str, work: Awaitable[bool]) -> None:
        speaker = await self._threads.run(handlers.speaker, self._contexts, actor)
        on = protocol.TypingPush(conversation=number, who=speaker, on=True)
        await self._emit("typing", on.model_dump(mode="json"), room_of(conversation_id))
        try:
            await work
        finally:
            off = on.model_copy(update={"on": False})
            await self._emit("typing", off.model_dump(mode="json"), room_of(conversation_id))

    def queue_turn(self, conversation_id: int, turn: Callable[[], Awaitable[None]]) -> None:
        """Runs `turn` when the conversation's earlier turns have ended."""
        before = self._turns.get(conversation_id)

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])
            try:
                await turn()
            except Exception:
                log.exception("chat_turn_failed", conversation_id=conversation_id)
            if self._turns.get(conversation_id) is asyncio.current_task():
                del self._turns[conversation_id]

        self._turns[conversation_id] = self._threads.keep(run())

    async def close(self) -> None:
        """Keeps what was sent."""
        await asyncio.to_thread(self._writer.close)


def _moment(at: datetime) -> str:
    """As the protocol's models write it."""
    return at.isoformat().replace("+00:00", "Z")


def _content(request: protocol.Send) -> tuple[str, dict[str, Any] | None]:
    if request.button is None:
        return clean_text(request.text or ""), None
    button = request.button
    cleaned = {"label": clean_text(button.label), "action": button.action, "input": clean_input(button.input)}
    return str(cleaned["label"]), cleaned


def _refusal(code: str, request: protocol.Send) -> PortalError:
    if code == "not_found":
        return PortalError(code, thing="conversation", reference=request.conversation, field="conversation")
    return PortalError(code)


def _resolve(answers: list[tuple[asyncio.Future[Outcome], Outcome]]) -> None:
    for ticket, outcome in answers:
        if not ticket.done():
            ticket.set_result(outcome)
