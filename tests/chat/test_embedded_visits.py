"""The chat's socket from a frame on another site: what a visit's token opens, and what ends it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from socketio.exceptions import ConnectionError as NotConnected

from billing.auth.sessions import COOKIE, actor_for
from billing.clock import SetClock
from billing.models.records import PreferenceRecord
from chat.embedding import VISIT_COOKIE, end_visit, hand_over, take_over
from tests.chat.client import Client
from tests.chat.conftest import House, Person, Served
from tests.fixtures.processes import wait_until

SITE = "https://www.haarlem.example"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def list_sites(house: House, sites: str) -> None:
    with house.contexts.system(writes=True) as ctx:
        ctx.session.merge(PreferenceRecord(name="widget_sites", value=sites, changed_at=ctx.now))


def visit(house: House, person: Person) -> str:
    """A visit's token, as the window hands it over."""
    who = actor_for(house.contexts, person.token)
    assert who is not None
    return take_over(house.contexts, hand_over(house.contexts, who, SITE, CHALLENGE), VERIFIER, SITE)


Connecting = Callable[..., Client]


@pytest.fixture
def connect(served: Served) -> Iterator[Connecting]:
    """Opens a socket with the `auth` that a frame sends, and says hello."""
    list_sites(served.house, SITE)
    clients = []

    def start(token: str, cookie: str = "", origin: str = "") -> Client:
        made = Client(served.house.contexts.settings.address, cookie, {"visit": token}, origin)
        clients.append(made)
        made.hello()
        return made

    yield start
    for client in clients:
        client.leave()


def test_a_visit_opens_the_persons_own_chat(connect: Connecting, house: House) -> None:
    client = connect(visit(house, house.ania))
    assert client.welcome["who"]["name"] == "Ania Kowalczyk"
    assert client.send("hello there")["ok"] and client.send("and again")["ok"]
    number = client.number
    assert number is not None
    wait_until(lambda: house.texts(number).count("You said: and again") == 1, "the answer")


def test_the_same_conversation_stands_in_the_portal(connect: Connecting, house: House, served: Served) -> None:
    client = connect(visit(house, house.ania))
    client.send("from the other site")
    assert served.client(house.ania).number == client.number


def test_the_visits_own_cookie_opens_it_too(connect: Connecting, house: House) -> None:
    client = connect("", f"{VISIT_COOKIE}={visit(house, house.ania)}")
    assert client.welcome["who"]["name"] == "Ania Kowalczyk"


@pytest.mark.parametrize("token", ["", "nobody's"])
def test_a_frame_never_sits_on_the_portals_cookie(connect: Connecting, house: House, token: str) -> None:
    client = connect(token, f"{COOKIE}={house.ania.token}")
    assert client.welcome["error"]["code"] == "not_signed_in"


def test_a_session_is_no_visit_and_a_visit_is_no_session(connect: Connecting, house: House, served: Served) -> None:
    assert connect(house.ania.token).welcome["error"]["code"] == "not_signed_in"
    as_session = Client(house.contexts.settings.address, f"{COOKIE}={visit(house, house.ania)}")
    assert as_session.hello()["error"]["code"] == "not_signed_in"
    as_session.leave()


def test_a_page_of_the_site_itself_can_not_open_the_socket(connect: Connecting, house: House) -> None:
    with pytest.raises(NotConnected):
        connect(visit(house, house.ania), origin=SITE)


def test_a_visit_sees_nobody_elses_conversation(connect: Connecting, house: House, served: Served) -> None:
    theirs = served.client(house.wanjiru)
    theirs.send("mine")
    client = connect(visit(house, house.ania))
    assert client.open(theirs.number or "")["error"]["code"] == "not_found"
    assert client.ask("queue", {})["error"]["code"] == "not_allowed"


@pytest.mark.parametrize("ends", ["signing out there", "signing out in the portal", "the list", "half an hour"])
def test_the_socket_closes_when_the_visit_ends(ends: str, connect: Connecting, house: House, clock: SetClock) -> None:
    token = visit(house, house.ania)
    client = connect(token)
    client.send("first")
    by: dict[str, Callable[[], None]] = {
        "signing out there": lambda: end_visit(house.contexts, token),
        "signing out in the portal": lambda: house.sign_out(house.ania),
        "the list": lambda: list_sites(house, ""),
        "half an hour": lambda: clock.advance(timedelta(minutes=30)),
    }
    by[ends]()
    wait_until(lambda: client.gone, "the socket to be closed")
    assert any(event == "signed_out" for event, _ in client.pushed)


def test_a_message_is_not_kept_once_the_site_is_off_the_list(connect: Connecting, house: House) -> None:
    client = connect(visit(house, house.ania))
    client.send("first")
    number = client.number or ""
    list_sites(house, "")
    answer = client.ask("send", {"conversation": number, "client_id": "late", "text": "too late"})
    assert answer["error"]["code"] == "not_signed_in" and "too late" not in house.texts(number)
