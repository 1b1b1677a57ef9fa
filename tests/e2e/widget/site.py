"""Somebody else's web site with the chat on it, and what a person does there."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from portal.seeds.logins import story_passwords
from tests.e2e.people import ANIA
from tests.fixtures.processes import PATIENCE, RunningParley

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
        self._thread.join(timeout=PATIENCE)


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
        self.open_again()
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
