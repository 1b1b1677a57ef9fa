"""What a change of a subscription bills now is charged at once, where the subscription is charged by itself.

It is the way of a renewal: the pending payment is committed with the invoice and the gateway is asked afterwards. What
the card refuses is past due and tried again; where the bank wants to ask somebody first, the invoice stays open to be
paid by hand until tomorrow.
"""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import select

from billing.actions.payments import failure_sentence
from billing.charging.auto_charge import asked_for, charge_by_itself, charge_new
from billing.context import Context, Contexts
from billing.dunning.failed_charges import ASKS_FIRST
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentStatus
from billing.models.subscriptions import Subscription
from billing.payments.settlement import charge_payment
from billing.subscriptions.brought import Brought

Done = TypeVar("Done", bound=Brought)


def charge_at_once(ctx: Context, done: Done) -> Done:
    """Starts the charge of the invoice that a change of that subscription has brought, in the change's transaction."""
    if not done.invoice or not done.due:
        return done
    subscription = ctx.session.exec(select(Subscription).where(Subscription.number == done.subscription)).one()
    if not charge_by_itself(ctx.customer, subscription):
        return done
    asked = asked_for(ctx, ctx.customer, done.due, done.currency)
    if asked is None:
        return done
    invoice = ctx.session.exec(select(Invoice).where(Invoice.number == done.invoice)).one()
    payment = charge_new(ctx, invoice, asked)
    if payment is None:
        not_paid = PortalError("card_refused_today", card=asked.label).message
        return done.model_copy(update={"card": asked.label, "not_paid": not_paid})
    return done.model_copy(update=_how_it_stands(payment))


def finish_charge(contexts: Contexts, done: Done) -> Done:
    """Asks the gateway for the money, once, and says how the invoice and the subscription stand now."""
    if not done.payment:
        return done
    with contexts.system() as ctx:
        payment_id = ctx.session.exec(select(Payment.id).where(Payment.number == done.payment)).one()
    charge_payment(contexts, payment_id or 0)
    with contexts.system() as ctx:
        found = _how_it_stands(ctx.session.get_one(Payment, payment_id))
        found["due"] = ctx.session.exec(select(Invoice.due).where(Invoice.number == done.invoice)).one()
        status = select(Subscription.status).where(Subscription.number == done.subscription)
        found["status"] = ctx.session.exec(status).one()
    return done.model_copy(update=found)


def _how_it_stands(payment: Payment) -> dict[str, object]:
    asks_first = payment.failure_code == ASKS_FIRST or payment.status == PaymentStatus.REQUIRES_ACTION
    paid = payment.status == PaymentStatus.SUCCEEDED
    why_not = PortalError("bank_asks_first").message if asks_first else failure_sentence(payment)
    return {
        "payment": payment.number,
        "payment_status": PaymentStatus(payment.status).value,
        "card": payment.method_label,
        "paid": payment.amount if paid else 0,
        "not_paid": "" if paid else why_not,
    }
