"""A customer at their project and the business at its price list, in Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.people import sign_in
from tests.fixtures.processes import RunningParley

RIO = "rio@renotech.example"


def test_hours_are_approved_and_asked_about_where_they_stand(page: Page, module_parley: RunningParley) -> None:
    sign_in(page, module_parley, path="/projects")
    expect(page.get_by_role("heading", name="Showroom website redesign")).to_be_visible()
    month = page.get_by_role("group", name="Month")
    expect(month.get_by_role("button", name=re.compile("March 2026"))).to_have_attribute("aria-pressed", "true")

    page.get_by_role("button", name="Ask about Photos of 24 fabrics, 5 Mar").click()
    ask = page.get_by_role("dialog")
    ask.get_by_role("button", name="Send question").click()
    expect(ask.get_by_role("alert")).to_have_text("Question is missing.")
    ask.get_by_label("Your question").fill("Were these not in the offer?")
    ask.get_by_role("button", name="Send question").click()
    expect(page.get_by_text(re.compile("Your question about .+ h on 5 March is with RenoTech"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Photos of 24 fabrics"))).to_contain_text(
        "Were these not in the offer?"
    )

    page.get_by_role("button", name="Approve 2 entries, €637.50").click()
    sum_of = page.get_by_role("dialog")
    expect(sum_of).to_contain_text("7.5 h × €85.00")
    expect(sum_of).to_contain_text("Nothing is paid now")
    sum_of.get_by_role("button", name="Approve €637.50").click()
    expect(page.get_by_text("7.5 h of Showroom website redesign are approved, €637.50 without tax.")).to_be_visible()
    expect(page.get_by_text("€1,275.00 of approved hours come on the next invoice")).to_be_visible()


def test_a_milestone_that_is_done_is_approved_on_the_page(page: Page, module_parley: RunningParley) -> None:
    done = module_parley.shell(
        "act", "projects.finish_milestone", "--as", RIO, "--customer", "CUS-1001", "--input", "{}"
    )
    assert done.returncode == 0, done.stdout
    sign_in(page, module_parley, path="/projects")

    page.get_by_role("button", name="Approve milestone Build").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve €2,400.00").click()

    expect(page.get_by_text("“Build” of Showroom website redesign is approved.")).to_be_visible()
    expect(page.get_by_text("Approved by Ania Kowalczyk")).to_be_visible()


def test_the_price_list_leads_to_its_forms(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley, email=RIO, path="/desk/catalogue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Price list")
    row = page.get_by_role("row", name=re.compile("hosting-growth-month-eur"))
    expect(row).to_contain_text("€180.00 a month")

    row.get_by_role("link", name=re.compile("New price")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Change a price")
