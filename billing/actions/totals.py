"""What was billed, its tax, what was credited and what was paid between two days, added up."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel
from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import col

from billing.actions.statements import StatementDays
from billing.context import Context
from billing.documents.statements import Frame, frame_of
from billing.models.ledger import Account, LedgerEntry
from billing.registry import Role, query

A = Account
OWED = (A.RECEIVABLE, A.CREDIT)


class Totals(BaseModel):
    """Sums of the days [since, until] in one currency; minor units.

    `billed` and `tax` are what invoices came to, less what credit notes and void invoices took back of each; together
    they are `billed_with_tax`. `paid` came in, `refunded` went back, `written_off` is no longer asked for.
    """

    currency: str
    since: date
    until: date
    billed: int
    tax: int
    billed_with_tax: int
    paid: int
    refunded: int
    written_off: int


@query(
    "statements.totals",
    title="What was billed and paid",
    help="Add up what was billed, the tax in it, what was credited and what was paid between two days.",
    role=Role.VIEWER,
    gate="statements_shown",
    page="/statements",
    slash="/totals",
    icon="scroll-text",
    phrases=[
        "how much tax did I pay this year",
        "how much was billed in total",
        "what did I spend with you this year",
        "what did you bill us in total from {since} to {until}",
    ],
)
def show_totals(ctx: Context, input: StatementDays) -> Totals:
    """The sums of the ledger's movements of those days, as a statement of the same days has them."""
    frame = frame_of(ctx, input.since, input.until, input.currency)
    moved = _moved(ctx, frame)

    def net(account: Account) -> int:
        """By how much an account of the business's side went up in the credit, beside what the customer has."""
        up = sum(amount for (debit, credit), amount in moved.items() if credit == account and debit in OWED)
        return up - sum(amount for (debit, credit), amount in moved.items() if debit == account and credit in OWED)

    billed, tax = net(A.REVENUE), net(A.TAX)
    return Totals(
        currency=frame.currency,
        since=frame.since,
        until=frame.until,
        billed=billed,
        tax=tax,
        billed_with_tax=billed + tax,
        paid=-net(A.CASH),
        refunded=net(A.REFUND),
        written_off=-net(A.WRITE_OFF),
    )


def _moved(ctx: Context, frame: Frame) -> dict[tuple[str, str], int]:
    """What went from each account to each other, in one statement over the frame's rows."""
    sides = (col(LedgerEntry.debit), col(LedgerEntry.credit))
    rows = ctx.session.connection().execute(
        sql_select(*sides, func.sum(LedgerEntry.amount))
        .where(
            col(LedgerEntry.customer_id) == frame.customer_id,
            col(LedgerEntry.currency) == frame.currency,
            col(LedgerEntry.sequence) > frame.opening.sequence,
            col(LedgerEntry.sequence) <= frame.closing.sequence,
        )
        .group_by(*sides)
    )
    return {(debit, credit): int(amount) for debit, credit, amount in rows}
