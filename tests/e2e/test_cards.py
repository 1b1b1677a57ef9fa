"""A customer keeps a card, has it used first, removes the other, and finds the way back to a bank that still asks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import sign_in
from tests.fixtures.processes import RunningParley

ASKS = "4000 0027 6000 3184"


@pytest.fixture
def ania(running_parley: RunningParley, page: Page) -> Page:
    sign_in(page, running_parley, path="/invoices?open=RT-2026-0171")
    return page


def pay_with_new_card(page: Page, *, keep: bool) -> None:
    """Pays the open invoice with a card whose bank asks, up to the bank's question."""
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Pay €")).first.click()
    dialog = page.get_by_role("dialog").last
    type_card(dialog, keep=keep)
    expect(page.get_by_text("Your bank wants to be sure that it is you.")).to_be_visible()


def type_card(dialog: Locator, *, keep: bool) -> None:
    dialog.get_by_role("radio", name="Another card").click()
    dialog.get_by_label("Card number").fill(ASKS)
    dialog.get_by_label("Expires").fill("12 / 34")
    dialog.get_by_label("Security code").fill("123")
    if keep:
        dialog.get_by_role("checkbox", name="Keep this card").click()
        expect(dialog.get_by_role("checkbox", name="Keep this card")).to_be_checked()
    dialog.get_by_role("button", name="Pay €734.40").click()


def test_who_leaves_the_banks_page_finds_the_way_back_from_the_invoice(
    ania: Page, running_parley: RunningParley
) -> None:
    pay_with_new_card(ania, keep=False)
    ania.goto(f"{running_parley.url}/invoices?open=RT-2026-0171")
    ania.get_by_role("button", name="See how it stands").click()
    ania.get_by_role("link", name="Go to your bank").click()
    ania.locator("button[name=answer][value=yes]").click()
    expect(ania.get_by_role("dialog").get_by_text("€734.40 paid from Visa ending 3184.")).to_be_visible()


def test_a_payment_that_waits_for_the_bank_is_stopped_where_it_stands(
    ania: Page, running_parley: RunningParley
) -> None:
    pay_with_new_card(ania, keep=False)
    ania.goto(f"{running_parley.url}/payments")
    row = ania.get_by_role("row").filter(has_text="Your bank is asking")
    row.get_by_role("button", name=re.compile("^Receipt of PAY-")).click()
    ania.get_by_role("dialog").get_by_role("button", name=re.compile("^Stop this payment")).click()
    expect(ania.get_by_role("dialog").get_by_text("€734.40 with Visa ending 3184")).to_be_visible()
    ania.get_by_role("button", name="Let it wait").click()

    row.get_by_role("button", name=re.compile("^Stop PAY-")).click()
    expect(ania.get_by_role("dialog").get_by_text("RT-2026-0171 with €774.40")).to_be_visible()
    ania.get_by_role("button", name="Stop the payment").click()

    expect(ania.get_by_role("dialog").get_by_text("This payment was stopped. Nothing was taken.")).to_be_visible()
    ania.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(ania.get_by_role("row").filter(has_text="Stopped")).to_have_count(1)
    expect(ania.get_by_role("button", name=re.compile("^Stop PAY-"))).to_have_count(0)
    assert running_parley.shell("verify").returncode == 0


def test_a_kept_card_is_used_first_and_the_other_one_is_removed(ania: Page, running_parley: RunningParley) -> None:
    pay_with_new_card(ania, keep=True)
    ania.locator("button[name=answer][value=yes]").click()
    expect(ania.get_by_text("€734.40 paid from Visa ending 3184.")).to_be_visible()

    ania.goto(f"{running_parley.url}/payments")
    ania.get_by_role("button", name="Saved cards").click()
    ania.get_by_role("button", name="Use first Visa ending 3184").click()
    ania.get_by_role("dialog").get_by_role("button", name="Use it first").click()
    expect(ania.get_by_text("Visa ending 3184 is used first from now on.")).to_be_visible()
    ania.get_by_role("button", name="Remove Visa ending 4417").click()
    ania.get_by_role("dialog").get_by_role("button", name="Remove card").click()
    expect(ania.get_by_text("Visa ending 4417 is removed. Visa ending 3184 is used first.")).to_be_visible()
    expect(ania.get_by_role("button", name=re.compile("^Remove "))).to_have_count(1)
    assert running_parley.shell("verify").returncode == 0
