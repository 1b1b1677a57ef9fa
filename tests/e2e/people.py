"""The story's people at their browsers."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Locator, Page, expect

from billing.config import Settings
from portal.bootstrap import gateway_keys
from portal.seeds.logins import story_passwords
from tests.billing.gateways.stripe_schema import validate_log
from tests.fixtures.processes import PATIENCE, RunningParley

ANIA, MARIT = "ania@moellerkowalczyk.nl", "marit@renotech.example"


def sign_in(page: Page, parley: RunningParley, email: str = ANIA, path: str = "/") -> None:
    """Signs in and stays on `path`."""
    page.goto(f"{parley.url}/login?next={path}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(story_passwords(parley.data)[email])
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("login"))
    alive(page)


def alive(page: Page) -> None:
    """Waits until the page knows who is there: before that it is only drawn, and hears no button."""
    expect(page.locator("summary[title]:not([title=''])").first).to_be_attached()


def at_rest(page: Page) -> None:
    """Waits until everything stands where it will stay."""
    page.wait_for_function("""() => document.getAnimations().every(
        (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)""")


class Chat:
    """The chat pane of a customer, or the conversation of the desk."""

    def __init__(self, page: Page, label: str = "Write a message") -> None:
        self.page = page
        self.box = page.get_by_label(label)
        self.log = page.get_by_role("log", name="Messages")

    def open(self) -> Chat:
        """Opens the pane, unless it is open already."""
        if not self.box.is_visible():
            self.page.get_by_role("button", name="Ask RenoTech").first.click()
        expect(self.box).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Types a message and sends it with Enter."""
        self.box.fill(text)
        self.box.press("Enter")

    def proposal(self, title: str) -> Locator:
        """The newest proposal of that title."""
        return self.page.get_by_role("group", name=title).last

    def texts(self) -> list[str]:
        """What stands in the log, message by message."""
        return [text.strip() for text in self.page.locator(".msg .said, .msg .words").all_inner_texts()]


def judge_requests(parley: RunningParley) -> int:
    """Holds every request that reached the sandbox against the SDK's own types; gives how many there were."""
    settings = Settings(demo=True, data=parley.data, secret_key=(parley.data / "secret_key").read_text().strip())
    key = gateway_keys(settings).secret
    url = f"{parley.url}/sandbox/_requests"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return validate_log(answer.json())
