"""What a stranger found: messages that led nowhere, and words that fitted nobody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.models.invoices import Invoice
from billing.models.people import Staff
from billing.registry import Channel, Role
from chat.protocol import Status
from portal.bootstrap import load_actions
from portal.seeds import seed_story
from tests.billing.gateways.running import RunningSandbox
from tests.chat.story_chat import ANIA, Talk, actor_of, open_story
from tests.fixtures.time import STORY_NOW

load_actions()
HOSTING, MAIL = "SUB-2023-0001", "SUB-2023-0002"


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story, told once; each test gets a copy."""
    data = tmp_path_factory.mktemp("ends")
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
    data = tmp_path / "data"
    shutil.copytree(told, data)
    sandbox = RunningSandbox(data, clock)
    contexts = open_story(f"sqlite:///{data / 'parley.db'}", data, clock, sandbox)
    yield contexts
    contexts.engine.dispose()
    sandbox.stop()


@pytest.fixture
def ania(world: Contexts) -> Talk:
    return Talk(world, actor_of(world, ANIA))


def taken_by_marit(world: Contexts, number: str | None) -> None:
    with world.system() as ctx:
        marit = ctx.session.exec(select(Staff).order_by(Staff.id)).first()  # type: ignore[arg-type]
        assert marit is not None
        actor = Actor("staff", marit.id, marit.name, marit.email, Role.AGENT, None)
    dispatch.run(world, "support.take", {"conversation": number}, actor, Channel.DESK)


# --- while a person is awaited


def test_what_has_no_answer_is_kept_for_the_person_and_that_is_said_once(world: Contexts, ania: Talk) -> None:
    said = ania.say("your service is terrible, I'm furious")
    assert said.text.startswith("I am sorry about this. I have asked a person")
    assert ania.conversation.status == Status.WAITING
    assert "kept it for the person" in ania.say("what's the weather").text
    assert ania.say("and in Paris?").messages == [], "it isn't said again and again"
    assert ania.say("which invoices are overdue?").numbers == ["RT-2026-0162"], "what it knows it still answers"
    assert ania.say("thanks").text == "You are welcome."
    taken_by_marit(world, ania.number)
    assert ania.say("what do I owe?").messages == [], "a person answers now"


def test_somebody_who_only_wants_a_person_is_not_told_sorry(ania: Talk) -> None:
    assert ania.say("Can I talk to a person?").text.startswith("I have asked a person")


# --- what is due today


def test_what_is_due_today_is_not_to_pay_later(world: Contexts, ania: Talk) -> None:
    with world.system() as ctx:
        owed = ctx.session.exec(select(Invoice).where(Invoice.number == "RT-2026-0162")).one()
        moved = owed.due_on
    assert moved is not None
    world.clock.set(STORY_NOW.replace(year=moved.year, month=moved.month, day=moved.day))  # type: ignore[attr-defined]
    said = ania.say("which invoices are overdue?")
    assert said.text.startswith("Nothing is overdue.\n€2,904.00 is due today")
    assert said.buttons == ["Pay RT-2026-0162"]
