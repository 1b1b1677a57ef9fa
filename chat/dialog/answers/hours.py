"""Answers about hours: who worked, on what and how long, in a stretch of days."""

from __future__ import annotations

from billing.actions.project_days import HoursOfDays
from billing.rules.hours import said_hours
from chat.blocks import Block
from chat.dialog.saying import day, days_of, joined, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/projects"
SHOWN = 10


def show_hours(turn: Turn, understood: Understood) -> list[Block]:
    """How long each person worked in those days, and on what."""
    found: HoursOfDays = turn.ask("projects.hours", understood.args)
    days = days_of(found.since, found.until, turn.account)
    when = f" {days}" if days else ""
    asked = str(understood.args.get("person") or "")
    if not found.entries:
        who = f"{asked} logged no hours" if asked else "No hours were logged"
        return [text(f"{who} on {found.name}{when}.")]
    each = [f"{one.person} {said_hours(one.hours)}" for one in found.people]
    whole = said_hours(found.hours)
    one_person = len(found.people) == 1
    if one_person:
        said = f"{found.people[0].person} worked {whole} on {found.name}{when}."
    else:
        said = f"{whole} were worked on {found.name}{when}: {joined(each)}."
    rows = [
        (day(entry.worked_on, turn.account), entry.task if one_person else f"{entry.person}: {entry.task}",
         said_hours(entry.hours))
        for entry in found.entries[:SHOWN]
    ]  # fmt: skip
    entries = sum(one.entries for one in found.people)
    note = f"The newest {SHOWN} of {entries} entries." if entries > SHOWN else ""
    return [text(said, whole), table(("Day", "What", "Hours"), rows, note=note, href=PAGE)]
