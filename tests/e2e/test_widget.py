"""The chat on somebody else's site, in a real browser: the way in, what the site can't do, and the ways it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from portal.seeds.logins import story_passwords
from tests.chat.client import Client
from tests.e2e.people import ANIA, MARIT
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.processes import ROOT, RunningParley, running_on_a_copy, wait_until

AXE = ROOT / "chat" / "client" / "node_modules" / "axe-core" / "axe.min.js"
RIO = "rio@renotech.example"
HOST_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Haarlem Showroom Week</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>* { font-family: Georgia, serif; letter-spacing: 1px } body { margin: 0; background: #F4E9DC; min-height: 100vh }
main { padding: 56px } button { background: crimson; border-radius: 0; text-transform: uppercase }</style></head><body>
<main><h1>Forty studios open their doors</h1><p>14 to 19 April</p><button>Get a free ticket</button></main>
<script>window.heard = []; addEventListener("message", (e) => heard.push(JSON.stringify(e.data)));</script>
SCRIPT</body></html>"""


class Site:
    """Somebody else's web site, served from this process. It has two origins: one is listed, the other is not."""

    def __init__(self, parley: RunningParley) -> None:
        self.pages = {
            "/": HOST_PAGE.replace("SCRIPT", f'<script src="{parley.url}/embed.js" async></script>'),
            "/dark": HOST_PAGE.replace("SCRIPT", f'<script src="{parley.url}/embed.js" data-theme="dark"></script>'),
            "/plain": HOST_PAGE.replace("SCRIPT", ""),
        }
        site = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.pages.get(self.path.partition("?")[0], "").encode()
                self.send_response(200 if body else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        port = self._server.server_address[1]
        self.listed, self.stranger = f"http://localhost:{port}", f"http://127.0.0.1:{port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


@pytest.fixture(scope="module")
def parley(story_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningParley]:
    """One Parley for this module; its tests leave the story's overdue invoice as it is."""
    with running_on_a_copy(story_data, tmp_path_factory.mktemp("widget") / "parley") as running:
        yield running


@pytest.fixture(scope="module")
def site(parley: RunningParley) -> Iterator[Site]:
    """A site that the admin has put on the list."""
    made = Site(parley)
    put_on_the_list(parley, made.listed)
    yield made
    made.close()


def put_on_the_list(parley: RunningParley, sites: str) -> None:
    wanted = json.dumps({"changes": {"widget_sites": sites}})
    done = parley.shell("act", "preferences.change", "--as", RIO, "--input", wanted)
    assert done.returncode == 0, done.stdout + done.stderr


class Widget:
    """The bubble and the panel on a page of the site."""

    def __init__(self, page: Page, parley: RunningParley) -> None:
        self.page, self.parley = page, parley
        self.bubble = page.get_by_role("button", name="Ask RenoTech")
        self.panel: FrameLocator = page.frame_locator("iframe[title='Chat with RenoTech']")
        self.box = self.panel.get_by_label("Write a message")

    def open(self, address: str) -> Widget:
        self.page.goto(address)
        self.bubble.click()
        expect(self.panel.get_by_text("Sign in to see your account")).to_be_visible()
        return self

    def open_again(self) -> None:
        """Presses the bubble and waits until the panel stands: until then a press goes to the site's page behind it."""
        self.bubble.click()
        panel = self.page.locator("parley-bubble .panel")
        panel.evaluate("panel => Promise.all(panel.getAnimations().map((one) => one.finished))")

    def window(self) -> Page:
        """The sign-in window."""
        with self.page.expect_popup() as opened:
            self.panel.get_by_role("button", name="Sign in", exact=True).click()
        return opened.value

    def sign_in(self) -> Widget:
        window = self.window()
        window.get_by_label("Email").fill(ANIA)
        window.get_by_label("Password").fill(story_passwords(self.parley.data)[ANIA])
        with window.expect_event("close"):
            window.get_by_role("button", name="Sign in").click()
        expect(self.panel.get_by_role("button", name="Sign out")).to_be_visible()
        return self

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")


@pytest.fixture
def widget(page: Page, parley: RunningParley) -> Widget:
    return Widget(page, parley)


# --- the way in


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
    with httpx.Client(base_url=parley.url, trust_env=False, headers={"origin": parley.url}) as portal:
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


# --- how it ends


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


# --- who is kept out


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
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{site.stranger}/trap")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").locator("parley-chat, form, main").count() == 0
    assert any("frame-ancestors" in said for said in refused), refused


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
        answer = httpx.post(address, json=loot, headers={"origin": origin}, trust_env=False)
        assert answer.status_code == 403 and "token" not in answer.json()
    expect(widget.panel.get_by_role("button", name="Sign out")).to_be_visible()
    again = httpx.post(address, json=loot, headers={"origin": parley.url}, trust_env=False)
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
            yes.click(timeout=1000)
        return refused.is_hidden() or paid.is_visible()

    wait_until(confirmed, "the payment to be confirmed", seconds=15)
    expect(paid).to_be_visible()
    assert parley.shell("verify").returncode == 0


# --- how it behaves


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
    widget.say("Which invoices are overdue?")
    expect(widget.panel.get_by_text("1 invoice is overdue").last).to_be_visible()
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
    with httpx.Client(base_url=parley.url, trust_env=False, headers={"origin": parley.url}) as browser:
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
    context.set_default_timeout(15_000)
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
    context.set_default_timeout(15_000)
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
