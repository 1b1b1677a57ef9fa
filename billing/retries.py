"""The tries that are due: each is a new pending payment, committed before the gateway is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import structlog
from sqlmodel import col, select

from billing.auto_charge import start_charge
from billing.context import SYSTEM, Context, Contexts
from billing.due import Days, lock_customers
from billing.dunning import try_failed
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.payments import Dunning, DunningState, Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.paying import default_card

ON_ITS_WAY = (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)

log = structlog.get_logger(__name__)


def start_retries(contexts: Contexts, day: date, days: Days) -> list[int]:
    """Starts every try that is due on that day or before; gives the payments, whose money is to be asked for.

    Without a card a try fails at once. Where a payment is on its way, it is looked at again on the next day.
    """
    started = []
    for customer_id in _due(contexts, day):
        try:
            with contexts.system(writes=True) as ctx:
                [customer] = lock_customers(ctx.session, [customer_id], waits=True)
                started += _start(ctx, customer, day, days)
        except Exception:
            log.exception("retry_failed", customer=customer_id)
    return started


def _due(contexts: Contexts, day: date) -> Sequence[int]:
    with contexts.system() as ctx:
        return ctx.session.exec(
            select(Dunning.customer_id)
            .where(Dunning.state == DunningState.RETRYING, col(Dunning.next_on) <= day)
            .distinct()
            .order_by(col(Dunning.customer_id))
        ).all()


def _start(ctx: Context, customer: Customer, day: date, days: Days) -> list[int]:
    today = days.today(customer.time_zone)
    rows = ctx.session.exec(
        select(Dunning, Invoice)
        .join(Invoice, col(Invoice.id) == col(Dunning.invoice_id))
        .where(
            Dunning.customer_id == customer.id, Dunning.state == DunningState.RETRYING,
            col(Dunning.next_on) <= min(day, today), Invoice.status == InvoiceStatus.OPEN,
        )
        .order_by(col(Dunning.next_on), col(Dunning.invoice_id))
    ).all()  # fmt: skip
    card = default_card(replace(ctx, actor=replace(SYSTEM, customer_id=customer.id)))
    started = []
    for dunning, invoice in rows:
        if _on_its_way(ctx, invoice):
            dunning.next_on = today + date.resolution
        elif card is None:
            try_failed(ctx, invoice, "no_card", "")
        else:
            dunning.next_on = None  # until its outcome is known
            started.append(start_charge(ctx, invoice, card).id or 0)
        ctx.session.add(dunning)
    return started


def _on_its_way(ctx: Context, invoice: Invoice) -> bool:
    found = ctx.session.exec(
        select(Payment.id)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == col(Payment.id))
        .where(PaymentAllocation.invoice_id == invoice.id, col(Payment.status).in_(ON_ITS_WAY))
        .limit(1)
    ).first()
    return found is not None
