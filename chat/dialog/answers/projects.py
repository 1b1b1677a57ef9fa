"""Answers about projects: how each stands, what a milestone costs, which hours were worked."""

from __future__ import annotations

from fractions import Fraction

from billing.actions.projects import MilestoneRow, ProjectDetail, ProjectList, ProjectRow
from billing.models.projects import MilestoneState
from billing.money import round_half_up
from billing.rules.hours import said_hours
from chat.blocks import Block, Cell, QuickReply
from chat.dialog.saying import buttons, counted, day, invoice_page, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/projects"
SHOWN = 10
APPROVE = "projects.approve_milestone"


def list_projects(turn: Turn, understood: Understood) -> list[Block]:
    """Each project with its milestones and how much of the budget is billed."""
    found: ProjectList = turn.ask("projects.list", understood.args)
    if not found.rows:
        return [text("You have no projects.")]
    blocks: list[Block] = []
    for project in found.rows[:3]:
        blocks += [text(_standing(turn, project)), _milestones(turn, project)]
    return blocks


def _standing(turn: Turn, project: ProjectRow) -> str:
    done = sum(step.state in ("done", "approved") for step in project.milestones)
    billed = money(project.billed, project.currency, turn.account)
    budget = money(project.budget, project.currency, turn.account)
    share = round_half_up(Fraction(project.billed * 100, project.budget)) if project.budget else 0
    pace = "It is on schedule." if project.on_schedule else "It is behind schedule."
    return (
        f"{project.name}: {done} of {counted(len(project.milestones), 'milestone')} done. "
        f"{billed} of {budget} is billed ({share}%), VAT included. {pace}"
    )


def _milestones(turn: Turn, project: ProjectRow) -> Block:
    words = {"done": "Done", "approved": "Approved", "active": "In progress", "planned": "Planned"}
    lines = [
        (
            step.name,
            Cell(text=step.invoice, href=f"/invoices/{step.invoice}")
            if step.invoice
            else day(step.due_on, turn.account),
            words.get(step.state, step.state),
            money(step.amount, project.currency, turn.account),
        )
        for step in project.milestones
    ]
    return table(("Milestone", "Invoice or date", "State", "Without VAT"), lines, href="/projects")


def show_project(turn: Turn, understood: Understood) -> list[Block]:
    """One project: how much of it is billed and paid, and the hours of a month; or the milestone that was named."""
    found: ProjectDetail = turn.ask("projects.show", understood.args)
    if found.step:
        return _milestone(turn, found, found.step)
    project = found.project
    said = [_standing(turn, project)]
    if project.outstanding:
        said.append(f"{money(project.outstanding, project.currency, turn.account)} of that is still to pay.")
    said.append(found.sentence.removeprefix(f"{project.name}: "))
    blocks: list[Block] = [text(" ".join(said))]
    if found.entries:
        rows = [
            (day(one.worked_on, turn.account), f"{one.person}: {one.task}", said_hours(one.hours))
            for one in found.entries[:SHOWN]
        ]
        more = len(found.entries) > SHOWN or found.pages > 1
        note = f"The newest {SHOWN} of that month." if more else ""
        blocks.append(table(("Day", "What", "Hours"), rows, note=note, href=PAGE))
    return blocks


def _milestone(turn: Turn, found: ProjectDetail, step: MilestoneRow) -> list[Block]:
    """What a milestone costs, how far it is, and where it is billed."""
    project = found.project
    net, gross = (money(amount, project.currency, turn.account) for amount in (step.amount, found.step_with_tax))
    cost = f"{gross} with VAT ({net} without)" if step.amount != found.step_with_tax else gross
    said = f"Milestone {step.position} of {project.name}, “{step.name}”, {_how_far(turn, step)} It costs {cost}"
    said += f", billed with {step.invoice}." if step.invoice else "."
    replies = []
    if step.waits and turn.may(APPROVE):
        named = {"project": project.number, "milestone": step.position}
        replies.append(QuickReply(label=f"Approve milestone {step.position}", action=APPROVE, input=named))
    if step.invoice and turn.may("invoices.show"):
        replies.append(QuickReply(label=f"Open {step.invoice}", href=invoice_page(step.invoice)))
    return [text(said, cost), *buttons(replies)]


def _how_far(turn: Turn, step: MilestoneRow) -> str:
    due = f" until {day(step.due_on, turn.account)}" if step.due_on else ""
    if step.state == MilestoneState.APPROVED:
        return f"was approved by {step.approved_by}." if step.approved_by else "is approved."
    if step.waits:
        return "is done and waits for your approval."
    if step.state == MilestoneState.DONE:
        return "is done. Nobody was asked to approve it here."
    if step.due_on is not None and step.due_on < turn.account.today:
        return f"was planned{due} and is not done yet."
    return f"is in progress, planned{due}." if step.state == MilestoneState.ACTIVE else f"is planned{due}."
