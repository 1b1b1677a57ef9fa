"""One API request as an endpoint sees it: parameters, transaction, clock, and the events it causes."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.gateways.sandbox.refusals import Json, invalid, missing_resource
from billing.gateways.sandbox.shapes import Shape
from billing.gateways.sandbox.store import Record, Transaction

API_VERSION = "2026-10-28.endive"
_ALPHABET = string.ascii_letters + string.digits
_NAMES = {
    "customer": "customer",
    "payment_method": "PaymentMethod",
    "payment_intent": "payment_intent",
    "setup_intent": "setupintent",
    "charge": "charge",
    "refund": "refund",
    "event": "event",
}
_DEPTH = 4


def new_id(prefix: str) -> str:
    """An id such as Stripe's: a prefix and 24 characters that can't be guessed."""
    return prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


@dataclass(slots=True)
class Call:
    """One request. `base` is where the sandbox is reached, without a trailing slash; `params` are checked and typed.

    `hold_processing` is the switch that leaves charges in `processing`.
    """

    tx: Transaction
    params: Json
    ids: dict[str, str]
    now: datetime
    base: str
    request_id: str
    idempotency_key: str | None = None
    publishable: bool = False
    webhooks: bool = True
    hold_processing: bool = False

    @property
    def created(self) -> int:
        """The moment as Stripe writes it, in seconds."""
        return int(self.now.timestamp())

    def get(self, kind: str, identifier: str, param: str = "id") -> Record:
        """The object, or Stripe's `resource_missing`."""
        record = self.tx.load(identifier, kind)
        if record is None:
            raise missing_resource(_NAMES[kind], identifier, param)
        return record

    def new(self, kind: str, prefix: str, body: Json, hidden: Json | None = None) -> Record:
        """Keeps a new object with the fields that all of Stripe's share."""
        shared = {"id": new_id(prefix), "object": kind, "created": self.created, "livemode": False}
        return self.tx.insert(Record(kind, {**shared, **body}, hidden or {}))

    def emit(self, kind: str, record: Record, before: Json | None = None) -> None:
        """Writes an event about the object, as it is now, into the queue of webhooks."""
        data: Json = {"object": json.loads(json.dumps(record.body))}
        if before:
            data["previous_attributes"] = before
        event = self.new(
            "event",
            "evt",
            {
                "api_version": API_VERSION,
                "type": kind,
                "data": data,
                "pending_webhooks": int(self.webhooks),
                "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            },
        )
        if self.webhooks:
            self.tx.enqueue_delivery(event.id, self.now.timestamp())

    def page(self, kind: str, path: str, where: Json | None = None, types: list[str] | None = None) -> Json:
        """A list of Stripe's: newest first, `limit` 1 to 100, cursors by id."""
        limit = self.params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid("Invalid limit: must be between 1 and 100.", param="limit")
        for cursor in ("starting_after", "ending_before"):
            if cursor in self.params:
                self.get(kind, self.params[cursor], cursor)
        found = self.tx.find(
            kind,
            {name: value for name, value in (where or {}).items() if value is not None},
            created=self.params.get("created"),
            types=types,
            after=self.params.get("starting_after"),
            before=self.params.get("ending_before"),
            limit=limit + 1,
        )
        more = len(found) > limit
        shown = found[-limit:] if "ending_before" in self.params else found[:limit]
        return {"object": "list", "url": path, "has_more": more, "data": [record.body for record in shown]}


def expand(call: Call, body: Json) -> Json:
    """Replaces the ids that `expand` names by their objects."""
    for path in call.params.get("expand", []):
        parts = path.split(".")
        if len(parts) > _DEPTH:
            raise invalid("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(call, body, parts, path)
    return body


def _expand(call: Call, target: Any, parts: list[str], path: str) -> None:
    if isinstance(target, list):
        for each in target:
            _expand(call, each, parts, path)
        return
    name, rest = parts[0], parts[1:]
    if not isinstance(target, dict) or name not in target:
        message = f"This property cannot be expanded ({path})."
        raise invalid(message, param="expand", code="property_cannot_be_expanded")
    value = target[name]
    if isinstance(value, str):
        record = call.tx.load(value)
        if record is None:
            message = f"This property cannot be expanded ({path})."
            raise invalid(message, param="expand", code="property_cannot_be_expanded")
        target[name] = value = record.body
    if rest and value is not None:
        _expand(call, value, rest, path)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route of the API: what it accepts, what must be there, who may ask, and what answers."""

    method: str
    path: str
    answer: Callable[[Call], Json]
    accepts: Shape
    requires: tuple[str, ...] = ()
    publishable: bool = False


def merged_metadata(record: Record, given: Json | None) -> Json:
    """Metadata after an update: an empty value removes its key."""
    merged = {**record.body.get("metadata", {}), **(given or {})}
    return {key: value for key, value in merged.items() if value != ""}
