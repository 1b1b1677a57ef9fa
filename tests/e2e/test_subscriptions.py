"""A customer pauses, adds, redeems, cancels and takes back on the page, each with its exact effect first."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.people import at_rest, sign_in
from tests.fixtures.browser import PHONE
from tests.fixtures.processes import RunningParley


@pytest.fixture
def ania(module_parley: RunningParley, page: Page) -> Page:
    sign_in(page, module_parley, path="/subscriptions")
    expect(page.get_by_role("heading", name="Subscriptions")).to_be_visible()
    return page


def more(page: Page, product: str, words: str) -> Locator:
    """Opens a subscription's menu, presses what stands there, and gives the dialog."""
    page.get_by_role("table").locator("summary").filter(has_text=f"More for {product}").click()
    page.get_by_role("table").get_by_role("button", name=words, exact=True).click()
    return page.get_by_role("dialog")


def says(dialog: Locator, *words: str) -> None:
    for one in words:
        expect(dialog.get_by_text(one, exact=True).first).to_be_visible()


def yes(dialog: Locator, words: str) -> None:
    dialog.get_by_role("button", name=words).click()
    expect(dialog.get_by_text("Done").first).to_be_visible()


def test_a_pause_shows_its_credit_and_one_at_the_end_can_be_taken_back_from_the_history(ania: Page) -> None:
    dialog = more(ania, "Hosting", "Pause")
    says(dialog, "−€110.32", "€180.00 × 19 of 31 days, 13–31 March = €110.32", "€133.49", "12 March 2026, today")
    expect(dialog.get_by_role("button", name="Pause and get €133.49 credit")).to_be_enabled()
    dialog.get_by_role("radio").nth(1).click()
    says(dialog, "1 April 2026, at the end of the period")
    dialog.get_by_label("Resumes").fill("2026-03-20")
    expect(dialog.get_by_role("alert")).to_contain_text(
        "20 March 2026 is too early. Choose 2 April 2026 or a later day."
    )
    dialog.get_by_label("Resumes").fill("2026-06-01")
    says(dialog, "1 June 2026")
    yes(dialog, "Pause Hosting")
    dialog.get_by_role("button", name="Close").last.click()
    row = ania.get_by_role("row", name=re.compile("Hosting"))
    expect(row).to_contain_text("Pauses on 1 April 2026")

    dialog = more(ania, "Hosting", "History")
    expect(dialog.get_by_text("Hosting pauses on 1 April until 1 June")).to_be_visible()
    dialog.get_by_role("button", name="Take back").click()
    says(dialog, "the pause planned for 1 April 2026")
    yes(dialog, "Take it back")
    dialog.get_by_role("button", name="Close").last.click()
    expect(row).not_to_contain_text("Pauses on")


def test_what_is_cancelled_can_be_kept_until_it_ends_and_brought_back_after(ania: Page) -> None:
    dialog = more(ania, "Site care", "Cancel")
    says(dialog, "1 April 2026, when the paid period ends")
    yes(dialog, "Cancel on 1 April")
    dialog.get_by_role("button", name="Close").last.click()
    ania.get_by_role("button", name="Take back of Site care").click()
    yes(dialog, "Take it back")
    dialog.get_by_role("button", name="Close").last.click()

    dialog = more(ania, "Site care", "Cancel")
    dialog.get_by_role("radio").first.click()
    expect(dialog.get_by_text("Site care stops today.")).to_be_visible()
    yes(dialog, "Cancel and get")
    dialog.get_by_role("button", name="Close").last.click()
    ania.get_by_role("button", name="Reactivate of Site care").click()
    says(dialog, "13 March 2026")
    yes(dialog, "Reactivate")


def test_seats_are_asked_for_first_and_the_button_names_them(shared_parley: RunningParley, page: Page) -> None:
    sign_in(page, shared_parley, path="/subscriptions")
    page.get_by_role("table").get_by_role("button", name="Change seats of").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".asked, [role=radiogroup]").first).to_contain_text("Seats")
    expect(dialog.get_by_role("radio", name="Today")).to_be_checked()
    now = int(dialog.get_by_label("Seats").input_value())
    dialog.get_by_label("Seats").fill(str(now - 1))
    expect(dialog.get_by_role("button", name=f"Change to {now - 1} seats", exact=True)).to_be_enabled()
    expect(dialog.get_by_role("radio", name=re.compile("At renewal"))).to_be_checked()
    dialog.get_by_label("Seats").fill(str(now + 1))
    expect(dialog.get_by_role("button", name=re.compile(f"^Change to {now + 1} seats"))).to_be_enabled()
    expect(dialog.get_by_role("radio", name="Today")).to_be_checked()


def test_on_a_phone_the_menu_and_the_sheet_fit(shared_parley: RunningParley, chromium: Browser) -> None:
    context = chromium.new_context(viewport=PHONE, locale="en-GB")
    page = context.new_page()
    sign_in(page, shared_parley, path="/subscriptions")
    menu = page.locator(".cards details").first
    menu.locator("summary").click()
    expect(menu.locator(".menu")).to_be_visible()
    at_rest(page)
    box = menu.locator(".menu").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    menu.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("Until then")).to_be_visible()
    at_rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_an_add_on_and_a_coupon_are_seen_in_the_next_renewal(ania: Page) -> None:
    dialog = more(ania, "Hosting", "Add an add-on")
    says(dialog, "€7.74", "€12.00 × 20 of 31 days, 12–31 March = €7.74")
    dialog.get_by_label("How many").fill("2")
    expect(dialog.get_by_role("heading", name="Add 2 × Extra storage to Hosting")).to_be_visible()
    yes(dialog, "Add")
    dialog.get_by_role("button", name="Close").last.click()

    dialog = more(ania, "Hosting", "Redeem a coupon")
    dialog.get_by_label("Code").fill("nosuch")
    expect(dialog.get_by_role("alert")).to_contain_text("There is no coupon “NOSUCH”.")
    dialog.get_by_label("Code").fill("welcome10")
    says(dialog, "€225.06", "on the next 3 invoices")
    yes(dialog, "Redeem WELCOME10")
    dialog.get_by_role("button", name="Close").last.click()
    row = ania.get_by_role("row", name=re.compile("Hosting"))
    expect(row).to_contain_text("2 × Extra storage · Coupon WELCOME10")
    expect(row).to_contain_text("€225.06 from 1 April 2026")
