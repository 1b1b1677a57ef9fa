"""The bell over every page: how much is unread, the last few, and the way to all of them."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal import routes
from portal.components.buttons import linkish
from portal.components.marks import icon
from portal.components.news import news_line
from portal.components.sections import note, skeleton
from portal.failures import failure_of
from portal.news import News
from portal.page_state import FAILED, LOADING, NONE, SHOWN
from portal.state import PortalState

FEW = 5


class BellState(News, PortalState):
    """The bell's panel."""

    bell: str = LOADING
    _looked: bool = False

    @rx.event
    async def look(self) -> None:
        """Reads the last few, as the panel opens."""
        self._looked = True
        await self._again()

    @rx.event
    async def refresh(self) -> None:
        """Reads them again, where somebody has looked."""
        if self._looked:
            await self._again()

    async def _again(self) -> None:
        try:
            await self._read_news(size=FEW)
            self.bell, self.news_problem = SHOWN if self.news else NONE, ""
        except Exception as error:
            self.bell, self.news_problem = FAILED, failure_of(error, "BELL").said


def bell() -> rx.Component:
    """The bell: a panel beside the page, and on a phone the way to the page of its own."""
    name = rx.cond(PortalState.unread != "", "Notifications, " + PortalState.unread + " unread", "Notifications")
    face = [icon("bell", 20), rx.cond(PortalState.unread != "", rx.el.span(PortalState.unread, class_name="count"))]
    look: Any = BellState.look
    return rx.cond(
        PortalState.allowed["notifications_list"],
        rx.fragment(
            rx.el.details(
                rx.el.summary(*face, class_name="btn icon bell", aria_label=name, on_click=look),
                rx.el.section(_panel(), class_name="menu newspanel", aria_label="Notifications"),
                class_name="pop desk-only",
            ),
            rx.el.a(*face, href=routes.NOTIFICATIONS, class_name="btn icon bell phone-only", aria_label=name),
        ),
    )


def _panel() -> rx.Component:
    state = BellState
    return rx.fragment(
        rx.el.header(
            rx.el.h2("Notifications"),
            rx.cond(PortalState.unread != "", linkish("Mark all as read", on_click=state.mark_all)),
        ),
        rx.cond((state.news_problem != "") & (state.bell != FAILED), note(state.news_problem, "bad")),
        rx.match(
            state.bell,
            (LOADING, skeleton(3, (260, 40))),
            (SHOWN, rx.el.ul(rx.foreach(state.news, lambda item: news_line(item, state, "mi")))),
            (NONE, rx.el.p("Nothing yet. New invoices, payments and changes show up here.", class_name="sub nonews")),
            rx.el.div(note(state.news_problem, "bad"), linkish("Try again", on_click=state.look), class_name="nonews"),
        ),
        rx.el.a("See all", href=routes.NOTIFICATIONS, class_name="mi all"),
    )
