"""Ends a payment, once, whoever hears of its outcome first: the reply, the webhook, the return from the bank, the job.

The gateway is asked outside any transaction. What it says is then written by `settle_payment` in one transaction that
locks the customer, and that does nothing when the payment has already ended.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlmodel import col, select

from billing.access import access_payment
from billing.context import Actor, Context, Contexts
from billing.errors import PortalError
from billing.gateways.base import CardDetails, ChargeResult, ChargeStatus, GatewayRefused, GatewayUnavailable
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentMethod, PaymentStatus
from billing.models.people import Customer
from billing.notifications import mail_receipt
from billing.payments.paying import card_label
from billing.posting import apply_credit, record_payment
from billing.registry import Channel

ENDED = (PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CANCELLED)
KEY_LASTS = timedelta(hours=23)
CANCELED, STOPPED = "canceled", "stopped"  # why a payment is cancelled: the gateway's word, and ours

log = structlog.get_logger(__name__)


def charge_payment(contexts: Contexts, payment_id: int) -> None:
    """Asks the gateway for the money of a pending payment and settles what it says.

    Asked again with the same payment it charges nothing more: the idempotency key is the payment's. When the gateway
    does not answer, the payment stays pending and the reconciling job looks again.
    """
    payment = _read(contexts, payment_id)
    if payment.status in ENDED or payment.gateway_id:
        return
    try:
        customer = gateway_customer(contexts, payment.customer_id)
        if not _give_up_earlier(contexts, payment, customer):
            return
        charge = contexts.gateway.charge(
            customer=customer,
            payment_method=payment.method_token,
            amount=payment.amount,
            currency=payment.currency,
            reference=payment.idempotency_key,
            description=f"Payment {payment.number}",
            idempotency_key=payment.idempotency_key,
            return_url=f"{contexts.settings.address}/payments/{payment.number}/return",
            off_session=payment.off_session,
            save_card=payment.save_method,
        )
    except GatewayRefused as refused:
        _fail(contexts, payment_id, refused.code, refused.decline_code)
    except GatewayUnavailable as error:
        log.warning("gateway_unavailable", payment=payment.number, problem=str(error)[:200])
    else:
        settle_payment(contexts, payment_id, charge)


def gateway_customer(contexts: Contexts, customer_id: int) -> str:
    """The customer's id at the gateway, made there at the first payment."""
    with contexts.system() as ctx:
        customer = ctx.session.get_one(Customer, customer_id)
    if customer.gateway_id:
        return customer.gateway_id
    made = contexts.gateway.ensure_customer(reference=customer.number, name=customer.name, email=customer.email)
    with contexts.system(writes=True) as ctx:
        locked = _lock(ctx, customer_id)
        locked.gateway_id = locked.gateway_id or made
        ctx.session.add(locked)
        return str(locked.gateway_id)


def _give_up_earlier(contexts: Contexts, payment: Payment, customer: str) -> bool:
    """Ends earlier payments of the same invoices that wait for the bank. False: one of them has paid meanwhile."""
    with contexts.system() as ctx:
        invoices = select(PaymentAllocation.invoice_id).where(PaymentAllocation.payment_id == payment.id)
        earlier = ctx.session.exec(
            select(Payment)
            .join(PaymentAllocation, col(PaymentAllocation.payment_id) == Payment.id)
            .where(
                col(PaymentAllocation.invoice_id).in_(invoices),
                Payment.status == PaymentStatus.REQUIRES_ACTION,
                Payment.id != payment.id,
            )
            .distinct()
        ).all()
    for other in earlier:
        assert other.id is not None
        charge = give_up_charge(contexts, other)
        settle_payment(contexts, other.id, charge)
        if charge.status != ChargeStatus.FAILED:
            _end(contexts, payment.id or 0, PaymentStatus.CANCELLED, "already_paid", "")
            return False
    return True


def give_up_charge(contexts: Contexts, payment: Payment) -> ChargeResult:
    """Gives a waiting charge up at the gateway; where that comes too late, it says how the charge stands.

    Raises GatewayUnavailable, and GatewayRefused where the charge can't be read either.
    """
    assert payment.gateway_id
    try:
        return contexts.gateway.cancel_charge(payment.gateway_id, by_customer=payment.stop_asked_at is not None)
    except GatewayRefused:
        return contexts.gateway.retrieve_charge(payment.gateway_id)


def settle_payment(contexts: Contexts, payment_id: int, charge: ChargeResult) -> None:
    """Writes what the gateway says of a charge. Ends the payment at most once; later calls change nothing."""
    card = _card_to_save(contexts, payment_id, charge)
    with contexts.system(writes=True) as ctx:
        payment = lock_payment(ctx, payment_id)
        if payment.status in ENDED and not _came_after_all(payment, charge):
            return
        payment.gateway_id = charge.gateway_payment_id
        if charge.card_last4:
            payment.method_label = card_label(charge.card_brand, charge.card_last4)
        ctx.session.add(payment)
        if charge.status == ChargeStatus.SUCCEEDED:
            _succeed(ctx, payment, charge, card)
        elif charge.status == ChargeStatus.REQUIRES_ACTION:
            payment.status = PaymentStatus.REQUIRES_ACTION
            payment.redirect_url = "" if payment.stop_asked_at else charge.redirect_url or ""
            ctx.emit("payment.requires_action", "payments", customer_id=payment.customer_id, number=payment.number)
        elif charge.status == ChargeStatus.FAILED:
            given_up = charge.code == CANCELED
            code = STOPPED if given_up and payment.stop_asked_at else charge.code
            status = PaymentStatus.CANCELLED if given_up else PaymentStatus.FAILED
            _close(ctx, payment, status, code, charge.decline_code)


def _came_after_all(payment: Payment, charge: ChargeResult) -> bool:
    """Money that arrives for a payment that we had given up is booked all the same: the gateway's word counts."""
    return payment.status != PaymentStatus.SUCCEEDED and charge.status == ChargeStatus.SUCCEEDED


def _card_to_save(contexts: Contexts, payment_id: int, charge: ChargeResult) -> CardDetails | None:
    """The card that the customer wants to keep, as it may be shown; asked for outside any transaction."""
    if charge.status != ChargeStatus.SUCCEEDED or not charge.payment_method:
        return None
    payment = _read(contexts, payment_id)
    if not payment.save_method or payment.status == PaymentStatus.SUCCEEDED:
        return None
    try:
        return contexts.gateway.retrieve_payment_method(charge.payment_method)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("card_not_read", payment=payment.number, problem=str(error)[:200])
        return CardDetails(charge.payment_method, charge.card_brand, charge.card_last4, 0, 0)


def _succeed(ctx: Context, payment: Payment, charge: ChargeResult, card: CardDetails | None) -> None:
    payment.status = PaymentStatus.SUCCEEDED
    payment.settled_at = ctx.now
    payment.failure_code = payment.failure_reason = payment.redirect_url = ""
    payment.amount = charge.amount
    rows = ctx.session.exec(
        select(Invoice, PaymentAllocation)
        .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == Invoice.id)
        .where(PaymentAllocation.payment_id == payment.id)
        .order_by(col(PaymentAllocation.id))
    ).all()
    for invoice, allocation in rows:
        if allocation.credit:
            most = min(allocation.credit, max(invoice.due - allocation.amount, 0))
            allocation.credit = apply_credit(ctx, invoice, most)
    record_payment(ctx, payment, [(invoice, allocation) for invoice, allocation in rows])
    if card is not None:
        _save_card(ctx, payment, card)
    mail_receipt(ctx, payment, [invoice for invoice, _ in rows], sum(allocation.credit for _, allocation in rows))


def _save_card(ctx: Context, payment: Payment, card: CardDetails) -> None:
    """Keeps the card for next time; the first one kept becomes the default."""
    if ctx.session.exec(select(PaymentMethod).where(PaymentMethod.gateway_id == card.id)).first() is not None:
        return
    others = ctx.session.exec(
        select(PaymentMethod.id).where(
            PaymentMethod.customer_id == payment.customer_id, col(PaymentMethod.removed_at).is_(None)
        )
    ).first()
    ctx.session.add(
        PaymentMethod(
            customer_id=payment.customer_id,
            gateway_id=card.id,
            brand=card.brand,
            last4=card.last4,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            is_default=others is None,
            created_at=ctx.now,
        )
    )


def _fail(contexts: Contexts, payment_id: int, code: str, reason: str) -> None:
    _end(contexts, payment_id, PaymentStatus.FAILED, code, reason)


def _end(contexts: Contexts, payment_id: int, status: PaymentStatus, code: str, reason: str) -> None:
    with contexts.system(writes=True) as ctx:
        payment = lock_payment(ctx, payment_id)
        if payment.status not in ENDED:
            _close(ctx, payment, status, code, reason)


def _close(ctx: Context, payment: Payment, status: PaymentStatus, code: str, reason: str) -> None:
    payment.status = status
    payment.settled_at = ctx.now
    payment.failure_code, payment.failure_reason, payment.redirect_url = code, reason, ""
    ctx.session.add(payment)
    ctx.emit("payment.failed", "payments", "invoices", customer_id=payment.customer_id, number=payment.number)


def refresh_payment(contexts: Contexts, actor: Actor, number: str) -> None:
    """Looks at the gateway how a customer's own payment stands, as when they come back from their bank.

    Raises `not_found`, and `gateway_unavailable` when there is no answer; then nothing has changed.
    """
    with contexts.open(actor, Channel.PORTAL) as ctx:
        payment = access_payment(ctx, number)
    try:
        reconcile(contexts, payment)
    except (GatewayUnavailable, GatewayRefused) as error:
        raise PortalError("gateway_unavailable") from error


def reconcile(contexts: Contexts, payment: Payment) -> None:
    """Brings one unended payment to where the gateway has it. Raises GatewayUnavailable and GatewayRefused.

    A charge that the gateway has never heard of is asked for again while its idempotency key lasts, else given up. So
    is one whose question from the bank nobody has answered for as long, and at once one that is to be stopped.
    """
    if payment.status in ENDED:
        return
    assert payment.id is not None
    with contexts.system() as ctx:
        now, customer = ctx.now, ctx.session.get_one(Customer, payment.customer_id)
    late = now - payment.created_at >= KEY_LASTS
    if payment.gateway_id:
        charge = contexts.gateway.retrieve_charge(payment.gateway_id)
        if charge.status == ChargeStatus.REQUIRES_ACTION and (late or payment.stop_asked_at):
            charge = give_up_charge(contexts, payment)
        settle_payment(contexts, payment.id, charge)
        return
    found = None
    if customer.gateway_id:  # without one there was no charge yet
        found = contexts.gateway.find_charge(payment.idempotency_key, customer=customer.gateway_id)
    if found is not None:
        settle_payment(contexts, payment.id, found)
    elif late:
        _end(contexts, payment.id, PaymentStatus.CANCELLED, CANCELED, "")
    else:
        charge_payment(contexts, payment.id)


def unended(ctx: Context, before: timedelta) -> list[Payment]:
    """Payments that have waited for longer than `before` for their outcome, the oldest first."""
    return list(
        ctx.session.exec(
            select(Payment)
            .where(
                col(Payment.status).in_([PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION]),
                Payment.created_at <= ctx.now - before,
            )
            .order_by(col(Payment.created_at))
            .limit(500)
        ).all()
    )


def _read(contexts: Contexts, payment_id: int) -> Payment:
    with contexts.system() as ctx:
        return ctx.session.get_one(Payment, payment_id)


def _lock(ctx: Context, customer_id: int) -> Customer:
    statement = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    locked: Customer = ctx.session.exec(statement.execution_options(populate_existing=True)).one()
    return locked


def lock_payment(ctx: Context, payment_id: int) -> Payment:
    """The payment, after its customer's row was locked."""
    payment = ctx.session.get_one(Payment, payment_id)
    _lock(ctx, payment.customer_id)
    statement = select(Payment).where(Payment.id == payment_id).with_for_update()
    return ctx.session.exec(statement.execution_options(populate_existing=True)).one()
