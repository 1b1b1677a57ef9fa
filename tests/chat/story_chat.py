"""Ania of the story writes to the assistant: messages go in and come out as the chat's server keeps them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import col, func, select

from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.files import Files
from billing.models.people import Contact, Membership
from billing.pdf import Renderer
from billing.registry import Role, catalogue
from billing.throttle import Throttle
from chat import confirmations, handlers, turns
from chat.blocks import Block, InvoiceList, Proposal, QuickReplies, Table, Text, load_blocks
from chat.dialog import reply
from chat.models import Conversation, Message
from portal.seeds import seed_story
from tests.billing.gateways.running import RunningSandbox
from tests.fixtures.time import STORY_NOW

B = TypeVar("B")
ANIA = "ania@moellerkowalczyk.nl"


def open_story(url: str, data: Path, clock: SetClock, sandbox: RunningSandbox) -> Contexts:
    """The story's contexts on a database of its own, with a sandbox that takes cards."""
    settings = Settings(demo=True, test_clock=True, data=data, secret_key="s" * 40, DATABASE_URL=url)
    engine = make_engine(url)
    return Contexts(
        settings=settings, engine=engine, clock=clock, registry=catalogue, gateway=sandbox.gateway(),
        renderer=Renderer(data / "pdf"), files=Files(data / "files", engine, clock), throttle=Throttle(),
    )  # fmt: skip


def actor_of(contexts: Contexts, email: str, role: Role | None = None) -> Actor:
    """The person with that address, in their first account."""
    with contexts.system() as ctx:
        contact = ctx.session.exec(select(Contact).where(Contact.email == email)).one()
        member = ctx.session.exec(select(Membership).where(Membership.contact_id == contact.id)).first()
        assert member is not None
        return Actor("contact", contact.id, contact.name, contact.email, role or Role(member.role), member.customer_id)


def rows_of(contexts: Contexts, model: type) -> int:
    """How many rows that table has."""
    with contexts.system() as ctx:
        return int(ctx.session.exec(select(func.count()).select_from(model)).one())


@dataclass
class Said:
    """What came back to one message: all that was kept after it."""

    messages: list[Message]

    @property
    def blocks(self) -> list[Block]:
        return [block for message in self.messages for block in load_blocks(message.blocks)]

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks if isinstance(block, Text))

    def of(self, kind: type[B]) -> list[B]:
        return [block for block in self.blocks if isinstance(block, kind)]

    @property
    def proposal(self) -> Proposal:
        (found,) = self.of(Proposal)
        return found

    @property
    def buttons(self) -> list[str]:
        return [r.label for block in self.of(QuickReplies) for r in block.replies]

    @property
    def numbers(self) -> list[str]:
        return [i.number for block in self.of(InvoiceList) for i in block.invoices]

    def rows(self) -> list[tuple[str, ...]]:
        return [tuple(cell.text for cell in row.cells) for table in self.of(Table) for row in table.rows]


@dataclass
class Talk:
    """A conversation of one person with the assistant."""

    contexts: Contexts
    actor: Actor
    number: str | None = None
    _ids: Any = field(default_factory=lambda: count(1))

    def say(self, text: str) -> Said:
        return self._send(text, None)

    def press(self, action: str, input: dict[str, Any] | None = None, label: str = "A button") -> Said:
        return self._send(label, {"label": label, "action": action, "input": input or {}})

    def press_reply(self, said: Said, label: str) -> Said:
        """Uses one of the buttons under an answer, as the client does."""
        reply = next(r for block in said.of(QuickReplies) for r in block.replies if r.label == label)
        if reply.action:
            return self.press(reply.action, reply.input, label)
        return self.say(reply.send or "")

    def confirm(self, said: Said) -> Said:
        """Presses the proposal's button."""
        message = next(m for m in said.messages if any(isinstance(b, Proposal) for b in load_blocks(m.blocks)))
        before = self.messages()[-1].seq
        confirmations.confirm(self.contexts, self.actor, self.number or "", message.seq, said.proposal.token)
        return Said([m for m in self.messages() if m.seq > before])

    def _send(self, text: str, request: dict[str, Any] | None) -> Said:
        client_id = f"typed-{next(self._ids)}"
        ack, conversation_id = handlers.send_first(self.contexts, self.actor, self.number, client_id, text, request)
        self.number = ack.conversation
        turns.answer(self.contexts, self.actor, conversation_id, ack.seq, reply)
        return Said([m for m in self.messages() if m.seq > ack.seq and not m.staff_only])

    def messages(self) -> list[Message]:
        with self.contexts.system() as ctx:
            found = ctx.session.exec(select(Conversation).where(Conversation.number == self.number)).one()
            wanted = select(Message).where(Message.conversation_id == found.id).order_by(col(Message.seq))
            return list(ctx.session.exec(wanted))

    @property
    def conversation(self) -> Conversation:
        with self.contexts.system() as ctx:
            found: Conversation = ctx.session.exec(select(Conversation).where(Conversation.number == self.number)).one()
            return found


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story, told once; each test gets a copy."""
    data = tmp_path_factory.mktemp("story")
    shutil.copyfile(sqlite_template, data / "parley.db")
    clock = SetClock(STORY_NOW)
    sandbox = RunningSandbox(data, clock)
    contexts = open_story(f"sqlite:///{data / 'parley.db'}", data, clock, sandbox)
    seed_story(contexts, passwords={})
    contexts.engine.dispose()
    sandbox.stop()
    return data


@pytest.fixture
def world(told: Path, tmp_path: Path, clock: SetClock) -> Iterator[Contexts]:
    """The story, as a test may change it."""
    data = tmp_path / "data"
    shutil.copytree(told, data)
    sandbox = RunningSandbox(data, clock)
    contexts = open_story(f"sqlite:///{data / 'parley.db'}", data, clock, sandbox)
    yield contexts
    contexts.engine.dispose()
    sandbox.stop()


@pytest.fixture
def ania(world: Contexts) -> Talk:
    """Ania, who types."""
    return Talk(world, actor_of(world, ANIA))
