"""Projects: the steps, and what is billed and paid of the budget."""

from __future__ import annotations

from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.projects import MilestoneRow, ProjectList, ProjectRow
from portal.components.sections import problem_note, section, skeleton, state_block
from portal.days import short_day
from portal.failures import failure_of
from portal.layout import shell
from portal.state import PortalState, money


class StepItem(BaseModel):
    """A milestone as the page shows it."""

    name: str
    kind: str
    when: str
    amount: str
    invoice: str


class ProjectItem(BaseModel):
    """A project as the page shows it."""

    number: str
    name: str
    words: str
    percent: str
    budget: str
    billed: str
    paid: str
    left: str
    steps: list[StepItem]


class ProjectsState(PortalState):
    """The account's projects."""

    phase: str = "loading"
    projects: list[ProjectItem] = []
    projects_problem: str = ""

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the page."""
        if gone := await self._enter():
            return gone
        await self._read()
        return None

    @rx.event
    async def read(self) -> None:
        """Reads the projects again."""
        await self._read()

    async def _read(self) -> None:
        try:
            found: ProjectList = await self._ask("projects.list")
        except Exception as error:
            self.projects_problem, self.phase = failure_of(error, "PROJ").sentence, "failed"
            return
        self.projects_problem = ""
        self.projects = [project_item(row) for row in found.rows]
        self.phase = "there" if self.projects else "none"


def project_item(row: ProjectRow) -> ProjectItem:
    """A project in words."""

    def shown(amount: int) -> str:
        return money(amount, row.currency)

    return ProjectItem(
        number=row.number,
        name=row.name,
        words="On schedule." if row.on_schedule else "Later than planned.",
        percent=f"{row.percent_billed}% billed",
        budget=shown(row.budget),
        billed=shown(row.billed),
        paid=shown(row.paid),
        left=shown(row.budget - row.billed),
        steps=[_step(step, row.currency) for step in row.milestones],
    )


def _step(step: MilestoneRow, currency: str) -> StepItem:
    kind = {"done": "done", "active": "now"}.get(step.state, "")
    when = "Done" if step.state == "done" else short_day(step.due_on, year=False)
    return StepItem(
        name=step.name,
        kind=kind,
        when=f"By {when}" if step.state == "active" and step.due_on else when,
        amount=money(step.amount, currency),
        invoice=step.invoice or "",
    )


def view() -> rx.Component:
    """The page."""
    return shell(
        "Projects",
        rx.el.div(
            rx.el.div(rx.el.h1("Projects"), rx.el.p("Steps, and what is billed of each budget.")), class_name="head"
        ),
        problem_note(ProjectsState.projects_problem),
        rx.match(
            ProjectsState.phase,
            ("loading", skeleton(4)),
            (
                "none",
                state_block("No projects yet", "When work on one begins, its steps and its invoices appear here."),
            ),
            ("there", rx.el.div(rx.foreach(ProjectsState.projects, _project), class_name="stack gap")),
            rx.fragment(),
        ),
        refresh=ProjectsState.read,
    )


def _project(project: rx.Var[ProjectItem]) -> rx.Component:
    def figure(label: str, amount: Any) -> rx.Component:
        return rx.el.div(rx.el.span(label), rx.el.span(amount), class_name="l")

    return section(
        project.name,
        rx.el.ol(
            rx.foreach(project.steps, lambda step: rx.el.li(rx.el.b(step.name), step.when, class_name=step.kind)),
            class_name="steps",
        ),
        rx.el.div(
            rx.foreach(
                project.steps,
                lambda step: rx.el.div(
                    rx.el.span(step.name, class_name="grow"),
                    rx.cond(
                        step.invoice != "",
                        rx.el.a(step.invoice, href="/invoices?open=" + step.invoice, class_name="sm"),
                        rx.el.span("Not billed yet", class_name="sm sub"),
                    ),
                    rx.el.span(step.amount, class_name="num m fixed"),
                    class_name="li",
                ),
            ),
        ),
        rx.el.div(
            figure("Budget with VAT", project.budget),
            figure("Billed", project.billed),
            figure("Paid", project.paid),
            rx.el.div(rx.el.span("Not billed yet"), rx.el.span(project.left), class_name="l t"),
            class_name="sum narrow",
            style={"marginTop": "12px"},
        ),
        beside=rx.el.span(project.words, " ", project.percent, class_name="sub sm"),
    )
