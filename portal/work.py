"""Domain work off the event loop, and request bodies of a bounded size."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
from anyio.lowlevel import RunVar
from starlette.requests import ClientDisconnect, Request

from billing.errors import PortalError

# With the threads of the chat as many as the database pool has connections: nobody waits for one in a thread.
THREADS = 8
LONGEST_FORM = 64 * 1024
Form = dict[str, str]
P = ParamSpec("P")
R = TypeVar("R")
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("domain threads")


async def in_pool(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs a synchronous function in one of 8 threads; further ones wait their turn."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(THREADS)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(functools.partial(function, *args, **kwargs), limiter=limiter)


async def read_body(request: Request, most: int) -> bytes:
    """The whole body. Raises `invalid_input` when it is longer than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise PortalError("invalid_input", problem="That is more than this form takes.")
            parts.append(part)
    except ClientDisconnect:
        raise PortalError("invalid_input", problem="The connection ended before the form was whole.") from None
    return b"".join(parts)


async def read_form(request: Request) -> Form:
    """The text fields of a posted form, the first of each name. Raises `invalid_input`."""
    if not hasattr(request, "_body"):
        request._body = await read_body(request, LONGEST_FORM)
    async with request.form(max_files=0, max_fields=50) as form:
        fields: Form = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, value)
        return fields
