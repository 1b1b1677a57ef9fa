"""The chat on other sites over HTTP: who may show it, who gets its token, and who does not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from billing.auth.mfa import app_time
from billing.auth.sealing import seal
from billing.auth.sessions import COOKIE, end_session
from billing.clock import SetClock
from billing.context import Contexts
from billing.models.people import Contact
from billing.models.records import PreferenceRecord
from billing.throttle import LIMITS
from chat.embedding import VISIT_COOKIE, visitor_for
from tests.portal.conftest import ADDRESS, ANIA, MARIT, PASSWORD, sign_in

SITE, SISTER, STRANGER = "https://www.haarlem.example", "https://shop.haarlem.example", "https://evil.example"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
WISH = {"site": SITE, "challenge": CHALLENGE}
ENDED = "This sign-in was used before, came too late or was begun elsewhere."


def list_sites(contexts: Contexts, *sites: str) -> None:
    """The admin's list from now on."""
    with contexts.system(writes=True) as ctx:
        ctx.session.merge(PreferenceRecord(name="widget_sites", value=", ".join(sites), changed_at=ctx.now))


@pytest.fixture(autouse=True)
def listed(people: Contexts) -> None:
    list_sites(people, SITE, SISTER)


def enter(client: TestClient, email: str = ANIA, **other: str) -> httpx.Response:
    """Signs in in the window."""
    answer: httpx.Response = client.post("/embed/sign-in", data=WISH | {"email": email, "password": PASSWORD} | other)
    return answer


def code_in(answer: httpx.Response) -> str:
    """The code that the window's last page hands over."""
    found = re.search(r'data-code="([^"]+)"', answer.text)
    assert answer.status_code == 200 and found, answer.text
    return found[1]


def take(client: TestClient, code: str, verifier: str = VERIFIER, site: str = SITE, **headers: str) -> httpx.Response:
    """Asks for the token, as the frame does."""
    body = {"site": site, "code": code, "verifier": verifier}
    answer: httpx.Response = client.post("/embed/token", json=body, headers=headers)
    return answer


@pytest.fixture
def token(client: TestClient) -> str:
    """Ania's visit on SITE."""
    found: str = take(client, code_in(enter(client))).json()["token"]
    return found


def frames_allowed(answer: httpx.Response) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer.headers["content-security-policy"])
    assert found
    return found[1]


# --- which sites


def test_a_listed_site_alone_may_frame_the_chat(client: TestClient) -> None:
    answer = client.get("/embed/chat", params={"site": SITE})
    assert answer.status_code == 200 and frames_allowed(answer) == SITE
    assert "x-frame-options" not in answer.headers and "x-parley-framed-by" not in answer.headers
    assert "script-src 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("site", [STRANGER, "", "null", "*", f"{SITE} {STRANGER}", SITE + "/", SITE.upper(), "'self'"])
def test_any_other_is_refused_with_a_sentence_and_may_frame_nothing(client: TestClient, site: str) -> None:
    answer = client.get("/embed/chat", params={"site": site})
    assert answer.status_code == 403 and "has not opened its chat on" in answer.text
    assert frames_allowed(answer) == "'none'" and answer.headers["x-frame-options"] == "DENY"


def test_nobody_may_show_it_before_an_admin_lists_a_site(people: Contexts, client: TestClient) -> None:
    list_sites(people)
    assert client.get("/embed/chat", params={"site": SITE}).status_code == 403
    assert enter(client).status_code == 403


@pytest.mark.parametrize(
    "path", ["/embed/sign-in?site=https://www.haarlem.example&challenge=" + CHALLENGE, "/invite/x"]
)
def test_every_other_page_still_may_be_framed_by_nobody(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert frames_allowed(answer) == "'none'" and answer.headers["x-frame-options"] == "DENY"


def test_the_bubble_learns_the_name_on_a_listed_site_and_a_sentence_elsewhere(client: TestClient) -> None:
    here = client.get("/embed/site", headers={"origin": SITE})
    assert here.json()["business"] == "RenoTech" and here.headers["access-control-allow-origin"] == SITE
    there = client.get("/embed/site", headers={"origin": STRANGER})
    assert there.status_code == 403
    assert there.json()["error"]["message"].startswith("RenoTech has not opened its chat on evil.example.")


def test_a_sentence_never_repeats_what_is_no_address(client: TestClient) -> None:
    answer = client.get("/embed/chat", params={"site": "https://x<script>alert(1)</script>"})
    assert answer.status_code == 403 and "<script>alert" not in answer.text and "on this site." in answer.text


# --- the window


def test_the_window_keeps_its_link_to_the_frame_and_no_other_page_does(client: TestClient) -> None:
    window = client.get("/embed/sign-in", params=WISH)
    assert window.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert enter(client).headers["cross-origin-opener-policy"] == "unsafe-none"
    for path in ("/embed/chat?site=" + SITE, "/healthz", "/invite/x"):
        assert client.get(path).headers["cross-origin-opener-policy"] == "same-origin"


def test_who_forgot_the_password_asks_for_another_beside_the_window(client: TestClient) -> None:
    """In a tab of its own: the page for it cuts the link to the frame, and the window must keep it."""
    window = client.get("/embed/sign-in", params=WISH).text
    assert '<a href="/login/forgot" target="_blank" rel="noopener">Forgot your password?</a>' in window
    assert client.get("/login/forgot").status_code == 200


def test_a_code_is_in_no_address_and_in_no_cache(client: TestClient) -> None:
    answer = enter(client)
    assert "location" not in answer.headers and answer.headers["cache-control"] == "no-store"
    assert code_in(answer) not in str(answer.headers)


def test_a_wrong_password_is_told_in_the_window_and_gives_no_code(client: TestClient) -> None:
    answer = enter(client, password="wrong")
    assert answer.status_code == 401 and "do not belong together" in answer.text
    assert ANIA in answer.text and "data-code" not in answer.text and COOKIE not in client.cookies


def test_somebody_who_is_signed_in_says_yes_once(client: TestClient) -> None:
    sign_in(client)
    window = client.get("/embed/sign-in", params=WISH)
    assert "Continue as Ania Kowalczyk" in window.text and "data-code" not in window.text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', window.text)
    assert csrf
    refused = client.post("/embed/continue", data=WISH | {"csrf_token": "x"})
    assert refused.status_code == 403 and "data-code" not in refused.text
    assert take(client, code_in(client.post("/embed/continue", data=WISH | {"csrf_token": csrf[1]}))).status_code == 200


def test_a_second_factor_is_asked_for_in_the_window(people: Contexts, client: TestClient) -> None:
    secret = pyotp.random_base32()
    with people.system(writes=True) as ctx:
        ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
        ania.mfa_secret = seal(people.settings, secret)
        ctx.session.add(ania)
    window = enter(client)
    assert "Enter your code" in window.text and "data-code" not in window.text
    wrong = client.post("/embed/code", data=WISH | {"code": "000000"})
    assert wrong.status_code == 401 and "data-code" not in wrong.text
    fitting = pyotp.TOTP(secret).at(app_time(people))
    assert take(client, code_in(client.post("/embed/code", data=WISH | {"code": fitting}))).status_code == 200


def test_staff_are_sent_to_the_desk(client: TestClient) -> None:
    answer = enter(client, email=MARIT)
    assert answer.status_code == 403 and "for customers" in answer.text and "data-code" not in answer.text


@pytest.mark.parametrize("path", ["/embed/sign-in", "/embed/code", "/embed/continue"])
def test_a_form_on_another_site_does_nothing(client: TestClient, path: str) -> None:
    form = WISH | {"email": ANIA, "password": PASSWORD, "code": "123456"}
    answer = client.post(path, data=form, headers={"origin": SITE})
    assert answer.status_code == 403 and "data-code" not in answer.text and COOKIE not in client.cookies


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "é" * 43, f"{'x' * 42} "])
def test_a_window_that_none_of_our_frames_opened_asks_for_nothing(client: TestClient, challenge: str) -> None:
    answer = client.get("/embed/sign-in", params={"site": SITE, "challenge": challenge})
    assert answer.status_code == 403 and "password" not in answer.text.lower()


# --- code and token


def test_the_frame_gets_a_token_that_opens_the_chat_alone(people: Contexts, client: TestClient, token: str) -> None:
    who = visitor_for(people, token)
    assert who is not None and who.actor.email == ANIA
    client.cookies.clear()
    client.cookies.set(COOKIE, token)  # it is no session of the portal
    assert client.get("/documents/invoices/RT-1.pdf").headers["location"].startswith("/login?error=not_signed_in")


def test_a_code_is_good_once_and_a_second_use_ends_what_the_first_began(people: Contexts, client: TestClient) -> None:
    code = code_in(enter(client))
    first = take(client, code).json()["token"]
    again = take(client, code)
    assert again.status_code == 403 and again.json()["error"]["message"].startswith(ENDED)
    assert visitor_for(people, first) is None


@pytest.mark.parametrize("verifier", ["", "w" * 43, CHALLENGE, "v" * 44])
def test_a_stolen_code_is_worth_nothing_without_the_frames_secret(client: TestClient, verifier: str) -> None:
    code = code_in(enter(client))
    assert take(client, code, verifier).status_code == 403
    assert take(client, code).status_code == 403, "the try has used it up"


@pytest.mark.parametrize("origin", [SITE, STRANGER, "null", ""])
def test_no_other_origin_gets_a_token(client: TestClient, origin: str) -> None:
    code = code_in(enter(client))
    answer = take(client, code, origin=origin)
    assert answer.status_code == 403 and "token" not in answer.json()
    assert "access-control-allow-origin" not in answer.headers
    assert take(client, code).status_code == 200, "who may not ask uses nothing up"


@pytest.mark.parametrize("site", [SISTER, STRANGER, ""])
def test_a_code_for_one_site_is_worth_nothing_on_another(client: TestClient, site: str) -> None:
    assert take(client, code_in(enter(client)), site=site).status_code == 403


def test_a_code_lasts_a_minute(client: TestClient, clock: SetClock) -> None:
    code = code_in(enter(client))
    clock.advance(timedelta(seconds=61))
    assert take(client, code).status_code == 403


def test_a_code_ends_with_its_session(client: TestClient, people: Contexts) -> None:
    code = code_in(enter(client))
    end_session(people, client.cookies[COOKIE])
    answer = take(client, code)
    assert answer.status_code == 401 and "token" not in answer.json()


def test_a_code_is_worth_nothing_once_the_site_is_off_the_list(people: Contexts, client: TestClient) -> None:
    code = code_in(enter(client))
    list_sites(people, SISTER)
    assert take(client, code).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"site": 1}', b'{"site": "x", "code": "y", "verifier": "z", "more": 1}']
)
def test_what_can_not_be_read_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/embed/token", content=body)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "invalid_input"


def test_the_cookie_is_for_frames_on_that_site_and_for_no_script(client: TestClient) -> None:
    answer = take(client, code_in(enter(client)))
    said = answer.headers["set-cookie"]
    assert said.startswith(f"{VISIT_COOKIE}={answer.json()['token']};")
    assert {"HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(said.split("; "))


# --- the visit


def resumes(client: TestClient, token: str, site: str = SITE) -> bool:
    said: bool = client.post("/embed/resume", json={"site": site, "token": token}).json()["signed_in"]
    return said


def test_a_visit_goes_on_on_the_next_page_of_its_site_and_on_no_other(client: TestClient, token: str) -> None:
    assert resumes(client, token)
    assert not resumes(client, token, SISTER) and not resumes(client, token, STRANGER)
    assert not resumes(client, "") and not resumes(client, "nobody's")


@pytest.mark.parametrize("ends", ["signing out in the chat", "signing out in the portal", "half an hour", "the list"])
def test_a_visit_ends(ends: str, client: TestClient, people: Contexts, clock: SetClock, token: str) -> None:
    by: dict[str, Callable[[], object]] = {
        "signing out in the chat": lambda: client.post("/embed/sign-out", json={"site": SITE, "token": token}),
        "signing out in the portal": lambda: client.post("/auth/logout", data={"csrf_token": csrf_of(people, token)}),
        "half an hour": lambda: clock.advance(timedelta(minutes=30)),
        "the list": lambda: list_sites(people, SISTER),
    }
    assert resumes(client, token)
    by[ends]()
    assert not resumes(client, token)


def csrf_of(contexts: Contexts, token: str) -> str:
    who = visitor_for(contexts, token)
    assert who is not None
    return who.csrf_token


def test_signing_out_in_the_chat_signs_out_of_the_portal_too(client: TestClient, token: str) -> None:
    assert client.get("/documents/invoices/X-1.pdf").status_code == 404
    client.post("/embed/sign-out", json={"site": SITE, "token": token})
    assert client.get("/documents/invoices/X-1.pdf").headers["location"].startswith("/login?")


def test_another_site_can_not_sign_anybody_out(client: TestClient, token: str) -> None:
    answer = client.post("/embed/sign-out", json={"site": SITE, "token": token}, headers={"origin": SITE})
    assert answer.status_code == 403 and resumes(client, token)


# --- visitors whom nobody knows


def ask(client: TestClient, text: str, action: str = "", site: str = SITE) -> httpx.Response:
    answer: httpx.Response = client.post("/embed/ask", json={"site": site, "text": text, "action": action})
    return answer


@pytest.mark.parametrize(
    ("text", "action", "says"),
    [
        ("Where do I find my invoice?", "", "under Invoices"),
        ("How does switching a plan work?", "subscriptions.switch_plan", "what it costs today"),
        ("Talk to a person", "", "People answer 9:00–17:30"),
        ("hello", "", "What would you like to know?"),
        ("what is the capital of Peru", "", "before you sign in"),
        ("take over CV-2026-0001", "support.take", "before you sign in"),
    ],
)
def test_a_visitor_hears_how_things_work(client: TestClient, text: str, action: str, says: str) -> None:
    answer = ask(client, text, action)
    assert answer.status_code == 200 and says in answer.json()["blocks"][0]["text"]


def test_what_is_switched_off_is_not_offered_to_visitors(people: Contexts, client: TestClient) -> None:
    with people.system(writes=True) as ctx:
        for name in ("switch_plan", "talk_to_person"):
            ctx.session.add(PreferenceRecord(name=name, value=False, changed_at=ctx.now))
    assert (
        "“Switch plan” is not offered here" in ask(client, "x", "subscriptions.switch_plan").json()["blocks"][0]["text"]
    )
    assert "ask one to join" not in ask(client, "Talk to a person").json()["blocks"][0]["text"]


@pytest.mark.parametrize(
    ("text", "code"), [("", "invalid_input"), (" ", "invalid_input"), ("x" * 501, "message_too_long")]
)
def test_a_question_has_a_size(client: TestClient, text: str, code: str) -> None:
    assert ask(client, text).json()["error"]["code"] == code


def test_visitors_of_other_sites_and_floods_are_refused(client: TestClient) -> None:
    assert ask(client, "hello", site=STRANGER).status_code == 403
    said = [ask(client, "hello").status_code for _ in range(LIMITS["visitor_address"].amount)]
    assert said[-1] == 429


def test_the_script_may_be_loaded_by_any_site(http: Starlette) -> None:
    with TestClient(http, base_url=ADDRESS) as browser:
        answer = browser.get("/embed.js")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
