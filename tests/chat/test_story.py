"""The story's conversations are those of the desk's picture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from billing.clock import SetClock
from billing.config import STORY_BEGINS
from billing.context import Contexts
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Role
from chat import desk
from chat.conversations import newest
from chat.models import Conversation
from chat.story import ANIA, MARIT, WAITING, seed_conversations
from tests.chat.conftest import House


@pytest.fixture
def told(house: House, clock: SetClock) -> Contexts:
    clock.set(STORY_BEGINS)
    with house.contexts.system(writes=True) as ctx:
        ctx.session.add(Staff(email=MARIT, name="Marit de Vries", role=Role.AGENT, created_at=ctx.now))
        for n, email in enumerate([ANIA, *(w.email for w in WAITING)]):
            contact = Contact(email=email, name=f"Person {n}", created_at=ctx.now)
            customer = Customer(number=f"S-{n}", name=f"Company {n}", currency="EUR", created_at=ctx.now)
            ctx.session.add_all([contact, customer])
            ctx.session.flush()
            row = Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER)
            ctx.session.add(row)
    seed_conversations(house.contexts)
    return house.contexts


def test_five_wait_and_one_is_late(told: Contexts, house: House) -> None:
    with told.open(house.marit.actor, channel="desk") as ctx:  # type: ignore[arg-type]
        queue = desk.queue(ctx)
    assert [row.snippet for row in queue.rows] == [w.words for w in WAITING]
    assert [row.answer_by and (row.answer_by - STORY_BEGINS) // timedelta(minutes=1) for row in queue.rows] == [
        -1, 4, 7, 28, 29,
    ]  # fmt: skip
    assert (queue.open, queue.late) == (5, 1)


def test_ania_goes_on_with_the_assistant(told: Contexts) -> None:
    with told.system() as ctx:
        ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
        conversation = ctx.session.exec(select(Conversation).where(Conversation.contact_id == ania.id)).one()
        messages = newest(ctx.session, conversation, staff=False)
    assert conversation.status == "bot"
    assert [m.author_kind for m in messages] == ["customer", "bot"]
    assert [block["kind"] for block in messages[1].blocks] == ["text", "table", "quick_replies"]


def test_the_wait_is_known_from_those_who_waited(told: Contexts) -> None:
    with told.system() as ctx:
        assert desk.expected_wait(ctx.session, ctx.now) == 11


def test_told_twice_it_is_the_same(told: Contexts) -> None:
    seed_conversations(told)
    with told.system() as ctx:
        assert len(ctx.session.exec(select(Conversation)).all()) == 9
