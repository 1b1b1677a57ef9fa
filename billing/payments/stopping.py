"""Stopping a payment that waits for the card holder's bank, before anything is taken.

That it is to be stopped is committed first; then the gateway is asked to give the charge up, and what it says is
written as for any payment. Where it does not answer, the reconciling job asks it until it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlmodel import col, select

from billing.access import access_payment
from billing.context import Context, Contexts
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.money import format_money
from billing.payments.settlement import STOPPED, give_up_charge, settle_payment

STATUS_WORDS = {
    PaymentStatus.PENDING: "on its way, and no longer waits for a yes",
    PaymentStatus.SUCCEEDED: "paid already",
    PaymentStatus.FAILED: "over, and nothing was taken",
    PaymentStatus.CANCELLED: "over, and nothing was taken",
}
NAMED = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StopPlan:
    """The payment that is not to be taken, the invoices that stay to pay, and the credit that can be used again."""

    payment: Payment
    invoices: tuple[Invoice, ...]
    credit: int
    effect: Effect


def plan_stop(ctx: Context, number: str | None) -> StopPlan:
    """Works out what stopping means, and writes nothing. Without a number, of the one payment that waits.

    Raises not_found, not_stoppable, nothing_to_stop, and invalid_input where several wait.
    """
    payment = access_payment(ctx, number) if number else _only_one(ctx)
    if payment.status != PaymentStatus.REQUIRES_ACTION:
        status = STATUS_WORDS[PaymentStatus(payment.status)]
        raise PortalError("not_stoppable", number=payment.number, status=status, field="payment")
    invoices = still_to_pay(ctx, payment)
    credit = credit_of(ctx, payment)
    return StopPlan(payment, invoices, credit, _effect(ctx, payment, invoices, credit))


def _only_one(ctx: Context) -> Payment:
    waiting = ctx.session.exec(
        select(Payment)
        .where(Payment.customer_id == ctx.customer.id, Payment.status == PaymentStatus.REQUIRES_ACTION)
        .order_by(col(Payment.id).desc())
        .limit(NAMED)
    ).all()
    if not waiting:
        raise PortalError("nothing_to_stop", field="payment")
    if len(waiting) > 1:
        known = ", ".join(f"{row.number} ({_money(ctx, row, row.amount)})" for row in waiting)
        raise PortalError("invalid_input", field="payment", problem=f"Say which payment is meant: {known}.")
    return waiting[0]


def still_to_pay(ctx: Context, payment: Payment) -> tuple[Invoice, ...]:
    """The invoices of the payment that are still open, in its order."""
    return tuple(
        ctx.session.exec(
            select(Invoice)
            .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == Invoice.id)
            .where(PaymentAllocation.payment_id == payment.id, Invoice.status == InvoiceStatus.OPEN)
            .order_by(col(PaymentAllocation.id))
        ).all()
    )


def credit_of(ctx: Context, payment: Payment) -> int:
    """The credit that the payment was to use, minor units."""
    shares = select(PaymentAllocation.credit).where(PaymentAllocation.payment_id == payment.id)
    return sum(ctx.session.exec(shares).all())


def _effect(ctx: Context, payment: Payment, invoices: tuple[Invoice, ...], credit: int) -> Effect:
    amount = _money(ctx, payment, payment.amount)
    facts = [EffectFact(label="Not taken", value=with_card(amount, payment))]
    if invoices:
        named = [f"{i.number} with {_money(ctx, payment, i.due)}" for i in invoices[:NAMED]]
        more = [f"{len(invoices) - NAMED} more"] if len(invoices) > NAMED else []
        facts.append(EffectFact(label="Stays to pay", value=", ".join(named + more)))
    if credit:
        facts.append(EffectFact(label="Your credit, free again", value=_money(ctx, payment, credit)))
    facts.append(EffectFact(label="If your bank has agreed already", value="The payment counts, and we tell you."))
    return Effect(
        title=f"Stop {payment.number}, {amount}", currency=payment.currency, facts=tuple(facts),
        confirm="Stop the payment", decline="Let it wait",
    )  # fmt: skip


def start_stop(ctx: Context, plan: StopPlan) -> None:
    """Notes that the payment is not to be taken, so that whoever looks next gives it up; nobody is sent to the bank."""
    payment = plan.payment
    payment.stop_asked_at = payment.stop_asked_at or ctx.now
    payment.redirect_url = ""
    ctx.session.add(payment)
    ctx.emit("payment.stop_asked", "payments", "invoices", number=payment.number)


def finish_stop(contexts: Contexts, number: str) -> None:
    """Asks the gateway to give the charge up and writes how it has it. Without an answer the job goes on asking."""
    with contexts.system() as ctx:
        payment = ctx.session.exec(select(Payment).where(Payment.number == number)).one()
    if payment.status != PaymentStatus.REQUIRES_ACTION:
        return
    try:
        settle_payment(contexts, payment.id or 0, give_up_charge(contexts, payment))
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("payment_not_stopped", payment=number, problem=str(error)[:200])


class Stop(StrEnum):
    """What came of stopping a payment: asked and not known yet, done, or too late because the bank had agreed."""

    NOT_ASKED = ""
    ASKED = "asked"
    DONE = "done"
    LATE = "late"


def stop_of(payment: Payment) -> Stop:
    """Whether it was to be stopped, and what came of that as far as the gateway has said."""
    if was_stopped(payment):
        return Stop.DONE
    if too_late(payment):
        return Stop.LATE
    return Stop.ASKED if is_stopping(payment) else Stop.NOT_ASKED


def is_stopping(payment: Payment) -> bool:
    """Whether it was asked to stop and the gateway has not said yet what came of that."""
    return payment.status == PaymentStatus.REQUIRES_ACTION and payment.stop_asked_at is not None


def was_stopped(payment: Payment) -> bool:
    """Whether somebody stopped it, and in time."""
    return payment.status == PaymentStatus.CANCELLED and payment.failure_code == STOPPED


def too_late(payment: Payment) -> bool:
    """Whether it was to be stopped and the bank had agreed before."""
    return payment.stop_asked_at is not None and payment.status == PaymentStatus.SUCCEEDED


def with_card(amount: str, payment: Payment) -> str:
    """€528.01 with Visa ending 4417."""
    return f"{amount} with {payment.method_label}" if payment.method_label else amount


def _money(ctx: Context, payment: Payment, amount: int) -> str:
    return format_money(amount, payment.currency, ctx.session.get_one(Customer, payment.customer_id).locale)
