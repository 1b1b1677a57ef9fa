"""Forgotten passwords and sign-in links, from the sign-in page through a real mail server and back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from billing.auth.sealing import seal
from billing.config import Settings
from tests.e2e.people import ANIA, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS
from tests.fixtures.mail import Mailbox
from tests.fixtures.processes import RunningParley, running_on_a_copy, wait_until

RIO = "rio@renotech.example"
NEW = "seven green bicycles"
ON_ITS_WAY = f"If {ANIA} has an account, a link is on its way. It works once, for 30 minutes."


@pytest.fixture
def mailing_parley(story_data: Path, tmp_path: Path, smtp_server: Mailbox) -> Iterator[RunningParley]:
    """A real Parley that hands its mail to a real mail server."""
    with running_on_a_copy(story_data, tmp_path / "parley", SMTP_URL=smtp_server.url) as running:
        yield running


@pytest.fixture
def other_browser(chromium: Browser) -> Iterator[Page]:
    """Another browser of the same person."""
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def mailed(mailbox: Mailbox, subject: str) -> str:
    """The text of the newest mail to Ania with that subject, once it is there."""

    def found() -> list[str]:
        return [m.get_content() for m in mailbox.messages if (m["To"], m["Subject"]) == (ANIA, subject)]

    wait_until(lambda: bool(found()), f"the mail “{subject}”", seconds=30)
    return found()[-1]


def link_in(text: str) -> str:
    found = re.search(r"http://\S+/(?:reset|enter)/\S+", text)
    assert found is not None, text
    return found[0]


def test_who_forgot_the_password_chooses_a_new_one(
    mailing_parley: RunningParley, smtp_server: Mailbox, page: Page, other_browser: Page
) -> None:
    sign_in(other_browser, mailing_parley)

    page.goto(f"{mailing_parley.url}/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(ANIA)
    page.keyboard.press("Enter")
    expect(page.get_by_text(ON_ITS_WAY)).to_be_visible()

    link = link_in(mailed(smtp_server, "A new password for RenoTech"))
    page.goto(link)
    page.get_by_label("New password").fill("too easy")
    page.locator("form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Use at least 12 characters")
    page.get_by_label("New password").fill(NEW)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{mailing_parley.url}/")
    expect(page.get_by_role("link", name="Invoices").first).to_be_visible()

    mailed(smtp_server, "Your password for RenoTech was changed")
    other_browser.reload()
    expect(other_browser).to_have_url(re.compile("/login"))
    other_browser.goto(link)
    expect(other_browser.get_by_role("heading", name="This link has ended or was used.")).to_be_visible()
    other_browser.get_by_role("link", name="Sign in").click()
    other_browser.get_by_label("Email").fill(ANIA)
    other_browser.get_by_label("Password", exact=True).fill(NEW)
    other_browser.get_by_role("button", name="Sign in", exact=True).click()
    expect(other_browser).not_to_have_url(re.compile("login"))


def test_a_link_signs_in_and_a_code_is_still_asked_for(
    mailing_parley: RunningParley, smtp_server: Mailbox, page: Page
) -> None:
    secret = pyotp.random_base32()
    data = mailing_parley.data
    settings = Settings(demo=True, data=data, secret_key=(data / "secret_key").read_text().strip())
    with closing(sqlite3.connect(data / "parley.db")) as database, database:
        database.execute("UPDATE contact SET mfa_secret = ? WHERE email = ?", (seal(settings, secret), ANIA))

    page.goto(f"{mailing_parley.url}/login")
    page.get_by_label("Email").fill(ANIA)
    page.get_by_role("button", name="Email me a sign-in link").click()
    expect(page.get_by_text(ON_ITS_WAY)).to_be_visible()

    page.goto(link_in(mailed(smtp_server, "Your sign-in link for RenoTech")))
    expect(page.get_by_text(f"As Ania Kowalczyk, {ANIA}.")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/login/code"))
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{mailing_parley.url}/")


def test_the_business_offers_links_or_does_not(running_parley: RunningParley, page: Page, other_browser: Page) -> None:
    sign_in(other_browser, running_parley, RIO, "/desk/preferences")
    other_browser.get_by_role("switch", name="Sign in by a link").click()
    other_browser.get_by_role("button", name="Save change").click()
    expect(other_browser.get_by_text("1 change is saved and works from now on.")).to_be_visible()

    page.goto(f"{running_parley.url}/login")
    expect(page.get_by_role("link", name="Forgot your password?")).to_be_visible()
    expect(page.locator("header")).to_contain_text("RenoTech")
    expect(page.get_by_role("button", name="Email me a sign-in link")).to_have_count(0)
    page.goto(f"{running_parley.url}/login/link")
    expect(page.get_by_text("Signing in by a link is not offered here.")).to_be_visible()
