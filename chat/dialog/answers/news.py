"""The answers to “anything new?” and “what do you mail me about?”."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from billing.actions.notifications import NotificationPage, NotificationSettings, said_count
from chat.blocks import Block, Link, QuickReply
from chat.dialog.saying import buttons, counted, day, joined, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/notifications"
SHOWN = 6


def list_news(turn: Turn, understood: Understood) -> list[Block]:
    """What is unread, or what came last, each with its day."""
    found: NotificationPage = turn.ask("notifications.list", {**understood.args, "size": SHOWN})
    page = Link(label="Open notifications", href=PAGE)
    if not found.rows:
        asked = "Nothing is unread." if understood.args.get("unread") else "Nothing has happened yet."
        return [text(f"{asked} New invoices, payments and changes by your colleagues show up here."), page]
    zone = ZoneInfo(turn.time_zone)
    rows = [(day(row.at.astimezone(zone).date(), turn.account), row.sentence) for row in found.rows]
    new = said_count(found.unread)
    said = f"{counted_new(new)} unread." if found.unread else "Nothing is unread. This came last."
    listed = table(("When", "What"), rows, href=PAGE)
    left = tuple(column.model_copy(update={"align": "start"}) for column in listed.columns)
    read = [QuickReply(label="Mark all as read", action="notifications.mark_read")] if found.unread else []
    return [text(said, new), listed.model_copy(update={"columns": left}), *buttons(read)]


def counted_new(count: str) -> str:
    """1 notification is, 3 notifications are."""
    return "1 notification is" if count == "1" else f"{count} notifications are"


def show_settings(turn: Turn, understood: Understood) -> list[Block]:
    """What comes by mail, and what goes to the billing address in any case."""
    found: NotificationSettings = turn.ask("notifications.settings", understood.args)
    chosen = [choice.title.lower() for choice in found.topics if choice.mailed]
    mine = f"{found.email} gets a mail about {joined(chosen)}." if chosen else f"No notifications go to {found.email}."
    letters = [choice.letter.lower() for choice in found.topics if choice.letter]
    always = ""
    if letters and found.billing_email:
        always = f" {joined(letters).capitalize()} go to {found.billing_email} in any case."
    more = f" {counted(len(found.topics) - len(chosen), 'topic')} come only here." if chosen else ""
    return [text(f"{mine}{more}{always}", found.email), Link(label="Choose what is mailed to you", href=PAGE)]
