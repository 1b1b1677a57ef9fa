"""What one person's tab was shown is not shown to the next, and other programs' cookies keep nobody out."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from billing.auth.sessions import token_in
from tests.fixtures.processes import PATIENCE, RunningParley

ANIA, OTHER = "ania@moellerkowalczyk.nl", "wanjiru@kamauodegaard.example"
STATE = "reflex___state____state"
PORTAL = f"{STATE}.portal___state____portal_state"
HOME = f"{PORTAL}.portal___pages___home_state____home_state"
TAB = "a-tab-that-is-known"

pytestmark = pytest.mark.process


def signed_in(parley: RunningParley, email: str) -> str:
    """The cookie of a fresh session."""
    password = json.loads((parley.data / "demo_logins").read_text())[email]
    answer = httpx.post(
        f"{parley.url}/auth/login",
        data={"email": email, "password": password},
        headers={"origin": parley.url},
        timeout=PATIENCE,
    )
    return f"parley_session={answer.cookies['parley_session']}"


def shown(parley: RunningParley, tab: str, cookie: str, event: str, *until: str) -> str:
    """What Reflex's socket says to this event, until each of these was said, one after the other.

    A tab whose last connection is not put away yet counts as another tab, by a `new_token`: then it is asked again,
    whatever has been said by then, for that other tab may never be told what is waited for.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (said := _said_to(parley, tab, cookie, event, *until)) is not None:
            return said
    pytest.fail("The tab's last connection is never put away.")


def _said_to(parley: RunningParley, tab: str, cookie: str, event: str, *until: str) -> str | None:
    """The same at one connection; None where it counts as another tab."""
    address = f"{parley.url.replace('http', 'ws')}/_event/?EIO=4&transport=websocket&token={tab}"
    headers = {"cookie": cookie} if cookie else {}
    message = {"name": event, "payload": {}, "router_data": {"pathname": "/", "asPath": "/", "query": {}}}
    said, heard = "", 0
    with connect(
        address, origin=Origin(parley.url), additional_headers=headers, max_size=None, open_timeout=PATIENCE
    ) as socket:
        socket.send("40/_event,")
        socket.send(f"42/_event,{json.dumps(['event', message])}")
        for mark in until:
            while (found := said.find(mark, heard)) < 0:
                said += str(socket.recv(timeout=PATIENCE))
                if '"new_token"' in said:
                    return None
            heard = found + len(mark)
    return said


ENTER = f"{HOME}.enter_page"
LOOK = f"{STATE}.hydrate_and_load"
THE_WHOLE_STATE = "on_load_internal_state"
HYDRATED = '"is_hydrated_rx_state_":true'


def test_a_tab_shows_its_own_person_again_what_it_showed(shared_parley: RunningParley) -> None:
    ania = signed_in(shared_parley, ANIA)
    shown(shared_parley, TAB, ania, ENTER, "Ania Kowalczyk")
    shown(shared_parley, TAB, ania, LOOK, THE_WHOLE_STATE, "Ania Kowalczyk", HYDRATED)


@pytest.mark.parametrize("next_person", ["", OTHER])
def test_the_next_person_at_the_same_tab_sees_nothing_of_it(shared_parley: RunningParley, next_person: str) -> None:
    shown(shared_parley, TAB, signed_in(shared_parley, ANIA), ENTER, "Ania Kowalczyk")
    cookie = signed_in(shared_parley, next_person) if next_person else ""
    seen = shown(shared_parley, TAB, cookie, LOOK, THE_WHOLE_STATE, HYDRATED)
    assert "Kowalczyk" not in seen and "RT-20" not in seen


def test_the_session_never_reaches_the_scripts_of_a_page(shared_parley: RunningParley) -> None:
    cookie = signed_in(shared_parley, ANIA)
    entered = shown(shared_parley, "another-tab", cookie, ENTER, "Ania Kowalczyk")
    looked = shown(shared_parley, "another-tab", cookie, LOOK, THE_WHOLE_STATE, "Ania Kowalczyk", HYDRATED)
    assert cookie.partition("=")[2] not in entered + looked


def test_cookies_of_other_programs_keep_nobody_out(shared_parley: RunningParley) -> None:
    strange = f'seen={{"a": 1}}; {signed_in(shared_parley, ANIA)}; b[0]=@'
    shown(shared_parley, "a-third-tab", strange, ENTER, "Ania Kowalczyk")


@pytest.mark.parametrize(
    ("cookies", "token"),
    [
        ("", ""),
        ("parley_session", ""),
        ("parley_session=abc", "abc"),
        ('a={"b":"c;d"}; parley_session="abc"', "abc"),
        ("xparley_session=no; a=parley_session=no", ""),
    ],
)
def test_the_session_is_found_among_any_cookies(cookies: str, token: str) -> None:
    assert token_in(cookies) == token
