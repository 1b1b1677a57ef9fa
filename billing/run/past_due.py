"""What is past due because of an invoice, and is not any more once that invoice is owed no more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.models.payments import Dunning, DunningState
from billing.models.subscriptions import Subscription, SubscriptionStatus
from billing.subscriptions.held import Held

GIVEN_UP = ("past_due", "paused", "cancelled")


def subscriptions_on(ctx: Context, invoice: Invoice, status: SubscriptionStatus) -> Sequence[Subscription]:
    """The subscriptions of an invoice's lines that have that status, in the order of their ids."""
    lines = select(InvoiceLine.subscription_id).where(InvoiceLine.invoice_id == invoice.id)
    return ctx.session.exec(
        select(Subscription)
        .where(col(Subscription.id).in_(lines), Subscription.status == status)
        .order_by(col(Subscription.id))
    ).all()


def end_dunning(ctx: Context, invoice: Invoice, outcome: str) -> None:
    """Asks no more for an invoice that is owed no more (paid, cancelled, given up); what was past due runs again."""
    dunning = ctx.session.get(Dunning, invoice.id)
    if dunning is None or (dunning.state == DunningState.ENDED and dunning.outcome not in GIVEN_UP):
        return
    dunning.state, dunning.next_on, dunning.outcome = DunningState.ENDED, None, outcome
    ctx.session.add(dunning)
    ctx.session.flush()
    for subscription in subscriptions_on(ctx, invoice, SubscriptionStatus.PAST_DUE):
        if not _asked_for_otherwise(ctx, subscription, invoice):
            subscription.status = SubscriptionStatus.ACTIVE
            ctx.session.add(subscription)
            ctx.emit("subscription.changed", "subscriptions", customer_id=invoice.customer_id,
                     number=subscription.number)  # fmt: skip
    ctx.session.flush()


def _asked_for_otherwise(ctx: Context, subscription: Subscription, invoice: Invoice) -> bool:
    """Whether another open invoice of the subscription was asked for in vain."""
    found = ctx.session.exec(
        select(Dunning.invoice_id)
        .join(Invoice, col(Invoice.id) == col(Dunning.invoice_id))
        .join(InvoiceLine, col(InvoiceLine.invoice_id) == col(Invoice.id))
        .where(
            InvoiceLine.subscription_id == subscription.id, Invoice.id != invoice.id,
            Invoice.status == InvoiceStatus.OPEN, Dunning.attempts > 0,
        )
        .limit(1)
    ).first()  # fmt: skip
    return found is not None


def require_paid(ctx: Context, held: Held) -> None:
    """Raises `unpaid_first` for a customer whose invoice for the subscription was asked for in vain and is still open.

    Otherwise what dunning has stopped could run again and again without being paid. Staff may let it run.
    """
    if ctx.actor.kind != "contact":
        return
    number = ctx.session.exec(
        select(Invoice.number)
        .join(Dunning, col(Invoice.id) == col(Dunning.invoice_id))
        .join(InvoiceLine, col(InvoiceLine.invoice_id) == col(Invoice.id))
        .where(
            InvoiceLine.subscription_id == held.subscription.id, Invoice.customer_id == held.subscription.customer_id,
            Invoice.status == InvoiceStatus.OPEN, Dunning.attempts > 0,
        )
        .order_by(col(Invoice.id))
    ).first()  # fmt: skip
    if number is not None:
        raise PortalError("unpaid_first", field="subscription", number=number, subscription=held.product.name)
