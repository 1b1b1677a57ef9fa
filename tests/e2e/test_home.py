"""The first page: its parts close up under each other, the bell's count sits on the bell, a viewer learns who pays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.people import sign_in
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.processes import RunningParley

JAN_WILLEM = "janwillem@moellerkowalczyk.nl"


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).locator("visible=true").first.bounding_box()
    assert found is not None
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def test_the_account_follows_the_conversations_closely(page: Page, shared_parley: RunningParley) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, shared_parley)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    talks, account = (box(page, f".home .sec:has(> header > h2:text-is('{name}'))") for name in
                      ("Conversations", "Your account"))  # fmt: skip
    assert 0 < account["y"] - talks["bottom"] <= 40
    assert talks["x"] == account["x"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_the_bells_count_sits_on_its_upper_right_corner(
    chromium: Browser, shared_parley: RunningParley, viewport: ViewportSize
) -> None:
    with chromium.new_context(viewport=viewport, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        sign_in(page, shared_parley)
        bell, count = box(page, ".bell svg"), box(page, ".bell .count")
        middle = (bell["x"] + bell["width"] / 2, bell["y"] + bell["height"] / 2)
        assert count["x"] < bell["right"] - 4 and count["bottom"] > bell["y"] + 4
        assert count["right"] > bell["right"] - 4 and count["y"] < bell["y"] + 4
        assert count["x"] + 3 >= middle[0] and count["bottom"] - 3 <= middle[1]


def test_who_may_only_look_is_told_who_pays(page: Page, shared_parley: RunningParley) -> None:
    sign_in(page, shared_parley, JAN_WILLEM)
    due = page.get_by_role("region", name="To pay")
    expect(due.get_by_text("Paying is not part of your role. Ask Ania or Pieter to do it.")).to_be_visible()
    expect(due.get_by_role("button")).to_have_count(0)
