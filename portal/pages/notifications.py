"""Notifications: what happened, the newest first, and what of it is mailed."""

from __future__ import annotations

from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.notifications import NotificationSettings, SettingsChanged
from portal.components.buttons import button, chip
from portal.components.fields import checkbox
from portal.components.marks import icon
from portal.components.news import news_line
from portal.components.phases import by_phase, turns, unless_off
from portal.components.sections import note, problem_note, section, skeleton, state_block
from portal.failures import failure_of
from portal.layout import shell
from portal.news import News
from portal.page_state import NONE, SHOWN, PagedState
from portal.state import PortalState

SIZE = 25
CHOOSE = "notifications.change_settings"


class MailItem(BaseModel):
    """A topic that can be mailed. `letter` says what of it goes to the billing address in any case."""

    topic: str
    title: str
    help: str
    letter: str
    mailed: bool


class NotificationsState(PagedState, News, PortalState):
    """The list, and the choice of what is mailed."""

    only_unread: bool = False
    mails: list[MailItem] = []
    mail_address: str = ""
    mail_said: str = ""
    mail_problem: str = ""

    def _start_over(self) -> None:
        super()._start_over()
        self.only_unread, self.mail_said, self.mail_problem, self.news_problem = False, "", "", ""

    async def _load(self) -> str:
        found = await self._read_news(unread=self.only_unread, cursor=self._cursor(), size=SIZE)
        self._turned(found.next)
        await self._read_mails()
        return SHOWN if self.news else NONE

    async def _again(self) -> None:
        await self._read()

    async def _read_mails(self) -> None:
        found: NotificationSettings = await self._ask("notifications.settings")
        self.mail_address = found.email
        self.mails = [
            MailItem(
                topic=one.topic, title=one.title, help=one.help, mailed=bool(one.mailed),
                letter=f"{one.letter} go to {found.billing_email} in any case."
                if one.letter and found.billing_email else "",
            )
            for one in found.topics
            if one.mailed is not None
        ]  # fmt: skip

    def _place(self) -> str:
        return "NEWS"

    @rx.event
    async def show(self, unread: bool) -> Any:
        """Shows all, or what is unread."""
        self.only_unread = unread
        self._cursors = []
        return await self._read()

    @rx.event
    async def mail(self, topic: str, mailed: bool) -> Any:
        """Chooses whether a topic is mailed."""
        self.mails = [one.model_copy(update={"mailed": mailed}) if one.topic == topic else one for one in self.mails]
        yield
        asked = {"topic": topic, "mailed": mailed}
        try:
            preview = await self._preview(CHOOSE, **asked)
            done: SettingsChanged = await self._confirm(CHOOSE, preview.token, **asked)
            self.mail_said, self.mail_problem = done.sentence, ""
        except Exception as error:
            self.mail_said, self.mail_problem = "", failure_of(error, self._place()).said
        await self._read_mails()


def view() -> rx.Component:
    """The page."""
    state = NotificationsState
    unread = PortalState.unread
    return shell(
        "Notifications",
        rx.el.div(
            rx.el.div(
                rx.el.h1("Notifications"),
                rx.el.p("What happened on your account. What you do yourself is not told."),
                class_name="grow",
            ),
            unless_off(
                state, rx.cond(unread != "", button(icon("check-check"), "Mark all as read", on_click=state.mark_all))
            ),
            class_name="head",
        ),
        unless_off(state, _chips()),
        problem_note(state.news_problem),
        by_phase(
            state,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(state.news, lambda item: news_line(item, state)),
                    class_name="newslist",
                    aria_label="Notifications, the newest first",
                ),
                turns(state, "Newest", "Newer", "Older"),
            ),
            loading=skeleton(8, (420, 90)),
            none=_none(),
        ),
        unless_off(state, rx.cond(state.mails.length() > 0, _mails())),
        refresh=state.read,
    )


def _chips() -> rx.Component:
    state, unread = NotificationsState, PortalState.unread
    return rx.el.div(
        chip("All", on=~state.only_unread, on_click=state.show(False)),
        chip("Unread ", rx.cond(unread != "", rx.el.span(unread)), on=state.only_unread, on_click=state.show(True)),
        class_name="tools",
        role="group",
        aria_label="Show",
    )


def _none() -> rx.Component:
    state = NotificationsState
    return rx.cond(
        state.only_unread,
        state_block(
            "Nothing is unread", "What is new stands here first.", button("Show all", on_click=state.show(False))
        ),
        state_block(
            "Nothing yet",
            "New invoices, payments, renewals and what your colleagues change show up here, with a link to each.",
        ),
    )


def _mails() -> rx.Component:
    state = NotificationsState
    return section(
        "Mailed to you",
        rx.el.p("These come to ", rx.el.b(state.mail_address), " too. Whatever you choose, you find them here.",
                class_name="sub sm mailhead"),
        rx.cond(state.mail_said != "", note(state.mail_said, "good")),
        problem_note(state.mail_problem),
        rx.foreach(state.mails, _mail),
        class_name="narrow mails",
        custom_attrs={"id": "mails"},
    )  # fmt: skip


def _mail(item: rx.Var[MailItem]) -> rx.Component:
    return rx.el.label(
        checkbox(
            "Mail me: " + item.title,
            checked=item.mailed,
            on_change=lambda mailed: NotificationsState.mail(item.topic, mailed),
        ),
        rx.el.span(
            rx.el.span(item.title, class_name="m"),
            rx.el.span(item.help, " ", item.letter, class_name="sm sub"),
            class_name="grow",
        ),
        class_name="li mailrow",
    )
