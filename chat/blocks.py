"""What a message can hold. Each block is data; how it looks is the client's work.

Amounts are integers in the minor unit of the currency beside them, dates ISO 8601. Text is plain: a client never
reads it as markup.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from billing.effects import Effect, LineKind


class Part(BaseModel):
    """A part of the protocol: frozen, and nothing in it that isn't declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(Part):
    """Plain words; line breaks count."""

    kind: Literal["text"] = "text"
    text: str
    strong: tuple[str, ...] = ()
    """Passages of `text` that are set in bold, each word for word as it stands there."""


class Column(Part):
    """A column of a table; `end` is for figures."""

    label: str
    align: Literal["start", "end"] = "start"


class Cell(Part):
    """One cell; with `href` it leads to a page of the portal."""

    text: str
    href: str | None = None


class Row(Part):
    """One row; `total` has a single rule over it, `grand` a double rule under its amount."""

    cells: tuple[Cell, ...]
    line: LineKind = LineKind.LINE


class Table(Part):
    """A small table, at most twelve rows; `note` says where the figures are from."""

    kind: Literal["table"] = "table"
    title: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    href: str | None = None
    """The page that shows all of it."""


class ProposalState(StrEnum):
    """`open` can be confirmed. `changed`: the figures moved, a newer proposal follows. `refused`: tried, not done.

    `replaced`: something else was asked for before it was answered; only the newest proposal is open.
    """

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CHANGED = "changed"
    REFUSED = "refused"
    REPLACED = "replaced"


class Proposal(Part):
    """The exact effect of an action that nobody has said yes to yet. Confirmed with `confirm`, refused with `decline`.

    `effect` is the same that a page's dialog shows: title, lines of the sum, facts, warning and the words of both
    buttons.
    """

    kind: Literal["proposal"] = "proposal"
    action: str
    input: dict[str, Any]
    effect: Effect
    token: str
    exact_until: datetime
    state: ProposalState = ProposalState.OPEN
    settled_at: datetime | None = None


class ReceiptLine(Part):
    """A line of a receipt: words, and an amount where there is one."""

    label: str
    amount: int | None = None
    value: str = ""
    line: LineKind = LineKind.LINE


class Undo(Part):
    """A way back: the action that undoes it (it is previewed first), and until when it can be."""

    action: str
    input: dict[str, Any]
    until: datetime | None = None


class Outcome(StrEnum):
    """`waiting`: the bank has to be asked or has not answered yet."""

    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"


class Receipt(Part):
    """What was done, or why not: with its reference, and the next step where there is one."""

    kind: Literal["receipt"] = "receipt"
    title: str
    outcome: Outcome = Outcome.DONE
    reference: str = ""
    words: str = ""
    currency: str = ""
    lines: tuple[ReceiptLine, ...] = ()
    at: datetime
    by: str = ""
    href: str | None = None
    """The page or document that shows it."""
    continue_url: str | None = None
    """Where the customer confirms with the bank (3-D Secure): opened in the same window."""
    undo: Undo | None = None


class QuickReply(Part):
    """A button under the last answer. Exactly one of send, action, href is set.

    `send` is sent as the customer's own text, `action` with `input` as a button, `href` opens a page.
    """

    label: str
    send: str | None = None
    action: str | None = None
    input: dict[str, Any] = Field(default_factory=dict)
    href: str | None = None


class QuickReplies(Part):
    """Buttons; a client shows those of the last message only."""

    kind: Literal["quick_replies"] = "quick_replies"
    replies: tuple[QuickReply, ...]


class ChoiceCard(Part):
    """One of the answers to a question; chosen like a quick reply."""

    title: str
    note: str = ""
    amount: int | None = None
    currency: str = ""
    send: str | None = None
    action: str | None = None
    input: dict[str, Any] = Field(default_factory=dict)


class Choice(Part):
    """A question with its possible answers, when a message could mean several things."""

    kind: Literal["choice"] = "choice"
    question: str
    cards: tuple[ChoiceCard, ...]


class InvoiceItem(Part):
    """One invoice of a list."""

    number: str
    title: str
    due_on: date | None = None
    status: str
    """open, partly_paid, overdue, paid, credited, void: the colour and mark."""
    status_words: str
    """The status as the customer reads it: "Overdue 10 days"."""
    amount: int
    """What is left to pay; of a paid one, its total."""
    currency: str
    href: str
    payable: bool = False


class InvoiceList(Part):
    """Invoices to look at or choose from. Chosen ones are sent as the button `invoices.pay` with {invoices: [...]}."""

    kind: Literal["invoices"] = "invoices"
    title: str = ""
    invoices: tuple[InvoiceItem, ...]
    selectable: bool = False
    more: int = 0
    """How many there are beyond these; `href` shows them."""
    href: str | None = None


class CardRequest(Part):
    """Asks for a card. The client mounts `window.ParleyCard`; the card's number goes to the gateway alone.

    When the card is made, the client sends the button {action, input} with `field` set to the card's id (pm_...).
    """

    kind: Literal["card_request"] = "card_request"
    title: str
    action: str
    input: dict[str, Any]
    field: str = "payment_method"
    amount: int | None = None
    currency: str = ""


class FormField(Part):
    """One field of a form. `widget` is how it is asked."""

    name: str
    label: str
    widget: Literal["text", "long_text", "number", "date", "rating", "select"] = "text"
    value: Any = None
    options: tuple[QuickReply, ...] = ()
    required: bool = True


class Form(Part):
    """Asks for several things at once; sent as the button {action, input} with the fields' values in the input."""

    kind: Literal["form"] = "form"
    title: str
    action: str
    input: dict[str, Any] = Field(default_factory=dict)
    fields: tuple[FormField, ...]
    submit: str


class RatingRequest(Part):
    """Asks for one to five and words; sent as the button {action, input: {rating, words}}."""

    kind: Literal["rating_request"] = "rating_request"
    title: str
    action: str = "support.rate"
    input: dict[str, Any] = Field(default_factory=dict)
    words_label: str = "Anything to add"


class Link(Part):
    """A page or a document. `download` names the file when it is one."""

    kind: Literal["link"] = "link"
    label: str
    href: str
    download: str | None = None


class SystemLine(Part):
    """A line between hairlines: somebody joined, handed over, closed."""

    kind: Literal["system"] = "system"
    text: str


Block = Annotated[
    Text
    | Table
    | Proposal
    | Receipt
    | QuickReplies
    | Choice
    | InvoiceList
    | CardRequest
    | Form
    | RatingRequest
    | Link
    | SystemLine,
    Field(discriminator="kind"),
]
Blocks = tuple[Block, ...]

_blocks: TypeAdapter[Blocks] = TypeAdapter(Blocks)


def load_blocks(raw: list[dict[str, Any]]) -> Blocks:
    """The blocks that a message was kept with."""
    return _blocks.validate_python(raw)


def dump_blocks(blocks: Blocks) -> list[dict[str, Any]]:
    """The blocks as JSON can hold them."""
    return [block.model_dump(mode="json") for block in blocks]


class Reply(Part):
    """What the assistant answers to one message.

    `text` is the answer in plain words (queue, notifications, screen readers); by default that of the text blocks.
    Without blocks nothing is said. `memory` is what the assistant wants to know when the next message comes; None keeps
    what it knew. `unsure` marks an answer that doesn't help much (it did not understand): while
    a person has been asked for, it is left out.
    """

    blocks: Blocks = ()
    text: str = ""
    unsure: bool = False
    memory: dict[str, Any] | None = None

    @property
    def words(self) -> str:
        """The answer in plain words."""
        return self.text or "\n".join(block.text for block in self.blocks if isinstance(block, Text | SystemLine))
