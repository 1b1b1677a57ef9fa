"""What a message may speak of: the account's records, as few as understanding needs, read in a handful of queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from sqlmodel import select

from billing.access import (
    access_final_invoices,
    access_newest_invoices,
    access_newest_payments,
    access_open_invoices,
    access_subscriptions,
)
from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind, NumberSeries
from billing.models.subscriptions import Plan, Product

OPEN_READ = 200
NEWEST_READ = 60
PAYMENTS_READ = 20


@dataclass(frozen=True)
class KnownInvoice:
    """An invoice or credit note. `due` and `total` in minor units."""

    number: str
    title: str
    currency: str
    issued_on: date
    due_on: date | None
    due: int
    total: int
    credit_note: bool = False

    def overdue(self, today: date) -> bool:
        return self.due > 0 and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class KnownSubscription:
    """A subscription with the plan it is on."""

    number: str
    product: str
    plan: str
    seats: int
    per_seat: bool


@dataclass(frozen=True)
class KnownPlan:
    """A plan on offer. `least` and `most` are numbers of seats, where it is sold by the seat."""

    product: str
    name: str
    per_seat: bool
    least: int
    most: int


@dataclass(frozen=True)
class KnownPayment:
    number: str
    amount: int
    currency: str
    on: date


@dataclass(frozen=True)
class Shown:
    """The records that the conversation showed last: what "it" and "them" stand for."""

    invoices: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    last: str = ""  # which of the three came last: invoice, payment, subscription


def _finds_none(numbers: Iterable[str]) -> list[KnownInvoice]:
    return []


@dataclass(frozen=True)
class Account:
    """The records of one account. Without one (nobody is signed in) it holds the plans on offer and nothing else.

    `find` looks up invoices that aren't among the newest, by full numbers; numbers that aren't the account's are left
    out. `series` are the number series in use ("RT-2026"), newest year first.
    """

    today: date
    currency: str = "EUR"
    locale: str = "en_GB"
    business: str = "the business"
    invoices: tuple[KnownInvoice, ...] = ()
    subscriptions: tuple[KnownSubscription, ...] = ()
    plans: tuple[KnownPlan, ...] = ()
    payments: tuple[KnownPayment, ...] = ()
    series: tuple[str, ...] = ()
    known: bool = False
    staff: bool = False
    find: Callable[[Iterable[str]], list[KnownInvoice]] = field(default=_finds_none, compare=False)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of the account's own names: plans, products and titles of invoices, in lower case."""
        texts = (
            [p.name for p in self.plans] + [s.product for s in self.subscriptions] + [i.title for i in self.invoices]
        )
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))

    @cached_property
    def offered(self) -> frozenset[str]:
        """The words of plans' and products' names that are long enough to mend typing errors in."""
        texts = [p.name for p in self.plans] + [s.product for s in self.subscriptions]
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{5,}", text.lower()))

    @property
    def payable(self) -> list[KnownInvoice]:
        """What is left to pay, the longest due first."""
        open_ones = [i for i in self.invoices if i.due > 0 and not i.credit_note]
        return sorted(open_ones, key=lambda i: (i.due_on or i.issued_on, i.number))

    @property
    def overdue(self) -> list[KnownInvoice]:
        return [i for i in self.payable if i.overdue(self.today)]

    @property
    def bills(self) -> list[KnownInvoice]:
        """Invoices without credit notes, the newest first."""
        own = [i for i in self.invoices if not i.credit_note]
        return sorted(own, key=lambda i: (i.issued_on, i.number), reverse=True)

    def invoice(self, number: str) -> KnownInvoice | None:
        return next((i for i in self.invoices if i.number == number), None)


def load_account(ctx: Context) -> Account:
    """The account that the actor acts on, or only the plans on offer when there is none."""
    business = ctx.preferences.business_name
    plans = _plans(ctx)
    if ctx.actor.customer_id is None:
        return Account(ctx.now.date(), business=business, plans=plans, staff=ctx.actor.is_staff)
    open_ones = access_open_invoices(ctx, OPEN_READ)
    newest = access_newest_invoices(ctx, NEWEST_READ)
    rows = {row.number: row for row in (*open_ones, *newest)}

    def find(numbers: Iterable[str]) -> list[KnownInvoice]:
        with ctx.contexts.open(ctx.actor, ctx.channel) as later:
            return [_invoice(row) for row in access_final_invoices(later, list(numbers))]

    return Account(
        today=ctx.today,
        currency=ctx.customer.currency,
        locale=ctx.customer.locale,
        business=business,
        invoices=tuple(_invoice(row) for row in rows.values()),
        subscriptions=tuple(
            KnownSubscription(sub.number, product.name, plan.name, sub.seats, plan.per_seat)
            for sub, plan, product in access_subscriptions(ctx)
        ),
        plans=plans,
        payments=tuple(
            KnownPayment(p.number, p.amount, p.currency, p.created_at.astimezone(ctx.zone).date())
            for p in access_newest_payments(ctx, PAYMENTS_READ)
        ),
        series=_series(ctx),
        known=True,
        staff=ctx.actor.is_staff,
        find=find,
    )


def _invoice(row: Invoice) -> KnownInvoice:
    return KnownInvoice(
        number=row.number or "",
        title=row.title,
        currency=row.currency,
        issued_on=row.issued_on,
        due_on=row.due_on,
        due=row.due,
        total=row.total,
        credit_note=row.kind == InvoiceKind.CREDIT_NOTE,
    )


def _plans(ctx: Context) -> tuple[KnownPlan, ...]:
    rows = ctx.session.exec(
        select(Plan, Product)
        .join(Product, Product.id == Plan.product_id)  # type: ignore[arg-type]
        .where(Plan.offered)
        .order_by(Product.name, Plan.position, Plan.name)  # type: ignore[arg-type]
    ).all()
    found = [KnownPlan(product.name, p.name, p.per_seat, p.least_seats, p.most_seats) for p, product in rows if p.name]
    return tuple(dict.fromkeys(found))


def _series(ctx: Context) -> tuple[str, ...]:
    names = ctx.session.exec(select(NumberSeries.series)).all()
    return tuple(sorted(names, key=lambda name: name.rsplit("-", 1)[-1], reverse=True))
