"""The chat's Socket.IO server: connections, rooms, events. What an event does is in handlers, sending, confirmations.

The domain is synchronous and runs in a bounded pool; plain messages go through the writer. Who asks is looked up at
every event from the cookie's session, or from the token of a chat on another site. Nothing that matters is held here:
only who sits where.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
import socketio
import socketio.packet
import structlog
from pydantic import BaseModel, ValidationError

from billing.auth.origins import allowed_origins
from billing.auth.sessions import SignedIn
from billing.context import Contexts
from billing.errors import PortalError
from billing.input_words import input_problem
from chat import confirmations, handlers, protocol
from chat.cleaning import clean_text
from chat.outbox import DESK, EVERYBODY, room_of, room_of_contact, room_of_customer
from chat.pace import Pace
from chat.seats import Seat, seat_for, who_sits
from chat.sending import Sending
from chat.threads import Threads
from chat.turns import Replier
from chat.watching import Watch

PATH = "chat/socket.io"
LARGEST_PACKET = 64 * 1024
THREADS = 8
DESK_ACTIONS: dict[type[BaseModel], str] = {
    protocol.Take: "support.take",
    protocol.HandBack: "support.hand_back",
    protocol.Resolve: "support.resolve",
}

log = structlog.get_logger(__name__)
M = TypeVar("M", bound=BaseModel)
Handler = Callable[[str, Seat, SignedIn, Any], Awaitable[BaseModel]]


class FastJson:
    """orjson in the form in which socketio wants its JSON. What can't be read becomes an event that nobody knows."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        try:
            return orjson.loads(text)
        except ValueError:
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                return ["unreadable"]


class Packet(socketio.packet.Packet):  # type: ignore[misc]
    """A packet of this server alone, whatever other Socket.IO servers the process has; it never holds bytes."""

    uses_binary_events = False
    json = FastJson


class Rooms(socketio.AsyncManager):  # type: ignore[misc]
    """Brings a message to everybody in a room one after the other, without a task for each."""

    async def emit(
        self, event: str, data: Any, namespace: str, room: str | None = None, skip_sid: str | None = None,
        callback: Any = None, to: str | None = None, **_: Any,
    ) -> None:  # fmt: skip
        """Sends the event to the room's sockets of this process; acknowledgements are not asked for."""
        packet = self.server.packet_class(socketio.packet.EVENT, namespace=namespace, data=[event, data]).encode()
        for sid, connection in self.get_participants(namespace, to or room):
            if sid != skip_sid:
                try:
                    await self.server.eio.send(connection, packet)
                except Exception:  # a socket that has just gone keeps nothing from the others
                    log.debug("chat_socket_gone", sid=sid)


class SharedRooms(socketio.AsyncRedisManager, Rooms):  # type: ignore[misc]
    """The same, with the rooms of other processes reached through Redis."""


class ChatServer:
    """One process's part of the chat."""

    def __init__(self, contexts: Contexts, reply_to: Replier, pace: Pace, durable: bool) -> None:
        settings = contexts.settings
        self.sio = socketio.AsyncServer(
            async_mode="asgi",
            async_handlers=False,  # one client's events are handled in the order in which they came
            transports=["websocket"],  # no stickiness needed behind a proxy
            cors_allowed_origins=allowed_origins(settings),
            client_manager=SharedRooms(settings.redis_url) if settings.redis_url else Rooms(),
            max_http_buffer_size=LARGEST_PACKET,
            serializer=Packet,
        )
        self._contexts = contexts
        self._reply_to = reply_to
        self._pace = pace
        self._durable = durable
        self._seats: dict[str, Seat] = {}
        self._threads = Threads(THREADS)
        self._starting = asyncio.Lock()
        self._sending: Sending | None = None
        self._watch: Watch | None = None
        self._register()

    def _register(self) -> None:
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("send", self._send)
        self.sio.on("*", self._unknown)
        handlers_by_name: dict[str, Handler] = {
            "hello": self._hello,
            "open": self._open,
            "catch_up": self._catch_up,
            "history": self._history,
            "typing": self._typing,
            "read": self._read,
            "confirm": self._confirm,
            "decline": self._decline,
            "take": self._desk_action,
            "hand_back": self._desk_action,
            "resolve": self._desk_action,
            "note": self._note,
            "commands": self._commands,
            "queue": self._queue,
        }
        for name, handler in handlers_by_name.items():
            self.sio.on(name, functools.partial(self._event, name, handler))

    @property
    def events(self) -> tuple[str, ...]:
        """The events that a client may send, as they are registered."""
        return tuple(sorted(name for name in self.sio.handlers["/"] if name not in ("connect", "disconnect", "*")))

    # --- connections

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        if self._sending is None:
            await self._start()
        self._seats[sid] = seat_for(environ, auth, asyncio.get_running_loop().time())

    async def _start(self) -> None:
        async with self._starting:
            if self._sending is not None:
                return
            self._watch = Watch(self._contexts, self._threads, self._emit)
            await self._watch.begin()
            self._sending = Sending(self._contexts, self._threads, self._emit, self._reply_to, self._durable)
            self._threads.keep(self._watch.run(self._seats, self._sending, self._hang_up))

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        self._seats.pop(sid, None)

    async def close(self) -> None:
        """Keeps what was sent and ends the threads."""
        await self.sio.shutdown()
        if self._watch is not None:
            self._watch.close()
        if self._sending is not None:
            await self._sending.close()
        self._threads.close()

    async def _emit(
        self, event: str, payload: dict[str, Any], room: str, *, skip: str | None = None, here: bool = False
    ) -> None:
        if here:
            await self.sio.emit(event, payload, room=room, skip_sid=skip, ignore_queue=True)
        else:
            await self.sio.emit(event, payload, room=room, skip_sid=skip)

    async def _hang_up(self, sid: str) -> None:
        signed_out = protocol.SignedOut(message=PortalError("not_signed_in").message)
        await self._emit("signed_out", signed_out.model_dump(), sid, here=True)
        self._seats.pop(sid, None)
        await self.sio.disconnect(sid)

    # --- events

    async def _event(self, name: str, handler: Handler, sid: str, raw: object = None, *_: object) -> dict[str, Any]:
        try:
            request = parse(protocol.CLIENT_EVENTS[name][0], raw)
            seat, who = await self._who(sid)
            self._pace.count(who.actor.key)
            answer = await handler(sid, seat, who, request)
            return answer.model_dump(mode="json")
        except PortalError as error:
            return refused(error, raw)
        except Exception:
            log.exception("chat_event_failed", chat_event=name)
            return refused(PortalError("failed"), raw)

    async def _send(self, sid: str, raw: object = None, *_: object) -> dict[str, Any]:
        try:
            request = parse(protocol.Send, raw)
            seat = self._seats.get(sid)
            if seat is None or seat.actor is None:
                seat, _who = await self._who(sid)
            assert seat.actor is not None and self._sending is not None
            self._pace.count(seat.actor.key)
            ack, conversation_id = await self._sending.send(seat, request)
            if conversation_id != seat.conversation_id:
                await self._sit_down(sid, seat, conversation_id)
            return ack
        except PortalError as error:
            if error.code == "not_signed_in":
                self._threads.keep(self._hang_up(sid))
            return refused(error, raw)
        except Exception:
            log.exception("chat_event_failed", chat_event="send")
            return refused(PortalError("failed"), raw)

    async def _unknown(self, event: str, sid: str, *_: object) -> dict[str, Any]:
        return refused(PortalError("invalid_input", problem=f"There is no event “{str(event)[:40]}”."), None)

    async def _who(self, sid: str) -> tuple[Seat, SignedIn]:
        seat = self._seats.get(sid)
        found = await self._threads.run(who_sits, self._contexts, seat) if seat is not None else None
        if found is None or seat is None:
            self._threads.keep(self._hang_up(sid))
            raise PortalError("not_signed_in")
        seat.noted = asyncio.get_running_loop().time()
        if seat.actor is not None and seat.actor != found.actor:  # another account was opened in this browser
            await self._leave(sid, seat, *seat.rooms)
            seat.conversation_id = None
        seat.actor = found.actor
        return seat, found

    async def _hello(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Hello) -> BaseModel:
        actor = who.actor
        await self._leave(sid, seat, *seat.rooms)
        seat.conversation_id = None
        await self._enter(sid, seat, EVERYBODY)
        if actor.kind == "contact" and actor.id is not None and actor.customer_id is not None:
            await self._threads.run(confirmations.follow_payments, self._contexts, actor.customer_id)
            await self._enter(sid, seat, room_of_customer(actor.customer_id))
            await self._enter(sid, seat, room_of_contact(actor.id, actor.customer_id))
        answer, conversation_id = await self._threads.run(handlers.welcome, self._contexts, actor, request)
        if request.desk:
            await self._enter(sid, seat, DESK)
        if conversation_id is None:
            return answer
        # Once more from within the room, so that nothing falls between reading and listening.
        await self._sit_down(sid, seat, conversation_id)
        return (await self._threads.run(handlers.welcome, self._contexts, actor, request))[0]

    async def _open(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Open) -> BaseModel:
        answer, conversation_id = await self._threads.run(handlers.open_one, self._contexts, who.actor, request)
        await self._sit_down(sid, seat, conversation_id)
        if conversation_id is None:
            return answer
        return (await self._threads.run(handlers.open_one, self._contexts, who.actor, request))[0]

    async def _sit_down(self, sid: str, seat: Seat, conversation_id: int | None) -> None:
        if seat.conversation_id is not None and seat.conversation_id != conversation_id:
            await self._leave(sid, seat, *(room_of(seat.conversation_id, staff=staff) for staff in (False, True)))
        seat.conversation_id = conversation_id
        if conversation_id is not None:
            await self._enter(sid, seat, room_of(conversation_id))
            if seat.actor is not None and seat.actor.is_staff:
                await self._enter(sid, seat, room_of(conversation_id, staff=True))

    async def _enter(self, sid: str, seat: Seat, room: str) -> None:
        seat.rooms.add(room)
        await self.sio.enter_room(sid, room)

    async def _leave(self, sid: str, seat: Seat, *rooms: str) -> None:
        for room in rooms:
            seat.rooms.discard(room)
            await self.sio.leave_room(sid, room)

    async def _catch_up(self, sid: str, seat: Seat, who: SignedIn, request: protocol.CatchUp) -> BaseModel:
        return await self._threads.run(handlers.catch_up, self._contexts, who.actor, request)

    async def _history(self, sid: str, seat: Seat, who: SignedIn, request: protocol.History) -> BaseModel:
        return await self._threads.run(handlers.history, self._contexts, who.actor, request)

    async def _typing(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Typing) -> BaseModel:
        conversation_id = await self._threads.run(handlers.check, self._contexts, who.actor, request.conversation)
        push = protocol.TypingPush(conversation=request.conversation, who=handlers.person(who.actor), on=request.on)
        await self._emit("typing", push.model_dump(mode="json"), room_of(conversation_id), skip=sid)
        return protocol.Noted()

    async def _read(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Read) -> BaseModel:
        conversation_id, news = await self._threads.run(handlers.read, self._contexts, who.actor, request)
        if news:
            seen_by = handlers.person(who.actor)
            push = protocol.ReadPush(conversation=request.conversation, who=seen_by, seq=request.seq)
            await self._emit("read", push.model_dump(mode="json"), room_of(conversation_id), skip=sid)
        return protocol.Noted()

    async def _desk_action(self, sid: str, seat: Seat, who: SignedIn, request: Any) -> BaseModel:
        action = DESK_ACTIONS[type(request)]
        return await self._threads.run(handlers.act, self._contexts, who.actor, action, request.conversation)

    async def _note(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Note) -> BaseModel:
        return await self._threads.run(handlers.note, self._contexts, who.actor, request, clean_text(request.text))

    async def _commands(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Commands) -> BaseModel:
        return await self._threads.run(handlers.commands, self._contexts, who.actor)

    async def _queue(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Queue) -> BaseModel:
        return await self._threads.run(handlers.show_queue, self._contexts, who.actor)

    async def _confirm(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Confirm) -> BaseModel:
        asked = (self._contexts, who.actor, request.conversation, request.message_seq, request.token)
        conversation_id, number = await self._threads.run(confirmations.check_proposal, *asked)

        async def turn() -> None:
            try:
                await self._threads.run(confirmations.confirm, *asked)
            except PortalError as error:
                push = protocol.ErrorPush.model_validate(error.as_dict())
                await self._emit("error", push.model_dump(), sid, here=True)

        assert self._sending is not None
        self._sending.queue_turn(conversation_id, turn)
        stands = await self._threads.run(handlers.as_it_stands, self._contexts, who.actor, number)
        return protocol.Done(conversation=stands)

    async def _decline(self, sid: str, seat: Seat, who: SignedIn, request: protocol.Decline) -> BaseModel:
        number = request.conversation
        await self._threads.run(confirmations.decline, self._contexts, who.actor, number, request.message_seq)
        stands = await self._threads.run(handlers.as_it_stands, self._contexts, who.actor, number)
        return protocol.Done(conversation=stands)


def parse(model: type[M], raw: object) -> M:
    """The event's payload. Raises invalid_input with the field that is wrong."""
    try:
        return model.model_validate({} if raw is None else raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise PortalError("invalid_input", field=field, problem=input_problem(first)) from None


def refused(error: PortalError, raw: object) -> dict[str, Any]:
    """A refusal as the client gets it."""
    client_id = raw.get("client_id") if isinstance(raw, dict) else None
    detail = protocol.ErrorDetail.model_validate(error.as_dict())
    kept = client_id if isinstance(client_id, str) else None
    return protocol.Refused(client_id=kept, error=detail).model_dump(mode="json")


class ChatApp(socketio.ASGIApp):  # type: ignore[misc]
    """The chat as an ASGI app, for /chat/socket.io; `close` keeps what was sent and ends its threads."""

    def __init__(self, server: ChatServer) -> None:
        super().__init__(server.sio, socketio_path=PATH)
        self.server = server

    @property
    def events(self) -> tuple[str, ...]:
        """The events that a client may send."""
        return self.server.events

    async def close(self) -> None:
        """Keeps what was sent and ends the threads."""
        await self.server.close()


def create_chat(
    contexts: Contexts, *, reply_to: Replier | None = None, pace: Pace | None = None, durable: bool = False
) -> ChatApp:
    """The chat over these contexts; the assistant's answers come from chat.dialog unless another is given.

    `durable` keeps plain messages with SQLite's synchronous=FULL too, so that they survive a power cut.
    """
    if reply_to is None:
        from chat.dialog import reply
        from chat.dialog.warming import warm_up

        reply_to = reply
        threading.Thread(target=warm_up, args=(contexts.registry,), name="chat-warm-up", daemon=True).start()
    return ChatApp(ChatServer(contexts, reply_to, pace or Pace(), durable))
