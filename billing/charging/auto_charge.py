"""What is charged by itself: to the default card, off session, once for each invoice and try.

The pending payment is committed with the invoice (or with the note of a new try); the gateway is asked afterwards, with
an idempotency key that is made of the invoice and the try. Whoever dies in between is followed up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from sqlmodel import col, func, select

from billing.context import Context, Contexts
from billing.gateways.base import GatewayRefused, GatewayUnavailable, chargeable
from billing.letters import Letters
from billing.models.invoices import Invoice
from billing.models.payments import Dunning, Payment, PaymentAllocation, PaymentMethod, PaymentStatus
from billing.models.people import Customer
from billing.models.subscriptions import Subscription
from billing.notifications import write_mail
from billing.payments.paying import card_label, default_card
from billing.payments.settlement import ENDED, charge_payment, reconcile
from billing.posting import apply_credit, next_number, usable_credit

DAY = timedelta(days=1)
ASKED_IN_VAIN = timedelta(hours=20)  # a card that said no isn't asked again on the same day
MOST_SILENCES = 3
LOOK_FIRST_AFTER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def charge_by_itself(customer: Customer, subscription: Subscription) -> bool:
    """Whether what the subscription costs is charged by itself: where that is on for it, or for the account.

    What is charged by itself and what waits for the customer never stand on one invoice.
    """
    return customer.auto_charge or subscription.auto_charge


@dataclass(frozen=True)
class Asked:
    """The card that is asked for a new invoice: at once, or only tomorrow where it has said no today."""

    card: PaymentMethod
    tomorrow: bool

    @property
    def label(self) -> str:
        """Visa ending 4417."""
        return card_label(self.card.brand, self.card.last4)


def asked_for(ctx: Context, customer: Customer, amount: int, currency: str) -> Asked | None:
    """Which card is asked for that much; None where none is saved, or for a sum that a card can't be asked for."""
    if not chargeable(amount, currency):
        return None
    card = default_card(ctx.acting_for(customer))
    return Asked(card, _refused_today(ctx, customer)) if card else None


def charge_new(ctx: Context, invoice: Invoice, asked: Asked) -> Payment | None:
    """Keeps the pending payment of a new invoice, or notes that the card is asked tomorrow."""
    if asked.tomorrow:
        ask_on(ctx, invoice, DAY)
        return None
    return start_charge(ctx, invoice, asked.card)


def ask_on(ctx: Context, invoice: Invoice, later: timedelta = timedelta()) -> None:
    """Lets a try be due today, or so much later, without counting one as failed.

    So it is where the gateway never heard of a charge that is too old now, where the card has said no today already,
    and where the bank has a question for somebody who is there and can answer it by paying.
    """
    today = ctx.acting_for(ctx.session.get_one(Customer, invoice.customer_id)).today
    dunning = dunning_of(ctx, invoice, today)
    dunning.next_on = today + later
    ctx.session.add(dunning)
    ctx.session.flush()


def dunning_of(ctx: Context, invoice: Invoice, today: date) -> Dunning:
    """The tries of an invoice: those that were noted, or none yet, from today on."""
    return ctx.session.get(Dunning, invoice.id) or Dunning(
        invoice_id=invoice.id or 0, customer_id=invoice.customer_id, attempts=0, started_on=today
    )


def start_charge(ctx: Context, invoice: Invoice, card: PaymentMethod) -> Payment:
    """Keeps the pending payment of what is due. The same invoice and try can't be there twice."""
    tries = ctx.session.exec(
        select(func.count())
        .select_from(Payment)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == col(Payment.id))
        .where(PaymentAllocation.invoice_id == invoice.id, col(Payment.off_session))
    ).one()
    payment = Payment(
        number=next_number(ctx, "PAY"),
        customer_id=invoice.customer_id,
        contact_id=ctx.actor.id if ctx.actor.kind == "contact" else None,
        currency=invoice.currency,
        amount=invoice.due,
        method_label=card_label(card.brand, card.last4),
        method_token=card.gateway_id,
        idempotency_key=f"auto-{invoice.number}-{tries + 1}",
        off_session=True,
        created_at=ctx.now,
    )
    ctx.session.add(payment)
    ctx.session.flush()
    ctx.session.add(PaymentAllocation(payment_id=payment.id or 0, invoice_id=invoice.id or 0, amount=invoice.due))
    ctx.session.flush()
    ctx.emit("payment.started", "payments", "invoices", customer_id=invoice.customer_id, number=payment.number)
    return payment


def settle_new(ctx: Context, customer: Customer, number: str, *, by_itself: bool) -> int | None:
    """Settles a new invoice in the transaction that issued it: credit first, then the card, and it is mailed.

    Gives the id of the pending payment where there is one. A card that said no today is asked tomorrow.
    """
    invoice = ctx.session.exec(select(Invoice).where(Invoice.number == number)).one()
    credit = usable_credit(ctx, invoice.customer_id, invoice.currency) if ctx.preferences.use_credit else 0
    if credit and invoice.due:
        apply_credit(ctx, invoice, min(credit, invoice.due))
    asked = asked_for(ctx, customer, invoice.due, invoice.currency) if by_itself else None
    subject, text = Letters(ctx.preferences, ctx.settings.address).invoice(
        customer, number, invoice.title, invoice.currency, invoice.total, invoice.due,
        invoice.due_on or invoice.issued_on, asked.label if asked else "",
    )  # fmt: skip
    write_mail(ctx, f"invoice/{number}", customer.email, subject, text)
    payment = charge_new(ctx, invoice, asked) if asked else None
    return payment.id if payment else None


def _refused_today(ctx: Context, customer: Customer) -> bool:
    found = ctx.session.exec(
        select(Payment.id)
        .where(
            Payment.customer_id == customer.id,
            Payment.status == PaymentStatus.FAILED,
            col(Payment.off_session),
            col(Payment.settled_at) > ctx.now - ASKED_IN_VAIN,
        )
        .limit(1)
    ).first()
    return found is not None


def ask_for(contexts: Contexts, payments: Sequence[int]) -> int:
    """Asks the gateway for these payments; says how many have an outcome.

    When it doesn't answer several times on end, the rest is left for later: they are pending, and looked up.
    """
    ended = silent = 0
    for payment_id in payments:
        charge_payment(contexts, payment_id)
        with contexts.system() as ctx:
            payment = ctx.session.get_one(Payment, payment_id)
        ended += payment.status in ENDED
        silent = 0 if payment.status in ENDED or payment.gateway_id else silent + 1
        if silent == MOST_SILENCES:
            log.warning("gateway_silent", left=len(payments) - list(payments).index(payment_id) - 1)
            break
    return ended


def follow_up(contexts: Contexts) -> int:
    """Asks about charges that a run committed and did not get to, because it was killed or nobody answered."""
    with contexts.system() as ctx:
        left = ctx.session.exec(
            select(Payment)
            .where(Payment.status == PaymentStatus.PENDING, col(Payment.off_session))
            .order_by(col(Payment.id))
        ).all()
        fresh = [p.id for p in left if p.id and ctx.now - p.created_at < LOOK_FIRST_AFTER and not p.gateway_id]
    ended = silent = 0
    for payment in left:
        if payment.id in fresh:
            continue
        try:
            reconcile(contexts, payment)
            ended, silent = ended + 1, 0
        except (GatewayUnavailable, GatewayRefused) as error:
            log.warning("charge_not_reconciled", payment=payment.number, problem=str(error)[:200])
            silent += 1
            if silent == MOST_SILENCES:
                return ended
    return ended + ask_for(contexts, fresh)
