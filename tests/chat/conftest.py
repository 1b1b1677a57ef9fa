"""A house with two customers, their people and two agents; and the chat served on loopback for real clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from pydantic import BaseModel
from sqlmodel import col, select

import chat.actions
from billing.auth.sessions import COOKIE, create_session, end_session
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Context, Contexts
from billing.db import make_engine
from billing.effects import Effect, EffectFact
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Registry, Role, Ungated, action, catalogue
from billing.throttle import Throttle
from chat.blocks import Proposal, Reply, Text
from chat.models import Conversation, Message
from chat.pace import Pace
from chat.server import create_chat
from tests.chat.client import Client
from tests.fixtures.processes import PATIENCE, pick_port, wait_until

assert chat.actions


class PhoneInput(BaseModel):
    phone: str


class PhoneChanged(BaseModel):
    number: str
    sentence: str


@dataclass(frozen=True)
class PhonePlan:
    effect: Effect


def plan_phone(ctx: Context, input: PhoneInput) -> PhonePlan:
    facts = (EffectFact(label="Now", value=ctx.customer.phone), EffectFact(label="Then", value=input.phone))
    return PhonePlan(Effect(title="Change the phone number", facts=facts, confirm="Change it"))


def change_phone(ctx: Context, input: PhoneInput, plan: PhonePlan) -> PhoneChanged:
    ctx.customer.phone = input.phone
    ctx.session.add(ctx.customer)
    ctx.emit("profile.changed", "profile")
    return PhoneChanged(number="CHG-1", sentence="Your phone number is changed.")


def registry() -> Registry:
    """The chat's own actions, and one that asks first."""
    made = Registry({name: a for name, a in catalogue.actions.items() if name.startswith("support.")})
    action(
        "profile.phone", title="Change phone", help="Change your phone number.", role=Role.BILLING,
        gate=Ungated("It is only here for the tests."), page="/profile", slash="/phone",
        phrases=("a", "b", "c"), plan=plan_phone, audit="{actor} changed the phone.", registry=made,
    )(change_phone)  # fmt: skip
    return made


@dataclass
class Person:
    """Somebody with a session of their own."""

    actor: Actor
    token: str


class House:
    """Two customers, their people, two agents, and what the tests look at in the database."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        with contexts.system(writes=True) as ctx:
            now = ctx.now
            mk = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", created_at=now, phone="+31 1")
            other = Customer(number="C-2", name="Kamau Ødegård Studio", currency="EUR", created_at=now)
            ania = Contact(email="ania@mk.example", name="Ania Kowalczyk", created_at=now)
            wanjiru = Contact(email="w@kamau.example", name="Wanjirũ Kamau", created_at=now)
            marit = Staff(email="marit@reno.example", name="Marit de Vries", role=Role.AGENT, created_at=now)
            tomas = Staff(email="tomas@reno.example", name="Tomáš B", role=Role.AGENT, created_at=now)
            people = [mk, other, ania, wanjiru, marit, tomas]
            ctx.session.add_all(people)
            ctx.session.flush()
            for contact, customer in ((ania, mk), (wanjiru, other)):
                ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
            ctx.session.flush()
            self.ania = self._contact(ctx, ania, mk)
            self.wanjiru = self._contact(ctx, wanjiru, other)
            self.marit = self._agent(ctx, marit)
            self.tomas = self._agent(ctx, tomas)

    def _contact(self, ctx: Context, row: Contact, customer: Customer) -> Person:
        token = create_session(ctx, row, user_agent="", mfa_pending=False)
        return Person(Actor("contact", row.id, row.name, row.email, Role.OWNER, customer.id), token)

    def _agent(self, ctx: Context, row: Staff) -> Person:
        token = create_session(ctx, row, user_agent="", mfa_pending=False)
        return Person(Actor("staff", row.id, row.name, row.email, Role.AGENT), token)

    def sign_out(self, person: Person) -> None:
        end_session(self.contexts, person.token)

    def conversation(self, number: str) -> Conversation:
        with self.contexts.system() as ctx:
            found: Conversation = ctx.session.exec(select(Conversation).where(Conversation.number == number)).one()
            return found

    def messages(self, number: str) -> list[Message]:
        with self.contexts.system() as ctx:
            wanted = select(Message).where(Message.conversation_id == self.conversation(number).id)
            return list(ctx.session.exec(wanted.order_by(col(Message.seq))).all())

    def texts(self, number: str, kind: str | None = None) -> list[str]:
        return [m.text for m in self.messages(number) if kind is None or m.author_kind == kind]


@pytest.fixture
def contexts(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[Contexts]:
    settings = Settings(
        demo=True, test_clock=True, data=tmp_path, secret_key="s" * 40, port=pick_port(), DATABASE_URL=database_url
    )
    nothing = cast(Any, None)
    made = Contexts(
        settings=settings, engine=make_engine(database_url), clock=clock, registry=registry(), gateway=nothing,
        renderer=nothing, files=nothing, throttle=Throttle(),
    )  # fmt: skip
    yield made
    made.engine.dispose()


@pytest.fixture
def house(contexts: Contexts) -> House:
    return House(contexts)


Answering = Callable[[Contexts, Actor, Conversation, Message], Reply]


def parrot(contexts: Contexts, actor: Actor, conversation: Conversation, message: Message) -> Reply:
    """An assistant that repeats what it is told, and proposes a phone number where it hears one."""
    if message.request is None and not message.text.startswith("phone "):
        return Reply(blocks=(Text(text=f"You said: {message.text}"),), unsure="?" in message.text)
    from billing import dispatch
    from billing.registry import Channel

    input = {"phone": message.text.removeprefix("phone ")}
    shown = dispatch.preview(contexts, "profile.phone", input, actor, Channel.CHAT)
    proposal = Proposal(
        action="profile.phone", input=input, effect=shown.effect, token=shown.token, exact_until=shown.exact_until
    )
    return Reply(blocks=(proposal,), text=shown.effect.title)


class Served:
    """The chat, served by uvicorn in a thread of this process."""

    def __init__(self, house: House, reply_to: Answering, pace: Pace) -> None:
        settings = house.contexts.settings
        self.app = create_chat(house.contexts, reply_to=reply_to, pace=pace)
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=settings.port, log_level="warning", ws="websockets-sansio",
            lifespan="off", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),), daemon=True)
        self._clients: list[Client] = []
        self.house = house
        self._thread.start()
        wait_until(lambda: self._server.started, "the chat to be served")

    async def _run(self) -> None:
        await self._server.serve()
        await self.app.close()

    def client(self, person: Person | None, *, desk: bool = False, hello: bool = True) -> Client:
        token = person.token if person else "nobody's"
        made = Client(self.house.contexts.settings.address, f"{COOKIE}={token}")
        self._clients.append(made)
        if hello:
            made.hello(desk=desk)
        return made

    def stop(self) -> None:
        for client in self._clients:
            client.leave()
        self._server.should_exit = True
        self._thread.join(timeout=PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def serve(house: House) -> Iterator[Callable[..., Served]]:
    """Serves the chat with the assistant that the test brings; the parrot where it brings none."""
    running: list[Served] = []

    def start(reply_to: Answering = parrot, pace: Pace | None = None) -> Served:
        running.append(Served(house, reply_to, pace or Pace(burst=10_000)))
        return running[-1]

    yield start
    for served in running:
        served.stop()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
