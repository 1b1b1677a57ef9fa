"""What the projects page shows, and the steps of approving work and asking about it."""

from __future__ import annotations

from datetime import date
from typing import Any

import reflex as rx

from billing.actions.projects import MonthRow, ProjectDetail, ProjectList
from billing.telling import Fact
from portal.components.sums import SumLine
from portal.failures import failure_of
from portal.page_state import NONE, SHOWN, PageState
from portal.pages.projects_rows import (
    BudgetPart,
    HoursItem,
    MonthChip,
    ProjectChip,
    StepItem,
    budget_parts,
    budget_sum,
    chips,
    headline,
    hours_item,
    month_chips,
    month_words,
    step_item,
)
from portal.proposal import Proposal
from portal.state import PortalState, money

APPROVE_HOURS, APPROVE_STEP, ASK = "projects.approve_hours", "projects.approve_milestone", "projects.question_hours"


class ProjectsState(Proposal, PageState, PortalState):
    """The account's projects, the one that is open, and the dialog over it."""

    refused: str = ""
    said: str = ""
    projects: list[ProjectChip] = []
    project_name: str = ""
    words: str = ""
    steps: list[StepItem] = []
    parts: list[BudgetPart] = []
    sums: list[SumLine] = []
    to_pay: str = ""
    ready_words: str = ""
    months: list[MonthChip] = []
    month_words: str = ""
    waiting_words: str = ""
    hours: list[HoursItem] = []
    page: int = 1
    pages: int = 1

    step: str = ""
    question: str = ""

    _number: str = ""
    _month: str = ""
    _entry: str = ""

    def _start_over(self) -> None:
        """The project that the address names, or the newest that is open."""
        self.step, self.said, self.refused, self.page = "", "", "", 1
        self._number, self._month = str(self.router.url.query_parameters.get("open", ""))[:40], ""

    @rx.event
    async def open_project(self, number: str) -> Any:
        """Another project."""
        self._number, self._month, self.page, self.said = number, "", 1, ""
        return await self._read()

    @rx.event
    async def open_month(self, month: str) -> Any:
        """Another month's hours."""
        self._month, self.page = month, 1
        return await self._read()

    @rx.event
    async def turn_page(self, by: int) -> Any:
        """The hours before or after these."""
        self.page = min(max(self.page + by, 1), self.pages)
        return await self._read()

    async def _load(self) -> str:
        found: ProjectList = await self._ask("projects.list")
        if not found.rows:
            self.projects = []
            return NONE
        known = {row.number: row for row in found.rows}
        opened = known.get(self._number) or next((r for r in found.rows if r.closed_on is None), found.rows[0])
        self._number = opened.number
        asked = {"month": self._month} if self._month else {}
        shown: ProjectDetail = await self._ask("projects.show", project=opened.number, page=self.page, **asked)
        today = (await self._local_now()).date()
        self.projects = chips(found.rows, opened.number) if len(found.rows) > 1 else []
        self.project_name, self.words = opened.name, headline(shown.project, today)
        self._show_budget(shown, today)
        self._show_hours(shown)
        return SHOWN

    def _show_budget(self, shown: ProjectDetail, today: date) -> None:
        row = shown.project
        self.steps = [step_item(step, row.currency, today) for step in row.milestones]
        self.parts, self.sums = budget_parts(row), budget_sum(shown)
        self.to_pay = money(row.outstanding, row.currency) if row.outstanding else ""
        ready = money(shown.ready_amount, row.currency)
        self.ready_words = (
            f"{ready} of approved hours come on the next invoice, without VAT." if shown.ready_amount else ""
        )

    def _show_hours(self, shown: ProjectDetail) -> None:
        currency = shown.project.currency
        self.months, self.pages = month_chips(shown.months, shown.month), shown.pages
        month = next((m for m in shown.months if m.month == shown.month), None)
        self.month_words = month_words(month, currency) if month else ""
        self.waiting_words = _waiting(month, currency) if month and month.waiting else ""
        self._month = f"{month.month:%Y-%m}" if month else ""
        self.hours = [hours_item(row, currency) for row in shown.entries]

    @rx.event
    async def begin_step(self, position: int) -> None:
        """Shows what approving a milestone means."""
        await self._begin(APPROVE_STEP, project=self._number, milestone=position)

    @rx.event
    async def begin_month(self) -> None:
        """Shows what approving all hours of the month that wait comes to."""
        await self._begin(APPROVE_HOURS, project=self._number, month=self._month)

    @rx.event
    async def begin_hours(self, entry: str) -> None:
        """Shows what approving one entry comes to."""
        await self._begin(APPROVE_HOURS, project=self._number, entries=[entry])

    @rx.event
    def begin_question(self, entry: str) -> None:
        """Opens the dialog in which one asks about hours."""
        row = next((item for item in self.hours if item.entry == entry), None)
        if row is None:
            return
        self._withdraw()
        self._entry, self.title, self.question, self.busy = entry, "Ask about these hours", "", False
        self.facts = [
            Fact(label="Hours", value=f"{row.hours}, {row.task}"),
            Fact(label="Worked by", value=row.person),
            Fact(label="Day", value=row.day),
        ]
        self.confirm_words, self.step = "Send question", "ask"

    async def _begin(self, action: str, **input: Any) -> None:
        self.busy, self.said, self.refused = False, "", ""
        try:
            await self._propose(action, **input)
        except Exception as error:
            self.refused = failure_of(error, self._place()).said
            return
        self.step = "confirm"

    @rx.event
    def write_question(self, words: str) -> None:
        """What is asked."""
        self.question = words[:4000]

    @rx.event
    async def send_question(self) -> Any:
        """Sends the question that was written."""
        if self.busy or self.step != "ask":
            return
        self.busy, title, told = True, self.title, self.facts
        yield
        try:
            await self._propose(ASK, entry=self._entry, question=self.question)
        except Exception as error:
            self._say(error)
        else:
            await self._agree()
        self.title, self.facts, self.confirm_words = title, told, "Send question"
        self._rest()

    async def _agreed(self, result: Any) -> None:
        self.step, self.said = "", f"{result.sentence}."
        await self._read()

    def _place(self) -> str:
        return "PROJ"

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.step, self.busy = "", False


def _waiting(month: MonthRow, currency: str) -> str:
    counted = f"{month.waiting} entries" if month.waiting > 1 else "1 entry"
    return f"Approve {counted}, {money(month.waiting_amount, currency)}"
