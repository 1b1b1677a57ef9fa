"""A customer pays invoices, in a real browser against a real Parley and its sandbox."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.invoices import open_invoices, select, shown
from tests.e2e.people import ANIA, sign_in
from tests.fixtures.processes import PATIENCE, RunningParley

TO_PAY = ("RT-2026-0162", "RT-2026-0187", "RT-2026-0171")
GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"


def begin_paying(page: Page, *wanted: str) -> Locator:
    """Selects invoices and opens the dialog with the figures."""
    for number in wanted:
        select(page, number)
    page.get_by_role("region", name="Selected invoices").get_by_role("button", name="Pay").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Exact until")).to_be_visible()
    return dialog


def type_card(dialog: Locator, card: str) -> None:
    dialog.get_by_role("radio", name="Another card").click()
    dialog.get_by_label("Card number").fill(card)
    dialog.get_by_label("Expires").fill("12 / 34")
    dialog.get_by_label("Security code").fill("123")


@pytest.fixture
def payer(running_parley: RunningParley, page: Page) -> Page:
    """Ania, signed in to a Parley of her own, at her invoices."""
    sign_in(page, running_parley)
    open_invoices(page, running_parley)
    return page


def test_three_invoices_are_paid_with_a_new_card_and_every_tab_shows_it(
    payer: Page, running_parley: RunningParley, browser_context: BrowserContext
) -> None:
    other = browser_context.new_page()
    open_invoices(other, running_parley)
    expect(shown(other)).to_have_count(25)
    loads = []
    other.on("load", lambda _: loads.append(other.url))

    expect(payer.get_by_role("checkbox", name="Select CN-2026-0011")).to_have_count(0)
    dialog = begin_paying(payer, *TO_PAY)
    milestone = "RT-2026-0162 Milestone 2 of 4, showroom website redesign €2,904.00"
    expect(dialog).to_contain_text(milestone, use_inner_text=True)
    expect(dialog).to_contain_text("Your credit −€40.00 To pay now €4,166.41", use_inner_text=True)
    type_card(dialog, GOOD)
    dialog.get_by_role("button", name="Pay €4,166.41").click()

    receipt = payer.get_by_role("dialog")
    expect(receipt.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(receipt.get_by_text("€4,166.41 paid from Visa ending 4242.")).to_be_visible()
    expect(receipt.get_by_text(re.compile(r"Payment PAY-2026-\d{4}\."))).to_be_visible()
    expect(receipt.get_by_text("The receipt was sent to")).to_be_visible()
    for number in TO_PAY:
        expect(receipt.get_by_text(number)).to_be_visible()
    receipt.get_by_role("button", name="Done").click()

    for page in (payer, other):
        expect(page.get_by_text("Nothing to pay.")).to_be_visible()
        expect(page.get_by_role("button", name="To pay 0")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="RT-2026-0162")
        expect(row.get_by_role("cell", name="Paid")).to_be_visible()
    assert loads == []
    expect(payer.get_by_role("region", name="Selected invoices")).to_be_hidden()

    payer.goto(f"{running_parley.url}/payments")
    row = payer.get_by_role("row").filter(has_text="Visa ending 4242")
    expect(row.get_by_text("€4,166.41")).to_be_visible()
    expect(row.get_by_role("link")).to_have_text([*TO_PAY, "PDF"])
    row.get_by_role("button", name="Receipt of").click()
    expect(payer.get_by_role("dialog").get_by_text("€4,166.41 paid from Visa ending 4242.")).to_be_visible()


def test_a_declined_card_takes_nothing_and_another_one_pays(payer: Page) -> None:
    dialog = begin_paying(payer, "RT-2026-0171")
    type_card(dialog, DECLINED)
    dialog.get_by_role("button", name="Pay €734.40").click()
    expect(dialog.get_by_text("Your bank declined the payment. Nothing was taken.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Pay €734.40")).to_be_enabled()
    dialog.get_by_role("radio", name="Visa ending 4417").click()
    expect(dialog.get_by_text("Your bank declined the payment.")).to_be_hidden()
    dialog.get_by_role("button", name="Pay €734.40").click()
    expect(dialog.get_by_text("€734.40 paid from Visa ending 4417.")).to_be_visible()


def test_what_was_selected_before_is_not_paid_after_the_page_was_loaded_again(
    payer: Page, running_parley: RunningParley
) -> None:
    dialog = begin_paying(payer, "RT-2026-0187", "RT-2026-0171")
    type_card(dialog, DECLINED)
    dialog.get_by_role("button", name="Pay").click()
    expect(dialog.get_by_text("Your bank declined the payment. Nothing was taken.")).to_be_visible()
    dialog.get_by_label("Card number").fill("4242 4242 4242 4241")
    expect(dialog.get_by_text("Your bank declined the payment.")).to_be_hidden()

    open_invoices(payer, running_parley, "?status=to_pay")
    expect(shown(payer)).to_have_count(3)
    expect(payer.get_by_role("region", name="Selected invoices")).to_be_hidden()
    dialog = begin_paying(payer, "RT-2026-0162")
    expect(dialog).to_contain_text("RT-2026-0162")
    expect(dialog).not_to_contain_text(re.compile("RT-2026-01(87|71)"))
    expect(dialog.get_by_role("button", name="Pay €2,864.00")).to_be_visible()

    type_card(dialog, ASKS)
    dialog.get_by_role("button", name="Pay €2,864.00").click()
    expect(payer.get_by_text("Your bank wants to be sure that it is you.")).to_be_visible()
    open_invoices(payer, running_parley, "?status=to_pay")
    expect(payer.get_by_text("waits for your yes at your bank.")).to_be_visible()
    select(payer, "RT-2026-0171")
    payer.get_by_role("button", name=re.compile("^Stop")).click()
    payer.get_by_role("dialog").get_by_role("button", name=re.compile("^Stop")).click()
    expect(payer.get_by_role("dialog").get_by_role("heading", name="Payment stopped")).to_be_visible()
    expect(payer.get_by_role("region", name="Selected invoices")).to_be_hidden()


def test_a_bank_that_asks_is_answered_with_no_and_then_with_yes(payer: Page, running_parley: RunningParley) -> None:
    dialog = begin_paying(payer, "RT-2026-0187")
    type_card(dialog, ASKS)
    dialog.get_by_role("button", name="Pay €488.01").click()
    expect(payer.get_by_text("Your bank wants to be sure that it is you.")).to_be_visible()
    payer.locator("button[name=answer][value=no]").click()
    dialog = payer.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Not paid")).to_be_visible()
    expect(dialog.get_by_text("Nothing was taken.")).to_be_visible()

    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_text("Exact until")).to_be_visible()
    type_card(dialog, ASKS)
    dialog.get_by_role("button", name="Pay €488.01").click()
    expect(payer.get_by_text("Your bank wants to be sure that it is you.")).to_be_visible()
    payer.goto(f"{running_parley.url}/")  # who leaves the bank's page finds the way back to it
    expect(payer.get_by_text("A payment of €488.01 waits for your yes at your bank.")).to_be_visible()
    payer.goto(f"{running_parley.url}/invoices")
    payer.get_by_role("link", name="Continue at your bank").click()
    payer.locator("button[name=answer][value=yes]").click()
    dialog = payer.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(dialog.get_by_text("€488.01 paid from Visa ending 3155.")).to_be_visible()
    expect(payer).to_have_url(f"{running_parley.url}/invoices")
    expect(payer.get_by_role("link", name="Continue at your bank")).to_be_hidden()


def test_a_payment_on_its_way_says_so_and_ends_by_itself(payer: Page, running_parley: RunningParley) -> None:
    turn_sandbox(running_parley, processing=True)
    dialog = begin_paying(payer, "RT-2026-0171")
    dialog.get_by_role("button", name="Pay €734.40").click()
    expect(dialog.get_by_role("heading", name="The payment is on its way")).to_be_visible()
    expect(dialog.get_by_text("Asked for")).to_be_visible()
    turn_sandbox(running_parley, processing=False)
    expect(dialog.get_by_text("€734.40 paid from Visa ending 4417.")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(payer.get_by_role("button", name="To pay 2")).to_be_visible()


def turn_sandbox(parley: RunningParley, **switches: bool) -> None:
    """Makes the demo's payment gateway behave in another way."""
    key = (parley.data / "secret_key").read_text().strip().encode()
    secret = f"sk_test_{hmac.new(key, b'sandbox secret', hashlib.sha256).hexdigest()[:32]}"
    request = urllib.request.Request(
        f"{parley.url}/sandbox/_switches",
        json.dumps(switches).encode(),
        {"authorization": f"Bearer {secret}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200


def test_an_invoice_is_paid_with_the_keyboard_alone(payer: Page, running_parley: RunningParley) -> None:
    open_invoices(payer, running_parley, "?status=overdue")
    expect(shown(payer)).to_have_count(1)
    shown(payer).first.focus()
    payer.keyboard.press("Enter")
    expect(payer.get_by_role("dialog", name="Invoice RT-2026-0162")).to_be_visible()
    tab_to(payer, "Pay €2,904.00")
    payer.keyboard.press("Enter")
    expect(payer.get_by_text("Exact until")).to_be_visible()
    tab_to(payer, "Pay €2,864.00")
    payer.keyboard.press("Enter")
    expect(payer.get_by_text("€2,864.00 paid from Visa ending 4417.")).to_be_visible()
    payer.keyboard.press("Escape")
    expect(payer.get_by_role("heading", name="Receipt")).to_be_hidden()


def tab_to(page: Page, words: str) -> None:
    """Presses Tab until the button with these words has the focus, once it is there."""
    expect(page.get_by_role("button", name=words, exact=True).last).to_be_enabled()
    for _ in range(40):
        if page.evaluate("document.activeElement.innerText ?? ''").strip() == words:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach “{words}”.")


def test_what_was_paid_meanwhile_is_not_paid_again(payer: Page, running_parley: RunningParley) -> None:
    dialog = begin_paying(payer, "RT-2026-0171")
    paid = running_parley.shell("act", "invoices.pay", "--as", ANIA, "--input", '{"invoices": ["RT-2026-0171"]}')
    assert paid.returncode == 0, paid.stderr + paid.stdout
    dialog.get_by_role("button", name="Pay €734.40").click()
    expect(dialog.get_by_text("RT-2026-0171 has nothing left to pay.")).to_be_visible()
