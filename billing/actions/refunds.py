"""Giving back what was paid: to the card, by bank transfer, or as credit."""

from __future__ import annotations

from pydantic import BaseModel
from sqlmodel import select

from billing.context import Context, Contexts
from billing.models.payments import Refund, RefundTo
from billing.payments.refund_settling import finish_refunds
from billing.payments.refunding import Afterwards, RefundPlan, plan_refund, start_refund
from billing.references import PaymentNumber, Price, Words
from billing.registry import Audience, Role, Ungated, action


class RefundPayment(BaseModel):
    """Which payment, how much of it (minor units; all that can go back without one), and where to.

    `to` is card, bank or credit, by itself where the money came from. What had paid invoices: `corrected` issues credit
    notes on them, so that they stay settled; after `owed_again` they are to be paid once more.
    """

    payment: PaymentNumber
    amount: Price | None = None
    to: RefundTo | None = None
    invoices: Afterwards = Afterwards.CORRECTED
    reason: Words = ""


class RefundMade(BaseModel):
    """How a refund stands: minor units.

    `status` is pending until the gateway has answered; `failure` is its word for why it failed.
    """

    refund: str
    payment: str
    status: str
    to: RefundTo
    currency: str
    amount: int
    credit_notes: list[str]
    failure: str = ""


def plan_refunding(ctx: Context, input: RefundPayment) -> RefundPlan:
    """What the refund would do."""
    return plan_refund(ctx, input.payment, input.amount, input.to, input.invoices, input.reason)


def finish_refunding(contexts: Contexts, made: RefundMade) -> RefundMade:
    """Asks the gateway for a refund to a card, once it is kept, and says how it stands now."""
    if made.to is not RefundTo.CARD:
        return made
    finish_refunds(contexts, [made.refund])
    with contexts.system() as ctx:
        refund = ctx.session.exec(select(Refund).where(Refund.number == made.refund)).one()
    return made.model_copy(update={"status": str(refund.status), "failure": refund.failure_code})


@action(
    "payments.refund",
    title="Refund a payment",
    help="Give back a payment or a part of it: to the card that paid, by bank transfer, or as credit.",
    role=Role.AGENT,
    gate=Ungated("Staff give back what was paid"),
    audience=Audience.STAFF,
    page="/payments",
    slash="/refund",
    icon="undo-2",
    phrases=["refund {payment}", "refund {amount} of {payment}", "give the money of {payment} back"],
    plan=plan_refunding,
    then=finish_refunding,
    audit="{actor} confirmed “{effect}” ({refund}).",
    moves_money=True,
)
def refund_payment(ctx: Context, input: RefundPayment, plan: RefundPlan) -> RefundMade:
    """Keeps the refund; `finish_refunding` asks the gateway once this is committed."""
    refund, notes = start_refund(ctx, plan)
    return RefundMade(
        refund=refund.number,
        payment=plan.payment.number,
        status=str(refund.status),
        to=plan.to,
        currency=plan.payment.currency,
        amount=plan.amount,
        credit_notes=[note.number or "" for note in notes],
    )
