"""A customer finds invoices, understands one and takes its PDF along, in a real browser against a real Parley."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.invoices import numbers, open_invoices, select, shown
from tests.e2e.people import sign_in
from tests.fixtures.processes import RunningParley


@pytest.fixture
def ania(shared_parley: RunningParley, page: Page) -> Page:
    """Ania, signed in to a Parley that the test only reads."""
    sign_in(page, shared_parley)
    expect(page.get_by_role("heading", name="Good afternoon, Ania")).to_be_visible()
    return page


def test_home_says_what_is_due_what_renews_and_how_the_account_stands(ania: Page) -> None:
    due = ania.get_by_role("region", name="To pay")
    expect(due.get_by_text("€4,206.41")).to_be_visible()
    expect(due.get_by_text("€2,904.00 overdue")).to_be_visible()
    expect(due.get_by_role("button", name="Pay 3 invoices")).to_be_visible()
    for words in ("Overdue 10 days", "Due in 3 days", "Due in 14 days"):
        expect(due.get_by_text(words)).to_be_visible()
    expect(ania.get_by_text("Trial ends in 7 days. Then €42.35 with VAT, or cancel")).to_be_visible()
    expect(ania.get_by_text("9 March, bank debit from ING ending 88")).to_be_visible()
    expect(ania.get_by_text("€14,577.52")).to_be_visible()
    expect(ania.get_by_role("listitem").filter(has_text="March 2026: €988.01, of it €528.01 to pay")).to_have_count(1)
    expect(ania.get_by_text("On schedule. Billed €5,808.00 of €11,616.00")).to_be_visible()


def test_invoices_are_listed_by_status(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley)
    expect(ania.get_by_text("€4,206.41 to pay on 3 invoices. €2,904.00 of it is overdue.")).to_be_visible()
    for chip, first, rows in (
        ("To pay 3", "RT-2026-0187", 3),
        ("Overdue 1", "RT-2026-0162", 1),
        ("Credit notes 2", "CN-2026-0011", 2),
        ("Paid 41", "RT-2026-0118", 25),
    ):
        ania.get_by_role("button", name=chip).click()
        expect(shown(ania).first).to_have_text(first)
        expect(shown(ania)).to_have_count(rows)
    ania.reload()
    expect(ania.get_by_role("button", name="Paid 41")).to_have_attribute("aria-pressed", "true")
    expect(shown(ania).first).to_have_text("RT-2026-0118")


def test_invoices_are_read_page_by_page_without_gaps(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley)
    expect(ania.get_by_text("1–25 of 46")).to_be_visible()
    expect(shown(ania)).to_have_count(25)
    first = numbers(ania)
    ania.get_by_role("button", name="Next").click()
    expect(ania.get_by_text("26–46 of 46")).to_be_visible()
    expect(shown(ania)).to_have_count(21)
    second = numbers(ania)
    assert len(first) == 25 and len(second) == 21 and len({*first, *second}) == 46
    ania.get_by_role("button", name="Previous").click()
    expect(ania.get_by_text("1–25 of 46")).to_be_visible()
    expect(shown(ania)).to_have_text(first)
    ania.get_by_role("button", name="Last").click()
    expect(ania.get_by_text("22–46 of 46")).to_be_visible()
    expect(shown(ania).last).to_have_text(second[-1])
    expect(ania.get_by_role("button", name="Next")).to_be_disabled()


def test_invoices_are_sorted_by_due_day_and_total(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley, "?status=to_pay")
    expect(shown(ania)).to_have_count(3)
    ania.get_by_role("button", name="Due", exact=True).click()
    expect(ania.get_by_role("columnheader", name="Due")).to_have_attribute("aria-sort", "ascending")
    expect(shown(ania)).to_have_text(["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"])
    ania.get_by_role("button", name="Total", exact=True).click()
    expect(ania.get_by_role("columnheader", name="Total")).to_have_attribute("aria-sort", "descending")
    expect(shown(ania)).to_have_text(["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"])
    ania.get_by_role("button", name="Issued", exact=True).click()
    expect(shown(ania)).to_have_text(["RT-2026-0187", "RT-2026-0171", "RT-2026-0162"])


def test_a_search_finds_numbers_words_and_amounts(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley)
    expect(shown(ania)).to_have_count(25)
    field = ania.get_by_placeholder("Number, project or amount")
    for words, found in (("0171", "RT-2026-0171"), ("haarlem photo", "RT-2026-0171"), ("137.94", "RT-2025-1130")):
        field.fill(words)
        expect(shown(ania).first).to_have_text(found)
    field.fill("fotografie")
    expect(ania.get_by_role("heading", name="No invoice matches “fotografie”")).to_be_visible()
    ania.get_by_role("button", name="Clear search").click()
    expect(shown(ania)).to_have_count(25)
    expect(field).to_have_value("")


def test_a_search_that_finds_nothing_here_offers_what_it_finds_elsewhere(
    ania: Page, shared_parley: RunningParley
) -> None:
    open_invoices(ania, shared_parley, "?status=paid&search=photography")
    expect(ania.get_by_role("heading", name="No paid invoice matches “photography”")).to_be_visible()
    ania.get_by_role("link", name="RT-2026-0171, Photography and 3D tour, Haarlem showroom").click()
    expect(ania.get_by_role("dialog").get_by_text("€774.40 to pay")).to_be_visible()


def test_the_field_over_every_page_searches_invoices(ania: Page) -> None:
    ania.keyboard.press("Control+k")
    ania.keyboard.type("Haarlem")
    ania.keyboard.press("Enter")
    expect(shown(ania)).to_have_text(["RT-2026-0171"])


def test_links_lead_to_the_invoice_whatever_was_looked_for_before(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley, "?status=paid&search=hosting")
    expect(ania.get_by_role("heading", name="No paid invoice matches “hosting”")).to_be_visible()
    ania.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Home").click()
    ania.get_by_role("link", name="Monthly services, March").click()
    expect(ania.get_by_role("dialog", name="Invoice RT-2026-0187")).to_be_visible()
    expect(ania).to_have_url(f"{shared_parley.url}/invoices?open=RT-2026-0187")
    ania.keyboard.press("Escape")
    expect(shown(ania)).to_have_count(25)
    ania.go_back()
    expect(ania.get_by_role("heading", name="Good afternoon, Ania")).to_be_visible()


def test_an_invoice_shows_why_it_costs_what_it_costs(ania: Page, shared_parley: RunningParley) -> None:
    ania.goto(f"{shared_parley.url}/invoices/RT-2026-0187")
    sheet = ania.get_by_role("dialog", name="Invoice RT-2026-0187")
    expect(sheet.get_by_text("€528.01 to pay")).to_be_visible()
    expect(sheet.get_by_text("Due Sunday 15 March, in 3 days. Issued 1 March.")).to_be_visible()
    for part in (
        "Subtotal €816.54",
        "VAT 21% €171.47",
        "Total €988.01",
        "Credit note CN-2026-0007 2 March −€60.00",
        "Payment, bank debit from ING ending 88 9 March −€400.00",
        "To pay €528.01",
    ):
        expect(sheet).to_contain_text(part, use_inner_text=True)
    expect(sheet.get_by_text("2 seats × €6.50 × 13 of 28 days =")).to_be_visible()
    sheet.get_by_role("button", name="Hide the working").click()
    expect(sheet.get_by_text("2 seats × €6.50 × 13 of 28 days =")).to_be_hidden()
    sheet.get_by_role("button", name="Next invoice").click()
    expect(ania.get_by_role("dialog", name="Invoice CN-2026-0007")).to_be_visible()
    ania.keyboard.press("Escape")
    expect(ania.get_by_role("dialog")).to_be_hidden()
    expect(ania).to_have_url(f"{shared_parley.url}/invoices")


def test_a_number_that_is_not_theirs_is_not_found(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley, "?open=RT-1999-0001")
    expect(
        ania.get_by_role("dialog").get_by_text("There is no invoice “RT-1999-0001” in this account.")
    ).to_be_visible()


def test_the_pdf_says_what_the_invoice_says(ania: Page, shared_parley: RunningParley, tmp_path: Path) -> None:
    open_invoices(ania, shared_parley, "?open=RT-2026-0187")
    with ania.expect_download() as download:
        ania.get_by_role("dialog").get_by_role("link", name="PDF of RT-2026-0187").click()
    file = tmp_path / download.value.suggested_filename
    assert file.name == "RT-2026-0187.pdf"
    download.value.save_as(file)
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    for part in ("RT-2026-0187", "Hosting, Growth", "Extra support in February", "€816.54", "€171.47", "€988.01"):
        assert part in text


def test_the_selection_says_what_is_left_after_the_credit(ania: Page, shared_parley: RunningParley) -> None:
    open_invoices(ania, shared_parley)
    for number in ("RT-2026-0162", "RT-2026-0187", "RT-2026-0171"):
        select(ania, number)

    bar = ania.get_by_role("region", name="Selected invoices")
    expect(bar).to_contain_text("3 selected")
    expect(bar).to_contain_text("€4,206.41 · €4,166.41 after your credit")
    expect(bar.get_by_role("button", name="Pay €4,166.41")).to_be_visible()
    bar.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()


def test_pages_open_without_a_complaint_of_the_browser(shared_parley: RunningParley, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: _no_dialog(dialog, said))
    sign_in(page, shared_parley)
    open_invoices(page, shared_parley, "?open=RT-2026-0187")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.goto(f"{shared_parley.url}/payments")
    expect(page.get_by_role("row").filter(has_text="PAY-2026-0004")).to_be_visible()
    assert said == []


def _no_dialog(dialog: Dialog, said: list[str]) -> None:
    said.append(dialog.message)
    dialog.dismiss()
