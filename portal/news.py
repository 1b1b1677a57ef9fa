"""What is new, as the bell and the page show it, and marking it: what both states share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.notifications import MarkedRead, NotificationPage, NotificationRow, said_count
from billing.dates import said_day
from portal.failures import failure_of
from portal.state import PortalState

SEEN = timedelta(milliseconds=1)


class NewsItem(BaseModel):
    """Something that happened. `page` is where it leads; an answer leads to the chat, so it is empty."""

    key: str
    sentence: str
    when: str
    unread: bool
    page: str


def said_when(at: datetime, now: datetime) -> str:
    """When it was, where the customer is: 14:06, yesterday at 9:30, 4 March, 4 March 2025."""
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    clock = f"{local:%H:%M}"
    if days <= 0:
        return f"today at {clock}"
    return f"yesterday at {clock}" if days == 1 else said_day(local.date(), now.date())


def news_item(row: NotificationRow, now: datetime) -> NewsItem:
    """A notification as a line."""
    return NewsItem(
        key=row.key, sentence=row.sentence, when=said_when(row.at, now), unread=not row.read, page=row.page
    )  # fmt: skip


class News(PortalState, mixin=True):
    """A list of what is new. A state that derives from it reads it with `_read_news` and says in `_again` how anew."""

    news: list[NewsItem] = []
    news_problem: str = ""
    _seen: datetime | None = None

    async def _read_news(self, **asked: Any) -> NotificationPage:
        """Reads a page of notifications and keeps up to when they were seen. Raises PortalError."""
        found: NotificationPage = await self._ask("notifications.list", **asked)
        now = await self._local_now()
        self.news = [news_item(row, now) for row in found.rows]
        if found.rows and not asked.get("cursor"):
            self._seen = max(row.at for row in found.rows) + SEEN
        self.unread = said_count(found.unread) if found.unread else ""
        return found

    async def _again(self) -> None:
        """Reads the list again."""
        raise NotImplementedError

    @rx.event
    async def follow(self, key: str, page: str) -> Any:
        """Marks a notification as read and goes where it leads."""
        await self._mark(notification=key)
        return rx.redirect(page) if page else None

    @rx.event
    async def mark_all(self) -> None:
        """Marks as read what was there when the list was read."""
        if self._seen is not None:
            await self._mark(until=self._seen.isoformat())

    async def _mark(self, **which: str) -> None:
        try:
            done: MarkedRead = await self._ask("notifications.mark_read", **which)
            self.unread, self.news_problem = said_count(done.unread) if done.unread else "", ""
            await self._again()
        except Exception as error:
            self.news_problem = failure_of(error, "NEWS").said
