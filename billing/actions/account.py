"""The account as a whole: what is owed and what credit there is, at any moment, and the ledger behind it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import select as sql_select
from sqlalchemy import union_all
from sqlmodel import col, select

from billing.context import Context
from billing.models.invoices import Invoice
from billing.models.ledger import Balance, LedgerEntry
from billing.models.payments import Payment
from billing.references import Currency, Day, Moment
from billing.registry import Role, query


class ShowBalance(BaseModel):
    """Now, or at the end of a day where the customer is, or at a moment."""

    on: Day | None = None
    at: Moment | None = None


class CurrencyBalance(BaseModel):
    """What is owed and what credit there is in one currency; `balance` is owed less credit. Minor units."""

    currency: str
    to_pay: int
    credit: int
    balance: int


class AccountBalance(BaseModel):
    """How the account stood at that moment, a row a currency that was ever used by then."""

    at: datetime
    balances: list[CurrencyBalance]


@query(
    "account.balance",
    title="See the balance",
    help="Show what is owed and what credit there is, now or at the end of any day.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/statements",
    slash="/balance",
    icon="scale",
    phrases=["what was my balance on {on}", "how did my account stand on {on}", "balance of my account on {on}"],
)
def show_balance(ctx: Context, input: ShowBalance) -> AccountBalance:
    """The balance, from the ledger's running balances: no sum is taken, however long the ledger is."""
    moment = input.at or (_end_of(ctx, input.on) if input.on else None)
    rows = ctx.session.exec(
        select(Balance).where(Balance.customer_id == ctx.actor.customer_id).order_by(Balance.currency)
    ).all()
    if moment is None or moment > ctx.now:
        return AccountBalance(at=ctx.now, balances=[_balance(row.currency, row.receivable, row.credit) for row in rows])
    return AccountBalance(at=moment, balances=_then(ctx, [row.currency for row in rows], moment))


def _end_of(ctx: Context, day: date) -> datetime:
    """The midnight after the day, where the customer is."""
    return datetime.combine(day + timedelta(days=1), time(), ctx.zone)


def _then(ctx: Context, currencies: list[str], moment: datetime) -> list[CurrencyBalance]:
    if not currencies:
        return []
    last = [
        sql_select(
            col(LedgerEntry.currency).label("currency"),
            col(LedgerEntry.receivable_after).label("receivable"),
            col(LedgerEntry.credit_after).label("credit"),
        )
        .where(
            col(LedgerEntry.customer_id) == ctx.actor.customer_id,
            col(LedgerEntry.currency) == currency,
            col(LedgerEntry.at) < moment,
        )
        .order_by(col(LedgerEntry.at).desc(), col(LedgerEntry.sequence).desc())
        .limit(1)
        .subquery()
        for currency in currencies
    ]
    every = union_all(*[sql_select(one) for one in last])
    rows: Any = ctx.session.connection().execute(every).all()
    return [_balance(row.currency, row.receivable, row.credit) for row in sorted(rows, key=lambda row: row.currency)]


def _balance(currency: str, receivable: int, credit: int) -> CurrencyBalance:
    return CurrencyBalance(currency=currency, to_pay=receivable, credit=credit, balance=receivable - credit)


class ListLedger(BaseModel):
    """Which currency (the account's unless named), and which page: `cursor` is the `next` of the page before."""

    currency: Currency | None = None
    cursor: int | None = Field(default=None, ge=1, le=2**62)
    size: int = Field(default=50, ge=1, le=200)


class LedgerRow(BaseModel):
    """One movement: an account is debited and another credited by the same amount; then what is owed, and credit."""

    sequence: int
    at: datetime
    day: date
    text: str
    debit: str
    credit: str
    amount: int
    document: str
    payment: str
    to_pay_after: int
    credit_after: int


class LedgerPage(BaseModel):
    """Movements, the newest first; minor units."""

    currency: str
    rows: list[LedgerRow]
    next: int | None = None


@query(
    "account.ledger",
    title="See the ledger",
    help="List every movement on the account with the balances after it, the newest first.",
    role=Role.VIEWER,
    gate="statements_shown",
    page="/statements",
    slash="/ledger",
    icon="book-open",
    phrases=["show the ledger", "every movement on my account", "list all bookings on my account"],
)
def list_ledger(ctx: Context, input: ListLedger) -> LedgerPage:
    """One page of movements."""
    currency = input.currency or ctx.customer.currency
    statement = (
        select(LedgerEntry, Invoice.number, Payment.number)
        .join(Invoice, col(LedgerEntry.invoice_id) == Invoice.id, isouter=True)
        .join(Payment, col(LedgerEntry.payment_id) == Payment.id, isouter=True)
        .where(LedgerEntry.customer_id == ctx.actor.customer_id, LedgerEntry.currency == currency)
    )
    if input.cursor is not None:
        statement = statement.where(LedgerEntry.sequence < input.cursor)
    found = ctx.session.exec(statement.order_by(col(LedgerEntry.sequence).desc()).limit(input.size + 1)).all()
    shown = found[: input.size]
    return LedgerPage(
        currency=currency,
        rows=[
            LedgerRow(
                sequence=entry.sequence, at=entry.at, day=entry.at.astimezone(ctx.zone).date(), text=entry.text,
                debit=entry.debit, credit=entry.credit, amount=entry.amount, document=document or "",
                payment=payment or "", to_pay_after=entry.receivable_after, credit_after=entry.credit_after,
            )
            for entry, document, payment in shown
        ],
        next=shown[-1][0].sequence if len(found) > input.size else None,
    )  # fmt: skip
