"""Drafts of invoices: written down, looked at again, then issued or thrown away. Customers don't see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator
from sqlmodel import col, delete, select

from billing.access import clean_number
from billing.actions.staff_invoices import (
    CreateInvoice,
    CreatingPlan,
    InvoiceCreated,
    InvoiceItem,
    create_invoice,
    plan_creating,
)
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.posting import kept_line
from billing.references import Number, Refers
from billing.registry import Audience, Role, Ungated, action, query

PREFIX = "DRAFT-"
NOT_YET = "The customer does not see it. It has no number before it is issued."


def _as_draft(value: object) -> object:
    return clean_number(value) if isinstance(value, str) else value


DraftNumber = Annotated[str, BeforeValidator(_as_draft), Number, Refers("draft")]


class DraftRow(BaseModel):
    """A draft; minor units, as it would come to today."""

    draft: str
    title: str
    currency: str
    total: int
    due_on: date | None
    created_at: datetime


class DraftList(BaseModel):
    """The account's drafts, the newest first."""

    rows: list[DraftRow]


class DraftsInput(BaseModel):
    """Nothing to say."""


class DraftInput(BaseModel):
    """Which draft."""

    draft: DraftNumber


class IssueDraft(DraftInput):
    """Which draft, and whether credit comes off it."""

    use_credit: bool = False


class DraftDiscarded(BaseModel):
    """The draft that is gone."""

    draft: str


@dataclass(frozen=True)
class DraftPlan:
    """A draft, what it comes to, and what would be done with it."""

    row: Invoice | None
    input: CreateInvoice
    creating: CreatingPlan
    effect: Effect


def access_draft(ctx: Context, number: str) -> Invoice:
    """The account's draft. Raises `not_found`."""
    place = number.removeprefix(PREFIX)
    row = ctx.session.get(Invoice, int(place)) if place.isdecimal() and len(place) < 18 else None
    if row is None or row.customer_id != ctx.actor.customer_id or row.status != InvoiceStatus.DRAFT:
        raise PortalError("not_found", thing="draft", reference=number, field="draft")
    return row


def _written(ctx: Context, row: Invoice, use_credit: bool = False) -> CreateInvoice:
    """The draft as it was asked for. A day that has passed meanwhile gives way to the business's terms."""
    lines = ctx.session.exec(
        select(InvoiceLine).where(InvoiceLine.invoice_id == row.id).order_by(col(InvoiceLine.position))
    ).all()
    return CreateInvoice(
        title=row.title,
        lines=[
            InvoiceItem(
                description=line.description, unit_amount=line.unit_amount, quantity=line.quantity, unit=line.unit,
                tax_rate=line.tax_rate, detail=line.detail,
            )
            for line in lines
        ],
        due_on=row.due_on if row.due_on and row.due_on >= ctx.today else None,
        currency=row.currency,
        purchase_order=row.purchase_order,
        note=row.note,
        use_credit=use_credit,
    )  # fmt: skip


def _row(row: Invoice) -> DraftRow:
    return DraftRow(
        draft=f"{PREFIX}{row.id}", title=row.title, currency=row.currency, total=row.total, due_on=row.due_on,
        created_at=row.created_at,
    )  # fmt: skip


@query(
    "invoices.drafts",
    title="See drafts of invoices",
    help="List the invoices that are written and not issued yet.",
    role=Role.AGENT,
    gate=Ungated("Staff see what they have written"),
    audience=Audience.STAFF,
    page="/desk",
    slash="/drafts",
    icon="file-pen",
    phrases=["show the drafts", "which invoices are drafts", "drafts of invoices"],
)
def list_drafts(ctx: Context, input: DraftsInput) -> DraftList:
    """The account's drafts, at most 200."""
    rows = ctx.session.exec(
        select(Invoice)
        .where(Invoice.customer_id == ctx.actor.customer_id, Invoice.status == InvoiceStatus.DRAFT)
        .order_by(col(Invoice.id).desc())
        .limit(200)
    ).all()
    return DraftList(rows=[_row(row) for row in rows])


def plan_draft(ctx: Context, input: CreateInvoice) -> DraftPlan:
    """What the draft would come to, as an invoice."""
    creating = plan_creating(ctx, input)
    changed = {
        "title": creating.effect.title.replace("Invoice", "Draft an invoice for", 1),
        "facts": (*creating.effect.facts, EffectFact(label="For now", value=NOT_YET)),
        "confirm": "Keep the draft",
        "warning": "",
    }
    return DraftPlan(None, input, creating, creating.effect.model_copy(update=changed))


@action(
    "invoices.draft",
    title="Draft an invoice",
    help="Write an invoice down without issuing it, so that it can be looked at again.",
    role=Role.AGENT,
    gate=Ungated("Staff prepare what they bill"),
    audience=Audience.STAFF,
    page="/desk",
    slash="/draft",
    icon="file-pen",
    phrases=["draft an invoice", "prepare an invoice for {title}", "write a draft invoice"],
    plan=plan_draft,
    audit="{actor} wrote {draft}: “{effect}”.",
)
def draft_invoice(ctx: Context, input: CreateInvoice, plan: DraftPlan) -> DraftRow:
    """Keeps the draft; nothing is owed, numbered or counted."""
    assert ctx.actor.customer_id is not None
    creating = plan.creating
    row = Invoice(
        customer_id=ctx.actor.customer_id, title=input.title, currency=creating.currency, issued_on=ctx.today,
        due_on=input.due_on, purchase_order=input.purchase_order.strip(), note=input.note, created_at=ctx.now,
        subtotal=creating.sums.subtotal, tax=creating.sums.tax, tax_included=creating.sums.tax_included,
        total=creating.sums.total,
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    for place, line in enumerate(creating.lines, start=1):
        ctx.session.add(kept_line(row.id or 0, place, line))
    return _row(row)


def plan_issue(ctx: Context, input: IssueDraft) -> DraftPlan:
    """What issuing it comes to today. Raises not_found."""
    row = access_draft(ctx, input.draft)
    written = _written(ctx, row, input.use_credit)
    creating = plan_creating(ctx, written)
    return DraftPlan(row, written, creating, creating.effect)


@action(
    "invoices.issue",
    title="Issue a draft",
    help="Make a draft a final invoice, with its number.",
    role=Role.AGENT,
    gate=Ungated("Staff bill what was agreed"),
    audience=Audience.STAFF,
    page="/invoices",
    slash="/issue",
    icon="file-check",
    phrases=["issue {draft}", "send {draft} to the customer", "make {draft} final"],
    plan=plan_issue,
    audit="{actor} issued {draft} as {invoice}: “{effect}”.",
    moves_money=True,
)
def issue_draft(ctx: Context, input: IssueDraft, plan: DraftPlan) -> InvoiceCreated:
    """Issues it as it was shown; the draft is gone."""
    assert plan.row is not None
    _throw_away(ctx, plan.row)
    return create_invoice(ctx, plan.input, plan.creating)


def plan_discard(ctx: Context, input: DraftInput) -> DraftPlan:
    """Which draft would go. Raises not_found."""
    row = access_draft(ctx, input.draft)
    written = _written(ctx, row)
    creating = plan_creating(ctx, written)
    changed = {"title": f"Throw {input.draft} away", "confirm": "Throw it away", "decline": "Keep it", "warning": ""}
    return DraftPlan(row, written, creating, creating.effect.model_copy(update=changed))


@action(
    "invoices.discard",
    title="Throw a draft away",
    help="Remove a draft that is not needed.",
    role=Role.AGENT,
    gate=Ungated("Staff prepare what they bill"),
    audience=Audience.STAFF,
    page="/desk",
    slash="/discard",
    icon="trash-2",
    phrases=["throw {draft} away", "discard {draft}", "delete {draft}"],
    plan=plan_discard,
    audit="{actor} threw {draft} away.",
)
def discard_draft(ctx: Context, input: DraftInput, plan: DraftPlan) -> DraftDiscarded:
    """Removes it; drafts have no number, so none is missing."""
    assert plan.row is not None
    _throw_away(ctx, plan.row)
    return DraftDiscarded(draft=input.draft)


def _throw_away(ctx: Context, row: Invoice) -> None:
    ctx.session.exec(delete(InvoiceLine).where(col(InvoiceLine.invoice_id) == row.id))
    ctx.session.delete(row)
    ctx.session.flush()
