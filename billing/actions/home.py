"""The first page: what is to pay, what renews when, and how the account stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Date, Select, literal, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from billing.access import access_open_invoices
from billing.actions.projects import ProjectRow, project_rows
from billing.context import Context
from billing.invoices.listing import Due, dues
from billing.invoices.rows import InvoiceRow, Mark, due_words, invoice_row
from billing.models.invoices import BilledMonth
from billing.models.ledger import Balance
from billing.models.payments import Payment, PaymentStatus
from billing.models.subscriptions import SubscriptionStatus
from billing.registry import Role, query
from billing.subscriptions.held import Held, held_subscriptions
from billing.subscriptions.period_lines import next_costs_of

MONTHS = 12
PAYABLE_SHOWN = 5
PROJECTS_SHOWN = 3


class ShowHome(BaseModel):
    """Nothing to say."""


class ToPayRow(BaseModel):
    """An invoice to pay with its due date in words."""

    invoice: InvoiceRow
    mark: Mark
    words: str


class Renewal(BaseModel):
    """What renews next; the amount is with tax, minor units. A trial says until when it runs."""

    subscription: str
    name: str
    seats: int | None
    on: date
    amount: int
    currency: str
    trial_ends: date | None = None


class LastPayment(BaseModel):
    number: str
    on: date
    amount: int
    currency: str
    method: str


class Month(BaseModel):
    """What was billed in a month: settled and still to pay, minor units with tax."""

    first: date
    settled: int
    to_pay: int


class Autopay(BaseModel):
    """What is charged to the card by itself: every subscription that runs, only those of `names`, or none."""

    every: bool
    names: list[str]


class HomeSummary(BaseModel):
    """All that the first page shows; sums by currency."""

    due: list[Due]
    to_pay: list[ToPayRow]
    credit: list[tuple[str, int]]
    renewals: list[Renewal]
    last_payment: LastPayment | None
    currency: str
    months: list[Month]
    projects: list[ProjectRow]
    autopay: Autopay
    banner: str


@query(
    "home.show",
    title="See the overview",
    help="Show what is to pay and overdue, credit, next renewals and the last payment.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/",
    slash="/home",
    icon="house",
    phrases=["how much do I owe", "what is my balance", "when is my next renewal", "how does my account stand"],
)
def show_home(ctx: Context, input: ShowHome) -> HomeSummary:
    """The overview of the account."""
    held = held_subscriptions(ctx, None)
    credit, months = _running_totals(ctx)
    return HomeSummary(
        due=dues(ctx),
        to_pay=[_to_pay(ctx, invoice_row(row, ctx.today)) for row in access_open_invoices(ctx, PAYABLE_SHOWN)],
        credit=credit,
        renewals=_renewals(held),
        last_payment=_last_payment(ctx),
        currency=ctx.customer.currency,
        months=months,
        projects=project_rows(ctx, PROJECTS_SHOWN, held[0].taxes if held else None),
        autopay=_autopay(ctx, held),
        banner=ctx.preferences.banner,
    )


def _to_pay(ctx: Context, row: InvoiceRow) -> ToPayRow:
    mark, words = due_words(row, ctx.today)
    return ToPayRow(invoice=row, mark=mark, words=words)


def _renewals(every: list[Held]) -> list[Renewal]:
    running = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE)
    found = []
    for held in every:
        if held.subscription.status not in running:
            continue
        trial = held.subscription.trial_end if held.subscription.status == SubscriptionStatus.TRIALING else None
        found.append(
            Renewal(
                subscription=held.subscription.number,
                name=held.name,
                seats=held.seats,
                on=trial or held.subscription.period_end,
                amount=next_costs_of(held).total,
                currency=held.plan.currency,
                trial_ends=trial,
            )
        )
    return sorted(found, key=lambda renewal: (renewal.on, -renewal.amount))


def _autopay(ctx: Context, every: list[Held]) -> Autopay:
    """A product is named once, and with its plan where the account has it twice and only one of the two is charged."""
    running = [held for held in every if held.subscription.status != SubscriptionStatus.ENDED]
    if ctx.customer.auto_charge:
        return Autopay(every=True, names=[])
    charged = [held for held in running if held.subscription.auto_charge]
    by_hand = {held.product.id for held in running if not held.subscription.auto_charge}
    names = [held.name if held.product.id in by_hand else held.product.name for held in charged]
    return Autopay(every=bool(charged) and not by_hand, names=list(dict.fromkeys(names)))


def _last_payment(ctx: Context) -> LastPayment | None:
    row = ctx.session.exec(
        select(Payment)
        .where(Payment.customer_id == ctx.actor.customer_id, Payment.status == PaymentStatus.SUCCEEDED)
        .order_by(col(Payment.created_at).desc(), col(Payment.id).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    at: datetime = row.settled_at or row.created_at
    return LastPayment(
        number=row.number,
        on=at.astimezone(ctx.zone).date(),
        amount=row.amount,
        currency=row.currency,
        method=row.method_label or "card",
    )


def _running_totals(ctx: Context) -> tuple[list[tuple[str, int]], list[Month]]:
    """The credit by currency, and the last twelve months, this one too, in the account's currency: one statement."""
    mine, currency = ctx.actor.customer_id, ctx.customer.currency
    starts = [_month_back(ctx.today, back) for back in range(MONTHS - 1, -1, -1)]
    balances = _columns(Balance.currency, literal(None, Date), Balance.credit, literal(0)).where(
        col(Balance.customer_id) == mine, col(Balance.credit) > 0
    )
    billed = _columns(BilledMonth.currency, BilledMonth.month, BilledMonth.billed, BilledMonth.due).where(
        col(BilledMonth.customer_id) == mine,
        col(BilledMonth.currency) == currency,
        col(BilledMonth.month) >= starts[0],
    )
    rows = ctx.session.connection().execute(union_all(balances, billed)).all()
    credit = sorted((name, amount) for name, month, amount, _ in rows if month is None)
    known = {month: (amount - due, due) for _, month, amount, due in rows if month is not None}
    return credit, [
        Month(first=first, settled=sums[0], to_pay=sums[1]) for first in starts for sums in [known.get(first, (0, 0))]
    ]


def _columns(*columns: Any) -> Select[Any]:
    return sql_select(*columns)


def _month_back(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, 1)
