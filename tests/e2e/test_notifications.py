"""What is new, in Chromium: the bell goes up while one looks, the panel and the page lead to what happened."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from portal import routes
from tests.e2e.people import ANIA, alive, at_rest, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.processes import ROOT, RunningParley

AXE = ROOT / "chat" / "client" / "node_modules" / "axe-core" / "axe.min.js"
PIETER = "pieter@moellerkowalczyk.nl"


def bell(page: Page, unread: str) -> Locator:
    """The bell with that many unread notifications."""
    name = f"Notifications, {unread} unread" if unread else "Notifications"
    return page.locator(f"summary[aria-label='{name}']")


def news(page: Page) -> Locator:
    return page.locator(".newslist li")


def serious(page: Page) -> list[str]:
    """What axe finds that is serious."""
    page.evaluate(AXE.read_text())
    found = json.loads(page.evaluate("async () => JSON.stringify((await axe.run()).violations)"))
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def test_the_bell_goes_up_while_one_looks_when_a_colleague_pays(
    page: Page, chromium: Browser, running_parley: RunningParley
) -> None:
    sign_in(page, running_parley)
    expect(bell(page, "4")).to_be_visible()
    bell(page, "4").click()
    panel = page.get_by_role("region", name="Notifications")
    expect(panel.locator("li")).to_have_count(5)

    elsewhere = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    elsewhere.set_default_timeout(PATIENCE_MS)
    pieter = elsewhere.new_page()
    sign_in(pieter, running_parley, PIETER, routes.INVOICES)
    pieter.get_by_role("checkbox", name="Select RT-2026-0171").click()
    pieter.get_by_role("region", name="Selected invoices").get_by_role("button", name="Pay").click()
    dialog = pieter.get_by_role("dialog")
    dialog.get_by_role("button", name="Pay €734.40").click()
    expect(dialog.get_by_role("heading", name="Receipt")).to_be_visible()

    expect(bell(page, "5")).to_be_visible()
    expect(panel.locator("li").first).to_contain_text("Pieter Möller paid €734.40 from Visa ending 4417 for")
    expect(bell(pieter, "5")).to_have_count(0)
    elsewhere.close()


def test_the_panel_leads_to_the_record_and_counts_down_by_keyboard_alone(
    page: Page, running_parley: RunningParley
) -> None:
    sign_in(page, running_parley)
    bell(page, "4").focus()
    page.keyboard.press("Enter")
    line = page.get_by_role("link", name=re.compile("Invoice RT-2026-0162 was due on 2 March"))
    expect(line).to_be_visible()
    page.keyboard.press("Escape")
    expect(line).to_be_hidden()
    expect(bell(page, "4")).to_be_focused()

    page.keyboard.press("Enter")
    line.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/invoices/?\?open=RT-2026-0162"))
    alive(page)
    expect(bell(page, "3")).to_be_visible()


def test_everything_is_marked_as_read_on_the_page_and_in_another_tab(page: Page, running_parley: RunningParley) -> None:
    sign_in(page, running_parley, path=routes.NOTIFICATIONS)
    other = page.context.new_page()
    other.goto(running_parley.url)
    alive(other)
    expect(bell(other, "4")).to_be_visible()

    page.get_by_role("button", name="Unread").click()
    expect(news(page)).to_have_count(4)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="Nothing is unread")).to_be_visible()
    expect(bell(page, "")).to_be_visible()
    expect(bell(other, "")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(news(page)).to_have_count(8)


def test_what_is_mailed_is_chosen_where_it_stands_and_kept(page: Page, running_parley: RunningParley) -> None:
    sign_in(page, running_parley, path=routes.NOTIFICATIONS)
    page.get_by_role("checkbox", name="Mail me: Overdue invoices").click()
    expect(page.get_by_role("status").filter(has_text="overdue invoices")).to_have_text(
        f"From now on {ANIA} gets a mail about: overdue invoices."
    )
    page.reload()
    alive(page)
    expect(page.get_by_role("checkbox", name="Mail me: Overdue invoices")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_and_the_panel_are_there_for_everybody(
    chromium: Browser, module_parley: RunningParley, scheme: str
) -> None:
    for size in (DESKTOP, PHONE):
        context = chromium.new_context(viewport=size, color_scheme=scheme, locale="en-GB")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        sign_in(page, module_parley)
        if size is PHONE:
            page.get_by_role("link", name="Notifications, 4 unread").click()
        else:
            bell(page, "4").click()
            expect(page.locator(".newspanel li")).to_have_count(5)
            at_rest(page)
            assert serious(page) == []
            page.get_by_role("link", name="See all").click()
        expect(news(page)).to_have_count(8)
        at_rest(page)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        context.close()
