"""Where one writes in the chat: what is too long is refused where it stands, and nothing hides what was said last."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import MARIT, Chat, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.processes import RunningParley

TOO_LONG = "word " * 2000
REFUSED = "This is too long to send: a message holds 4,000 characters. Send it in parts."
SEEN = """(log) => {
    const box = log.closest('.log').getBoundingClientRect(), last = log.lastElementChild.getBoundingClientRect();
    return last.bottom <= box.bottom + 1 && box.height > 200;
}"""


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_a_message_that_is_too_long_is_refused_aloud_and_hides_nothing(
    chromium: Browser, module_parley: RunningParley, viewport: Any
) -> None:
    with chromium.new_context(viewport=viewport, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        sign_in(page, module_parley)
        chat = Chat(page)
        page.locator("[data-ask]").locator("visible=true").first.click()
        for text in ("what do i owe", "show my invoices"):
            before = chat.log.locator(":scope > .msg").count()
            chat.say(text)
            expect(chat.log.locator(":scope > .msg").nth(before + 1)).to_be_visible()
        send = page.locator("parley-chat").get_by_role("button", name="Send")

        chat.box.fill(TOO_LONG)
        expect(page.locator("parley-chat").get_by_role("alert").get_by_text(REFUSED)).to_be_visible()
        expect(page.get_by_text("5,999 too many.")).to_be_visible()
        expect(send).to_be_disabled()
        expect(chat.box).to_have_attribute("aria-invalid", "true")
        chat.box.press("Enter")
        expect(chat.box).to_have_value(TOO_LONG)
        expect(page.locator("parley-chat").get_by_role("alert").get_by_text(REFUSED)).to_be_visible()
        page.wait_for_function(f"(log) => ({SEEN})(log)", arg=chat.log.element_handle())

        chat.box.fill("thank you")
        expect(page.get_by_text(REFUSED)).to_have_count(0)
        expect(send).to_be_enabled()


def test_the_desk_has_nothing_to_write_in_before_a_conversation_is_open(
    page: Page, shared_parley: RunningParley
) -> None:
    sign_in(page, shared_parley, MARIT, "/desk")
    desk = page.locator("parley-chat")
    expect(desk.get_by_text("Choose a conversation from the queue.")).to_be_visible()
    expect(desk.get_by_label("Write a reply")).to_be_disabled()
    expect(desk.get_by_role("button", name="Send")).to_be_disabled()
    expect(desk.get_by_role("checkbox", name="Note for staff")).to_be_disabled()
