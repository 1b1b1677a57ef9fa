"""Signing in over HTTP, as a browser does it and as an attacker would like to."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from billing.auth.invitations import invite_staff
from billing.auth.sealing import seal
from billing.auth.sessions import COOKIE, actor_for
from billing.context import Contexts
from billing.models.people import Contact
from portal.answers import local_path, sentence_of
from portal.sign_in import counted_as
from tests.portal.conftest import ADDRESS, ANIA, MARIT, PASSWORD, sign_in


def where(location: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(location)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def csrf(contexts: Contexts, client: TestClient) -> str:
    who = actor_for(contexts, client.cookies[COOKIE])
    assert who is not None
    return who.csrf_token


def test_a_right_password_gives_a_cookie_that_no_script_can_read(client: TestClient, people: Contexts) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert actor_for(people, client.cookies[COOKIE]) is not None


def test_an_agent_is_sent_to_the_desk(client: TestClient) -> None:
    assert sign_in(client, MARIT).headers["location"] == "/desk"


def test_one_goes_on_to_where_one_wanted_to_go(client: TestClient) -> None:
    form = {"email": ANIA, "password": PASSWORD, "next": "/invoices/RT-2026-0187"}
    assert client.post("/auth/login", data=form).headers["location"] == "/invoices/RT-2026-0187"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil", ""]
)
def test_nobody_is_sent_to_another_site(client: TestClient, elsewhere: str) -> None:
    form = {"email": ANIA, "password": PASSWORD, "next": elsewhere}
    assert client.post("/auth/login", data=form).headers["location"] == "/"
    assert local_path(elsewhere) == "/"


@pytest.mark.parametrize(
    "form", [{"email": ANIA, "password": "wrong"}, {"email": "nobody@example.com", "password": PASSWORD}, {}]
)
def test_a_wrong_login_goes_back_with_its_sentence(client: TestClient, form: dict[str, str]) -> None:
    path, query = where(client.post("/auth/login", data=form).headers["location"])
    assert path == "/login"
    assert sentence_of(query) == "That email and password do not belong together. Check both and try again."
    assert COOKIE not in client.cookies


def test_a_program_gets_the_error_as_json(client: TestClient) -> None:
    answer = client.post("/auth/login", data={"email": ANIA}, headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "wrong_login"


def test_a_program_hears_where_to_go(client: TestClient) -> None:
    form = {"email": ANIA, "password": PASSWORD}
    assert client.post("/auth/login", data=form, headers={"accept": "application/json"}).json() == {"redirect": "/"}


def test_too_many_tries_say_how_long_to_wait(client: TestClient) -> None:
    for _ in range(8):
        client.post("/auth/login", data={"email": ANIA, "password": "wrong"})
    _, query = where(sign_in(client).headers["location"])
    assert sentence_of(query).startswith("Too many tries. Wait 15 minutes")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8001", ""])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/mfa", "/auth/logout", "/auth/account", "/invite/x"])
def test_a_form_of_another_site_does_nothing(client: TestClient, path: str, origin: str) -> None:
    sign_in(client)
    answer = client.post(path, data={"email": ANIA, "password": PASSWORD}, headers={"origin": origin})
    if answer.status_code == 303:
        assert where(answer.headers["location"])[1]["error"] == "form_expired"
    else:
        assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_without_any_origin_does_nothing(http: Starlette) -> None:
    client = TestClient(http, base_url=ADDRESS, follow_redirects=False)
    assert "form_expired" in sign_in(client).headers["location"]


def test_signing_out_needs_the_token_of_the_page(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    token = client.cookies[COOKIE]
    assert "form_expired" in client.post("/auth/logout").headers["location"]
    assert actor_for(people, token)
    answer = client.post("/auth/logout", data={"csrf_token": csrf(people, client)})
    assert answer.headers["location"] == "/login"
    assert actor_for(people, token) is None


def test_another_account_is_opened_with_the_token_in_a_header(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    headers = {"x-parley-csrf": csrf(people, client)}
    answer = client.post("/auth/account", data={"account": "C-2", "next": "/invoices"}, headers=headers)
    assert answer.headers["location"] == "/invoices"
    who = actor_for(people, client.cookies[COOKIE])
    assert who is not None and who.actor.customer_id == who.memberships[1].customer_id


def test_somebody_elses_account_can_not_be_opened(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    answer = client.post("/auth/account", data={"account": "C-3", "csrf_token": csrf(people, client)})
    assert "error=account_not_found" in answer.headers["location"]


def test_a_second_factor_is_asked_for_before_anything_opens(client: TestClient, people: Contexts) -> None:
    secret = pyotp.random_base32()
    with people.system(writes=True) as ctx:
        ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one().mfa_secret = seal(people.settings, secret)
    form = {"email": ANIA, "password": PASSWORD, "next": "/reviews"}
    assert client.post("/auth/login", data=form).headers["location"] == "/login/code?next=%2Freviews"
    half = client.cookies[COOKIE]
    assert actor_for(people, half) is None

    path, query = where(client.post("/auth/mfa", data={"code": "abc"}).headers["location"])
    assert path == "/login/code"
    assert "4 tries are left" in sentence_of(query)

    code = pyotp.TOTP(secret).at(people.clock.now())
    answer = client.post("/auth/mfa", data={"code": code, "next": "/reviews"})
    assert answer.headers["location"] == "/reviews"
    assert actor_for(people, client.cookies[COOKIE]) and client.cookies[COOKIE] != half


def test_a_code_without_a_login_goes_to_the_login(client: TestClient) -> None:
    path, query = where(client.post("/auth/mfa", data={"code": "123456"}).headers["location"])
    assert (path, query["error"]) == ("/login", "not_signed_in")


def test_an_invitation_is_a_page_that_sets_the_password(client: TestClient, people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        link = urlsplit(invite_staff(ctx, "rio@renotech.example", name="<b>Rio</b>")).path
    shown = client.get(link)
    assert shown.status_code == 200 and "rio@renotech.example" in shown.text
    assert "<b>Rio" not in shown.text and "&lt;b&gt;Rio" in shown.text

    weak = client.post(link, data={"password": "short"})
    assert weak.status_code == 422 and "at least 12 characters" in weak.text

    assert client.post(link, data={"password": "a quite new password"}).headers["location"] == "/desk"
    assert actor_for(people, client.cookies[COOKIE])
    used = client.get(link)
    assert used.status_code == 410 and "This invitation has ended" in used.text


@pytest.mark.parametrize("token", ["x", "%00", "%F0%9F%A6%8A", "a" * 3000])
def test_a_made_up_invitation_has_ended(client: TestClient, token: str) -> None:
    assert client.get(f"/invite/{token}").status_code == 410


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"email=" + b"a" * 100_000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe%zz=&&&", "application/x-www-form-urlencoded"),
        (b"not multipart", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b'{"email": 1}', "application/json"),
        (b"", "text/plain"),
    ],
)
def test_a_strange_body_gets_a_sentence(client: TestClient, body: bytes, kind: str) -> None:
    answer = client.post("/auth/login", content=body, headers={"content-type": kind, "accept": "application/json"})
    assert answer.status_code in (400, 401, 422)
    assert answer.json()["error"]["message"]


def test_an_error_in_a_link_is_never_echoed() -> None:
    assert sentence_of({"error": "<script>"}) == ""
    assert sentence_of({"error": "too_many_tries", "minutes": "<script>"}) == "Nothing was changed. Try once more."


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_tries_from_one_subscribers_addresses_count_together(address: str, counted: str) -> None:
    assert counted_as(address) == counted
