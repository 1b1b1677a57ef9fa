"""Signing in: codes from an app, the password, and the browsers where one is signed in; of every person their own.

Only what is shown passes through this page. What is typed, and every key and code, goes by the forms of
portal/own_security.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from pydantic import BaseModel

from billing.auth.own_sign_in import OwnSignIn, own_sign_in
from billing.auth.recovery import HOW_MANY
from billing.auth.sessions import SignedIn
from billing.dates import said_day
from billing.registry import Channel
from portal import routes
from portal.components.forms import post_form
from portal.components.marks import icon, status
from portal.components.phases import by_phase, try_again, unread
from portal.components.sections import note, section, skeleton
from portal.desk.shell import staff_shell
from portal.layout import shell
from portal.own_security import OTHERS
from portal.page_state import SHOWN, PageState
from portal.pages.login import PlainLink
from portal.services import contexts
from portal.state import PortalState
from portal.work import in_pool

TITLE = "Signing in"
DONE = {
    "off": "Codes are off. Your password alone signs you in, and you are signed out everywhere else.",
    "password": "Your password is changed. You are signed out everywhere else.",
    "ended": "You are signed out there.",
}


class DeviceItem(BaseModel):
    """A browser where the person is signed in."""

    name: str
    words: str
    when: str
    this_one: bool


class SecurityState(PageState, PortalState):
    """What the page shows."""

    done: str = ""
    codes_on: bool = False
    codes_since: str = ""
    codes_left: str = ""
    few_left: bool = False
    devices: list[DeviceItem] = []

    def _start_over(self) -> None:
        self.done = DONE.get(self.router.url.query_parameters.get("done", ""), "")

    async def _admit(self) -> Any:
        """Staff have the page among theirs."""
        gone = await self._enter()
        if gone and self.router.url.path.rstrip("/") == routes.SECURITY and await self._is_staff():
            return rx.redirect(routes.DESK_SECURITY, replace=True)
        return gone

    async def _is_staff(self) -> bool:
        try:
            return (await self._signed_in()).actor.is_staff
        except Exception:
            return False

    async def _load(self) -> str:
        who = await self._signed_in()
        found: OwnSignIn = await in_pool(own_sign_in, contexts(), who)
        zone, now = await in_pool(_zone_and_now, who)
        self.codes_on = found.codes_on
        self.codes_since = said_moment(found.codes_since, zone, now) if found.codes_since else ""
        self.codes_left = f"{found.recovery_codes} of {HOW_MANY} recovery codes are left."
        self.few_left = found.codes_on and found.recovery_codes <= 2
        self.devices = [
            DeviceItem(
                name=one.name,
                words=one.words,
                this_one=one.this_one,
                when=f"Signed in {said_moment(one.since, zone, now)}"
                + ("" if one.this_one else f", last seen {said_moment(one.seen, zone, now)}"),
            )
            for one in found.devices
        ]
        return SHOWN

    def _place(self) -> str:
        return "SIGN"


def said_moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment in a sentence: today at 14:05, or on 3 March at 14:05."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    day = "today" if local.date() == today else f"on {said_day(local.date(), today)}"
    return f"{day} at {local:%H:%M}"


def _zone_and_now(who: SignedIn) -> tuple[ZoneInfo, datetime]:
    with contexts().open(who.actor, Channel.PORTAL) as ctx:
        zone = ctx.zone if ctx.actor.customer_id is not None else ZoneInfo(ctx.preferences.business_time_zone)
        return zone, ctx.now


def view() -> rx.Component:
    """For customers."""
    return shell(TITLE, _content(), refresh=SecurityState.read)


def staff_view() -> rx.Component:
    """For the staff."""
    return staff_shell(TITLE, _content(), refresh=SecurityState.read)


def _content() -> rx.Component:
    state = SecurityState
    return rx.fragment(
        rx.el.div(
            rx.el.div(rx.el.h1(TITLE), rx.el.p("Your password, codes from an app, and where you are signed in.")),
            class_name="head",
        ),
        by_phase(
            state,
            rx.el.div(
                rx.cond(state.done != "", note(state.done, "good")),
                _codes(),
                _password(),
                _devices(),
                class_name="stack gap narrow",
            ),
            loading=skeleton(6),
            failed=unread(state, try_again(state)),
        ),
    )


def _codes() -> rx.Component:
    state = SecurityState
    on = rx.fragment(
        rx.el.div(
            icon("smartphone"),
            rx.el.div(
                rx.el.div(status("good", "On"), class_name="m"),
                rx.el.div(
                    rx.cond(state.codes_since != "", rx.el.span("Turned on ", state.codes_since, ". ")),
                    "After your password you type a code from your app.",
                    class_name="sm sub",
                ),
                class_name="grow",
            ),
            rx.el.div(_way("Turn off", "codes", routes.SECURITY_CODE_OFF)),
            class_name="li own",
        ),
        rx.el.div(
            icon("life-buoy"),
            rx.el.div(
                rx.el.div("Recovery codes", class_name="m"),
                rx.el.div(state.codes_left, rx.cond(state.few_left, " Make new ones soon.", ""), class_name="sm sub"),
                class_name="grow",
            ),
            rx.el.div(_way("Make new ones", "of the recovery codes", routes.SECURITY_RECOVERY)),
            class_name="li own",
        ),
    )
    off = rx.el.div(
        icon("smartphone"),
        rx.el.div(
            rx.el.div(status("off", "Off"), class_name="m"),
            rx.el.div(
                "Your password alone signs you in. With a code from an app on your phone, a password that somebody "
                "learned opens nothing.",
                class_name="sm sub",
            ),
            class_name="grow",
        ),
        rx.el.div(_way("Turn on", "codes", routes.SECURITY_CODE, kind="second")),
        class_name="li own",
    )
    return section("A code when you sign in", rx.cond(state.codes_on, on, off))


def _password() -> rx.Component:
    return section(
        "Password",
        rx.el.div(
            icon("key-round"),
            rx.el.span("Changing it signs you out everywhere else.", class_name="grow sub"),
            rx.el.div(_way("Change", "your password", routes.SECURITY_PASSWORD)),
            class_name="li own",
        ),
    )


def _devices() -> rx.Component:
    state = SecurityState
    return section(
        "Where you are signed in",
        rx.foreach(state.devices, _device),
        end=rx.cond(state.devices.length() > 1, _end(OTHERS, "Sign out everywhere else", "")),
    )


def _device(device: rx.Var[DeviceItem]) -> rx.Component:
    return rx.el.div(
        icon("monitor"),
        rx.el.div(
            rx.el.div(
                device.words, rx.cond(device.this_one, rx.el.span(", this browser", class_name="sub")), class_name="m"
            ),
            rx.el.div(device.when, class_name="sm sub"),
            class_name="grow",
        ),
        rx.cond(device.this_one, rx.fragment(), _end(device.name, "Sign out", device.words)),
        class_name="li own",
    )


def _end(name: Any, words: str, about: Any) -> rx.Component:
    """Signs out elsewhere."""
    return post_form(
        routes.SECURITY_SESSIONS,
        rx.el.input(type="hidden", name="session", value=name, read_only=True),
        rx.el.button(words, rx.el.span(" ", about, class_name="vh"), type="submit", class_name="btn quiet small"),
        csrf=PortalState.csrf,
        class_name="end",
    )


def _way(words: str, about: str, path: str, kind: str = "quiet") -> rx.Component:
    """A way to one of the forms, which are none of Reflex's pages."""
    return PlainLink.create(words, rx.el.span(f" {about}", class_name="vh"), href=path, class_name=f"btn {kind} small")
