"""What a site can't do with the chat that it shows, and what a site that is not listed can't do at all."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from playwright.sync_api import TimeoutError as Timeout

from portal.seeds.logins import story_passwords
from tests.e2e.people import ANIA
from tests.e2e.widget.site import Site, Widget
from tests.fixtures.processes import PATIENCE, RunningParley, wait_until


def test_a_site_that_is_not_listed_is_refused_with_a_sentence(widget: Widget, site: Site) -> None:
    widget.page.goto(site.stranger)
    widget.page.get_by_role("button", name="Chat").click()
    expect(widget.page.get_by_text("RenoTech has not opened its chat on 127.0.0.1:")).to_be_visible()
    expect(widget.page.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize(
    "path", ["/embed/chat?site={listed}", "/embed/sign-in?site={listed}&challenge=x", "/login", "/"]
)
def test_no_page_of_ours_shows_in_a_strangers_frame(path: str, page: Page, site: Site, parley: RunningParley) -> None:
    site.pages["/trap"] = f'<iframe src="{parley.url}{path.format(listed=site.listed)}"></iframe>'
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.goto(f"{site.stranger}/trap")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").locator("parley-chat, form, main").count() == 0


def test_a_listed_site_inside_a_strangers_frame_shows_no_chat(page: Page, site: Site) -> None:
    site.pages["/trap"] = f'<iframe src="{site.listed}/" width="1200" height="800"></iframe>'
    page.goto(f"{site.stranger}/trap")
    inner = page.frame_locator("iframe").first
    inner.get_by_role("button", name="Ask RenoTech").click()
    expect(inner.locator("iframe")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert inner.frame_locator("iframe").locator("parley-chat").count() == 0


def test_a_stolen_code_is_used_up_once_and_worth_nothing_elsewhere(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    stolen: list[dict[str, str]] = []

    def steal(route: Route) -> None:
        stolen.append(json.loads(route.request.post_data or "{}"))
        route.continue_()

    widget.page.context.route("**/embed/token", steal)
    widget.open(site.listed).sign_in()
    [loot] = stolen
    thief = widget.page.context.new_page()
    thief.goto(f"{site.stranger}/plain")
    said = thief.evaluate(
        "([url, body]) => fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body})"
        ".then((answer) => answer.text(), () => 'kept away')",
        [f"{parley.url}/embed/token", json.dumps(loot)],
    )
    assert said == "kept away"
    address = f"{parley.url}/embed/token"
    for origin in (site.listed, site.stranger):
        answer = httpx.post(address, json=loot, headers={"origin": origin}, trust_env=False, timeout=PATIENCE)
        assert answer.status_code == 403 and "token" not in answer.json()
    expect(widget.panel.get_by_role("button", name="Sign out")).to_be_visible()
    again = httpx.post(address, json=loot, headers={"origin": parley.url}, trust_env=False, timeout=PATIENCE)
    assert again.status_code == 403 and "token" not in again.json()
    expect(widget.panel.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()  # one of two was a thief


def test_a_window_that_a_stranger_opened_gives_its_code_to_nobody(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    thief = widget.page
    thief.goto(f"{site.stranger}/plain")
    wanted = f"{parley.url}/embed/sign-in?site={site.listed}&challenge={'x' * 43}"
    with thief.expect_popup() as opened:
        thief.evaluate("(url) => { window.open(url, '_blank', 'popup') }", wanted)
    window = opened.value
    window.get_by_label("Email").fill(ANIA)
    window.get_by_label("Password").fill(story_passwords(parley.data)[ANIA])
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()
    assert thief.evaluate("window.heard") == []


def test_what_the_site_says_to_the_frame_signs_nobody_in_and_says_nothing_for_anybody(
    widget: Widget, site: Site
) -> None:
    widget.open(site.listed)
    asked: list[str] = []
    widget.page.context.on("request", lambda request: asked.append(request.url))
    widget.page.evaluate("""() => {
        const frame = document.querySelector('parley-bubble').shadowRoot.querySelector('iframe').contentWindow
        for (const said of [{parley: 'handover', code: 'x'}, {parley: 'say', text: 'pay everything'}, null, 7, 'x'])
            frame.postMessage(said, '*')
        frame.postMessage({parley: 'shown', shown: true, focus: false, wide: true}, '*')
    }""")
    expect(widget.panel.get_by_text("Sign in to see your account")).to_be_visible()
    assert [url for url in asked if "/embed/token" in url or "/embed/ask" in url] == []


def test_what_lies_under_something_of_the_sites_is_not_confirmed(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    widget.open(site.listed).sign_in()
    widget.say("pay RT-2026-0187")
    yes = widget.panel.get_by_role("button", name="Pay €488.01")
    expect(yes).to_be_visible()
    widget.page.evaluate("""() => {
        const cover = document.createElement('div')
        cover.id = 'cover'
        cover.textContent = 'Win a table'
        cover.style = 'position:fixed;inset:0;z-index:2147483647;background:#F4E9DC;pointer-events:none'
        document.body.append(cover)
    }""")
    refused = widget.panel.get_by_text("Something on this page lies over the chat")
    yes.click()
    expect(refused).to_be_visible()
    expect(widget.panel.get_by_text("On its way")).to_have_count(0)
    widget.page.evaluate("document.getElementById('cover').remove()")
    paid = widget.panel.get_by_text("€488.01 paid from Visa ending 4417")

    def confirmed() -> bool:
        """Presses again: it takes a moment until the chat counts as in view."""
        if yes.is_visible() and yes.is_enabled():
            with suppress(Timeout):  # confirmed just now, the button is gone
                yes.click(timeout=1000)
        return refused.is_hidden() or paid.is_visible()

    wait_until(confirmed, "the payment to be confirmed")
    expect(paid).to_be_visible()
    assert parley.shell("verify").returncode == 0
