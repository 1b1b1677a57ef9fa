"""What a reference can be chosen from: the account's own records, as few as fit a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from billing.access import (
    access_newest_invoices,
    access_newest_payments,
    access_open_invoices,
    access_payment_methods,
)
from billing.auth.memberships import people_of, shown_name
from billing.context import Context
from billing.dates import format_day
from billing.models.coupons import Coupon
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.payments import Payment, PaymentStatus
from billing.models.projects import Project
from billing.models.subscriptions import AddOn, Plan, Product
from billing.money import format_money
from billing.payments.paying import card_label
from billing.subscriptions.held import held_subscriptions, offered_plans
from portal.forms.fields import Option

MOST = 100
DEFAULT_CURRENCY = "EUR"


def choices_for(ctx: Context, to: str, action_id: str = "") -> Sequence[Option]:
    """The records that a field of that kind may name; nothing where they are too many or not the account's."""
    choices = OF_ACTIONS.get((action_id, to)) or CHOICES.get(to)
    if choices is None:
        return []
    return choices(ctx) if ctx.actor.customer_id is not None or to in FOR_ANYBODY else []


def _invoices(ctx: Context) -> list[Option]:
    rows = {row.number: row for row in (*access_open_invoices(ctx, MOST), *access_newest_invoices(ctx, 20))}
    return [_invoice(row) for row in rows.values()]


def _open_invoices(ctx: Context) -> list[Option]:
    return [_invoice(row) for row in access_open_invoices(ctx, MOST)]


def _invoices_alone(ctx: Context) -> list[Option]:
    """Without the credit notes, which nothing can be credited of."""
    rows = {row.number: row for row in (*access_open_invoices(ctx, MOST), *access_newest_invoices(ctx, 20))}
    return [_invoice(row) for row in rows.values() if row.kind == InvoiceKind.INVOICE]


def _invoice(row: Invoice) -> Option:
    shown = format_money(row.due or row.total, row.currency)
    return Option(value=row.number or "", label=f"{row.number} · {row.title} · {shown}")


def _subscriptions(ctx: Context) -> list[Option]:
    return [
        Option(value=held.subscription.number, label=f"{held.name} · {held.subscription.number}")
        for held in held_subscriptions(ctx)
    ]


def _payments(ctx: Context) -> list[Option]:
    return [
        Option(
            value=row.number,
            label=f"{row.number} · {format_money(row.amount, row.currency)} · {format_day(row.created_at.date())}",
        )
        for row in access_newest_payments(ctx, 50)
        if row.status == PaymentStatus.SUCCEEDED
    ]


def _cards(ctx: Context) -> list[Option]:
    return [Option(value=row.gateway_id, label=card_label(row.brand, row.last4)) for row in access_payment_methods(ctx)]


def _projects(ctx: Context) -> list[Option]:
    rows = ctx.session.exec(
        select(Project).where(Project.customer_id == ctx.actor.customer_id).order_by(col(Project.id).desc()).limit(MOST)
    ).all()
    return [Option(value=row.number, label=f"{row.name} · {row.number}") for row in rows]


def _plan_codes(ctx: Context) -> list[Option]:
    rows = ctx.session.exec(
        select(Plan, Product)
        .join(Product, col(Product.id) == Plan.product_id)
        .order_by(col(Plan.position), col(Plan.id))
        .limit(MOST)
    ).all()
    return [
        Option(
            value=plan.code,
            label=f"{product.name} {plan.name}".strip() + f" · {plan.interval} · {plan.currency}",
        )
        for plan, product in rows
    ]


def _plan_names(ctx: Context) -> list[Option]:
    held = held_subscriptions(ctx)
    names = {p.name: None for plans in offered_plans(ctx, held).values() for p in plans if p.name}
    return [Option(value=name, label=name) for name in names]


def _plans_on_sale(ctx: Context) -> list[Option]:
    """What can be started, in the customer's currency, each with its product: two products may both have a Growth."""
    rows = ctx.session.exec(
        select(Plan, Product)
        .join(Product, col(Product.id) == Plan.product_id)
        .where(Plan.currency == ctx.customer.currency, col(Plan.offered))
        .order_by(col(Product.id), col(Plan.position), col(Plan.id))
        .limit(MOST)
    ).all()
    return [
        Option(value=plan.code, label=f"{product.name} {plan.name}".strip() + f" · {_price(plan)}")
        for plan, product in rows
    ]


def _price(plan: Plan) -> str:
    seat = " a seat" if plan.per_seat else ""
    return f"{format_money(plan.unit_amount, plan.currency)}{seat} a {plan.interval} without tax"


def _add_ons(ctx: Context) -> list[Option]:
    rows = ctx.session.exec(select(AddOn).where(AddOn.offered).order_by(col(AddOn.name)).limit(MOST)).all()
    return [Option(value=row.code, label=f"{row.name} · {format_money(row.unit_amount, row.currency)}") for row in rows]


def _coupons(ctx: Context) -> list[Option]:
    if not ctx.actor.is_staff:
        return []
    rows = ctx.session.exec(select(Coupon).where(Coupon.offered).order_by(col(Coupon.code)).limit(MOST)).all()
    return [Option(value=row.code, label=f"{row.code} · {row.name}") for row in rows]


def _colleagues(ctx: Context) -> list[Option]:
    return [
        Option(value=person.email, label=f"{shown_name(person, one)} · {person.email}")
        for person, one in people_of(ctx, ctx.customer)
    ]


CHOICES: dict[str, Callable[[Context], list[Option]]] = {
    "colleague": _colleagues,
    "invoice": _invoices,
    "subscription": _subscriptions,
    "payment": _payments,
    "card": _cards,
    "project": _projects,
    "plan": _plan_names,
    "plan_code": _plan_codes,
    "add_on": _add_ons,
    "coupon": _coupons,
}
ON_OPEN_ONES = (
    "invoices.pay", "payments.record", "invoices.void", "invoices.uncollectible", "invoices.write_off", "credits.apply",
)  # fmt: skip
OF_ACTIONS: dict[tuple[str, str], Callable[[Context], list[Option]]] = {
    ("subscriptions.start", "plan"): _plans_on_sale,
    ("invoices.credit", "invoice"): _invoices_alone,
    **{(action, "invoice"): _open_invoices for action in ON_OPEN_ONES},
}
FOR_ANYBODY = ("plan_code", "add_on", "coupon")

# the record that an amount of the form is about, by the name of its field
PRICED: dict[str, tuple[Any, Any, Any]] = {
    "invoice": (Invoice.number, Invoice.currency, Invoice.customer_id),
    "invoices": (Invoice.number, Invoice.currency, Invoice.customer_id),
    "payment": (Payment.number, Payment.currency, Payment.customer_id),
    "project": (Project.number, Project.currency, Project.customer_id),
    "plan": (Plan.code, Plan.currency, None),
}


def currency_of(ctx: Context, given: Mapping[str, str]) -> str:
    """The currency in which the form's amounts are typed: the one that it names, its record's, or the account's."""
    named = given.get("currency", "").strip().upper()
    if re.fullmatch(r"[A-Z]{3}", named):
        return named
    for name, (number, currency, owner) in PRICED.items():
        said = given.get(name, "").strip().split("\n")[0]
        theirs = [] if owner is None else [owner == ctx.actor.customer_id]
        found = ctx.session.exec(select(currency).where(number == said, *theirs)).first() if said else None
        if found:
            return str(found)
    return ctx.customer.currency if ctx.actor.customer_id is not None else DEFAULT_CURRENCY
