"""What the chat's benchmark measures, each in a process of its own: Parley's chat, and a bare Socket.IO echo.

`python -m tests.benchmarks.chat_servers echo PORT` or `... parley PORT DATABASE_URL FOLDER normal|full`. Both are
served by the same uvicorn with the same settings.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import socketio
import uvicorn

import chat.actions
from billing.clock import SystemClock
from billing.config import Settings
from billing.context import Contexts
from billing.db import make_engine
from billing.registry import catalogue
from chat.blocks import Reply
from chat.pace import Pace
from chat.server import PATH, create_chat

assert chat.actions


def echo() -> Any:
    """Says every message to the two of the pair, and acknowledges it. Keeps nothing, asks nobody."""
    sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")

    async def hello(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        await sio.enter_room(sid, data["conversation"])
        return {"ok": True}

    async def send(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        await sio.emit("message", data, room=data["conversation"])
        return {"ok": True, "client_id": data["client_id"]}

    sio.on("hello", hello)
    sio.on("send", send)
    return socketio.ASGIApp(sio, socketio_path=PATH)


def settings_for(port: int, database_url: str, folder: Path) -> Settings:
    return Settings(demo=True, data=folder, secret_key="s" * 40, port=port, DATABASE_URL=database_url)


def contexts_for(port: int, database_url: str, folder: Path) -> Contexts:
    """Contexts on the machine's clock, without a gateway: the chat alone."""
    nothing = cast(Any, None)
    return Contexts(
        settings=settings_for(port, database_url, folder), engine=make_engine(database_url), clock=SystemClock(),
        registry=catalogue, gateway=nothing, renderer=nothing, files=nothing,
    )  # fmt: skip


def main(kind: str, port: str, *rest: str) -> None:
    if kind == "echo":
        app = echo()
    else:
        database_url, folder, synchronous = rest
        contexts = contexts_for(int(port), database_url, Path(folder))
        app = create_chat(contexts, reply_to=lambda *_: Reply(), pace=Pace(burst=1e12), durable=synchronous == "full")
    uvicorn.run(
        app, host="127.0.0.1", port=int(port), loop="uvloop", http="httptools", ws="websockets-sansio",
        ws_per_message_deflate=False, log_level="warning", access_log=False, lifespan="off",
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
