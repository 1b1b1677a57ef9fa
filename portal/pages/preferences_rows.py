"""The lines of the page of preferences, in words."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from billing.actions.preferences import PastChange, PreferenceField
from billing.dates import format_day, said_day
from billing.preference_fields import Kind, Seen
from billing.registry import Channel

THROUGH = {Channel.PORTAL: "on this page", Channel.CHAT: "in the chat", Channel.SHELL: "on the shell"}
AND_THEN = re.compile(r"; (?=“)")


class ChoiceItem(BaseModel):
    value: str
    words: str


class FieldItem(BaseModel):
    """A preference as the page shows it; what it is set to stands in the state's drafts."""

    name: str
    title: str
    help: str
    kind: str
    governs: str
    choices: list[ChoiceItem]
    longest: int
    lines: str
    differs: bool
    since: str
    by: str
    now: str
    default: str


class GroupItem(BaseModel):
    name: str
    id: str
    words: str
    fields: list[FieldItem]


class PastItem(BaseModel):
    lines: list[str]
    by: str
    at: str


class FactItem(BaseModel):
    label: str
    value: str


class SeenItem(BaseModel):
    """What customers can do on a page; `mark` is that of a status."""

    title: str
    command: str
    mark: str
    word: str


class SeenPage(BaseModel):
    page: str
    rows: list[SeenItem]


def group_item(name: str, total: int, fields: list[PreferenceField], now: datetime) -> GroupItem:
    differing = sum(one.since is not None for one in fields)
    words = f"{total} preference{'' if total == 1 else 's'}" if len(fields) == total else f"{len(fields)} of {total}"
    if differing:
        words += f", {differing} differ{'s' if differing == 1 else ''} from the default"
    return GroupItem(
        name=name,
        id="group-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        words=words,
        fields=[_field_item(one, now) for one in fields],
    )


def _field_item(found: PreferenceField, now: datetime) -> FieldItem:
    since = said_day(found.since.astimezone(now.tzinfo).date(), now.date()) if found.since else ""
    choices = [ChoiceItem(value=str(one.value), words=one.words) for one in found.choices]
    if found.optional and found.kind is Kind.CHOICE:
        choices.insert(0, ChoiceItem(value="", words="Not set"))
    return FieldItem(
        name=found.name,
        title=found.title,
        help=found.help,
        kind=found.kind.value,
        governs=governs(found),
        choices=choices,
        longest=found.longest or 20,
        lines=str(found.lines) if found.lines > 1 else "",
        differs=found.since is not None,
        since=since,
        by=found.by,
        now=found.words,
        default=found.default_words,
    )


def governs(found: PreferenceField) -> str:
    """Where people meet what a switch governs: Payments page, chat, shell."""
    if not found.governs:
        return ""
    return ", ".join([*dict.fromkeys(one.page for one in found.governs), "chat", "shell"])


def searched_text(found: PreferenceField) -> str:
    governed = " ".join(f"{one.title} {one.page} {one.command} {one.action}" for one in found.governs)
    return f"{found.title} {found.help} {found.group} {found.name} {governed}".lower()


def listed(titles: list[str]) -> str:
    if len(titles) > 3:
        return f"{', '.join(titles[:2])} and {len(titles) - 2} more"
    return " and ".join([", ".join(titles[:-1]), titles[-1]]) if len(titles) > 1 else "".join(titles)


def past_item(one: PastChange, zone: ZoneInfo) -> PastItem:
    at = one.at.astimezone(zone)
    through = THROUGH.get(Channel(one.channel), one.channel)
    return PastItem(
        lines=AND_THEN.split(one.words), by=f"{one.by}, {through}", at=f"{format_day(at.date())}, {at:%H:%M}"
    )


def seen_pages(found: tuple[Seen, ...]) -> list[SeenPage]:
    """What customers find, page by page."""
    pages: dict[str, list[SeenItem]] = {}
    for one in found:
        mark, word = ("good", "Shown") if one.there else ("off", "Hidden")
        if one.changed:
            mark, word = ("live", "Shown from now on") if one.there else ("warn", "Hidden from now on")
        pages.setdefault(one.page, []).append(SeenItem(title=one.title, command=one.command, mark=mark, word=word))
    return [SeenPage(page=page, rows=rows) for page, rows in pages.items()]
