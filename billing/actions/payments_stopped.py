"""Stopping a payment that waits for the customer's bank."""

from __future__ import annotations

from pydantic import BaseModel
from sqlmodel import select

from billing.actions.payments import failure_sentence
from billing.context import Context, Contexts
from billing.models.payments import Payment, PaymentStatus
from billing.models.people import Customer
from billing.money import format_money
from billing.payments.stopping import (
    StopPlan,
    credit_of,
    finish_stop,
    plan_stop,
    start_stop,
    still_to_pay,
    too_late,
    was_stopped,
    with_card,
)
from billing.references import PaymentNumber
from billing.registry import Audience, Role, Ungated, action


class StopPayment(BaseModel):
    """Which payment; left out where only one waits for the bank."""

    payment: PaymentNumber | None = None


class PaymentStopped(BaseModel):
    """How a payment stands that was to be stopped: cancelled, or succeeded where the bank had agreed before.

    With requires_action the payment system has not answered yet, and is asked until it does. `invoices` stay to pay,
    `credit` can be used again, both only once it is stopped. `amount` and `credit` are minor units.
    """

    payment: str
    status: PaymentStatus
    currency: str
    amount: int
    credit: int
    card: str
    invoices: list[str]
    sentence: str


def plan_stopping(ctx: Context, input: StopPayment) -> StopPlan:
    """What stopping it means."""
    return plan_stop(ctx, input.payment)


def finish_stopping(contexts: Contexts, stopped: PaymentStopped) -> PaymentStopped:
    """Asks the gateway to give the charge up, and says how the payment stands then."""
    finish_stop(contexts, stopped.payment)
    with contexts.system() as ctx:
        return _how_it_stands(ctx, ctx.session.exec(select(Payment).where(Payment.number == stopped.payment)).one())


@action(
    "payments.stop",
    title="Stop a payment",
    help="Stop a payment that waits for your bank. Nothing is taken, and what it was for stays to pay.",
    role=Role.BILLING,
    gate=Ungated("Whoever has begun a payment can stop it before anything is taken"),
    audience=Audience.BOTH,
    page="/payments",
    slash="/stop-payment",
    icon="circle-x",
    phrases=("stop {payment}", "stop that payment", "cancel the payment that is waiting", "do not take the payment"),
    plan=plan_stopping,
    then=finish_stopping,
    audit="{actor} asked to stop the payment {payment}.",
)
def stop_payment(ctx: Context, input: StopPayment, plan: StopPlan) -> PaymentStopped:
    """Notes that it is not to be taken; `finish_stopping` asks the gateway once this is committed."""
    start_stop(ctx, plan)
    return _how_it_stands(ctx, plan.payment)


def _how_it_stands(ctx: Context, payment: Payment) -> PaymentStopped:
    over = payment.status in (PaymentStatus.CANCELLED, PaymentStatus.FAILED)
    return PaymentStopped(
        payment=payment.number,
        status=PaymentStatus(payment.status),
        currency=payment.currency,
        amount=payment.amount,
        credit=credit_of(ctx, payment) if over else 0,
        card=payment.method_label,
        invoices=[invoice.number or "" for invoice in still_to_pay(ctx, payment)] if over else [],
        sentence=_sentence(ctx, payment),
    )


def _sentence(ctx: Context, payment: Payment) -> str:
    amount = with_card(
        format_money(payment.amount, payment.currency, ctx.session.get_one(Customer, payment.customer_id).locale),
        payment,
    )
    if was_stopped(payment):
        return f"{payment.number} is stopped: {amount} is not taken."
    if too_late(payment):
        return f"That came too late: your bank had agreed already, and {amount} was paid."
    return failure_sentence(payment)
