"""One's own password, and the browsers where one is signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from billing.auth.devices import device_words
from billing.auth.link_requests import answer_requests, ask_for_link
from billing.auth.login import Client, sign_in
from billing.auth.own_sign_in import change_password, end_device, end_other_devices, own_sign_in
from billing.auth.sessions import SignedIn, actor_for, end_session
from billing.clock import SetClock
from billing.context import Contexts
from billing.mail import send_waiting
from billing.models.people import LinkPurpose, OneTimeLink
from billing.models.records import AuditEntry
from tests.billing.auth.people import ANIA, HERE, MARIT, PASSWORD, outbox, refused

NEW = "seven green bicycles"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36 Edg/140.0.0.0"
)


def enter(contexts: Contexts, email: str = ANIA, agent: str = WINDOWS) -> tuple[str, SignedIn]:
    token = sign_in(contexts, email, PASSWORD, Client("127.0.0.1", agent)).token
    who = actor_for(contexts, token)
    assert who is not None
    return token, who


def test_a_new_password_opens_and_the_old_one_does_not(people: Contexts) -> None:
    elsewhere, _ = enter(people)
    token, who = enter(people)
    change_password(people, who, PASSWORD, NEW)
    assert actor_for(people, token) and actor_for(people, elsewhere) is None
    with refused("wrong_login"):
        sign_in(people, ANIA, PASSWORD, HERE)
    assert actor_for(people, sign_in(people, ANIA, NEW, HERE).token)
    with people.system() as ctx:
        assert ctx.session.exec(select(AuditEntry.sentence)).all() == ["Ania Kowalczyk changed their password."]
    send_waiting(people)
    [mail] = outbox(people)
    assert mail["To"] == ANIA and "was changed" in mail["Subject"] and NEW not in mail.get_content()


@pytest.mark.parametrize("email", [ANIA, MARIT])
@pytest.mark.parametrize(
    ("current", "wanted", "why"),
    [
        ("a guess", NEW, "wrong_own_password"),
        ("", NEW, "wrong_own_password"),
        ("\x00" * 3000, NEW, "wrong_own_password"),
        (PASSWORD, "short", "weak_password"),
        (PASSWORD, "", "weak_password"),
        (PASSWORD, "x1" * 600, "weak_password"),
        (PASSWORD, PASSWORD, "invalid_input"),
    ],
)
def test_a_refused_change_changes_nothing(people: Contexts, email: str, current: str, wanted: str, why: str) -> None:
    elsewhere, _ = enter(people, email)
    _, who = enter(people, email)
    with refused(why):
        change_password(people, who, current, wanted)
    assert actor_for(people, elsewhere)
    assert actor_for(people, sign_in(people, email, PASSWORD, HERE).token)


def test_the_password_can_not_be_guessed_on(people: Contexts) -> None:
    _, who = enter(people)
    for _ in range(8):
        with refused("wrong_own_password"):
            change_password(people, who, "a guess", NEW)
    with refused("too_many_tries"):
        change_password(people, who, PASSWORD, NEW)


def test_a_changed_password_ends_the_links_that_were_mailed(people: Contexts) -> None:
    ask_for_link(people, LinkPurpose.PASSWORD, ANIA, HERE)
    answer_requests(people)
    _, who = enter(people)
    change_password(people, who, PASSWORD, NEW)
    with people.system() as ctx:
        assert ctx.session.exec(select(OneTimeLink).where(col(OneTimeLink.used_at).is_(None))).all() == []


def test_a_session_that_ended_changes_nothing(people: Contexts) -> None:
    token, who = enter(people)
    end_session(people, token)
    with refused("not_signed_in"):
        change_password(people, who, PASSWORD, NEW)
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)


def test_one_sees_where_one_is_signed_in(people: Contexts, clock: SetClock) -> None:
    enter(people, agent=IPHONE)
    clock.advance(timedelta(minutes=20))
    enter(people, agent=EDGE)
    enter(people, MARIT)
    _, who = enter(people)
    devices = own_sign_in(people, who).devices
    assert [(one.words, one.this_one) for one in devices] == [
        ("Firefox on Windows", True), ("Edge on a Mac", False), ("Safari on an iPhone", False),
    ]  # fmt: skip
    assert devices[0].since == clock.now() and devices[2].seen == clock.now() - timedelta(minutes=20)


def test_one_signs_out_of_one_other_browser(people: Contexts) -> None:
    phone, _ = enter(people, agent=IPHONE)
    mac, _ = enter(people, agent=EDGE)
    token, who = enter(people)
    name = next(one.name for one in own_sign_in(people, who).devices if one.words == "Safari on an iPhone")
    assert phone not in name
    end_device(people, who, name)
    end_device(people, who, name)
    assert actor_for(people, phone) is None and actor_for(people, mac) and actor_for(people, token)
    with people.system() as ctx:
        said = ctx.session.exec(select(AuditEntry.sentence)).all()
    assert said == ["Ania Kowalczyk signed out of Safari on an iPhone."]


def test_one_signs_out_everywhere_else(people: Contexts) -> None:
    others = [enter(people, agent=agent)[0] for agent in (IPHONE, EDGE)]
    marit, _ = enter(people, MARIT)
    token, who = enter(people)
    end_other_devices(people, who)
    assert [actor_for(people, other) for other in others] == [None, None]
    assert actor_for(people, token) and actor_for(people, marit)


@pytest.mark.parametrize("made_up", ["", "x", "\x00", "1", "é" * 5000])
def test_a_browser_that_is_not_ones_own_is_left_alone(people: Contexts, made_up: str) -> None:
    marit, as_marit = enter(people, MARIT)
    _, who = enter(people)
    for name in (made_up, own_sign_in(people, as_marit).devices[0].name):
        end_device(people, who, name)
    assert actor_for(people, marit)


def test_this_browser_is_ended_by_signing_out_alone(people: Contexts) -> None:
    token, who = enter(people)
    end_device(people, who, own_sign_in(people, who).devices[0].name)
    assert actor_for(people, token)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", "A program or an unknown browser"),
        ("curl/8.5.0", "A program or an unknown browser"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28 Chrome/130 Safari/537.36", "Samsung Internet on Android"),
        ("Something (Windows NT 10.0)", "A browser on Windows"),
        ("Firefox", "Firefox"),
    ],
)
def test_a_browser_is_said_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words
