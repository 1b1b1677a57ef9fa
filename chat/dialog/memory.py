"""What the assistant keeps between two messages: in the conversation's row, never in a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.understanding import Answer, Shown

OFFER = ""  # instead of a field: the action was offered, a yes takes it up


class Pending(BaseModel):
    """A question that was asked: which field of which action it is about, and what is known of the rest."""

    model_config = ConfigDict(frozen=True)

    action: str
    args: dict[str, Any] = Field(default_factory=dict)
    field: str


class Memory(BaseModel):
    """The records that were shown last ("it", "them", "the second one"), and the question that is open.

    `choices` are the answers that were offered with it, so that they can be typed as well.
    `supposed` is the change of which only the effect was shown, so that it can be corrected.
    """

    model_config = ConfigDict(frozen=True)

    invoices: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    last: str = ""
    pending: Pending | None = None
    choices: tuple[Answer, ...] = ()
    supposed: Pending | None = None

    @property
    def shown(self) -> Shown:
        return Shown(self.invoices, self.payments, self.subscriptions, self.last)

    def showing(self, kind: str, numbers: list[str]) -> Memory:
        """The memory after these records were shown; `kind` is invoice, payment or subscription."""
        return self.model_copy(update={f"{kind}s": tuple(numbers[:20]), "last": kind}) if numbers else self

    def speaking_of(self, topic: str) -> Memory:
        """The memory after something was told that is no record: "it" may be that."""
        return self.model_copy(update={"last": topic})

    def asking(self, pending: Pending | None) -> Memory:
        return self.model_copy(update={"pending": pending, "choices": (), "supposed": None})

    def supposing(self, action: str, args: dict[str, Any]) -> Memory:
        return self.model_copy(update={"supposed": Pending(action=action, args=args, field=OFFER)})

    def offering(self, choices: Sequence[Answer]) -> Memory:
        return self.model_copy(update={"choices": tuple(choices)})


def recall(raw: dict[str, Any] | None) -> Memory:
    """The memory that was kept; one of an older form is forgotten."""
    try:
        return Memory.model_validate(raw or {})
    except ValidationError:
        return Memory()
