"""What a message was understood as: data that a dialog acts on and a shell prints."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field


class Outcome(StrEnum):
    """`handoff` asks for a person; `out_of_scope` is nothing that the catalogue has."""

    ACTION = "action"
    CLARIFY = "clarify"
    OUT_OF_SCOPE = "out_of_scope"
    HANDOFF = "handoff"


class Talk(StrEnum):
    """What people say that asks for no record."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    YES = "yes"
    NO = "no"
    SKIP = "skip"
    UNDO = "undo"
    HELP = "help"
    ABOUT = "about"


class Answer(BaseModel):
    """One possible answer to a question: the button's words, and what it sends."""

    label: str
    send: str


class Understood(BaseModel):
    """What one request of a message asks for.

    `args` are under the action's own input field names: record numbers, amounts in minor units, ISO dates. Of a
    `clarify` with an action, `missing` names the fields that the question is about. `about` is the question within
    the action ("owed", "renewal", "compare"), `compare_with` the other invoice of a comparison, `topic` what was
    asked and can't be done here yet.
    """

    outcome: Outcome
    action: str | None = None
    args: dict[str, Any] = Field(default_factory=dict)
    missing: list[str] = Field(default_factory=list)
    confidence: float = 0.0
    question: str = ""
    choices: list[Answer] = Field(default_factory=list)
    about: str = ""
    compare_with: str = ""
    topic: str = ""
    talk: Talk | None = None
    also: list[dict[str, Any]] = Field(default_factory=list, exclude=True)  # the same asked for further records
    beside: list[str] = Field(default_factory=list, exclude=True)  # other invoices that the words fit as well
    refused: str = Field(default="", exclude=True)  # what is said of a change that the message forbids

    def as_json(self) -> dict[str, Any]:
        """The form in which the shell prints it."""
        shown: dict[str, Any] = {
            "outcome": self.outcome.value,
            "action": self.action,
            "args": self.args,
            "confidence": round(self.confidence, 2),
        }
        if self.missing:
            shown["missing"] = self.missing
        if self.question:
            shown["question"] = self.question
        if self.choices:
            shown["choices"] = [choice.label for choice in self.choices]
        if self.talk:
            shown["talk"] = self.talk.value
        return shown
