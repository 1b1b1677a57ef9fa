"""The journey: a customer changes the plan, reviews, and does it all again by typing; an agent takes over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import MARIT, Chat, alive, judge_requests, sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.counts import Times
from tests.fixtures.processes import RunningParley, wait_until


@pytest.fixture
def ania(running_parley: RunningParley, page: Page) -> Page:
    sign_in(page, running_parley, path="/subscriptions")
    return page


@pytest.fixture
def marit(running_parley: RunningParley, chromium: Browser) -> Iterator[Page]:
    """The agent, at the desk in a browser of her own."""
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, running_parley, MARIT, "/desk")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    yield page
    context.close()


def test_a_customer_switches_plan_with_the_exact_amounts_first_and_pays_the_difference(
    ania: Page, running_parley: RunningParley
) -> None:
    ania.get_by_role("button", name="Switch plan of Hosting").click()
    dialog = ania.get_by_role("dialog")
    dialog.get_by_role("radio").nth(1).click()
    expect(dialog.get_by_role("heading", name="Switch Hosting to Business")).to_be_visible()
    for words in ("−€116.13", "€167.74", "€10.84", "€62.45", "−€40.00", "€22.45", "€314.60 with VAT", "Exact until"):
        expect(dialog.get_by_text(words).first).to_be_visible()
    dialog.get_by_role("button", name="Switch, then pay €22.45").click()
    expect(ania.get_by_role("heading", name="Pay")).to_be_visible()
    expect(ania.get_by_text(re.compile(r"€22\.45 is to pay now, invoice RT-2026-\d{4}\."))).to_be_visible()
    expect(ania.get_by_text("The renewal on 1 April 2026 costs €314.60 with VAT.")).to_be_visible()
    ania.get_by_role("dialog").get_by_role("button", name="Pay €22.45").click()
    expect(ania.get_by_text("€22.45 paid from Visa ending 4417.")).to_be_visible()
    ania.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(ania.get_by_role("row", name="Hosting Business")).to_be_visible()
    assert running_parley.shell("verify").returncode == 0
    assert judge_requests(running_parley) > 0


def test_keeping_the_plan_changes_nothing(shared_parley: RunningParley, page: Page) -> None:
    sign_in(page, shared_parley, path="/subscriptions")
    page.get_by_role("button", name="Switch plan of Hosting").click()
    page.get_by_role("dialog").get_by_role("radio").nth(2).click()
    page.get_by_role("dialog").get_by_role("button", name="Keep Growth").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("row", name="Hosting Growth")).to_be_visible()


def test_a_customer_leaves_a_review(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/reviews")
    page.get_by_role("button", name="Leave review").click()
    expect(page.get_by_role("alert")).to_have_text("Choose how many stars first.")
    page.get_by_role("radio", name="4 of 5, good").click(force=True)
    page.get_by_label("In your words").fill("Quick, and they explain the bill.")
    page.get_by_role("button", name="Leave review").click()
    expect(page.get_by_text("Thank you. Your review of 4 out of 5 is with RenoTech.")).to_be_visible()
    expect(page.get_by_text("Quick, and they explain the bill.")).to_be_visible()


def test_the_same_by_typing(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/invoices")
    chat = Chat(page).open()
    chat.say("which invoices are overdue?")
    expect(chat.log.get_by_text("1 invoice is overdue, €2,904.00 in all.")).to_be_visible()

    chat.say("pay RT-2026-0162 and RT-2026-0187")
    pay = chat.proposal("Pay 2 invoices")
    expect(pay.get_by_text("€3,392.01").first).to_be_visible()
    expect(page.get_by_text("€4,206.41 to pay on 3 invoices.")).to_be_visible()
    pay.get_by_role("button", name="Pay €3,392.01").click()
    expect(chat.log.get_by_text("You confirmed this")).to_be_visible()
    expect(page.get_by_text("€774.40 to pay on 1 invoice")).to_be_visible()

    chat.say("/switch business")
    switch = chat.proposal("Switch Hosting to Business")
    switch.get_by_role("button", name="Keep Growth").click()
    expect(chat.log.get_by_text("You left this as it was")).to_be_visible()

    chat.say("I want to leave a review")
    expect(chat.log.get_by_text("How many stars, from 1 to 5?")).to_be_visible()
    chat.say("5")
    expect(chat.log.get_by_role("button", name="Without words")).to_be_visible()
    chat.say("Friendly people")
    review = chat.proposal("Review of RenoTech")
    review.get_by_role("button", name="Leave review").click()
    expect(chat.log.get_by_text("Your review of 5 out of 5 is with RenoTech.").first).to_be_visible()
    assert running_parley.shell("verify").returncode == 0


def test_on_a_phone_a_link_of_the_chat_shows_its_page_and_the_queue_names_no_customer(
    running_parley: RunningParley, chromium: Browser, page: Page
) -> None:
    phone = chromium.new_context(viewport=PHONE, locale="en-GB")
    phone.set_default_timeout(PATIENCE_MS)
    ania, marit = phone.new_page(), page
    sign_in(ania, running_parley)
    ania.locator(".tabbar [data-ask]").click()
    chat = Chat(ania)
    chat.say("/invoices overdue")
    chat.log.get_by_role("link", name="RT-2026-0162").click()
    expect(ania.get_by_role("dialog", name="Invoice RT-2026-0162")).to_be_visible()
    expect(chat.box).to_be_hidden()
    ania.goto(f"{running_parley.url}/")
    ania.locator(".tabbar [data-ask]").click()
    chat.say("Can I talk to a person?")
    expect(chat.log.get_by_text("Can I talk to a person?")).to_be_visible()
    ania.reload()
    alive(ania)
    expect(chat.box).to_be_hidden()
    expect(ania.get_by_role("link", name="Monthly services, March")).to_be_visible()

    marit.set_viewport_size(PHONE)
    sign_in(marit, running_parley, MARIT, "/desk")
    row = marit.get_by_role("button").filter(has_text="Ania Kowalczyk").filter(has_text="Waiting")
    row.click()
    account = marit.get_by_role("button", name=re.compile("Möller.*Show the account"))
    expect(account).to_be_visible()
    marit.get_by_role("button", name="Take", exact=True).click()
    marit.get_by_role("button", name="Hand back").click()
    marit.get_by_role("button", name="Take", exact=True).click()
    expect(marit.get_by_role("button", name="Hand back")).to_be_visible()
    marit.get_by_role("button", name="Back to the queue").click()
    expect(account).to_be_hidden()
    taken = marit.get_by_role("button").filter(has_text="Ania Kowalczyk").filter(has_text="To answer")
    expect(taken).to_be_visible()
    taken.click()
    expect(account).to_be_visible()
    phone.close()


def test_slash_commands_are_offered_while_one_types(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/invoices")
    chat = Chat(page).open()
    chat.box.press_sequentially("/in")
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(options.filter(has_not_text=re.compile(r"^\s*/in"))).to_have_count(0)
    chat.box.press("Escape")
    expect(options.first).to_be_hidden()
    chat.say("/invoices overdue")
    expect(chat.log.get_by_text("RT-2026-0162").first).to_be_visible()


def test_a_person_takes_over_and_the_assistant_is_silent(
    running_parley: RunningParley, page: Page, marit: Page
) -> None:
    sign_in(page, running_parley, path="/invoices")
    chat, desk = Chat(page).open(), Chat(marit, "Write a reply")
    chat.say("Can I talk to a person?")
    waits = marit.get_by_role("button").filter(has_text="Ania Kowalczyk").filter(has_text="Waiting")
    expect(waits).to_be_visible()
    waits.click()
    marit.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text("Marit de Vries from RenoTech joined")).to_be_visible()
    expect(marit.get_by_text("€4,206.41", exact=True)).to_be_visible()

    chat.box.press_sequentially("The visit was a repair")
    expect(marit.get_by_text("Ania is typing")).to_be_visible()
    chat.box.press("Enter")
    expect(desk.log.get_by_text("The visit was a repair")).to_be_visible()
    desk.box.press_sequentially("I look at it")
    expect(page.get_by_text("Marit is typing")).to_be_visible()
    desk.box.press("Enter")
    expect(chat.log.get_by_text("I look at it")).to_be_visible()
    chat.say("which invoices are overdue?")
    expect(desk.log.get_by_text("which invoices are overdue?").last).to_be_visible()
    expect(chat.log.get_by_text("1 invoice is overdue")).to_have_count(0)

    marit.get_by_role("button", name="Hand back").click()
    expect(page.get_by_text("The assistant answers again")).to_be_visible()
    chat.say("which invoices are overdue?")
    expect(chat.log.get_by_text("1 invoice is overdue, €2,904.00 in all.")).to_be_visible()

    marit.get_by_role("button", name="Take", exact=True).click()
    expect(marit.get_by_role("button", name="Close", exact=True)).to_be_visible()
    marit.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("How did this go?")).to_be_visible()
    chat.log.get_by_text("4: Good").locator("xpath=ancestor::label").click()
    chat.log.get_by_label("Anything to add").fill("Quick answer")
    chat.log.get_by_role("button", name="Send").click()
    expect(marit.get_by_text("rated 4 of 5")).to_be_visible()


def test_every_message_once_and_in_order_through_reload_a_cut_and_a_second_tab(
    running_parley: RunningParley, page: Page, marit: Page, times: Times
) -> None:
    sign_in(page, running_parley, path="/invoices")
    chat = Chat(page).open()
    chat.say("Can I talk to a person?")
    marit.get_by_role("button").filter(has_text="Ania Kowalczyk").filter(has_text="Waiting").click()
    marit.get_by_role("button", name="Take", exact=True).click()
    desk = Chat(marit, "Write a reply")
    expect(desk.box).to_be_enabled()
    chat.say("first")
    page.reload()
    second = page.context.new_page()
    second.goto(page.url)
    other = Chat(second).open()
    expect(other.log.get_by_text("first", exact=True)).to_be_visible()

    page.context.set_offline(True)
    chat.say("second, while there is no connection")
    desk.say("third, from the desk")
    expect(desk.log.get_by_text("third, from the desk")).to_be_visible()
    page.wait_for_timeout(1_000 * times("seconds without a connection", 30, 0))
    page.context.set_offline(False)
    said = ("first", "third, from the desk", "second, while there is no connection")
    for tab in (chat, other, desk):
        for text in said:
            expect(tab.log.get_by_text(text, exact=True)).to_have_count(1)

    def orders() -> set[tuple[str, ...]]:
        return {tuple(text for text in tab.texts() if text in said) for tab in (chat, other, desk)}

    wait_until(lambda: len(orders()) == 1, "the same order in every tab")  # what was not sent stood last until it was
    assert sorted(*orders()) == sorted(said)
