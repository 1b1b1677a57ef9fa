"""The first page: what is to pay, what renews when, and how the account stands."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import col, select

from billing.actions.projects import ProjectRow, ProjectsInput, list_projects
from billing.context import Context
from billing.invoice_list import Due, InvoiceFilter, InvoiceSort, dues, list_page
from billing.invoice_rows import InvoiceRow, Mark, due_words
from billing.models.invoices import BilledMonth
from billing.models.ledger import Balance
from billing.models.payments import Payment, PaymentStatus
from billing.models.subscriptions import SubscriptionStatus
from billing.period_lines import next_costs_of
from billing.registry import Role, query
from billing.subscriptions import held_subscriptions

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
    auto_charge: bool
    banner: str


@query(
    "home.show",
    title="See the overview",
    help="Shows what is to pay and overdue, credit, next renewals and the last payment.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/",
    slash="/home",
    icon="house",
    phrases=["how much do I owe", "what is my balance", "when is my next renewal", "how does my account stand"],
)
def show_home(ctx: Context, input: ShowHome) -> HomeSummary:
    """The overview of the account."""
    page = list_page(ctx, InvoiceFilter.TO_PAY, "", InvoiceSort.DUE, None, PAYABLE_SHOWN)
    rows = [ToPayRow(invoice=row, mark=(said := due_words(row, ctx.today))[0], words=said[1]) for row in page.rows]
    return HomeSummary(
        due=dues(ctx),
        to_pay=rows,
        credit=_credit(ctx),
        renewals=_renewals(ctx),
        last_payment=_last_payment(ctx),
        currency=ctx.customer.currency,
        months=_months(ctx),
        projects=list_projects(ctx, ProjectsInput()).rows[:PROJECTS_SHOWN],
        auto_charge=ctx.customer.auto_charge,
        banner=ctx.preferences.banner,
    )


def _credit(ctx: Context) -> list[tuple[str, int]]:
    rows = ctx.session.exec(
        select(Balance)
        .where(Balance.customer_id == ctx.actor.customer_id, Balance.credit > 0)
        .order_by(Balance.currency)
    ).all()
    return [(row.currency, row.credit) for row in rows]


def _renewals(ctx: Context) -> list[Renewal]:
    running = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE)
    found = []
    for held in held_subscriptions(ctx, None):
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


def _months(ctx: Context) -> list[Month]:
    """The last twelve months, this one too, in the account's currency."""
    today = ctx.today
    starts = [_month_back(today, back) for back in range(MONTHS - 1, -1, -1)]
    rows = ctx.session.exec(
        select(BilledMonth).where(
            BilledMonth.customer_id == ctx.actor.customer_id,
            BilledMonth.currency == ctx.customer.currency,
            BilledMonth.month >= starts[0],
        )
    ).all()
    billed = {row.month: row for row in rows}
    return [
        Month(first=first, settled=row.billed - row.due, to_pay=row.due)
        if (row := billed.get(first))
        else Month(first=first, settled=0, to_pay=0)
        for first in starts
    ]


def _month_back(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, 1)
