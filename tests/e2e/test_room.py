"""The pages in the room that they have: beside the open chat, on a tablet, on a phone. Nothing is cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import routes
from tests.e2e.people import Chat, sign_in
from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.processes import RunningParley

AMOUNT = {
    routes.HOME: "€4,206.41",
    routes.INVOICES: "€774.40",
    routes.PAYMENTS: "€400.00",
    routes.STATEMENTS: "€4,166.41",
    routes.SUBSCRIPTIONS: "€217.80",
    routes.PROJECTS: "€2,400.00",
}
TOO_WIDE = "[...document.querySelectorAll('.main, .body, .top')].filter(e => e.scrollWidth > e.clientWidth + 1).length"


@pytest.mark.parametrize(
    ("width", "beside_chat"), [(1440, True), (1280, True), (1200, True), (1024, False), (768, False), (390, False)]
)
def test_every_page_fits_and_shows_its_amounts(
    chromium: Browser, shared_parley: RunningParley, width: int, beside_chat: bool
) -> None:
    with chromium.new_context(viewport={"width": width, "height": 900}, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        sign_in(page, shared_parley)
        if beside_chat:
            Chat(page).open()
        for path, amount in AMOUNT.items():
            page.goto(shared_parley.url + path)
            room = right_edge(page)
            shown = page.locator(".body").get_by_text(amount).locator("visible=true").first
            expect(shown).to_be_visible()
            box, menu = shown.bounding_box(), page.locator(".top .user-menu").bounding_box()
            assert box is not None and box["x"] + box["width"] <= room, path
            assert menu is not None and menu["x"] + menu["width"] <= room, path
            assert page.evaluate(TOO_WIDE) == 0, path


def right_edge(page: Page) -> float:
    """Where the page itself ends, and the chat begins if it is open."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    main = page.locator("main").bounding_box()
    assert main is not None
    return main["x"] + main["width"]
