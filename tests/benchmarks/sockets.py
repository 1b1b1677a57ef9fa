"""Many Socket.IO clients in one process, as cheap as they get: WebSocket frames by hand on asyncio."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import os
import struct
from typing import Any


class SocketClient(asyncio.Protocol):
    """One client. `call` sends an event and awaits its acknowledgement; pushed events are only counted."""

    def __init__(self, host: str, cookie: str) -> None:
        self._host, self._cookie = host, cookie
        self._buffer = b""
        self._upgraded = False
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self.pushed = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /chat/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://{self._host}\r\nCookie: {self._cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.ready.set_exception(ConnectionError(head.decode()))
                return
            self._upgraded, self._buffer = True, rest
        self._frames()

    def _frames(self) -> None:
        data, at = self._buffer, 0
        while len(data) - at >= 2:
            size, start = data[at + 1] & 127, at + 2
            if size == 126:
                if len(data) < at + 4:
                    break
                size, start = struct.unpack_from(">H", data, at + 2)[0], at + 4
            elif size == 127:
                if len(data) < at + 10:
                    break
                size, start = struct.unpack_from(">Q", data, at + 2)[0], at + 10
            if len(data) < start + size:
                break
            if data[at] & 15 == 1:
                self._packet(data[start : start + size])
            at = start + size
        self._buffer = data[at:]

    def _packet(self, packet: bytes) -> None:
        if packet[:2] == b"43":
            digits = packet.index(b"[")
            future = self._acks.pop(int(packet[2:digits]))
            future.set_result(packet[digits:])
        elif packet[:2] == b"42":
            self.pushed += 1
        elif packet[:1] == b"2":
            self._text("3")
        elif packet[:1] == b"0":
            self._text("40")
        elif packet[:2] == b"40":
            self.ready.set_result(None)

    def _text(self, text: str) -> None:
        body = text.encode()
        size = len(body)
        head = struct.pack(">BB", 129, 128 | size) if size < 126 else struct.pack(">BBH", 129, 254, size)
        self._transport.write(head + b"\0\0\0\0" + body)

    async def call(self, event: str, payload: Any) -> list[Any]:
        """Sends the event and returns its acknowledgement."""
        answer: list[Any] = json.loads(await self.send(event, json.dumps(payload)))
        return answer

    def send(self, event: str, payload: str) -> asyncio.Future[Any]:
        """Sends the event with a payload that is JSON already; the future gets the acknowledgement's bytes."""
        self._next += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[self._next] = future
        self._text(f'42{self._next}["{event}",{payload}]')
        return future

    def close(self) -> None:
        self._transport.close()


async def connect(port: int, cookies: list[str]) -> list[SocketClient]:
    """One connected client a cookie."""
    loop = asyncio.get_running_loop()
    clients = []
    for cookie in cookies:
        make = functools.partial(SocketClient, f"127.0.0.1:{port}", cookie)
        _, client = await loop.create_connection(make, "127.0.0.1", port)
        await asyncio.wait_for(client.ready, 30)
        clients.append(client)
    return clients
