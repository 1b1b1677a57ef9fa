"""Ways to make the sandbox behave badly, for tests and demonstrations. They live in memory: a restart clears them.

`POST /_switches` with the secret key takes JSON; what isn't named stays. `GET /_switches` shows them, `{"reset": true}`
puts everything back. Fields:

    faults      a list that is added: {"kind": K, "on": "POST /v1/payment_intents", "times": 1, "seconds": 0}
                K is slow            wait `seconds`, then answer
                     error_before    500, nothing happened
                     error_after     500 although it happened
                     cut_before      the connection breaks, nothing happened
                     cut_after       the connection breaks although it happened
                `on` is the beginning of "METHOD /path" and defaults to every request; `times` counts down
    processing  true leaves charges in `processing` and refunds pending; any request without it ends those, and lets
                refunds fail to a card that takes none back
    webhooks    {"hold": true} keeps them back, {"repeat": 2} sends each twice more, {"reverse": true} newest first
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = ("slow", "error_before", "error_after", "cut_before", "cut_after")


class NotASwitch(ValueError):
    """The JSON names something that isn't a switch."""


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next `times` requests that begin with `on`."""

    kind: str
    on: str = ""
    times: int = 1
    seconds: float = 0


@dataclass(slots=True)
class WebhookSwitches:
    """How webhooks misbehave."""

    hold: bool = False
    repeat: int = 0
    reverse: bool = False


@dataclass(slots=True)
class Switches:
    """The state of all switches; safe between threads."""

    faults: list[Fault] = field(default_factory=list)
    processing: bool = False
    webhooks: WebhookSwitches = field(default_factory=WebhookSwitches)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def shown(self) -> dict[str, Any]:
        """The switches as JSON."""
        return {
            "faults": [asdict(fault) for fault in self.faults],
            "processing": self.processing,
            "webhooks": asdict(self.webhooks),
        }

    def change(self, given: object) -> None:
        """Applies the JSON of a request. Raises NotASwitch and changes nothing where it makes no sense."""
        if not isinstance(given, dict) or set(given) - {"reset", "faults", "processing", "webhooks"}:
            raise NotASwitch("Send an object with reset, faults, processing or webhooks.")
        faults = list(_faults(given.get("faults", [])))
        webhooks = _webhooks(given.get("webhooks", {}))
        processing = given.get("processing")
        if processing not in (None, True, False):
            raise NotASwitch("processing is true or false.")
        with self._lock:
            if given.get("reset"):
                self.faults, self.processing, self.webhooks = [], False, WebhookSwitches()
            self.faults += faults
            self.processing = self.processing if processing is None else processing
            for name, value in webhooks.items():
                setattr(self.webhooks, name, value)

    def next_fault(self, request: str) -> Fault | None:
        """The fault that this request runs into, counted down."""
        with self._lock:
            for fault in self.faults:
                if request.startswith(fault.on):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault
        return None


def _faults(given: object) -> Iterator[Fault]:
    if not isinstance(given, list):
        raise NotASwitch("faults is a list.")
    for each in given:
        if not isinstance(each, dict) or each.get("kind") not in KINDS or set(each) - set(Fault.__slots__):
            raise NotASwitch(f"A fault has a kind ({', '.join(KINDS)}) and may have on, times and seconds.")
        fault = Fault(**each)
        if not isinstance(fault.times, int) or not isinstance(fault.seconds, int | float) or fault.times < 1:
            raise NotASwitch("times is a whole number from 1, seconds a number.")
        yield fault


def _webhooks(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise NotASwitch("webhooks is an object.")
    kinds = {"hold": bool, "repeat": int, "reverse": bool}
    for name, value in given.items():
        if name not in kinds or type(value) is not kinds[name]:
            raise NotASwitch("webhooks has hold (true, false), repeat (a number) and reverse (true, false).")
    return given
