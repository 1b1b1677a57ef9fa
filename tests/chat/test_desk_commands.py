"""A colleague types a command in a conversation: it acts on that account, and the customer sees none of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from chat.dialog import reply
from tests.chat.client import Client
from tests.chat.conftest import House, Served
from tests.fixtures.processes import wait_until


@pytest.fixture
def both(serve: Callable[..., Served], house: House) -> tuple[Client, Client]:
    """Ania, who asked something, and Marit, who answers her."""
    served = serve(reply)
    ania = served.client(house.ania)
    ania.send("hello there")
    marit = served.client(house.marit, desk=True)
    marit.open(ania.number or "")
    assert marit.ask("take", {"conversation": ania.number})["ok"]
    return ania, marit


def notes(house: House, number: str) -> list[str]:
    return [m.text for m in house.messages(number) if m.staff_only]


def command(client: Client, text: str) -> dict[str, object]:
    body = {"conversation": client.number, "client_id": uuid.uuid4().hex, "text": text}
    return client.ask("send", body)


def test_a_command_of_staff_is_never_sent_to_the_customer(house: House, both: tuple[Client, Client]) -> None:
    ania, marit = both
    assert command(marit, "/queue")["ok"]
    wait_until(lambda: len(notes(house, marit.number or "")) >= 2, "the command's answer")
    marit.send("Good afternoon Ania")
    ania.wait_for("Good afternoon Ania")
    assert not [text for text in ania.texts() if "/queue" in text]
    caught = ania.catch_up(0)
    assert all("/queue" not in message["text"] and not message["staff_only"] for message in caught["messages"])
    kept = next(m for m in house.messages(marit.number or "") if m.text == "/queue")
    assert kept.staff_only and kept.author_kind == "staff"


def test_a_note_is_left_in_the_conversation_that_is_open(house: House, both: tuple[Client, Client]) -> None:
    ania, marit = both
    assert command(marit, "/note she moves on 1 May")["ok"]
    wait_until(lambda: "she moves on 1 May" in notes(house, marit.number or ""), "the note")
    note = next(m for m in house.messages(marit.number or "") if m.text == "she moves on 1 May")
    assert (note.author_kind, note.author_name) == ("staff", "Marit de Vries")
    assert "she moves on 1 May" not in [message["text"] for message in ania.catch_up(0)["messages"]]


def test_an_unknown_command_is_answered_to_staff_alone(house: House, both: tuple[Client, Client]) -> None:
    ania, marit = both
    command(marit, "/nothing")
    wait_until(
        lambda: any("There is no command /nothing" in text for text in notes(house, marit.number or "")),
        "the answer",
    )
    assert not [text for text in ania.texts() if "/nothing" in text]
