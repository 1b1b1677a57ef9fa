"""Which subscription is meant, and the sentence for one that is not in the state that a change needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from sqlmodel import col, select

from billing.context import Context
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.models.payments import Dunning
from billing.models.subscriptions import SubscriptionStatus
from billing.subscriptions.held import Held, held_subscriptions

S = SubscriptionStatus
RUNS = {
    S.ACTIVE: "is running",
    S.TRIALING: "is in its trial",
    S.PAST_DUE: "is running, and a payment is late",
    S.SCHEDULED: "starts by itself",
}


def pick(ctx: Context, number: str | None, fits: Callable[[Held], bool]) -> Held:
    """The subscription of that number, or without one the only one that fits (or the only one there is).

    Raises not_found, no_subscription_fits, and invalid_input that names the choices when several fit.
    """
    held = held_subscriptions(ctx, number)
    if number is not None:
        if not held:
            raise PortalError("not_found", thing="subscription", reference=number, field="subscription")
        return held[0]
    fitting = [h for h in held if fits(h)]
    if len(fitting) == 1:
        return fitting[0]
    if len(held) == 1:
        return held[0]
    if not held:
        raise PortalError("not_found", thing="subscription", reference="", field="subscription")
    if not fitting:
        raise PortalError("no_subscription_fits")
    names = " or ".join(f"{h.product.name} ({h.subscription.number})" for h in fitting)
    raise PortalError("invalid_input", field="subscription", problem=f"Which one do you mean: {names}?")


def in_status(*statuses: SubscriptionStatus) -> Callable[[Held], bool]:
    """Whether a subscription has one of these statuses: what `pick` asks."""
    return lambda held: held.subscription.status in statuses


def require(held: Held, statuses: Collection[SubscriptionStatus]) -> None:
    """Raises the sentence for its status, which names the way out, unless it is one of these."""
    if held.subscription.status not in statuses:
        raise wrong_status(held)


def wrong_status(held: Held) -> PortalError:
    """Says what the subscription is and what to do first."""
    subscription, name = held.subscription, held.product.name
    status = SubscriptionStatus(subscription.status)
    days: dict[SubscriptionStatus, date | None] = {
        S.SCHEDULED: subscription.started_on,
        S.TRIALING: subscription.trial_end or subscription.period_end,
        S.ENDING: subscription.ends_on or subscription.period_end,
        S.ENDED: subscription.ended_on or subscription.ends_on or subscription.period_end,
    }
    if status is S.ACTIVE:
        return PortalError("subscription_running", field="subscription", subscription=name, runs=RUNS[status])
    day = days.get(status)
    said = {"day": format_day(day)} if day else {}
    return PortalError(f"subscription_{status.value}", field="subscription", subscription=name, **said)


def require_renewed(ctx: Context, held: Held) -> None:
    """Raises renewal_due when the period is over and its renewal is not yet made: then no part can be priced."""
    if held.subscription.status in (S.ACTIVE, S.PAST_DUE, S.TRIALING) and ctx.today >= held.subscription.period_end:
        raise PortalError("renewal_due", field="subscription", subscription=held.product.name)


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
