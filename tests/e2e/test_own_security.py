"""A person turns codes on, comes back with one, loses the phone, and turns them off again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from portal.seeds.logins import story_passwords
from tests.e2e.people import ANIA, MARIT, alive, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS
from tests.fixtures.processes import RunningParley

HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def other_browser(chromium: Browser) -> Iterator[Page]:
    """Another browser of the same person."""
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_out(page: Page) -> None:
    page.get_by_text(re.compile("^Menu of ")).locator("..").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/login"))


def give_password(page: Page, parley: RunningParley) -> None:
    page.get_by_label("Email").fill(ANIA)
    page.get_by_label("Password", exact=True).fill(story_passwords(parley.data)[ANIA])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()


def test_codes_from_on_to_off(running_parley: RunningParley, page: Page, other_browser: Page) -> None:
    password = story_passwords(running_parley.data)[ANIA]
    sign_in(other_browser, running_parley)
    sign_in(page, running_parley)

    page.get_by_text(re.compile("^Menu of ")).locator("..").click()
    page.get_by_role("link", name="Signing in").click()
    page.get_by_role("link", name="Turn on").click()
    page.get_by_label("Your password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not your password.")
    page.get_by_label("Your password").fill(password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("img", name="QR code with the key for your app")).to_be_visible()
    page.get_by_text("Type it in instead").click()
    app = pyotp.TOTP("".join(page.locator("#key span").all_inner_texts()))
    page.get_by_label("Code from the app").fill("12")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    typed_at = datetime.now(UTC)
    page.get_by_label("Code from the app").fill(app.at(typed_at))
    page.get_by_role("button", name="Turn on").click()

    expect(page.get_by_role("heading", name="Codes are on")).to_be_visible()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download as text").click()
    assert all(code in Path(kept.value.path()).read_text() for code in codes)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 recovery codes are left.")).to_be_visible()
    other_browser.reload()
    expect(other_browser).to_have_url(re.compile("/login"))

    alive(page)
    sign_out(page)
    give_password(page, running_parley)
    page.get_by_label("Code").fill(
        app.at(typed_at + HALF_MINUTE)
    )  # the one of before was used; this one is fitting too
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{running_parley.url}/")

    alive(page)
    sign_out(page)
    give_password(page, running_parley)
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{running_parley.url}/")

    page.goto(f"{running_parley.url}/security")
    expect(page.get_by_text("9 of 10 recovery codes are left.")).to_be_visible()
    page.get_by_role("link", name="Turn off").click()
    page.get_by_label("Your password").fill(password)
    page.get_by_label("Code from your app, or a recovery code").fill(codes[1])
    page.get_by_role("button", name="Turn codes off").click()
    expect(page.get_by_text("Codes are off. Your password alone signs you in")).to_be_visible()
    expect(page.get_by_role("link", name="Turn on")).to_be_visible()


def test_one_ends_a_session_somewhere_else(running_parley: RunningParley, page: Page, other_browser: Page) -> None:
    sign_in(other_browser, running_parley, MARIT, "/desk")
    sign_in(page, running_parley, MARIT, "/security")
    expect(page).to_have_url(f"{running_parley.url}/desk/security")
    expect(page.get_by_text("this browser")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Sign out .* on Linux")).click()
    expect(page.get_by_text("You are signed out there.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Sign out .* on Linux"))).to_have_count(0)
    other_browser.reload()
    expect(other_browser).to_have_url(re.compile("/login"))


def test_a_new_password_by_the_one_of_before(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/security")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Your password until now").fill(story_passwords(running_parley.data)[ANIA])
    page.get_by_label("New password").fill("a" * 12)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("That password is too easy to guess.")
    page.get_by_label("Your password until now").fill(story_passwords(running_parley.data)[ANIA])
    page.get_by_label("New password").fill("seven green bicycles")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
