"""What the payment gateway tells us. An event is a hint to look: the gateway's present state is what is written."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from billing.context import Contexts
from billing.errors import PortalError
from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.models.payments import Payment
from billing.models.records import GatewayEventRecord
from billing.payments.refund_settling import bring_refunds
from billing.payments.settlement import settle_payment


def receive_event(contexts: Contexts, payload: bytes, signature: str) -> None:
    """Takes one webhook in; the same event twice has one effect.

    Raises EventNotGenuine for one that the gateway did not sign, and `gateway_unavailable` when its state can't be
    read now: then the gateway sends it again.
    """
    event = contexts.gateway.parse_event(payload, signature)
    with contexts.system() as ctx:
        if ctx.session.get(GatewayEventRecord, event.id) is not None:
            return
        payment_id = ctx.session.exec(select(Payment.id).where(Payment.idempotency_key == event.reference)).first()
    if event.gateway_payment_id and payment_id is not None:
        try:
            charge = contexts.gateway.retrieve_charge(event.gateway_payment_id)
        except (GatewayUnavailable, GatewayRefused) as error:
            raise PortalError("gateway_unavailable") from error
        settle_payment(contexts, payment_id, charge)
    if event.gateway_payment_id and (event.refund is not None or event.type.startswith("charge.refund")):
        _refunds(contexts, event.gateway_payment_id)
    try:
        with contexts.system(writes=True) as ctx:
            ctx.session.add(GatewayEventRecord(event_id=event.id, kind=event.type, at=ctx.now))
    except IntegrityError:
        return  # the same event, taken in at the same time


def _refunds(contexts: Contexts, gateway_payment_id: str) -> None:
    with contexts.system() as ctx:
        payment = ctx.session.exec(select(Payment).where(Payment.gateway_id == gateway_payment_id)).first()
    if payment is not None:
        try:
            bring_refunds(contexts, payment)
        except (GatewayUnavailable, GatewayRefused) as error:
            raise PortalError("gateway_unavailable") from error
