"""What stands around every request, and the doors that are no pages."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from billing.config import Settings
from billing.context import Contexts
from billing.db import make_engine
from billing.throttle import Throttle
from portal.bootstrap import SANDBOX_PATH, card_form, gateway_keys
from portal.http import create_http
from tests.fixtures.processes import pick_port
from tests.portal.conftest import ADDRESS, PIETER, sign_in

SCRIPT = "window.__context = {a: 1 < 2};"
PAGE = f'<!doctype html><script src="/a.js"></script><script type="module">{SCRIPT}</script><p>Invoices</p>'


async def front_end(request: Request) -> Response:
    """Stands for the pages that Reflex has built."""
    if request.url.path == "/breaks":
        raise RuntimeError("secret detail")
    if request.url.path.endswith(".js"):
        return PlainTextResponse("1", media_type="text/javascript")
    return HTMLResponse(PAGE)


@pytest.fixture
def pages(http: Starlette) -> Iterator[TestClient]:
    """Parley's HTTP with a front end behind it."""
    http.mount("", Starlette(routes=[Route("/{path:path}", front_end)]))
    with TestClient(http, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False) as made:
        yield made


def policy(answer_headers: object) -> dict[str, str]:
    text = dict(answer_headers)["content-security-policy"]  # type: ignore[call-overload]
    parts = [part.strip().split(" ", 1) for part in text.split(";")]
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}


def test_a_page_may_run_its_own_scripts_and_no_others(pages: TestClient) -> None:
    said = policy(pages.get("/invoices").headers)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert said["script-src"] == f"'self' 'sha256-{digest}'"
    assert said["frame-ancestors"] == said["object-src"] == said["base-uri"] == "'none'"


def test_our_own_pages_run_no_inline_script_at_all(client: TestClient) -> None:
    answer = client.get("/invite/x")
    assert policy(answer.headers)["script-src"] == "'self'"
    assert "x-parley-no-scripts" not in answer.headers


@pytest.mark.parametrize("path", ["/invoices", "/healthz", "/a.js", "/nowhere/at/all", "/documents/invoices/X-1.pdf"])
def test_every_answer_is_protected(pages: TestClient, path: str) -> None:
    headers = pages.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "content-security-policy" in headers


def test_files_with_a_hash_in_their_name_are_kept_and_pages_are_not(pages: TestClient) -> None:
    assert "immutable" in pages.get("/assets/invoices-DCmvWoXT.js").headers["cache-control"]
    assert pages.get("/portal.js").headers["cache-control"] == "no-cache"
    assert pages.get("/invoices").headers["cache-control"] == "no-cache"


def test_what_breaks_gives_a_reference_and_no_detail(pages: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    answer = pages.get("/breaks")
    assert answer.status_code == 500
    found = re.search(r"name ([0-9a-f]{8})", answer.text)
    assert found and "secret detail" not in answer.text and "Traceback" not in answer.text
    said = capfd.readouterr()
    assert found[1] in said.out + said.err and "secret detail" in said.out + said.err


def test_what_breaks_tells_a_program_the_same(pages: TestClient) -> None:
    answer = pages.get("/breaks", headers={"accept": "application/json"})
    assert answer.status_code == 500
    assert len(answer.json()["error"]["reference"]) == 8 and "secret" not in answer.text


@pytest.mark.parametrize("gone", ["database", "redis"])
def test_while_the_database_or_redis_is_away_signing_in_asks_for_patience(
    people: Contexts, client: TestClient, gone: str
) -> None:
    nobody = f"127.0.0.1:{pick_port()}"
    if gone == "redis":
        people.throttle = Throttle(f"redis://{nobody}")
    else:
        people.engine.dispose()
        people.engine = make_engine(f"postgresql://{nobody}/parley")
    answer = sign_in(client)
    assert answer.status_code == 503
    assert "The billing system can&#39;t reach its records just now." in answer.text
    assert "Try again in a minute." in answer.text and nobody not in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_the_wrong_method_gets_a_sentence(client: TestClient, method: str) -> None:
    answer = client.request(method, "/auth/login")
    assert answer.status_code == 405
    assert "This address does not take that." in answer.text


def test_there_is_no_such_page(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "There is no such page. Nothing was changed."


def test_up_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "up"}
    answer = client.get("/readyz")
    assert answer.json()["database"] == "answers"


def test_not_ready_without_its_database(client: TestClient, people: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    from billing.db import make_engine

    monkeypatch.setattr(people, "engine", make_engine("postgresql://parley@127.0.0.1:1/parley?connect_timeout=1"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "does not answer"


def test_a_document_needs_a_sign_in(client: TestClient) -> None:
    answer = client.get("/documents/invoices/RT-2026-0187.pdf")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?error=not_signed_in&next=%2Fdocuments")


@pytest.mark.parametrize("number", ["RT-2026-9999", "..%2f..%2fetc%2fpasswd", "%00", "'; DROP TABLE invoice; --"])
def test_a_document_that_is_not_theirs_is_not_found(client: TestClient, number: str) -> None:
    sign_in(client, PIETER)
    answer = client.get(f"/documents/invoices/{number}.pdf")
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text


def test_the_return_from_the_bank_needs_a_sign_in_and_a_payment_of_theirs(client: TestClient) -> None:
    assert client.get("/payments/PAY-1/return").headers["location"].startswith("/login")
    sign_in(client, PIETER)
    assert client.get("/payments/PAY-1/return").status_code == 404


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "é"])
def test_a_webhook_that_is_not_genuine_is_refused(client: TestClient, signature: str) -> None:
    headers = {b"stripe-signature": signature.encode("latin-1")}
    answer = client.post("/webhooks/stripe", content=b'{"id": "evt_1"}', headers=headers)
    assert answer.status_code == 400


def test_a_webhook_that_is_too_long_is_refused(client: TestClient) -> None:
    assert client.post("/webhooks/stripe", content=b" " * 1_100_000).status_code == 422


def test_the_card_form_is_served_with_the_policy_it_needs(client: TestClient, people: Contexts) -> None:
    answer = client.get("/card-form.js")
    assert "ParleyCard" in answer.text and answer.headers["content-type"].startswith("text/javascript")
    form = card_form(people.settings)
    assert form.api_base == f"{ADDRESS}{SANDBOX_PATH}" and form.publishable_key.startswith("pk_test_")


def test_the_sandbox_answers_on_the_same_port(client: TestClient, people: Contexts) -> None:
    path = f"{SANDBOX_PATH}/v1/customers"
    assert client.get(path).status_code == 401
    keys = gateway_keys(people.settings)
    answer = client.get(path, headers={"authorization": f"Bearer {keys.secret}"})
    assert answer.status_code == 200 and answer.json()["data"] == []


def addresses_seen(settings: Settings, contexts: Contexts, forwarded: str) -> list[str]:
    """The client addresses that a request's throttle is counted by."""
    contexts.settings = settings
    seen: list[str] = []
    contexts.throttle.count = lambda name, key: seen.append(key) or 5  # type: ignore[method-assign, func-returns-value]
    with TestClient(create_http(contexts), base_url=ADDRESS, client=("10.0.0.1", 1), follow_redirects=False) as client:
        client.post("/auth/login", data={"email": "x"}, headers={"origin": ADDRESS, "x-forwarded-for": forwarded})
    return seen


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(people: Contexts) -> None:
    plain = people.settings
    assert "10.0.0.1" in addresses_seen(plain, people, "203.0.113.9")
    trusting = plain.model_copy(update={"trusted_proxies": Settings._networks("10.0.0.0/8")})
    assert "203.0.113.9" in addresses_seen(trusting, people, "198.51.100.1, 203.0.113.9")
