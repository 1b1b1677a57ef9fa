"""What the page of preferences shows, and what the admin has changed and not saved."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from billing import dispatch
from billing.actions.preferences import PreferenceField, PreferencesChanged, PreferenceSheet
from billing.auth.sessions import SignedIn
from billing.effects import Preview
from billing.errors import PortalError
from billing.preference_fields import Kind, Value, changed_preferences, seen_by_customers
from billing.preferences import PortalPreferences
from billing.registry import Channel
from portal.failures import failure_of
from portal.pages.preferences_rows import (
    FactItem,
    GroupItem,
    PastItem,
    SeenPage,
    group_item,
    listed,
    past_item,
    searched_text,
    seen_pages,
)
from portal.services import contexts
from portal.state import PortalState
from portal.work import in_pool

FIRST_CHANGES = 8
WHOLE = re.compile(r"[+-]?\d{1,18}")


@dataclass
class Judged:
    """What the changes come to: a sentence at each one that can't be, else the exact effect."""

    problems: dict[str, str] = field(default_factory=dict)
    preview: Preview | None = None


class PreferencesState(PortalState):
    """The page of preferences."""

    groups: list[GroupItem] = []
    loaded: bool = False
    refused: str = ""
    switches: dict[str, bool] = {}
    texts: dict[str, str] = {}
    altered: dict[str, bool] = {}
    problems: dict[str, str] = {}
    change_count: int = 0
    change_words: str = ""
    save_words: str = ""
    facts: list[FactItem] = []
    save_problem: str = ""
    saving: bool = False
    facts_shown: bool = False
    searched: str = ""
    past: list[PastItem] = []
    more_past: bool = False
    seen_shown: bool = False
    seen: list[SeenPage] = []
    seen_business: str = ""
    seen_banner: str = ""
    drawn: int = 0
    _sheet: PreferenceSheet | None = None
    _token: str = ""
    _all_past: bool = False

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the page for an admin; a customer goes to their own first page."""
        if gone := await self._enter_staff():
            return gone
        self.searched, self._all_past, self.facts_shown, self.seen_shown = "", False, False, False
        self._sheet = None
        await self._read()
        return None

    @rx.event
    async def read(self) -> None:
        """Reads the preferences again and keeps what is not saved yet."""
        if self._sheet is not None:
            await self._read()

    @rx.event
    async def flip(self, name: str, on: bool) -> None:
        """Sets a switch, without saving it."""
        if name in self.switches:
            self.switches[name] = bool(on)
            await self._judge()

    @rx.event
    async def write(self, name: str, text: str) -> None:
        """Sets a text, a number or a choice, without saving it."""
        if name in self.texts:
            self.texts[name] = str(text)[:1000]
            await self._judge()

    @rx.event
    async def back_to_default(self, name: str) -> None:
        """Sets a preference to what it was before anybody changed it, without saving it."""
        for found in self._fields():
            if found.name == name:
                self._draft(found.name, found.kind, found.default)
                self.drawn += 1
                await self._judge()

    @rx.event
    async def discard(self) -> None:
        """Forgets what is not saved."""
        self.facts_shown = False
        self._draft_all()
        await self._judge()

    @rx.event
    async def save(self) -> Any:
        """Saves exactly what was shown."""
        if self.saving or not self._token:
            return
        self.saving, self.save_problem = True, ""
        yield
        try:
            saved: PreferencesChanged = await self._confirm(
                "preferences.change", self._token, changes=self._changes()
            )  # fmt: skip
            self._draft_all()
            await self._read()
            self.facts_shown = False
            one = len(saved.changes) == 1
            self.trouble = (
                f"{'1 change is' if one else f'{len(saved.changes)} changes are'} saved and works from now on."
            )
            self.trouble = self.trouble.replace("are saved and works", "are saved and work")
        except Exception as error:
            failure = failure_of(error, "PREF")
            await self._read()
            self.save_problem = failure.said
        self.saving = False

    @rx.event
    def show_facts(self) -> None:
        """Shows all that changes."""
        self.facts_shown = True

    @rx.event
    def hide_facts(self) -> None:
        """Puts that away."""
        self.facts_shown = False

    @rx.event
    def find(self, words: str) -> None:
        """Shows the preferences that hold these words."""
        self.searched = words.strip()[:200]
        self._show_groups()

    @rx.event
    def find_all(self) -> None:
        """Shows all preferences again."""
        self.searched = ""
        self.drawn += 1
        self._show_groups()

    @rx.event
    def show_past(self) -> None:
        """Shows the earlier changes too."""
        self._all_past = True
        self._show_past()

    @rx.event
    async def look_as_customer(self) -> None:
        """Shows what customers would find with the changes that are not saved yet."""
        who = await self._signed_in()
        try:
            await self._ask("preferences.show")
            now, then = await in_pool(_before_and_after, who, self._changes())
        except Exception as error:
            self.trouble = failure_of(error, "PREF").said
            return
        self.seen = seen_pages(seen_by_customers(contexts().registry, now, then))
        self.seen_business, self.seen_banner, self.seen_shown = then.business_name, then.banner, True

    @rx.event
    def hide_seen(self) -> None:
        """Puts that away."""
        self.seen_shown = False

    def _fields(self) -> list[PreferenceField]:
        return [one for group in self._sheet.groups for one in group.fields] if self._sheet else []

    async def _read(self) -> None:
        kept = self._changes() if self._sheet else {}
        before = self._sheet
        try:
            self._sheet = await self._ask("preferences.show")
            self.refused = ""
        except Exception as error:
            self.refused, self._sheet, self.groups = failure_of(error, "PREF").said, None, []
            self._token, self.change_count, self.past = "", 0, []
            return
        finally:
            self.loaded = True
        if before is None or before.groups != self._sheet.groups:
            self._draft_all()
            for found in self._fields():
                if found.name in kept:
                    self._draft(found.name, found.kind, kept[found.name])
            self._show_groups()
        self._show_past()
        await self._judge()

    def _draft_all(self) -> None:
        for found in self._fields():
            self._draft(found.name, found.kind, found.value)
        self.drawn += 1

    def _draft(self, name: str, kind: Kind, value: Value) -> None:
        if kind is Kind.SWITCH:
            self.switches[name] = bool(value)
        else:
            self.texts[name] = "" if value is None else str(value)

    def _changes(self) -> dict[str, Value]:
        drafts = {found.name: (self._drafted(found), found.value) for found in self._fields()}
        return {name: new for name, (new, old) in drafts.items() if new != old}

    def _drafted(self, found: PreferenceField) -> Value:
        """A draft as the model takes it; what can't be read stays a text, which the model refuses."""
        if found.kind is Kind.SWITCH:
            return self.switches.get(found.name, bool(found.value))
        given = self.texts.get(found.name, "").strip()
        if found.optional and not given:
            return None
        if found.kind is Kind.NUMBER and WHOLE.fullmatch(given):
            return int(given)
        if found.kind is Kind.CHOICE:
            return next((one.value for one in found.choices if str(one.value) == given), given)
        return given

    async def _judge(self) -> None:
        """Holds the drafts against the model, and shows what they come to."""
        changes = self._changes()
        self.save_problem, self._token = "", ""
        self.altered = dict.fromkeys(changes, True)
        self.change_count = len(changes)
        judged = Judged()
        if changes:
            try:
                who = await self._signed_in()
                judged = await in_pool(_judge, who, changes)
            except Exception as error:
                self.save_problem = failure_of(error, "PREF").said
        self.problems = judged.problems
        self._show_effect(changes, judged.preview)

    def _show_effect(self, changes: dict[str, Value], preview: Preview | None) -> None:
        effect = preview.effect if preview else None
        self._token = preview.token if preview else ""
        self.facts = [FactItem(label=fact.label, value=fact.value) for fact in effect.facts] if effect else []
        self.save_words = effect.confirm if effect else "Save change" if len(changes) == 1 else "Save changes"
        titles = [f"“{one.title}”" for one in self._fields() if one.name in changes]
        if self.problems:
            self.change_words = next(iter(self.problems.values()))
        elif len(titles) == 1:
            found = next(one for one in self._fields() if one.name in changes)
            old, new = found.said(found.value), found.said(changes[found.name])
            where = listed([f"“{one.title}”" for one in found.governs])
            does = f" {'Shows' if changes[found.name] else 'Hides'} {where} on the page, in the chat and on the shell."
            self.change_words = f"{titles[0]} goes from {old} to {new}.{does if where else ''}"
        else:
            self.change_words = f"{listed(titles)} change." if titles else ""

    def _show_groups(self) -> None:
        now = contexts().clock.now().astimezone(ZoneInfo(self._sheet.time_zone) if self._sheet else None)
        words = self.searched.lower().split()
        shown = []
        for group in self._sheet.groups if self._sheet else ():
            fields = [one for one in group.fields if all(word in searched_text(one) for word in words)]
            if fields:
                shown.append(group_item(group.name, len(group.fields), fields, now))
        self.groups = shown

    def _show_past(self) -> None:
        if self._sheet is None:
            return
        zone = ZoneInfo(self._sheet.time_zone)
        rows = self._sheet.history if self._all_past else self._sheet.history[:FIRST_CHANGES]
        self.past = [past_item(one, zone) for one in rows]
        self.more_past = len(rows) < len(self._sheet.history)


def _judge(who: SignedIn, changes: dict[str, Value]) -> Judged:
    """The effect of the changes, or a sentence for each that can't be. Raises PortalError for what is no mistake."""
    services = contexts()
    with services.open(who.actor, Channel.PORTAL) as ctx:
        now = ctx.preferences
    judged = Judged()
    for name, value in changes.items():
        try:
            changed_preferences(now, {name: value})
        except PortalError as error:
            judged.problems[name] = error.sentence
    if not judged.problems:
        judged.preview = dispatch.preview(
            services, "preferences.change", {"changes": changes}, who.actor, Channel.PORTAL
        )  # fmt: skip
    return judged


def _before_and_after(who: SignedIn, changes: dict[str, Value]) -> tuple[PortalPreferences, PortalPreferences]:
    """The preferences as they are, and with the changes that fit."""
    with contexts().open(who.actor, Channel.PORTAL) as ctx:
        now = then = ctx.preferences
    for name, value in changes.items():
        try:
            then = changed_preferences(then, {name: value})
        except PortalError:
            continue
    return now, then
