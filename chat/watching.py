"""Tells this process's sockets what happened elsewhere, and finds those whose session has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog

from billing.context import Contexts
from chat import confirmations
from chat.outbox import Outbox, Outgoing, queue_push
from chat.seats import Seat, live_seats
from chat.sending import Emit, Sending
from chat.threads import Threads
from chat.unread_answers import tell_unread_answers

LOOK_SECONDS = 0.5
SWEEP_SECONDS = 1.0
ANSWERS_SECONDS = 3.0
GREETING_SECONDS = 20.0
log = structlog.get_logger(__name__)


class Watch:
    """Reads the outbox when something was committed here, and twice a second for what others commit."""

    def __init__(self, contexts: Contexts, threads: Threads, emit: Emit) -> None:
        self._contexts = contexts
        self._threads = threads
        self._emit = emit
        self._outbox = Outbox()
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        contexts.listeners.append(self._heard)

    def _heard(self, _: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def begin(self) -> None:
        """Finds the place in the outbox from which on this process tells."""
        await self._threads.run(self._outbox.read, self._contexts)

    async def run(self, seats: Mapping[str, Seat], sending: Sending, hang_up: Callable[[str], Awaitable[None]]) -> None:
        """Goes on until it is cancelled; what fails is tried again at the next look."""
        swept = told = self._loop.time()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
            self._wake.clear()
            try:
                await self._tell_news(sending)
                if self._loop.time() - swept >= SWEEP_SECONDS:
                    swept = self._loop.time()
                    await self._sweep(seats, hang_up)
                if self._loop.time() - told >= ANSWERS_SECONDS:
                    told = self._loop.time()
                    await self._threads.run(tell_unread_answers, self._contexts)
            except Exception:
                log.exception("chat_watch_failed")

    async def _tell_news(self, sending: Sending) -> None:
        outgoing, paid = await self._threads.run(self._outbox.read, self._contexts)
        for push in outgoing:
            await self._emit(push.event, push.payload, push.room, here=True)
        for customer_id in paid:
            await self._threads.run(confirmations.follow_payments, self._contexts, customer_id)
        if sending.queue_moved:
            sending.queue_moved = False
            push = await self._threads.run(self._count_queue)
            await self._emit(push.event, push.payload, push.room)

    def _count_queue(self) -> Outgoing:
        with self._contexts.system() as ctx:
            return queue_push(ctx.session, ctx.now)

    async def _sweep(self, seats: Mapping[str, Seat], hang_up: Callable[[str], Awaitable[None]]) -> None:
        taken = [seat for seat in seats.values() if seat.actor is not None]
        hashes = {seat.token_hash for seat in taken}
        live = await self._threads.run(live_seats, self._contexts, taken) if taken else set()
        for sid, seat in list(seats.items()):
            if seat.actor is None:
                ended = self._loop.time() - seat.since > GREETING_SECONDS
            else:
                ended = seat.token_hash in hashes and seat.token_hash not in live
            if ended:
                await hang_up(sid)

    def close(self) -> None:
        """Listens no longer."""
        self._contexts.listeners.remove(self._heard)
