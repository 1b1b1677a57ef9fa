"""Ends a refund as the gateway has it, whoever hears of it first: the reply, a webhook, or the reconciling job.

The gateway is asked outside any transaction, with the refund's own idempotency key. What it says is written in one
transaction that locks the customer. A refund that the business made at the gateway itself is taken in, too.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlmodel import col, select

from billing.context import Context, Contexts
from billing.gateways.base import GatewayRefused, GatewayUnavailable, RefundResult
from billing.gateways.base import RefundStatus as Outcome
from billing.models.invoices import Invoice
from billing.models.payments import (
    CreditApplication,
    Payment,
    PaymentStatus,
    Refund,
    RefundAllocation,
    RefundStatus,
    RefundTo,
)
from billing.notifications import mail_refund
from billing.payments.refunding import sources_of
from billing.payments.settlement import KEY_LASTS, lock_payment
from billing.posting import book_refund, next_number, release_credit, unbook_refund

MOST_SILENCES = 3
MAY_FAIL_FOR = timedelta(days=30)

log = structlog.get_logger(__name__)


def finish_refunds(contexts: Contexts, numbers: Sequence[str]) -> None:
    """Asks the gateway for refunds that were kept, each once; one that is not answered stays pending for the job."""
    for number in numbers:
        ask_refund(contexts, number)


def ask_refund(contexts: Contexts, number: str) -> None:
    """Asks for a pending refund and settles what the gateway says; asked again, it gives nothing more back."""
    refund, payment = _read(contexts, number)
    if refund.status != RefundStatus.PENDING or refund.gateway_id:
        return
    assert payment.gateway_id and refund.id is not None
    try:
        result = contexts.gateway.refund(payment.gateway_id, refund.amount, refund.idempotency_key)
    except GatewayRefused as refused:
        _fail(contexts, refund.id, refused.code)
    except GatewayUnavailable as error:
        log.warning("gateway_unavailable", refund=refund.number, problem=str(error)[:200])
    else:
        settle_refund(contexts, refund.id, result)


def settle_refund(contexts: Contexts, refund_id: int, result: RefundResult) -> None:
    """Writes what the gateway says of a refund; said again, it changes nothing. One that failed is turned back."""
    with contexts.system(writes=True) as ctx:
        refund, payment = _lock(ctx, refund_id)
        refund.gateway_id = result.id
        if result.status is Outcome.SUCCEEDED and refund.status != RefundStatus.SUCCEEDED:
            _succeed(ctx, refund, payment)
        elif result.status is Outcome.FAILED and refund.status != RefundStatus.FAILED:
            _turn_back(ctx, refund, result.code)
        ctx.session.add(refund)


def _succeed(ctx: Context, refund: Refund, payment: Payment) -> None:
    if not _holds(ctx, refund, payment):
        _find_money(ctx, refund, payment)
    refund.status, refund.settled_at, refund.failure_code = RefundStatus.SUCCEEDED, ctx.now, ""
    book_refund(ctx, refund)
    mail_refund(ctx, refund, payment)


def _turn_back(ctx: Context, refund: Refund, code: str) -> None:
    if refund.status == RefundStatus.SUCCEEDED:
        unbook_refund(ctx, refund)
    else:
        ctx.emit("refund.failed", "payments", "credits", customer_id=refund.customer_id, number=refund.number)
    refund.status, refund.settled_at, refund.failure_code = RefundStatus.FAILED, ctx.now, code
    ctx.session.add(refund)


def _fail(contexts: Contexts, refund_id: int, code: str) -> None:
    with contexts.system(writes=True) as ctx:
        refund, _ = _lock(ctx, refund_id)
        if refund.status == RefundStatus.PENDING:
            _turn_back(ctx, refund, code)


def _parts(ctx: Context, refund: Refund) -> Sequence[RefundAllocation]:
    return ctx.session.exec(select(RefundAllocation).where(RefundAllocation.refund_id == refund.id)).all()


def _holds(ctx: Context, refund: Refund, payment: Payment) -> bool:
    """Whether the money is still where the refund was to take it from: not so for one that we had given up."""
    parts = _parts(ctx, refund)
    for part in parts:
        if part.invoice_id is not None:
            room = ctx.session.get_one(Invoice, part.invoice_id).paid
        elif part.credit_note_id is not None:
            room = ctx.session.get_one(Invoice, part.credit_note_id).credit_left
        else:
            room = payment.unallocated
        if part.amount > room:
            return False
    return bool(parts)


def _find_money(ctx: Context, refund: Refund, payment: Payment) -> None:
    """Takes the money where the payment's now is: unused, on invoices (owed again), or used as credit on others."""
    for part in _parts(ctx, refund):
        ctx.session.delete(part)
    ctx.session.flush()
    assert refund.id is not None
    wanted = refund.amount
    parts: list[tuple[int, int | None]] = [(payment.unallocated, None)]
    parts += [(s.amount, s.invoice.id) for s in sources_of(ctx, payment) if s.invoice is not None]
    for amount, invoice_id in parts:
        taken = min(amount, wanted)
        if taken > 0:
            ctx.session.add(RefundAllocation(refund_id=refund.id, invoice_id=invoice_id, amount=taken))
            wanted -= taken
    used = select(CreditApplication).where(CreditApplication.payment_id == payment.id)
    for application in ctx.session.exec(used.order_by(col(CreditApplication.id).desc())).all() if wanted else ():
        taken = min(application.amount, wanted)
        if taken > 0:
            release_credit(ctx, application, taken)
            ctx.session.add(RefundAllocation(refund_id=refund.id, amount=taken))
            wanted -= taken
    assert not wanted, f"{refund.number} gives back more than {payment.number} has"
    ctx.session.flush()


def bring_refunds(contexts: Contexts, payment: Payment) -> None:
    """Brings every refund of a payment to where the gateway has it, also those that were made there by hand.

    Raises GatewayUnavailable and GatewayRefused.
    """
    if not payment.gateway_id:
        return
    for result in reversed(contexts.gateway.list_refunds(payment.gateway_id)):
        with contexts.system() as ctx:
            known = ctx.session.exec(
                select(Refund.id).where(
                    (col(Refund.gateway_id) == result.id) | (col(Refund.idempotency_key) == (result.reference or "-"))
                )
            ).first()
        if known is None and result.status is not Outcome.FAILED:
            known = _take_in(contexts, payment, result)
        if known is not None:
            settle_refund(contexts, known, result)


def _take_in(contexts: Contexts, payment: Payment, result: RefundResult) -> int | None:
    assert payment.id is not None
    with contexts.system(writes=True) as ctx:
        locked = lock_payment(ctx, payment.id)
        there = ctx.session.exec(select(Refund.id).where(Refund.gateway_id == result.id)).first()
        if there is not None or locked.status != PaymentStatus.SUCCEEDED:
            return there
        refund = Refund(
            number=next_number(ctx, "REF"), customer_id=payment.customer_id, payment_id=payment.id, to=RefundTo.CARD,
            currency=result.currency, amount=result.amount, reason="made at the payment gateway", gateway_id=result.id,
            idempotency_key=f"gateway-{result.id}-{secrets.token_urlsafe(6)}", created_at=ctx.now,
        )  # fmt: skip
        ctx.session.add(refund)
        ctx.session.flush()
        _find_money(ctx, refund, locked)
        return refund.id


def reconcile_refunds(contexts: Contexts, after: timedelta) -> int:
    """Asks the gateway about refunds that have waited for longer than `after`; says how many it could ask about.

    When it doesn't answer several times on end, the rest is left for the next time.
    """
    with contexts.system() as ctx:
        waiting = ctx.session.exec(
            select(Refund)
            .where(Refund.status == RefundStatus.PENDING, Refund.created_at <= ctx.now - after)
            .order_by(col(Refund.id))
            .limit(500)
        ).all()
    asked = silent = 0
    for refund in waiting:
        if silent == MOST_SILENCES:
            break
        try:
            reconcile_refund(contexts, refund.number)
            asked, silent = asked + 1, 0
        except (GatewayUnavailable, GatewayRefused) as error:
            silent += 1
            log.warning("refund_not_reconciled", refund=refund.number, problem=str(error)[:200])
    return asked


def look_over_refunds(contexts: Contexts) -> int:
    """Turns back the refunds of the last days that failed though no event said so; says how many those were."""
    with contexts.system() as ctx:
        since = ctx.now - MAY_FAIL_FOR
        lately = select(Refund).where(
            Refund.status == RefundStatus.SUCCEEDED, Refund.to == RefundTo.CARD, Refund.created_at >= since
        )
        booked = {refund.gateway_id: refund.id for refund in ctx.session.exec(lately).all()}
    if not booked:
        return 0
    turned = 0
    try:
        for result in contexts.gateway.refunds_since(since - timedelta(minutes=5)):
            if result.status is Outcome.FAILED and (refund_id := booked.get(result.id)) is not None:
                settle_refund(contexts, refund_id, result)
                turned += 1
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("refunds_not_looked_over", problem=str(error)[:200])
    return turned


def reconcile_refund(contexts: Contexts, number: str) -> None:
    """Brings one pending refund to where the gateway has it; asks again while its key lasts, else gives it up.

    Raises GatewayUnavailable and GatewayRefused.
    """
    refund, payment = _read(contexts, number)
    if refund.status != RefundStatus.PENDING:
        return
    assert refund.id is not None and payment.gateway_id
    if refund.gateway_id:
        settle_refund(contexts, refund.id, contexts.gateway.retrieve_refund(refund.gateway_id))
        return
    made = contexts.gateway.list_refunds(payment.gateway_id)
    found = next((each for each in made if each.reference == refund.idempotency_key), None)
    with contexts.system() as ctx:
        late = ctx.now - refund.created_at >= KEY_LASTS
    if found is not None:
        settle_refund(contexts, refund.id, found)
    elif late:
        _fail(contexts, refund.id, "canceled")
    else:
        ask_refund(contexts, number)


def _read(contexts: Contexts, number: str) -> tuple[Refund, Payment]:
    with contexts.system() as ctx:
        return ctx.session.exec(
            select(Refund, Payment).join(Payment, col(Refund.payment_id) == Payment.id).where(Refund.number == number)
        ).one()


def _lock(ctx: Context, refund_id: int) -> tuple[Refund, Payment]:
    payment = lock_payment(ctx, ctx.session.get_one(Refund, refund_id).payment_id)
    statement = select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)
    return ctx.session.exec(statement).one(), payment
