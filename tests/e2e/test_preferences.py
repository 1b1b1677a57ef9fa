"""An admin's preferences in the browser: what is switched off is gone at once from page, chat and shell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import ANIA, MARIT, Chat, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.processes import RunningParley

RIO = "rio@renotech.example"
PREFERENCES = "/desk/preferences"
NOT_OFFERED = (
    "“Pay invoices” is not offered here. Pay by bank transfer to NL91 ABNA 0417 1643 00, and name the invoice."
)
TABLET = {"width": 900, "height": 800}


def at(chromium: Browser, parley: RunningParley, email: str, path: str, viewport: Any = DESKTOP) -> Page:
    """Somebody's own browser, signed in and on `path`."""
    context = chromium.new_context(viewport=viewport, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, parley, email, path)
    return page


@pytest.fixture
def rio(running_parley: RunningParley, chromium: Browser) -> Iterator[Page]:
    """The admin, at the preferences."""
    with at_the_preferences(running_parley, chromium) as page:
        yield page


@contextmanager
def at_the_preferences(parley: RunningParley, chromium: Browser) -> Iterator[Page]:
    page = at(chromium, parley, RIO, PREFERENCES)
    expect(page.get_by_role("switch", name="Pay by card")).to_be_visible()
    yield page
    page.context.close()


@pytest.fixture
def looking_rio(shared_parley: RunningParley, chromium: Browser) -> Iterator[Page]:
    """The admin, at preferences that the test leaves as they are."""
    with at_the_preferences(shared_parley, chromium) as page:
        yield page


def flip(rio: Page, name: str) -> None:
    """Moves a switch and saves it."""
    rio.get_by_role("switch", name=name).click()
    expect(rio.get_by_text("1 change not saved")).to_be_visible()
    rio.get_by_role("button", name="Save change").click()
    expect(rio.get_by_text("1 change is saved and works from now on.")).to_be_visible()
    expect(rio.get_by_text("1 change not saved")).to_have_count(0)


def pay_by_shell(parley: RunningParley) -> dict[str, Any]:
    asked = json.dumps({"invoices": ["RT-2026-0187"]})
    answer = parley.shell("act", "invoices.pay", "--as", ANIA, "--input", asked, "--preview")
    said: dict[str, Any] = json.loads(answer.stdout)
    return said


def test_paying_that_is_switched_off_is_gone_from_an_open_page_from_the_chat_and_the_shell_until_it_is_back(
    rio: Page, page: Page, running_parley: RunningParley
) -> None:
    sign_in(page, running_parley, path="/invoices")
    picks = page.get_by_role("checkbox", name=re.compile("RT-2026-0187"))
    chat = Chat(page).open()
    expect(picks.first).to_be_visible()

    rio.get_by_role("switch", name="Pay by card").click()
    expect(rio.get_by_text("“Pay by card” goes from On to Off. Hides “Pay invoices”")).to_be_visible()
    rio.get_by_role("button", name="What customers see").click()
    expect(rio.get_by_role("dialog").get_by_text("Hidden from now on")).to_have_count(1)
    rio.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(picks.first).to_be_visible()
    rio.get_by_role("button", name="Save change").click()
    expect(rio.get_by_text("“Pay by card” from On to Off")).to_be_visible()

    expect(picks).to_have_count(0)
    chat.say("pay RT-2026-0187")
    expect(chat.log.get_by_text(NOT_OFFERED)).to_be_visible()
    expect(page.get_by_role("group", name="Pay")).to_have_count(0)
    said = pay_by_shell(running_parley)
    assert said["error"] == {
        "code": "switched_off",
        "message": NOT_OFFERED,
        "field": None,
    }

    flip(rio, "Pay by card")
    expect(picks.first).to_be_visible()
    chat.say("pay RT-2026-0187")
    expect(chat.log.get_by_role("button", name=re.compile("^Pay €")).first).to_be_visible()
    assert "€" in json.dumps(pay_by_shell(running_parley), ensure_ascii=False)


def test_a_value_that_can_not_be_is_said_at_its_field_and_keeps_all_from_being_saved(looking_rio: Page) -> None:
    looking_rio.get_by_label("Days to pay").fill("soon")
    looking_rio.get_by_role("switch", name="Reviews").click()

    field = looking_rio.locator(".pf", has=looking_rio.get_by_label("Days to pay"))
    expect(field.get_by_role("alert")).to_have_text("“Days to pay” is a whole number from 0 to 365.")
    expect(looking_rio.get_by_label("Days to pay")).to_have_attribute("aria-invalid", "true")
    expect(looking_rio.get_by_role("button", name="Save changes")).to_be_disabled()
    looking_rio.get_by_label("Days to pay").fill("30")
    expect(looking_rio.get_by_role("button", name="Save 2 changes")).to_be_enabled()
    looking_rio.get_by_role("button", name="Discard").click()
    expect(looking_rio.get_by_label("Days to pay")).to_have_value("14")
    expect(looking_rio.get_by_role("switch", name="Reviews")).to_be_checked()


def test_texts_numbers_and_choices_are_saved_and_found_again(rio: Page, running_parley: RunningParley) -> None:
    rio.get_by_label("Short name").fill("Reno")
    rio.get_by_label("Days to pay").fill("30")
    rio.get_by_label("A cheaper plan starts", exact=True).select_option("renewal")
    rio.get_by_role("button", name="3 changes not saved").click()
    dialog = rio.get_by_role("dialog")
    for words in ("“RenoTech” → “Reno”", "14 → 30", "Today → At the next renewal"):
        expect(dialog.get_by_text(words)).to_be_visible()
    dialog.get_by_role("button", name="Save 3 changes").click()
    expect(rio.get_by_text("3 changes are saved and work from now on.")).to_be_visible()

    rio.reload()
    expect(rio.get_by_label("Short name")).to_have_value("Reno")
    expect(rio.locator(".side .logo")).to_have_text("Reno")
    rio.get_by_placeholder("Find a preference").fill("cheaper")
    expect(rio.get_by_role("switch")).to_have_count(0)
    expect(rio.get_by_label("A cheaper plan starts", exact=True)).to_have_value("renewal")
    rio.get_by_role("button", name="Set back: A cheaper plan starts").click()
    rio.get_by_role("button", name="Save change").click()
    expect(rio.get_by_role("button", name="Set back: A cheaper plan starts")).to_have_count(0)
    assert running_parley.shell("verify").returncode == 0


def test_the_shell_changes_them_too_and_names_the_field_that_does_not_fit(running_parley: RunningParley) -> None:
    def change(**changes: object) -> dict[str, Any]:
        asked = json.dumps({"changes": changes})
        answer = running_parley.shell("act", "preferences.change", "--as", RIO, "--input", asked)
        said: dict[str, Any] = json.loads(answer.stdout)
        return said

    assert change(pay_invoices=False)["sentence"] == "“Pay by card” from On to Off"
    assert pay_by_shell(running_parley)["error"]["code"] == "switched_off"
    assert change(pay_invoices="on")["error"]["field"] == "changes.pay_invoices"
    assert change(pay_invoices=True)["sentence"] == "“Pay by card” from Off to On"


def test_who_is_no_admin_is_told_so_and_has_no_way_there(shared_parley: RunningParley, chromium: Browser) -> None:
    marit = at(chromium, shared_parley, MARIT, PREFERENCES)
    expect(marit.get_by_text("Your role does not allow this: Show preferences.")).to_be_visible()
    expect(marit.get_by_role("switch")).to_have_count(0)
    marit.get_by_role("link", name="Go to the queue").click()
    expect(marit.get_by_role("heading", name="Queue")).to_be_visible()
    expect(marit.get_by_role("link", name="Preferences")).to_have_count(0)
    marit.context.close()
    ania = at(chromium, shared_parley, ANIA, PREFERENCES)
    expect(ania).to_have_url(re.compile(r":\d+/$"))
    ania.context.close()


@pytest.mark.parametrize("viewport", [TABLET, PHONE], ids=["tablet", "phone"])
def test_on_a_narrow_screen_the_agent_opens_the_customers_account_over_the_conversation(
    shared_parley: RunningParley, chromium: Browser, viewport: Any
) -> None:
    marit = at(chromium, shared_parley, MARIT, "/desk", viewport)
    marit.get_by_text("Wanjirũ Kamau-Ødegård").first.click()
    marit.get_by_role("button", name="Show the account").click()
    account = marit.get_by_role("dialog", name="The customer")
    expect(account.get_by_role("heading", name="Balance")).to_be_visible()
    expect(account.get_by_text("Can do everything here")).to_be_visible()
    marit.keyboard.press("Escape")
    expect(account).to_have_count(0)
    expect(marit.get_by_label("Write a reply")).to_be_visible()
    marit.context.close()


def test_an_admin_on_a_phone_gets_from_the_queue_to_the_preferences(
    shared_parley: RunningParley, chromium: Browser
) -> None:
    phone = at(chromium, shared_parley, RIO, "/desk", PHONE)
    phone.locator(".staff-menu summary").click()
    phone.get_by_role("link", name="Preferences").click()
    phone.get_by_role("switch", name="Reviews").click()
    phone.get_by_role("button", name="1 change not saved").click()
    expect(phone.get_by_role("dialog").get_by_text("On → Off")).to_be_visible()
    phone.context.close()
