"""Links by mail over HTTP: as a browser follows them, as mail scanners do, and as an attacker would like to."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import event
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from billing.auth import passwords
from billing.auth.link_requests import answer_requests
from billing.auth.sessions import COOKIE, actor_for
from billing.config import Settings
from billing.context import Contexts
from billing.mail import send_waiting
from billing.models.people import Contact
from billing.models.records import PreferenceRecord
from portal.http import create_http
from tests.portal.conftest import ADDRESS, ANIA, MARIT, PASSWORD, PIETER, sign_in

NEW = "a quite new password"
LINK = re.compile(r"https?://[^/\s]+(/(?:reset|enter)/\S+)")
KINDS = {"/login/forgot": "/reset/", "/login/link": "/enter/"}
both_kinds = pytest.mark.parametrize("asking", KINDS)


@pytest.fixture
def other(http: Starlette) -> Iterator[TestClient]:
    """Somebody else's browser."""
    with TestClient(http, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False) as made:
        yield made


def mails(contexts: Contexts) -> list[str]:
    """The mails that went out, with whom they are for, oldest first."""
    answer_requests(contexts)
    send_waiting(contexts)
    files = sorted((contexts.settings.data / "outbox").glob("*.eml"))
    return [file.read_text().replace("=\n", "").replace("=3D", "=") for file in files]


def linked(client: TestClient, contexts: Contexts, asking: str = "/login/forgot", email: str = ANIA) -> str:
    """The path of the link that is mailed to somebody who asks for one."""
    assert client.post(asking, data={"email": email}).status_code == 200
    found = LINK.search(mails(contexts)[-1])
    assert found is not None
    return found[1]


def use(client: TestClient, path: str, **headers: str) -> int:
    status: int = client.post(path, data={"password": NEW}, headers=headers).status_code
    return status


def known_as(client: TestClient, contexts: Contexts) -> str:
    who = actor_for(contexts, client.cookies.get(COOKIE, ""))
    return who.actor.email if who else ""


@both_kinds
def test_a_link_leads_to_a_form_and_the_form_signs_in(client: TestClient, people: Contexts, asking: str) -> None:
    path = linked(client, people, asking)
    shown = client.get(path)
    assert shown.status_code == 200 and f"Ania Kowalczyk, {ANIA}" in shown.text and path not in shown.text

    answer = client.post(path, data={"password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert known_as(client, people) == ANIA
    again = client.get(path)
    assert again.status_code == 410 and f'href="{asking}"' in again.text


def test_the_password_of_the_form_is_the_new_one(client: TestClient, other: TestClient, people: Contexts) -> None:
    sign_in(other)
    path = linked(client, people)
    weak = client.post(path, data={"password": "short"})
    assert weak.status_code == 422 and "at least 12 characters" in weak.text
    use(client, path)

    assert known_as(other, people) == "", "everybody else is signed out"
    assert "error=wrong_login" in sign_in(other).headers["location"]
    assert other.post("/auth/login", data={"email": ANIA, "password": NEW}).headers["location"] == "/"


@both_kinds
def test_a_code_is_still_asked_for(client: TestClient, people: Contexts, asking: str) -> None:
    with people.system(writes=True) as ctx:
        ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one().mfa_secret = pyotp.random_base32()
    path = linked(client, people, asking)
    assert client.post(path, data={"password": NEW}).headers["location"] == "/login/code"
    assert known_as(client, people) == ""


@both_kinds
def test_mail_scanners_use_nothing_up(client: TestClient, people: Contexts, asking: str) -> None:
    path = linked(client, people, asking)
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.options(path).status_code == 405
    assert use(client, path) == 303


@both_kinds
def test_everybody_hears_the_same_whoever_they_ask_for(client: TestClient, people: Contexts, asking: str) -> None:
    said = {}
    for email in (ANIA, "nia@moellerkowalczyk.nl", MARIT):
        answer = client.post(asking, data={"email": email})
        assert f"If {email} has an account, a link is on its way. It works once, for 30 minutes." in answer.text
        said[answer.text.replace(email, "…")] = (answer.status_code, sorted(answer.headers.items()))
    assert len(said) == 1 or len({text.replace(" ", "") for text in said}) == 1


@pytest.mark.parametrize("asking", [*KINDS, "/auth/login"])
def test_whoever_is_asked_for_the_same_is_done(
    client: TestClient, people: Contexts, asking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the time tells nothing either: the same statements in the same order, and as many passwords checked."""
    done: list[str] = []

    def fits(kept: str, password: str) -> bool:
        done.append("a password is checked")
        return passwords.password_fits(kept, password)

    monkeypatch.setattr("billing.auth.login.password_fits", fits)
    event.listen(people.engine, "before_cursor_execute", lambda _, __, statement, *___: done.append(statement))
    work = []
    for email in (ANIA, "nobody@example.com", MARIT, PIETER):
        client.post(asking, data={"email": email, "password": "wrong"})
        work.append(list(done))
        done.clear()
    assert len(work[0]) > 1 and work == [work[0]] * 4
    assert ("a password is checked" in work[0]) is (asking == "/auth/login")


@both_kinds
@pytest.mark.parametrize("email", ["", "ania", "a@b.c\r\nBcc: evil@example.com", "<script>alert(1)</script>", "\x00"])
def test_what_is_no_address_is_said_so(client: TestClient, people: Contexts, asking: str, email: str) -> None:
    answer = client.post(asking, data={"email": email})
    assert answer.status_code == 422 and "email address." in answer.text and "<script>alert" not in answer.text
    assert mails(people) == []


def test_the_fourth_wish_has_to_wait(client: TestClient) -> None:
    for email in (ANIA, "nobody@example.com"):
        for _ in range(3):
            assert client.post("/login/forgot", data={"email": email}).status_code == 200
        answer = client.post("/login/forgot", data={"email": email})
        assert answer.status_code == 429 and "Wait 15 minutes" in answer.text


@both_kinds
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8001", ""])
def test_a_form_of_another_site_does_nothing(client: TestClient, people: Contexts, asking: str, origin: str) -> None:
    path = linked(client, people, asking)
    assert client.post(asking, data={"email": ANIA}, headers={"origin": origin}).status_code == 403
    assert len(mails(people)) == 1
    assert use(client, path, origin=origin) == 403
    assert COOKIE not in client.cookies
    assert use(client, path) == 303


@both_kinds
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-original-host": "evil.example", "x-host": "evil.example"},
    ],
)
def test_no_header_changes_where_a_link_leads(
    client: TestClient, people: Contexts, asking: str, headers: dict[str, str]
) -> None:
    client.post(asking, data={"email": ANIA}, headers=headers)
    [mail] = mails(people)
    assert f"{ADDRESS}{KINDS[asking]}" in mail and "evil" not in mail


@both_kinds
def test_no_address_of_a_link_leaks(client: TestClient, people: Contexts, asking: str) -> None:
    path = linked(client, people, asking)
    for answer in (
        client.get(path),
        client.post(path, data={"password": "short"}),
        client.post(path),
        client.get(path),
    ):
        # Not no-referrer: with that, browsers say "null" as a form's origin, and the form would be refused.
        assert answer.headers["referrer-policy"] == "strict-origin"
        assert answer.headers.get("cache-control", "no-store") in ("no-store", "no-cache")
        assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", answer.text), "nothing of another site is loaded"


def test_the_log_tells_no_token(people: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("portal.link_pages.read_link", broken)
    with (
        TestClient(create_http(people), base_url=ADDRESS, raise_server_exceptions=False) as client,
        capture_logs() as log,
    ):
        for start in ("invite", "reset", "enter"):
            assert client.get(f"/{start}/aVerySecretToken").status_code == 500
    assert [entry["path"] for entry in log if entry["event"] == "request_failed"] == [
        "/invite/…",
        "/reset/…",
        "/enter/…",
    ]
    assert "aVerySecretToken" not in str([{k: v for k, v in entry.items() if k != "exc_info"} for entry in log])


@pytest.mark.parametrize("start", ["/invite", "/reset", "/enter"])
@pytest.mark.parametrize("token", ["x", "%00", "%F0%9F%A6%8A", "a" * 3000, "..%2f..%2fdesk"])
def test_a_made_up_link_has_ended(client: TestClient, start: str, token: str) -> None:
    for answer in (client.get(f"{start}/{token}"), client.post(f"{start}/{token}", data={"password": NEW})):
        assert answer.status_code in (404, 410)
    assert COOKIE not in client.cookies


def test_links_can_not_be_guessed_on(client: TestClient) -> None:
    answers = [client.post(f"/enter/guess{n}").status_code for n in range(31)]
    assert answers == [410] * 30 + [429]


@both_kinds
def test_a_program_hears_the_same_as_json(client: TestClient, people: Contexts, asking: str) -> None:
    program = {"accept": "application/json"}
    answer = client.post(asking, data={"email": ANIA}, headers=program)
    assert answer.json() == {
        "message": f"If {ANIA} has an account, a link is on its way. It works once, for 30 minutes."
    }
    found = LINK.search(mails(people)[-1])
    assert found is not None
    assert client.post(found[1], data={"password": NEW}, headers=program).json() == {"redirect": "/"}
    assert client.post(found[1], data={"password": NEW}, headers=program).json()["error"]["code"] == "link_ended"


def test_switched_off_nobody_signs_in_by_mail(client: TestClient, people: Contexts) -> None:
    path = linked(client, people, "/login/link")
    with people.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="email_links", value=False, changed_at=ctx.now))
    answers = [client.get("/login/link"), client.post("/login/link", data={"email": ANIA}), client.get(path)]
    answers.append(client.post(path))
    assert [answer.status_code for answer in answers] == [403] * 4
    assert all("Signing in by a link is not offered here." in answer.text for answer in answers)
    assert COOKIE not in client.cookies and client.get("/login/forgot").status_code == 200


# Around signing in itself


@both_kinds
def test_the_session_that_was_there_before_is_neither_kept_nor_left_open(
    client: TestClient, people: Contexts, asking: str
) -> None:
    sign_in(client, MARIT)
    before = client.cookies[COOKIE]
    use(client, linked(client, people, asking))
    assert client.cookies[COOKIE] != before and actor_for(people, before) is None
    before = client.cookies[COOKIE]
    client.post("/auth/login", data={"email": MARIT, "password": PASSWORD})
    assert client.cookies[COOKIE] != before and actor_for(people, before) is None


def test_a_cookie_that_somebody_planted_is_not_taken_over(client: TestClient, people: Contexts) -> None:
    client.cookies.set(COOKIE, "planted")
    token = sign_in(client).cookies[COOKIE]
    assert token != "planted" and actor_for(people, "planted") is None and actor_for(people, token)


def test_over_https_every_cookie_stays_there(people: Contexts) -> None:
    secure = people.settings.model_copy(update={"public_url": "https://billing.example.com"})
    assert isinstance(secure, Settings)
    people.settings = secure
    ours = {"origin": "https://billing.example.com"}
    with TestClient(create_http(people), base_url=ours["origin"], headers=ours, follow_redirects=False) as client:
        for answer in (sign_in(client), client.post(linked(client, people), data={"password": NEW})):
            cookie = answer.headers["set-cookie"].lower()
            assert "; secure" in cookie and "; httponly" in cookie and "; samesite=lax" in cookie
            assert "domain=" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert "https://billing.example.com/reset/" in mails(people)[0]


@pytest.mark.parametrize(
    "password", ["pässwörd mit Ümläuten", "пароль из слов", "密碼密碼是一個很長的句子", "ﬁne Å words of mine"]
)
def test_a_password_is_the_same_from_every_keyboard(client: TestClient, people: Contexts, password: str) -> None:
    composed, taken_apart = unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password)
    client.post(linked(client, people), data={"password": composed})
    for typed in (composed, taken_apart):
        assert client.post("/auth/login", data={"email": ANIA, "password": typed}).headers["location"] == "/"


def test_every_byte_of_a_password_counts(client: TestClient, people: Contexts) -> None:
    client.post(linked(client, people), data={"password": "before\x00after the end"})
    for wrong in ("before", "before\x00", "before\x00after the en", "beforeafter the end"):
        location = client.post("/auth/login", data={"email": ANIA, "password": wrong}).headers["location"]
        assert "error=wrong_login" in location
    form = {"email": ANIA, "password": "before\x00after the end"}
    assert client.post("/auth/login", data=form).headers["location"] == "/"


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16", "rot13", "nonsense"])
@pytest.mark.parametrize("path", ["/auth/login", "/login/forgot", "/reset/x", "link"])
def test_half_a_character_gets_a_sentence(client: TestClient, people: Contexts, path: str, charset: str) -> None:
    path = linked(client, people) if path == "link" else path
    half = rb"+2AA-\ud800 and some more words"
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name, value)
        for name, value in ((b"email", ANIA.encode()), (b"password", half), (b"email", half))
    )
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = client.post(
        path, content=body + b"--x--\r\n", headers={"content-type": kind, "accept": "application/json"}
    )
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("length", [1_025, 60_000, 1_000_000])
def test_a_password_without_end_costs_no_more_than_another(client: TestClient, people: Contexts, length: int) -> None:
    path = linked(client, people)
    for where in (path, "/auth/login"):
        long = {"email": ANIA, "password": "pass word " * (length // 10 + 1)}
        begun = time.perf_counter()
        answer = client.post(where, data=long, headers={"accept": "application/json"})
        assert answer.status_code in (401, 422) and time.perf_counter() - begun < 2
    assert use(client, path) == 303
