"""The chat on somebody else's site, in a real browser: the way in, how it behaves, and the ways it ends."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from portal.seeds.logins import story_passwords
from tests.chat.client import Client
from tests.e2e.people import ANIA, MARIT
from tests.e2e.widget.site import Site, Widget, put_on_the_list
from tests.fixtures.browser import DESKTOP, PATIENCE_MS, PHONE
from tests.fixtures.processes import PATIENCE, ROOT, RunningParley

AXE = ROOT / "chat" / "client" / "node_modules" / "axe-core" / "axe.min.js"


def test_a_visitor_signs_in_in_the_window_and_hears_which_invoices_are_overdue(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    widget.open(site.listed)
    expect(widget.panel.get_by_text("This site cannot read what you see here.")).to_be_visible()
    addresses: list[str] = []
    widget.page.context.on("request", lambda request: addresses.append(request.url))
    widget.sign_in()
    widget.say("Which invoices are overdue?")
    expect(widget.panel.get_by_text("1 invoice is overdue, €2,904.00 in all.").last).to_be_visible()
    expect(widget.panel.get_by_text("RT-2026-0162").last).to_be_visible()
    windows = [address for address in addresses if "/embed/" in address]
    assert windows and all(address.startswith(parley.url) for address in windows)
    assert not any("code=" in address or "token" in address.partition("?")[2] for address in addresses)


def test_the_site_hears_that_the_chat_is_ready_and_nothing_of_what_is_said(widget: Widget, site: Site) -> None:
    widget.open(site.listed).sign_in()
    widget.say("Which invoices are overdue?")
    expect(widget.panel.get_by_text("1 invoice is overdue").last).to_be_visible()
    heard = [json.loads(message) for message in widget.page.evaluate("window.heard")]
    assert heard and all(set(message) == {"parley", "count"} for message in heard)
    frame = "document.querySelector('parley-bubble').shadowRoot.querySelector('iframe')"
    assert widget.page.evaluate(f"{frame}.contentDocument") is None
    assert widget.page.evaluate("document.cookie") == ""


def test_somebody_who_is_signed_in_to_the_portal_only_says_yes(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    with httpx.Client(base_url=parley.url, trust_env=False, headers={"origin": parley.url}, timeout=PATIENCE) as portal:
        portal.post("/auth/login", data={"email": ANIA, "password": story_passwords(parley.data)[ANIA]})
        token = portal.cookies["parley_session"]
    cookie: Any = {"name": "parley_session", "value": token, "url": parley.url, "sameSite": "Lax"}
    widget.page.context.add_cookies([cookie])
    window = widget.open(site.listed).window()
    with window.expect_event("close"):
        window.get_by_role("button", name="Continue as Ania Kowalczyk").click()
    expect(widget.panel.get_by_role("button", name="Sign out")).to_be_visible()


def test_closing_the_window_shares_nothing_and_says_so(widget: Widget, site: Site) -> None:
    widget.open(site.listed).window().close()
    expect(widget.panel.get_by_text("The sign-in window was closed. Nothing was shared.")).to_be_visible()


def test_without_signing_in_one_hears_how_things_work(widget: Widget, site: Site) -> None:
    widget.open(site.listed)
    widget.panel.get_by_role("button", name="How does switching a plan work?").click()
    expect(widget.panel.get_by_text("Before anything changes you see what it costs today")).to_be_visible()
    widget.panel.get_by_role("button", name="Continue without").click()
    widget.say("Where do I find my invoice?")
    expect(widget.panel.get_by_text("Every invoice is in the portal under Invoices")).to_be_visible()
    expect(widget.panel.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_it_goes_on_on_the_sites_next_page_and_signing_out_ends_it_there_and_in_the_portal(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    widget.open(site.listed).sign_in()
    widget.page.goto(f"{site.listed}/dark")
    expect(widget.panel.get_by_role("button", name="Sign out")).to_be_visible()
    widget.panel.get_by_role("button", name="Sign out").click()
    expect(widget.panel.get_by_text("You are signed out, here and in the portal.")).to_be_visible()
    widget.page.reload()
    expect(widget.panel.get_by_text("Sign in to see your account")).to_be_visible()
    portal = widget.page.context.new_page()
    portal.goto(parley.url)
    expect(portal.get_by_label("Password", exact=True)).to_be_visible()


def test_signing_out_in_the_portal_ends_the_chat_on_the_site_and_keeps_what_was_typed(
    widget: Widget, site: Site, parley: RunningParley
) -> None:
    widget.open(site.listed).sign_in()
    widget.box.fill("half a thought")
    with widget.page.context.expect_page() as opened:
        widget.page.evaluate(f"window.open('{parley.url}/', '_blank', 'noopener')")
    portal = opened.value
    expect(portal.get_by_text("€2,904.00 overdue")).to_be_visible()
    portal.locator("details.user-menu summary").click()
    portal.get_by_role("button", name="Sign out").click()
    expect(portal.get_by_label("Password", exact=True)).to_be_visible()
    expect(widget.panel.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()
    expect(widget.box).to_have_value("half a thought")


def test_a_site_that_leaves_the_list_loses_the_chat(widget: Widget, site: Site, parley: RunningParley) -> None:
    widget.open(site.listed).sign_in()
    put_on_the_list(parley, "")
    try:
        expect(widget.panel.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()
        widget.page.reload()
        widget.page.get_by_role("button", name="Chat").click()
        expect(widget.page.get_by_text("RenoTech has not opened its chat on localhost:")).to_be_visible()
    finally:
        put_on_the_list(parley, site.listed)


def test_everything_works_by_keyboard_and_focus_comes_back(widget: Widget, site: Site) -> None:
    page = widget.page
    page.goto(site.listed)
    widget.bubble.focus()
    page.keyboard.press("Enter")
    expect(widget.box).to_be_focused()
    expect(page.get_by_role("dialog", name="Ask RenoTech")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Ask RenoTech")).to_be_hidden()
    expect(widget.bubble).to_be_focused()


def test_the_bubble_counts_what_is_unread(widget: Widget, site: Site, parley: RunningParley) -> None:
    widget.open(site.listed).sign_in()
    widget.say("thanks!")  # whose answer does not stand there already, so that none comes after the close
    expect(widget.panel.get_by_text("You are welcome.")).to_be_visible()
    widget.panel.get_by_role("button", name="Close").click()
    ania, marit = at_a_socket(parley, ANIA), at_a_socket(parley, MARIT)
    number = ania.number or ""
    ania.leave()
    marit.open(number)
    assert marit.ask("take", {"conversation": number})["ok"]
    assert marit.send("Hello Ania, this is Marit.")["ok"] and marit.send("May I help?")["ok"]
    expect(widget.page.get_by_role("button", name="Ask RenoTech, 2 new messages")).to_be_visible()
    widget.open_again()
    expect(widget.panel.get_by_text("May I help?")).to_be_visible()
    expect(widget.panel.get_by_text("Marit de Vries", exact=True).first).to_be_visible()
    widget.panel.get_by_role("button", name="Close").click()
    expect(widget.page.get_by_role("button", name="Ask RenoTech", exact=True)).to_be_visible()
    assert marit.ask("hand_back", {"conversation": number})["ok"]
    marit.leave()


def at_a_socket(parley: RunningParley, email: str) -> Client:
    """The chat of somebody who signed in at the portal."""
    with httpx.Client(
        base_url=parley.url, trust_env=False, headers={"origin": parley.url}, timeout=PATIENCE
    ) as browser:
        browser.post("/auth/login", data={"email": email, "password": story_passwords(parley.data)[email]})
        made = Client(parley.url, f"parley_session={browser.cookies['parley_session']}")
    made.hello(desk=email == MARIT)
    return made


def test_the_sites_own_page_looks_the_same_with_it(page: Page, site: Site) -> None:
    look = """() => [...document.querySelectorAll('html, body, main, h1, p, button')].map((element) => {
        const style = getComputedStyle(element), box = element.getBoundingClientRect()
        return [element.tagName, box.x, box.y, box.width, box.height, ...[...style].map((name) => style[name])].join()
    })"""
    page.goto(f"{site.listed}/plain")
    before = page.evaluate(look)
    page.goto(site.listed)
    page.get_by_role("button", name="Ask RenoTech").click()
    expect(page.frame_locator("iframe").get_by_label("Write a message")).to_be_visible()
    assert page.evaluate(look) == before
    assert page.evaluate("document.styleSheets.length") == 1
    bubble = page.locator("parley-bubble .bubble")
    assert bubble.evaluate("(e) => getComputedStyle(e).textTransform") == "none"


@pytest.mark.parametrize(("theme", "path"), [("light", "/"), ("dark", "/dark")])
def test_it_is_light_unless_the_site_asks_and_axe_finds_nothing_serious(
    theme: str, path: str, chromium: Browser, parley: RunningParley, site: Site
) -> None:
    context = chromium.new_context(viewport=DESKTOP, color_scheme="dark", bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    Widget(page, parley).open(site.listed + path)
    [frame] = [frame for frame in page.frames if "/embed/chat" in frame.url]
    assert frame.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
    assert page.locator("parley-bubble .panel").evaluate("(e) => getComputedStyle(e).animationName") == "none"
    for place, part in ((frame, "document"), (page.main_frame, "'parley-bubble'")):
        place.evaluate(AXE.read_text(encoding="utf-8"))
        found = place.evaluate(f"axe.run({part}, {{resultTypes: ['violations'], iframes: false}})")
        assert [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")] == []
    context.close()


def test_on_a_phone_the_chat_fills_the_screen(chromium: Browser, parley: RunningParley, site: Site) -> None:
    context = chromium.new_context(viewport=PHONE, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(site.listed)
    box = page.get_by_role("button", name="Ask RenoTech").bounding_box()
    assert box is not None and box["height"] >= 44
    widget = Widget(page, parley).open(site.listed)
    panel = page.locator("parley-bubble .panel").bounding_box()
    assert panel == {"x": 0, "y": 0, "width": PHONE["width"], "height": PHONE["height"]}
    for name in ("Sign in", "Close", "Send"):
        size = widget.panel.get_by_role("button", name=name, exact=True).bounding_box()
        assert size is not None and size["height"] >= 36
    context.close()


def test_when_the_portal_can_not_be_reached_the_panel_says_so_and_tries_again(
    browser_context: BrowserContext, parley: RunningParley, site: Site
) -> None:
    page = browser_context.new_page()
    page.clock.install()
    page.goto(site.listed)
    expect(page.get_by_role("button", name="Ask RenoTech")).to_be_visible()
    page.route("**/embed/**", lambda route: route.abort())
    page.get_by_role("button", name="Ask RenoTech").click()
    page.clock.fast_forward(10_000)
    expect(page.get_by_text("The chat can't be reached just now")).to_be_visible()
    page.unroute("**/embed/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.frame_locator("iframe").get_by_text("Sign in to see your account")).to_be_visible()
