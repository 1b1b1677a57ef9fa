"""Statements of account: what was charged, paid and credited between two days, and what was to pay in the end."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from billing.context import Context
from billing.documents.downloads import Document, Format
from billing.documents.statement_sheet import statement_document
from billing.documents.statements import Move, Point, ageing, frame_of, moves_of
from billing.references import Currency, Day
from billing.registry import Role, query
from billing.rules.aging import Aged


class StatementDays(BaseModel):
    """Which days, both included (this month until today unless given), and which currency (the account's)."""

    since: Day | None = None
    until: Day | None = None
    currency: Currency | None = None


class ShowStatement(StatementDays):
    """Which statement, and which page of its movements: `cursor` is the `next` of the page before."""

    cursor: int | None = Field(default=None, ge=1, le=2**62)
    size: int = Field(default=25, ge=1, le=200)


class DownloadStatement(StatementDays):
    """Which statement, as PDF or for a spreadsheet."""

    format: Format = Format.PDF


class MoveKind(StrEnum):
    """What moved: the balance went up, went down, or stayed, as when credit was used on an invoice."""

    CHARGED = "charged"
    CREDITED = "credited"
    MOVED = "moved"


class Balances(BaseModel):
    """How the account stands; minor units. `balance` is what is to pay less the credit."""

    to_pay: int
    credit: int
    balance: int


class Movement(BaseModel):
    """One movement and the balances after it; minor units. `amount` changes the balance: below zero it goes down."""

    at: datetime
    day: date
    kind: MoveKind
    text: str
    invoice: str
    payment: str
    amount: int
    credit_used: int
    after: Balances


class Ageing(BaseModel):
    """What was to pay at the closing, by how long it had been due; minor units."""

    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    over_90: int
    total: int


class Statement(BaseModel):
    """A page of a statement. `before` is how the account stood before the page's first movement."""

    currency: str
    currencies: list[str]
    since: date
    until: date
    opening: Balances
    closing: Balances
    ageing: Ageing
    before: Balances
    movements: list[Movement]
    next: int | None = None


@query(
    "statements.show",
    title="See a statement",
    help="Show what was charged, paid and credited between two days, the balances, and how long what is owed is due.",
    role=Role.VIEWER,
    gate="statements_shown",
    page="/statements",
    slash="/statement",
    icon="scroll-text",
    phrases=[
        "show my statement",
        "statement of account",
        "my account statement for this month",
        "what was charged and paid on my account",
    ],
)
def show_statement(ctx: Context, input: ShowStatement) -> Statement:
    """One page of the statement, the oldest movement first. Raises `invalid_input`."""
    frame = frame_of(ctx, input.since, input.until, input.currency)
    start, moves, more = moves_of(ctx, frame, input.cursor, input.size)
    return Statement(
        currency=frame.currency,
        currencies=list(frame.currencies),
        since=frame.since,
        until=frame.until,
        opening=_balances(frame.opening),
        closing=_balances(frame.closing),
        ageing=_ageing(ageing(ctx, frame)),
        before=_balances(start),
        movements=_movements(ctx, start, moves),
        next=moves[-1].after.sequence if more else None,
    )


@query(
    "statements.download",
    title="Download a statement",
    help="Get the statement between two days as PDF, or as CSV for a spreadsheet.",
    role=Role.VIEWER,
    gate="statements_shown",
    page="/statements",
    slash="/statement-download",
    icon="download",
    phrases=[
        "download my statement",
        "send me the statement as pdf",
        "export my account statement for a spreadsheet",
    ],
)
def download_statement(ctx: Context, input: DownloadStatement) -> Document:
    """Where the statement is to be fetched; a PDF is drawn once. Raises `invalid_input`, `statement_too_long`."""
    return statement_document(ctx, frame_of(ctx, input.since, input.until, input.currency), input.format)


def _balances(point: Point) -> Balances:
    return Balances(to_pay=point.receivable, credit=point.credit, balance=point.net)


def _movements(ctx: Context, start: Point, moves: list[Move]) -> list[Movement]:
    made, before, zone = [], start.net, ctx.zone
    for move in moves:
        change = move.after.net - before
        before = move.after.net
        made.append(
            Movement(
                at=move.at,
                day=move.at.astimezone(zone).date(),
                kind=_kind(change),
                text=move.text,
                invoice=move.invoice,
                payment=move.payment,
                amount=change,
                credit_used=move.used,
                after=_balances(move.after),
            )
        )
    return made


def _kind(change: int) -> MoveKind:
    if change > 0:
        return MoveKind.CHARGED
    return MoveKind.CREDITED if change < 0 else MoveKind.MOVED


def _ageing(found: Aged) -> Ageing:
    return Ageing(
        current=found.current,
        days_1_30=found.days_30,
        days_31_60=found.days_60,
        days_61_90=found.days_90,
        over_90=found.older,
        total=found.total,
    )
