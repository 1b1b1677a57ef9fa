"""Changing how one signs in over HTTP: what the forms need, what their pages show, and what nobody may keep."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import httpx
import pyotp
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from billing import dispatch
from billing.auth.sealing import seal
from billing.auth.sessions import COOKIE, actor_for
from billing.context import Contexts
from billing.models.people import Contact, Staff
from billing.models.records import PreferenceRecord
from billing.registry import Channel, Role
from tests.portal.conftest import ANIA, MARIT, PASSWORD, sign_in

FORMS = ["/security/code", "/security/code/off", "/security/recovery-codes", "/security/password"]
POSTS = [*FORMS, "/security/sessions"]


def csrf(contexts: Contexts, client: TestClient) -> str:
    who = actor_for(contexts, client.cookies[COOKIE])
    assert who is not None
    return who.csrf_token


def post(client: TestClient, people: Contexts, path: str, **form: str) -> httpx.Response:
    answer: httpx.Response = client.post(path, data={"csrf_token": csrf(people, client), **form})
    return answer


def key_on(page: httpx.Response) -> str:
    key = re.search(r'id="key">(.*?)</p>', page.text)
    assert key is not None
    return "".join(re.findall(r"<span>(\w{4})</span>", key[1]))


def turn_on(client: TestClient, people: Contexts) -> tuple[str, httpx.Response]:
    """Codes are on; the app's secret, and the page with the recovery codes."""
    post(client, people, "/security/code", password=PASSWORD)
    secret = key_on(client.get("/security/code"))
    return secret, post(client, people, "/security/code", code=pyotp.TOTP(secret).at(people.clock.now()))


def recovery_codes(page: httpx.Response) -> list[str]:
    return re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", page.text)


def uses_codes(people: Contexts) -> bool:
    with people.system() as ctx:
        return bool(ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one().mfa_secret)


def test_codes_are_turned_on_and_a_recovery_code_signs_in(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    assert "Your password" in client.get("/security/code").text
    answer = post(client, people, "/security/code", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/security/code")

    shown = client.get("/security/code")
    assert "<svg" in shown.text and not uses_codes(people)
    secret = key_on(shown)
    wrong = post(client, people, "/security/code", code="abc")
    assert wrong.status_code == 401 and "That code is not right" in wrong.text and key_on(wrong) == secret

    done = post(client, people, "/security/code", code=pyotp.TOTP(secret).at(people.clock.now()))
    codes = recovery_codes(done)
    assert len(codes) == 10 and uses_codes(people)
    download = re.search(r'href="data:text/plain;charset=utf-8,([^"]*)"', done.text)
    assert download is not None and all(code in unquote(html.unescape(download[1])) for code in codes)

    client.cookies.clear()
    assert sign_in(client).headers["location"] == "/login/code"
    assert "Recovery code" in client.get("/login/recovery?next=/reviews").text
    refused = client.post("/login/recovery", data={"code": "aaaa-aaaa-aaaa", "next": "/reviews"})
    assert refused.status_code == 401 and "4 tries are left" in refused.text and 'value="/reviews"' in refused.text
    assert client.post("/login/recovery", data={"code": codes[0], "next": "/reviews"}).headers["location"] == "/reviews"
    assert actor_for(people, client.cookies[COOKIE])


def test_pages_with_secrets_are_kept_by_nobody_and_load_nothing_foreign(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    post(client, people, "/security/code", password=PASSWORD)
    key_page = client.get("/security/code")
    for shown in (key_page, turn_on(client, people)[1]):
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["referrer-policy"] == "same-origin"
        scripts = next(part for part in shown.headers["content-security-policy"].split("; ") if "script-src" in part)
        assert "unsafe" not in scripts and "sha256" not in scripts
        assert "https://" not in shown.text.replace("http://www.w3.org", "")


def test_an_address_never_holds_what_was_typed(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    for path in FORMS:
        wrong = post(client, people, path, password="a wrong secret", new_password="another secret", code="123456")
        assert "location" not in wrong.headers
        assert "a wrong secret" not in wrong.text and "another secret" not in wrong.text


@pytest.mark.parametrize("path", FORMS)
def test_a_wrong_password_is_said_at_its_field(client: TestClient, people: Contexts, path: str) -> None:
    sign_in(client)
    answer = post(client, people, path, password="a guess")
    assert answer.status_code == 403
    assert 'id="password-error"' in answer.text and "That is not your password." in answer.text


@pytest.mark.parametrize("path", POSTS)
def test_a_form_of_another_site_or_without_the_token_does_nothing(
    client: TestClient, people: Contexts, path: str
) -> None:
    sign_in(client)
    form = {"password": PASSWORD, "new_password": "seven green bicycles", "session": "others"}
    token = csrf(people, client)
    evil = client.post(path, data={**form, "csrf_token": token}, headers={"origin": "https://evil.example"})
    assert evil.status_code == 403 and client.post(path, data=form).status_code == 403
    assert client.post(path, data={**form, "csrf_token": "x"}).status_code == 403
    assert sign_in(client).headers["location"] == "/"


@pytest.mark.parametrize("path", POSTS)
def test_who_is_signed_out_is_asked_to_sign_in(client: TestClient, path: str) -> None:
    posted = client.post(path, data={"password": PASSWORD})
    assert posted.headers["location"].startswith("/login?error=not_signed_in")
    if path in FORMS:
        assert client.get(path).headers["location"].startswith("/login?error=not_signed_in")


@pytest.mark.parametrize("path", POSTS)
def test_a_sign_in_that_waits_for_its_code_opens_none_of_it(client: TestClient, people: Contexts, path: str) -> None:
    with people.system(writes=True) as ctx:
        ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
        ania.mfa_secret = seal(people.settings, pyotp.random_base32())
    sign_in(client)
    assert "not_signed_in" in client.post(path, data={"password": PASSWORD}).headers["location"]


def test_the_page_for_recovery_codes_needs_the_password_first(client: TestClient) -> None:
    assert client.get("/login/recovery").headers["location"] == "/login"
    assert client.post("/login/recovery", data={"code": "aaaa-aaaa-aaaa"}).headers["location"] == "/login"
    sign_in(client)
    assert client.get("/login/recovery").headers["location"] == "/login"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", '"><script>'])
def test_a_recovery_code_leads_nobody_elsewhere(client: TestClient, people: Contexts, elsewhere: str) -> None:
    sign_in(client)
    codes = recovery_codes(turn_on(client, people)[1])
    client.cookies.clear()
    sign_in(client)
    shown = client.get("/login/recovery", params={"next": elsewhere})
    assert elsewhere not in shown.text
    assert client.post("/login/recovery", data={"code": codes[0], "next": elsewhere}).headers["location"] == "/"


def test_a_strange_recovery_form_gets_a_sentence(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    turn_on(client, people)
    client.cookies.clear()
    sign_in(client)
    for body in (b"code=" + b"a" * 100_000, b"\xff\xfe%zz=&&&", b""):
        answer = client.post(
            "/login/recovery", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code in (401, 422) and 'role="alert"' in answer.text


def test_codes_are_turned_off_with_password_and_recovery_code(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    codes = recovery_codes(turn_on(client, people)[1])
    no_code = post(client, people, "/security/code/off", password=PASSWORD, code="nothing")
    assert 'id="code-error"' in no_code.text and uses_codes(people)
    off = post(client, people, "/security/code/off", password=PASSWORD, code=codes[0])
    assert off.headers["location"] == "/security?done=off" and not uses_codes(people)
    again = post(client, people, "/security/code/off", password=PASSWORD, code=codes[1])
    assert again.headers["location"] == "/security"


def test_new_recovery_codes_are_shown_once(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    old = recovery_codes(turn_on(client, people)[1])
    new = recovery_codes(post(client, people, "/security/recovery-codes", password=PASSWORD, code=old[0]))
    assert len(new) == 10 and not set(new) & set(old)
    assert recovery_codes(client.get("/security/recovery-codes")) == []


def test_who_has_codes_on_is_not_shown_a_key(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    turn_on(client, people)
    assert client.get("/security/code").headers["location"] == "/security"


def test_a_key_that_ended_is_begun_again(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    answer = post(client, people, "/security/code", code="123456")
    assert answer.status_code == 410 and "The ten minutes for this key have passed." in answer.text
    assert 'name="password"' in answer.text


def test_the_password_is_changed(client: TestClient, people: Contexts) -> None:
    sign_in(client, MARIT)
    weak = post(client, people, "/security/password", password=PASSWORD, new_password="short")
    assert weak.status_code == 422 and 'id="new_password-error"' in weak.text
    done = post(client, people, "/security/password", password=PASSWORD, new_password="seven green bicycles")
    assert done.headers["location"] == "/desk/security?done=password"
    assert "error=wrong_login" in sign_in(client, MARIT).headers["location"]


def test_all_other_browsers_are_signed_out(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    elsewhere = client.cookies[COOKIE]
    client.cookies.clear()
    sign_in(client)
    assert actor_for(people, elsewhere)
    assert post(client, people, "/security/sessions", session="others").headers["location"] == "/security?done=ended"
    assert actor_for(people, elsewhere) is None and actor_for(people, client.cookies[COOKIE])


def test_a_program_hears_a_refusal_as_json(client: TestClient, people: Contexts) -> None:
    sign_in(client)
    headers = {"accept": "application/json", "x-parley-csrf": csrf(people, client)}
    answer = client.post("/security/password", data={"password": "a guess"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_own_password")


def test_names_are_never_read_as_html(client: TestClient, people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one().email = "<b>@x.nl"
    answer = client.post("/auth/login", data={"email": "<b>@x.nl", "password": PASSWORD})
    assert answer.headers["location"] == "/"
    assert "<b>" not in client.get("/security/password").text


def test_staff_without_codes_are_led_to_them_where_the_business_asks(client: TestClient, people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="staff_codes_required", value=True, changed_at=ctx.now))
    assert sign_in(client).headers["location"] == "/"
    client.cookies.clear()

    assert sign_in(client, MARIT).headers["location"] == "/security/code"
    asked = client.get("/security/code")
    assert "asks all staff for a code" in asked.text and actor_for(people, client.cookies[COOKIE]) is None
    assert "not_signed_in" in client.get("/security/password").headers["location"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked.text)
    assert token is not None
    client.post("/security/code", data={"csrf_token": token[1], "password": PASSWORD})
    code = pyotp.TOTP(key_on(client.get("/security/code"))).at(people.clock.now())
    done = client.post("/security/code", data={"csrf_token": token[1], "code": code})
    assert len(recovery_codes(done)) == 10 and actor_for(people, client.cookies[COOKIE])
    off = post(client, people, "/security/code/off", password=PASSWORD, code=recovery_codes(done)[0])
    assert off.status_code == 409 and "asks all staff for a code. Yours stay on." in off.text


def test_asking_staff_for_codes_signs_out_those_without(client: TestClient, people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        rio = Staff(email="rio@renotech.example", name="Rio", role=Role.ADMIN, created_at=ctx.now)
        rio.password_hash = ctx.session.exec(select(Staff).where(Staff.email == MARIT)).one().password_hash
        ctx.session.add(rio)
    tokens = []
    for email in (ANIA, MARIT, "rio@renotech.example"):
        client.cookies.clear()
        sign_in(client, email)
        tokens.append(client.cookies[COOKIE])
    admin = actor_for(people, tokens[2])
    assert admin is not None
    wish = {"changes": {"staff_codes_required": True}}
    preview = dispatch.preview(people, "preferences.change", wish, admin.actor, Channel.PORTAL)
    dispatch.run(people, "preferences.change", wish, admin.actor, Channel.PORTAL, token=preview.token)
    assert [actor_for(people, token) is not None for token in tokens] == [True, False, True]
