"""The tries that are due: each is a new pending payment, committed before the gateway is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog
from sqlmodel import col, select

from billing.charging.auto_charge import start_charge
from billing.context import Context, Contexts
from billing.dunning.failed_charges import try_failed
from billing.gateways.base import chargeable
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.payments import Dunning, DunningState, Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.models.subscriptions import Subscription
from billing.payments.paying import default_card
from billing.run.due import Days, has_its_turn, lock_customers

ON_ITS_WAY = (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)

log = structlog.get_logger(__name__)


def start_retries(contexts: Contexts, day: date, days: Days) -> list[int]:
    """Starts every try that is due on that day or before; gives the payments, whose money is to be asked for.

    Without a card a try fails at once. Where a payment is on its way, or a card can't be asked for what is left (too
    little, or too much), it is looked at again on the next day. A customer whose subscriptions are behind is billed
    first, so that what ends or pauses for want of money does so in order.
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
    if _is_behind(ctx, customer, today):
        return []
    rows = ctx.session.exec(
        select(Dunning, Invoice)
        .join(Invoice, col(Invoice.id) == col(Dunning.invoice_id))
        .where(
            Dunning.customer_id == customer.id, Dunning.state == DunningState.RETRYING,
            col(Dunning.next_on) <= min(day, today), Invoice.status == InvoiceStatus.OPEN,
        )
        .order_by(col(Dunning.next_on), col(Dunning.invoice_id))
    ).all()  # fmt: skip
    card = default_card(ctx.acting_for(customer))
    started = []
    for dunning, invoice in rows:
        if _on_its_way(ctx, invoice) or not chargeable(invoice.due, invoice.currency):
            dunning.next_on = today + date.resolution
        elif card is None:
            try_failed(ctx, invoice, "no_card", "")
        else:
            dunning.next_on = None  # until its outcome is known
            started.append(start_charge(ctx, invoice, card).id or 0)
        ctx.session.add(dunning)
    return started


def _is_behind(ctx: Context, customer: Customer, today: date) -> bool:
    """Whether something was due to a subscription before today."""
    due = has_its_turn(today - date.resolution)
    statement = select(Subscription.id).where(Subscription.customer_id == customer.id, due).limit(1)
    return ctx.session.exec(statement).first() is not None


def _on_its_way(ctx: Context, invoice: Invoice) -> bool:
    found = ctx.session.exec(
        select(Payment.id)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == col(Payment.id))
        .where(PaymentAllocation.invoice_id == invoice.id, col(Payment.status).in_(ON_ITS_WAY))
        .limit(1)
    ).first()
    return found is not None
