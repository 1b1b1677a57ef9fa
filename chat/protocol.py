"""What chat client and server say to each other, version 1. PROTOCOL.md is made from this module.

Socket.IO on /chat/socket.io, namespace "/". Every client event is answered by Socket.IO's acknowledgement: the
event's answer ({"ok": true, ...}) or a refusal ({"ok": false, "error": {...}}).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from chat.blocks import Blocks, Part
from chat.shapes import AuthorKind as AuthorKind
from chat.shapes import ChatMessage as ChatMessage
from chat.shapes import Command as Command
from chat.shapes import CommandField as CommandField
from chat.shapes import Conversation as Conversation
from chat.shapes import Person as Person
from chat.shapes import QueueRow as QueueRow
from chat.shapes import Settled as Settled
from chat.shapes import Status as Status

VERSION = 1
LONGEST_TEXT = 4000
LARGEST_SEQ = 2**31 - 1
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9 #./_-]{1,40}$")]
Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ)]


# --- client events


class Request(Part):
    """What a client sends."""


class Hello(Request):
    """First after every connection. `conversation` is the one to go on with; without it, the one that is open."""

    version: Literal[1]
    conversation: Number | None = None
    desk: bool = False
    """Whether this is the desk's client; staff only. It then also gets queue_changed."""


class Open(Request):
    """Goes over to another conversation; the messages of the former no longer come. Nothing opens a new one."""

    conversation: Number | None


class Button(Part):
    """A button, card or form that was used: the action it stands for, and what is known of its input."""

    label: str = Field(max_length=200)
    action: str = Field(pattern=r"^[A-Za-z0-9_.]{1,60}$")
    input: dict[str, Any] = Field(default_factory=dict)


class Send(Request):
    """A message. Exactly one of text and button is set; a text that starts with / is a command.

    Sent again with the same `client_id`, it gets the same answer and is not kept twice. Without a conversation, the
    open one is used or a new one started.
    """

    conversation: Number | None = None
    client_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    text: str | None = Field(default=None, min_length=1)
    button: Button | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Send:
        if (self.text is None) == (self.button is None):
            raise ValueError("A message has either text or a button.")
        return self


class CatchUp(Request):
    """Asks for what came after `after_seq`: the `last_seq` of the last welcome, opened or caught_up."""

    conversation: Number
    after_seq: Seq


class History(Request):
    """Asks for the page of messages before `before_seq`."""

    conversation: Number
    before_seq: int = Field(ge=1, le=LARGEST_SEQ)
    size: int = Field(default=50, ge=1, le=100)


class Typing(Request):
    """Says that this person types, or has stopped. Sent at most every 3 s; it ends by itself after 6 s."""

    conversation: Number
    on: bool


class Read(Request):
    """Says that this person has seen everything up to `seq`."""

    conversation: Number
    seq: Seq


class Confirm(Request):
    """Says yes to a proposal. Answered when it is taken up; what came of it follows as a message that settles it."""

    conversation: Number
    message_seq: Seq
    token: str = Field(max_length=4000)


class Decline(Request):
    """Says no to a proposal."""

    conversation: Number
    message_seq: Seq


class Take(Request):
    """An agent takes a conversation; the assistant is silent from then on."""

    conversation: Number


class HandBack(Request):
    """The agent gives the conversation back to the assistant."""

    conversation: Number


class Resolve(Request):
    """The agent closes the conversation; the customer is asked for a rating."""

    conversation: Number


class Note(Request):
    """A note that only staff see."""

    conversation: Number
    client_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    text: str = Field(min_length=1)


class Commands(Request):
    """Asks for the slash commands; a client does when somebody types the first slash after a hello."""


class Queue(Request):
    """Asks for the desk's queue: one's own first, then by who has waited longest."""


# --- answers


class Answer(Part):
    """What a client event is answered with when it went well."""

    ok: Literal[True] = True


class ErrorDetail(Part):
    """A refusal: a code for programs, a message for people, the field it is about."""

    code: str
    message: str
    field: str | None = None


class Refused(Part):
    """Answers any client event that was refused. Nothing was done."""

    ok: Literal[False] = False
    client_id: str | None = None
    error: ErrorDetail


class Opened(Answer):
    """The conversation, its newest messages in order (up to 50), and whether there are earlier ones.

    Without an open conversation, `conversation` is null and the greeting is for the client to show.
    """

    conversation: Conversation | None
    messages: tuple[ChatMessage, ...]
    earlier: bool
    last_seq: int
    greeting: Blocks = ()


class Welcome(Opened):
    """The answer to hello: who one is, and the conversation."""

    version: Literal[1] = 1
    who: Person
    business: str
    people_hours: str
    locale: str
    time_zone: str
    now: datetime
    """The server's clock: times are shown by it."""


class Ack(Answer):
    """The message is kept under this number. `conversation` matters when it was started by this message."""

    client_id: str
    conversation: str
    seq: int
    at: datetime


class CaughtUp(Answer):
    """What came after; with `more`, ask again after the last of them. `last_seq` is where the next catch-up starts."""

    conversation: Conversation
    messages: tuple[ChatMessage, ...]
    last_seq: int
    more: bool


class HistoryPage(Answer):
    """Earlier messages, in order."""

    messages: tuple[ChatMessage, ...]
    earlier: bool


class Done(Answer):
    """It was done (or taken up); `conversation` is how it stands now."""

    conversation: Conversation


class Noted(Answer):
    """Nothing to tell."""


class CommandList(Answer):
    """What this person may ask for with a slash: the usual first, then by name."""

    commands: tuple[Command, ...]


class QueueState(Answer):
    """The desk's queue."""

    rows: tuple[QueueRow, ...]
    open: int
    late: int


# --- server events


class Push(Part):
    """What a server sends unasked."""


class MessagePush(Push):
    """A message, also one's own (known by its client_id) and one that was sent from another tab."""

    message: ChatMessage


class ConversationPush(Push):
    """The conversation's status, owner or rating changed."""

    conversation: Conversation


class TypingPush(Push):
    """Somebody else types, or has stopped; for the assistant: it works on an answer."""

    conversation: str
    who: Person
    on: bool


class ReadPush(Push):
    """The other side has seen everything up to `seq`."""

    conversation: str
    who: Person
    seq: int


class QueueChanged(Push):
    """To the desk: something in the queue changed; ask for it again."""

    open: int
    late: int


class Changed(Push):
    """The account's records changed: pages that show one of these topics look again.

    Topics: invoices, payments, credits, subscriptions, reviews, conversations, projects, profile.
    """

    topics: tuple[str, ...]


class ErrorPush(Push):
    """A refusal of something that was sent without asking for an acknowledgement."""

    client_id: str | None = None
    code: str
    message: str
    field: str | None = None


class SignedOut(Push):
    """The session has ended; the server hangs up after this. What was typed stays with the client."""

    message: str


CLIENT_EVENTS: dict[str, tuple[type[Request], type[Answer]]] = {
    "hello": (Hello, Welcome),
    "open": (Open, Opened),
    "send": (Send, Ack),
    "catch_up": (CatchUp, CaughtUp),
    "history": (History, HistoryPage),
    "typing": (Typing, Noted),
    "read": (Read, Noted),
    "confirm": (Confirm, Done),
    "decline": (Decline, Done),
    "take": (Take, Done),
    "hand_back": (HandBack, Done),
    "resolve": (Resolve, Done),
    "note": (Note, Ack),
    "commands": (Commands, CommandList),
    "queue": (Queue, QueueState),
}

SERVER_EVENTS: dict[str, type[Push]] = {
    "message": MessagePush,
    "conversation": ConversationPush,
    "typing": TypingPush,
    "read": ReadPush,
    "queue_changed": QueueChanged,
    "changed": Changed,
    "error": ErrorPush,
    "signed_out": SignedOut,
}


if __name__ == "__main__":
    from chat.protocol_page import page

    print(page(), end="")
