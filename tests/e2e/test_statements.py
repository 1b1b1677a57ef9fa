"""A customer reads their statement, month by month, and takes it along, in Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.people import sign_in
from tests.fixtures.processes import RunningParley


def test_a_month_opens_where_the_one_before_closed(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley, path="/statements")
    expect(page.get_by_role("heading", level=1)).to_have_text("Statements")
    moves = page.get_by_role("table", name="Movements of the account, the oldest first")
    opening = moves.get_by_role("row", name=re.compile("Balance before 1 Mar 2026"))
    expect(opening).to_contain_text("€3,618.40")
    expect(moves.get_by_role("row", name=re.compile("Balance on 12 Mar 2026"))).to_contain_text("€4,166.41")
    late = page.get_by_text("1–30 days late").locator("..")
    expect(late).to_contain_text("€2,904.00")

    page.get_by_role("button", name="Last month").click()

    expect(moves.get_by_role("row", name=re.compile("Balance on 28 Feb 2026"))).to_contain_text("€3,618.40")
    expect(page.get_by_label("Last day")).to_have_value("2026-02-28")


def test_other_days_are_typed_and_the_statement_is_taken_along(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley, path="/statements")
    moves = page.get_by_role("table", name="Movements of the account, the oldest first")
    expect(moves.get_by_role("row", name=re.compile("Balance before 1 Mar 2026"))).to_be_visible()
    page.get_by_label("First day").fill("2026-02-16")
    expect(moves.get_by_role("row", name=re.compile("Balance before 16 Feb 2026"))).to_be_visible()
    page.get_by_label("Last day").fill("2026-02-24")
    expect(moves.get_by_role("row", name=re.compile("Balance on 24 Feb 2026"))).to_be_visible()
    expect(moves.get_by_role("row", name=re.compile("Photography"))).to_contain_text("€774.40")

    files = page.get_by_role("link", name=re.compile("Statement as"))
    expect(files).to_have_count(2)
    for link, kind in ((files.nth(0), "application/pdf"), (files.nth(1), "text/csv")):
        expect(link).to_have_attribute("href", re.compile("2026-02-16_2026-02-24_EUR"))
        address = link.get_attribute("href")
        answer = page.request.get(f"{shared_parley.url}{address}")
        assert answer.status == 200 and answer.headers["content-type"].startswith(kind)


def test_a_receipt_is_taken_from_the_payments(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley, path="/payments")
    address = page.get_by_role("link", name="Receipt of PAY-2026-0004 as PDF").first.get_attribute("href")
    assert address and page.request.get(f"{shared_parley.url}{address}").body().startswith(b"%PDF")
