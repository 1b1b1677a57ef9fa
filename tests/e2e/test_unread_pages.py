"""Pages whose records can't be read, in Chromium: they say so, and what happens next; then they are read after all."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, expect

from portal import routes
from tests.e2e.people import MARIT, alive, sign_in
from tests.fixtures.processes import RunningParley

# a table that this page's records are read from, and the shell around it is not
CUSTOMERS = {
    routes.HOME: "billed_month",
    routes.INVOICES: "invoice_count",
    routes.PAYMENTS: "payment_allocation",
    routes.STATEMENTS: "ledger_entry",
    routes.SUBSCRIPTIONS: "subscription_add_on",
    routes.PROJECTS: "time_entry",
    routes.REVIEWS: "review",
}
CODE = re.compile(r"^[A-Z]+-503-[0-9A-F]{4}$")


@contextmanager
def without(parley: RunningParley, table: str) -> Iterator[None]:
    """As long as this lasts, the server finds no such table."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(parley.data / "parley.db", timeout=60)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")
            database.commit()

    rename(table, f"{table}_away")
    try:
        yield
    finally:
        rename(f"{table}_away", table)


def read_after_all(page: Page, parley: RunningParley, table: str, path: str) -> None:
    with without(parley, table):
        page.goto(parley.url + path)
        alive(page)
        told = page.locator(".state")
        expect(told.get_by_role("alert")).to_contain_text("The billing system did not answer. No payment was taken")
        expect(told.get_by_role("alert")).to_contain_text("We try again by ourselves in 20 seconds.")
        expect(told.locator("p .m")).to_have_text(CODE)
    page.get_by_role("button", name="Try again now").click()
    expect(page.get_by_role("button", name="Try again now")).to_have_count(0)
    expect(page.locator("main .sec, main table").first).to_be_visible()


@pytest.mark.parametrize("path", CUSTOMERS)
def test_a_page_that_cannot_be_read_says_so_and_is_read_again(
    page: Page, module_parley: RunningParley, path: str
) -> None:
    sign_in(page, module_parley)
    read_after_all(page, module_parley, CUSTOMERS[path], path)


def test_so_does_the_price_list_of_the_staff(page: Page, module_parley: RunningParley) -> None:
    sign_in(page, module_parley, MARIT, routes.DESK)
    read_after_all(page, module_parley, "coupon", routes.CATALOGUE)
