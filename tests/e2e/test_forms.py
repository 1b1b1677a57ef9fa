"""A form made from the catalogue, by keyboard alone: a refusal at its field, the exact effect, then the receipt."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.people import MARIT, sign_in
from tests.fixtures.processes import RunningParley

RIO = "rio@renotech.example"


def test_paying_in_advance_ends_in_the_receipt_of_the_payment(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/do?action=payments.advance")
    amount = page.get_by_label("Amount")
    amount.fill("ten")
    amount.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1,234.50")
    expect(amount).to_be_focused()

    amount.fill("50")
    amount.press("Enter")
    effect = page.get_by_role("region", name="Pay €50.00 in advance")
    expect(effect).to_be_focused()
    expect(effect.get_by_text("Visa ending 4417")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Pay €50.00", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("€50.00 paid from Visa ending 4417.")).to_be_visible()
    assert running_parley.shell("verify").returncode == 0


def test_staff_read_which_tax_an_invoice_by_hand_bears_before_it_is_issued(
    running_parley: RunningParley, page: Page
) -> None:
    sign_in(page, running_parley, MARIT, "/desk/do?action=invoices.create")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Choose the account that this is for.")).to_be_visible()
    page.get_by_label("Account", exact=True).select_option("CUS-1001")
    expect(page.get_by_text("Choose the account that this is for.")).to_be_hidden()
    page.get_by_label("Title").fill("Workshop")
    page.get_by_label("Description").fill("Half a day")
    page.get_by_label("Price of one").fill("450")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("none: no rate is set for this customer or their country")).to_be_visible()
    page.get_by_label("Tax in percent").fill("21")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("VAT 21%, as written on the lines")).to_be_visible()
    page.get_by_role("button", name="Issue the invoice of €544.50").click()
    expect(page.get_by_text("€544.50", exact=True).first).to_be_visible()


def test_a_form_that_was_refused_leads_to_its_first_wrong_field(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, RIO, "/desk/do?action=coupons.create")
    page.get_by_label("Code").fill("SPRING9")
    percent = page.get_by_label("Percent")
    percent.fill("250")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("A percentage goes from 0 to 100.")
    expect(percent).to_be_focused()
    expect(percent).to_be_in_viewport()
    expect(page.get_by_text("Something above needs a look.")).to_be_visible()


def test_a_form_that_is_not_for_a_person_says_so_on_arrival(running_parley: RunningParley, page: Page) -> None:
    sign_in(page, running_parley, path="/do?action=credits.grant")
    expect(page.get_by_role("heading", name="This is not for you to do")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    page.get_by_role("link", name="See all you can do").click()
    expect(page.get_by_role("heading", name="Everything you can do")).to_be_visible()
