"""What is past due because of an invoice, and is not any more once that invoice is owed no more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.models.payments import Dunning, DunningState
from billing.models.records import EventRecord
from billing.models.subscriptions import Subscription, SubscriptionStatus
from billing.registry import follows

GIVEN_UP = ("past_due", "paused", "cancelled")


def subscriptions_on(ctx: Context, invoice: Invoice, status: SubscriptionStatus) -> Sequence[Subscription]:
    """The subscriptions of an invoice's lines that have that status, in the order of their ids."""
    lines = select(InvoiceLine.subscription_id).where(InvoiceLine.invoice_id == invoice.id)
    return ctx.session.exec(
        select(Subscription)
        .where(col(Subscription.id).in_(lines), Subscription.status == status)
        .order_by(col(Subscription.id))
    ).all()


@follows("invoice.paid")
@follows("invoice.voided")
@follows("invoice.written_off")
def end_dunning(ctx: Context, event: EventRecord) -> None:
    """Asks no more for an invoice that is owed no more (paid, cancelled, given up); what was past due runs again."""
    found = ctx.session.exec(
        select(Dunning, Invoice)
        .join(Invoice, col(Invoice.id) == col(Dunning.invoice_id))
        .where(Invoice.number == event.details["number"], Invoice.due == 0)
    ).first()
    if found is None:
        return
    dunning, invoice = found
    if dunning.state == DunningState.ENDED and dunning.outcome not in GIVEN_UP:
        return
    dunning.state, dunning.next_on, dunning.outcome = DunningState.ENDED, None, str(invoice.status)
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
