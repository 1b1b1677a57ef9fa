"""A proposal is confirmed, refused, shown again with other figures, and never done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from billing.clock import SetClock
from billing.models.people import Customer
from tests.chat.client import Client
from tests.chat.conftest import House, Served
from tests.fixtures.processes import wait_until


def phone_of(house: House) -> str:
    with house.contexts.system() as ctx:
        phone: str = ctx.session.exec(select(Customer.phone).where(Customer.number == "C-1")).one()
        return phone


def set_phone(house: House, phone: str) -> None:
    with house.contexts.system(writes=True) as ctx:
        ctx.session.exec(select(Customer).where(Customer.number == "C-1")).one().phone = phone


@pytest.fixture
def ania(served: Served) -> Client:
    client = served.client(served.house.ania)
    client.send("Hello")
    return client


def propose(client: Client, phone: str) -> tuple[int, str]:
    """Asks for the change; the proposal's message number and token."""
    asked = len(client.got("message"))
    client.send(f"phone {phone}")

    def proposals() -> list[dict[str, object]]:
        messages = [push["message"] for push in client.got("message")[asked:]]
        return [m for m in messages if m["blocks"] and m["blocks"][0]["kind"] == "proposal"]

    wait_until(lambda: bool(proposals()), "the proposal")
    message = proposals()[0]
    return message["seq"], message["blocks"][0]["token"]  # type: ignore[index,return-value]


def confirm(client: Client, seq: int, token: str) -> dict[str, object]:
    return client.ask("confirm", {"conversation": client.number, "message_seq": seq, "token": token})


def settled(client: Client, seq: int) -> dict[str, object]:
    """The message that settles the proposal."""

    def there() -> list[dict[str, object]]:
        messages = [push["message"] for push in client.got("message")]
        return [m for m in messages if m["settles"] and m["settles"]["seq"] == seq]

    wait_until(lambda: bool(there()), "the proposal to be settled")
    return there()[0]


def state_of(client: Client, seq: int) -> str:
    message = next(m for m in client.catch_up(0)["messages"] if m["seq"] == seq)
    state: str = message["blocks"][0]["state"]
    return state


def test_a_yes_does_it_once_and_leaves_a_receipt(served: Served, ania: Client) -> None:
    seq, token = propose(ania, "+31 20 555")
    assert phone_of(served.house) == "+31 1"
    assert confirm(ania, seq, token)["ok"]
    receipt = settled(ania, seq)
    assert receipt["settles"] == {"seq": seq, "state": "confirmed"}
    block = receipt["blocks"][0]  # type: ignore[index]
    assert (block["kind"], block["reference"], block["title"]) == ("receipt", "CHG-1", "Your phone number is changed")
    assert phone_of(served.house) == "+31 20 555"
    assert state_of(ania, seq) == "confirmed"
    set_phone(served.house, "+31 9")
    confirm(ania, seq, token)
    ania.send("phone +31 8")
    wait_until(lambda: len(served.house.texts(ania.number or "", "bot")) == 4, "the next answer")
    assert phone_of(served.house) == "+31 9"


def test_a_no_changes_nothing(served: Served, ania: Client) -> None:
    seq, token = propose(ania, "+31 20 555")
    assert ania.ask("decline", {"conversation": ania.number, "message_seq": seq})["ok"]
    assert settled(ania, seq)["text"] == "Nothing was changed."
    confirm(ania, seq, token)
    ania.send("Still there")
    ania.wait_for("You said: Still there")
    assert (phone_of(served.house), state_of(ania, seq)) == ("+31 1", "declined")


def test_other_figures_give_a_new_proposal(served: Served, ania: Client) -> None:
    seq, token = propose(ania, "+31 20 555")
    set_phone(served.house, "+31 2")
    confirm(ania, seq, token)
    newer = settled(ania, seq)
    assert newer["settles"] == {"seq": seq, "state": "changed"}
    assert str(newer["text"]).startswith("The figures have changed since you saw them.")
    proposal = newer["blocks"][1]  # type: ignore[index]
    assert proposal["effect"]["facts"][0] == {"label": "Now", "value": "+31 2"}
    assert phone_of(served.house) == "+31 2"
    confirm(ania, newer["seq"], proposal["token"])  # type: ignore[arg-type]
    assert settled(ania, newer["seq"])["settles"]["state"] == "confirmed"  # type: ignore[arg-type,index]
    assert phone_of(served.house) == "+31 20 555"


def test_a_price_that_was_exact_until_then_is_shown_anew(served: Served, ania: Client, clock: SetClock) -> None:
    seq, token = propose(ania, "+31 20 555")
    clock.advance(timedelta(minutes=16))
    confirm(ania, seq, token)
    assert str(settled(ania, seq)["text"]).startswith("The price was exact until 10:15.")
    assert phone_of(served.house) == "+31 1"


def test_a_strange_token_is_refused(served: Served, ania: Client) -> None:
    seq, _ = propose(ania, "+31 20 555")
    refused = confirm(ania, seq, "a strange token")
    assert refused["error"]["code"] == "preview_invalid"  # type: ignore[index]
    assert state_of(ania, seq) == "open"


def test_every_tab_hears_what_changed(served: Served, ania: Client) -> None:
    tab = served.client(served.house.ania)
    seq, token = propose(ania, "+31 20 555")
    confirm(ania, seq, token)
    assert tab.wait_for_push("changed", topics=["profile"])
    assert settled(tab, seq)["settles"] == {"seq": seq, "state": "confirmed"}


def test_a_yes_counts_while_a_person_answers(served: Served, ania: Client) -> None:
    seq, token = propose(ania, "+31 20 555")
    served.client(served.house.marit, desk=True).ask("take", {"conversation": ania.number})
    confirm(ania, seq, token)
    assert settled(ania, seq)["settles"]["state"] == "confirmed"  # type: ignore[index]
