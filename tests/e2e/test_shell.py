"""What is around every page, in Chromium: signing in, getting about, light and dark, and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import routes
from tests.e2e.people import alive, at_rest
from tests.fixtures.browser import PATIENCE_MS, PHONE
from tests.fixtures.processes import ROOT, RunningParley, end, start_parley

ANIA = "ania@moellerkowalczyk.nl"
AXE = ROOT / "chat" / "client" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [routes.HOME, routes.INVOICES, routes.PAYMENTS, routes.SUBSCRIPTIONS, routes.PROJECTS, routes.REVIEWS]


def password(parley: RunningParley, email: str = ANIA) -> str:
    """The demo's password of somebody in the story."""
    kept: dict[str, str] = json.loads((parley.data / "demo_logins").read_text())
    return kept[email]


def sign_in(page: Page, parley: RunningParley, path: str = "/") -> None:
    """Opens a page as Ania, who is sent to the login page first."""
    page.goto(parley.url + path)
    page.get_by_label("Email").fill(ANIA)
    page.get_by_label("Password", exact=True).fill(password(parley))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".acct").first).to_contain_text("Möller")


def test_a_page_asks_who_you_are_and_goes_on_to_where_you_wanted(page: Page, shared_parley: RunningParley) -> None:
    page.goto(f"{shared_parley.url}/payments")
    expect(page).to_have_url(re.compile(r"/login/?\?next="))
    sign_in(page, shared_parley, "/payments")
    expect(page).to_have_url(re.compile(r"/payments/?$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Payments")


def test_a_wrong_password_is_said_in_place_and_the_address_is_kept(page: Page, shared_parley: RunningParley) -> None:
    page.goto(f"{shared_parley.url}/login")
    page.get_by_label("Email").fill(ANIA)
    page.get_by_label("Password", exact=True).fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "That email and password do not belong together. Check both and try again."
    )
    expect(page.get_by_label("Email")).to_have_value(ANIA)


def test_the_password_can_be_looked_at(page: Page, shared_parley: RunningParley) -> None:
    page.goto(f"{shared_parley.url}/login")
    field = page.get_by_label("Password", exact=True)
    field.fill("a b c")
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")


def test_an_address_cannot_put_words_into_the_login_page(page: Page, shared_parley: RunningParley) -> None:
    page.goto(f"{shared_parley.url}/login?error=Call+0900-1234&minutes=%3Cb%3E")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "0900" not in page.inner_text("body")


def test_the_keyboard_alone_signs_in_and_reaches_the_content(page: Page, shared_parley: RunningParley) -> None:
    page.goto(f"{shared_parley.url}/login")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(ANIA)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Forgot your password?")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(password(shared_parley))
    page.keyboard.press("Enter")
    expect(page.locator(".acct").first).to_contain_text("Möller")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_signing_out_ends_the_session_in_every_tab(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley)
    other = page.context.new_page()
    other.goto(f"{shared_parley.url}/invoices")
    expect(other.get_by_role("heading", level=1)).to_have_text("Invoices")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login"))
    other.reload()
    expect(other).to_have_url(re.compile("/login"))


def test_the_look_is_kept(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley)
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile("dark"))


def test_a_phone_reaches_every_page(chromium: Browser, shared_parley: RunningParley) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB") as phone:
        page = phone.new_page()
        sign_in_on_phone(page, shared_parley)
        tabs = page.get_by_role("navigation", name="Main, phone")
        for words in ("Invoices", "Subscriptions"):
            tabs.get_by_role("link", name=words).click()
            expect(page.get_by_role("heading", level=1)).to_have_text(words)
        for words in ("Payments", "Projects", "Reviews"):
            tabs.get_by_text("More", exact=True).click()
            tabs.get_by_role("link", name=words).click()
            expect(page.get_by_role("heading", level=1)).to_have_text(words)


def sign_in_on_phone(page: Page, parley: RunningParley) -> None:
    page.goto(f"{parley.url}/login")
    page.get_by_label("Email").fill(ANIA)
    page.get_by_label("Password", exact=True).fill(password(parley))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ania")
    alive(page)


def test_an_address_that_leads_nowhere_says_so(page: Page, shared_parley: RunningParley) -> None:
    answer = page.goto(f"{shared_parley.url}/nowhere/at/all")
    assert answer is not None and answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page.")


def test_a_lost_connection_is_said_and_comes_back_by_itself(page: Page, running_parley: RunningParley) -> None:
    sign_in(page, running_parley, "/invoices")
    end(running_parley.process)
    expect(page.get_by_text("The connection is gone.")).to_be_visible()
    again = start_parley(running_parley.data, port=urlsplit(running_parley.url).port)
    try:
        expect(page.get_by_text("The connection is gone.")).to_have_count(0, timeout=2 * PATIENCE_MS)
        expect(page.get_by_role("heading", level=1)).to_have_text("Invoices")
        page.get_by_role("link", name="Payments").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Payments")
    finally:
        end(again.process)


@pytest.fixture
def open_policy_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page into which axe can be put: the policy would refuse it."""
    look: dict[str, Any] = request.param
    with chromium.new_context(bypass_csp=True, locale="en-GB", **look) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


LOOKS: list[dict[str, Any]] = [
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    {"viewport": PHONE, "color_scheme": "dark"},
]


@pytest.mark.parametrize("open_policy_page", LOOKS, ids=["desktop-light", "phone-dark"], indirect=True)
def test_axe_finds_nothing_serious_on_any_page(open_policy_page: Page, shared_parley: RunningParley) -> None:
    page = open_policy_page
    found = []
    for path in (routes.LOGIN, routes.LOGIN_CODE, "/nowhere"):
        page.goto(shared_parley.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{path}: {problem}" for problem in serious(page)]
    sign_in_on_phone(page, shared_parley)
    for path in PAGES:
        page.goto(shared_parley.url + path)
        alive(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found += [f"{path}: {problem}" for problem in serious(page)]
    assert found == []


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, once nothing fades any more."""
    at_rest(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    outcome = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} at {rule['nodes'][0]['target']}"
        for rule in outcome["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def test_nothing_is_fetched_from_anywhere_else(page: Page, shared_parley: RunningParley) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    sign_in(page, shared_parley)
    for path in PAGES:
        page.goto(shared_parley.url + path)
        alive(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(asked) > 20
    ours = (shared_parley.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []
    assert said == []
