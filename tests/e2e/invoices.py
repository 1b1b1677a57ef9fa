"""The page of invoices, as a person at a browser handles it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.processes import RunningParley


def open_invoices(page: Page, parley: RunningParley, query: str = "") -> None:
    page.goto(f"{parley.url}/invoices{query}")
    expect(page.get_by_role("heading", name="Invoices", exact=True)).to_be_visible()


def numbers(page: Page) -> list[str]:
    """The invoices that the table shows, from top to bottom."""
    return page.get_by_role("table").get_by_role("link").all_inner_texts()


def shown(page: Page) -> Locator:
    return page.get_by_role("table").get_by_role("link")


def select(page: Page, number: str) -> None:
    box = page.get_by_role("checkbox", name=f"Select {number}")
    box.click()
    expect(box).to_be_checked()
