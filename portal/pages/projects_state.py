"""What the projects page shows, and the steps of approving work and asking about it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.actions.projects import MonthRow, ProjectDetail, ProjectList
from billing.effects import Preview
from billing.errors import PortalError
from portal.components.effects import effect_lines, exact_until
from portal.components.sums import SumLine
from portal.failures import failure_of
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
from portal.state import PortalState, money

APPROVE_HOURS, APPROVE_STEP, ASK = "projects.approve_hours", "projects.approve_milestone", "projects.question_hours"


class ProjectsState(PortalState):
    """The account's projects, the one that is open, and the dialog over it."""

    phase: str = "loading"
    page_problem: str = ""
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
    title: str = ""
    lines: list[SumLine] = []
    facts: list[tuple[str, str]] = []
    until: str = ""
    confirm_words: str = ""
    question: str = ""
    problem: str = ""
    busy: bool = False

    _number: str = ""
    _month: str = ""
    _action: str = ""
    _input: dict[str, Any] = {}
    _token: str = ""

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the page: the project that the address names, or the newest that is open."""
        self.step, self.said, self.page = "", "", 1
        self._number, self._month = str(self.router.url.query_parameters.get("open", ""))[:40], ""
        if gone := await self._enter():
            return gone
        await self._read()
        return None

    @rx.event
    async def read(self) -> None:
        """Reads the projects again."""
        await self._read()

    @rx.event
    async def open_project(self, number: str) -> None:
        """Another project."""
        self._number, self._month, self.page, self.said = number, "", 1, ""
        await self._read()

    @rx.event
    async def open_month(self, month: str) -> None:
        """Another month's hours."""
        self._month, self.page = month, 1
        await self._read()

    @rx.event
    async def turn_page(self, by: int) -> None:
        """The hours before or after these."""
        self.page = min(max(self.page + by, 1), self.pages)
        await self._read()

    async def _read(self) -> None:
        try:
            found: ProjectList = await self._ask("projects.list")
            if not found.rows:
                self.projects, self.phase, self.page_problem = [], "none", ""
                return
            known = {row.number: row for row in found.rows}
            opened = known.get(self._number) or next((r for r in found.rows if r.closed_on is None), found.rows[0])
            self._number = opened.number
            asked = {"month": self._month} if self._month else {}
            shown: ProjectDetail = await self._ask("projects.show", project=opened.number, page=self.page, **asked)
            today = (await self._local_now()).date()
        except Exception as error:
            self.page_problem, self.phase = failure_of(error, "PROJ").said, "failed"
            return
        self.page_problem, self.phase = "", "there"
        self.projects = chips(found.rows, opened.number) if len(found.rows) > 1 else []
        self.project_name, self.words = opened.name, headline(shown.project, today)
        self._show_budget(shown)
        self._show_hours(shown)

    def _show_budget(self, shown: ProjectDetail) -> None:
        row = shown.project
        self.steps = [step_item(step, row.currency) for step in row.milestones]
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
        await self._begin(APPROVE_STEP, {"project": self._number, "milestone": position})

    @rx.event
    async def begin_month(self) -> None:
        """Shows what approving all hours of the month that wait comes to."""
        await self._begin(APPROVE_HOURS, {"project": self._number, "month": self._month})

    @rx.event
    async def begin_hours(self, entry: str) -> None:
        """Shows what approving one entry comes to."""
        await self._begin(APPROVE_HOURS, {"project": self._number, "entries": [entry]})

    @rx.event
    def begin_question(self, entry: str) -> None:
        """Opens the dialog in which one asks about hours."""
        row = next((item for item in self.hours if item.entry == entry), None)
        if row is None:
            return
        self._action, self._input, self._token = ASK, {"entry": entry}, ""
        self.title, self.lines, self.until, self.problem = "Ask about these hours", [], "", ""
        self.facts = [("Hours", f"{row.hours}, {row.task}"), ("Worked by", row.person), ("Day", row.day)]
        self.question, self.confirm_words, self.busy, self.step = "", "Send question", False, "ask"

    async def _begin(self, action: str, input: dict[str, Any]) -> None:
        self._action, self._input, self.said = action, input, ""
        self.problem, self.busy = "", False
        try:
            await self._show(await self._preview(action, **input))
        except Exception as error:
            self.page_problem = failure_of(error, "PROJ").said
            return
        self.step = "confirm"

    async def _show(self, preview: Preview) -> None:
        effect, self._token = preview.effect, preview.token
        self.title, self.confirm_words = effect.title, effect.confirm
        self.lines = effect_lines(effect)
        self.facts = [(fact.label, fact.value) for fact in effect.facts]
        self.until = exact_until(preview.exact_until, await self._local_now())

    @rx.event
    def write_question(self, words: str) -> None:
        """What is asked."""
        self.question = words[:4000]

    @rx.event
    async def confirm(self) -> Any:
        """The yes to what is shown, or the question that was written."""
        if self.busy or not self.step:
            return
        self.busy, self.problem = True, ""
        yield
        try:
            input = self._input
            if self.step == "ask":
                input = {**self._input, "question": self.question}
                self._token = (await self._preview(self._action, **input)).token
            done = await self._confirm(self._action, self._token, **input)
            self.step, self.said = "", f"{done.sentence}."
            await self._read()
        except PortalError as error:
            self.problem = error.message
            if error.code in ("preview_changed", "preview_ended"):
                await self._again()
        except Exception as error:
            self.problem = failure_of(error, "PROJ").said
        self.busy = False

    async def _again(self) -> None:
        try:
            await self._show(await self._preview(self._action, **self._input))
        except PortalError as error:
            self.problem = error.message

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.step, self.busy = "", False


def _waiting(month: MonthRow, currency: str) -> str:
    counted = f"{month.waiting} entries" if month.waiting > 1 else "1 entry"
    return f"Approve {counted}, {money(month.waiting_amount, currency)}"
