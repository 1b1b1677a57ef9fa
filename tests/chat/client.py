"""A chat client as a browser has it: python-socketio over a real WebSocket."""

from __future__ import annotations

import socket
import threading
import uuid
from typing import Any

import socketio

from tests.fixtures.processes import PATIENCE, wait_until


class Client:
    """One tab. What the server pushes is kept in the order in which it came."""

    def __init__(self, address: str, cookie: str, auth: dict[str, str] | None = None, origin: str = "") -> None:
        self._address, self._cookie, self._auth, self._origin = address, cookie, auth, origin
        self.pushed: list[tuple[str, dict[str, Any]]] = []
        self.number: str | None = None
        self.welcome: dict[str, Any] = {}
        self.connect()

    def connect(self) -> None:
        """Opens the connection, again after a cut."""
        self._sio = socketio.Client(reconnection=False)
        self._sio.on("*", lambda event, payload: self.pushed.append((event, payload)))
        self._gone = threading.Event()
        self._sio.on("disconnect", lambda *_: self._gone.set())
        self._sio.connect(
            self._address,
            headers={"Cookie": self._cookie} | ({"Origin": self._origin} if self._origin else {}),
            auth=self._auth,
            transports=["websocket"],
            socketio_path="/chat/socket.io",
            wait_timeout=int(PATIENCE),
        )

    def cut(self) -> None:
        """Loses the connection without a goodbye."""
        self._sio.eio.ws.sock.shutdown(socket.SHUT_RDWR)
        wait_until(self._gone.is_set, "the cut to be noticed")

    def leave(self) -> None:
        if self._sio.connected:
            self._sio.disconnect()

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    def ask(self, event: str, payload: object = None) -> dict[str, Any]:
        """Sends an event and returns its acknowledgement."""
        answer: dict[str, Any] = self._sio.call(event, payload, timeout=int(PATIENCE))
        return answer

    def hello(self, *, desk: bool = False) -> dict[str, Any]:
        self.welcome = self.ask("hello", {"version": 1, "conversation": self.number, "desk": desk})
        found = self.welcome.get("conversation")
        self.number = found["number"] if found else self.number
        return self.welcome

    def open(self, number: str) -> dict[str, Any]:
        answer = self.ask("open", {"conversation": number})
        if answer["ok"]:
            self.number = number
        return answer

    def send(self, text: str, client_id: str | None = None) -> dict[str, Any]:
        body = {"conversation": self.number, "client_id": client_id or uuid.uuid4().hex, "text": text}
        answer = self.ask("send", body)
        if answer["ok"] and self.number is None:
            self.open(answer["conversation"])
        return answer

    def send_soon(self, text: str, client_id: str, answers: list[dict[str, Any]]) -> None:
        """Sends without waiting; the acknowledgement goes to `answers`."""
        body = {"conversation": self.number, "client_id": client_id, "text": text}
        self._sio.emit("send", body, callback=answers.append)

    def press(self, action: str, label: str = "Button", **input: Any) -> dict[str, Any]:
        button = {"label": label, "action": action, "input": input}
        return self.ask("send", {"conversation": self.number, "client_id": uuid.uuid4().hex, "button": button})

    def catch_up(self, after: int) -> dict[str, Any]:
        return self.ask("catch_up", {"conversation": self.number, "after_seq": after})

    def got(self, event: str) -> list[dict[str, Any]]:
        return [payload for name, payload in list(self.pushed) if name == event]

    def texts(self) -> list[str]:
        """The texts of the pushed messages, each number once, in order."""
        messages = {push["message"]["seq"]: push["message"]["text"] for push in self.got("message")}
        return [messages[seq] for seq in sorted(messages)]

    def wait_for(self, text: str) -> dict[str, Any]:
        """The pushed message with that text."""

        def there() -> list[dict[str, Any]]:
            return [push["message"] for push in self.got("message") if push["message"]["text"] == text]

        wait_until(lambda: bool(there()), f"the message {text!r} among {self.texts()}")
        return there()[0]

    def wait_for_push(self, event: str, **fields: Any) -> dict[str, Any]:
        """The first push of that event with those fields."""

        def there() -> list[dict[str, Any]]:
            return [push for push in self.got(event) if all(push.get(k) == v for k, v in fields.items())]

        wait_until(lambda: bool(there()), f"{event} with {fields}")
        return there()[0]
