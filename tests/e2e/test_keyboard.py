"""Paying, changing a plan and setting a preference without a mouse, in Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from portal import routes
from tests.e2e.people import sign_in
from tests.fixtures.processes import RunningParley

RIO = "rio@renotech.example"
FURTHEST = 80


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until that has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} can't be reached with Tab")


def test_an_invoice_is_paid(page: Page, module_parley: RunningParley) -> None:
    sign_in(page, module_parley, path="/invoices?status=to_pay")
    tab_to(page, page.get_by_role("checkbox", name="Select RT-2026-0187"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("region", name="Selected invoices").get_by_role("button", name="Pay €488.01"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    tab_to(page, dialog.get_by_role("button", name="Pay €488.01"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(dialog).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name="Done"))
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_a_plan_is_chosen_and_left(page: Page, module_parley: RunningParley) -> None:
    sign_in(page, module_parley, path=routes.SUBSCRIPTIONS)
    switch = page.get_by_role("button", name="Switch plan of Hosting")
    tab_to(page, switch)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    tab_to(page, dialog.get_by_role("radio", name=re.compile("Growth")))
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("radio", name=re.compile("Business"))).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name=re.compile("^Switch")))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(switch).to_be_focused()


def test_a_preference_is_set_and_saved(page: Page, module_parley: RunningParley) -> None:
    sign_in(page, module_parley, RIO, routes.PREFERENCES)
    tab_to(page, page.get_by_role("switch", name="Download invoices"))
    page.keyboard.press("Space")
    save = page.get_by_role("button", name="Save change")
    expect(save).to_be_enabled()
    page.keyboard.press("Control+s")
    expect(save).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("1 change is saved and works from now on.")
    expect(page.get_by_role("switch", name="Download invoices")).to_be_focused()
