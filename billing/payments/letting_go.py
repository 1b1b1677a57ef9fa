"""A card that a customer removed is let go by the gateway too: at once, or as soon as it answers again.

Here it counts as removed from the customer's yes on: nothing more is taken from it.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlmodel import col, select

from billing.context import Contexts
from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.models.payments import PaymentMethod

MOST_SILENCES = 3

log = structlog.get_logger(__name__)


def let_go(contexts: Contexts, card: str) -> bool:
    """Has the gateway forget that removed card, and notes it once. False: it did not answer, or keeps the card."""
    try:
        contexts.gateway.detach_payment_method(card)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("card_kept_at_gateway", card=card, problem=str(error)[:200])
        return False
    _note(contexts, card)
    return True


def let_removed_go(contexts: Contexts, after: timedelta) -> int:
    """Lets go of the cards that were removed longer than `after` ago and are still kept; says how many those were.

    When the gateway doesn't answer several times on end, the rest is left for the next time.
    """
    with contexts.system() as ctx:
        kept = ctx.session.exec(
            select(PaymentMethod.gateway_id)
            .where(
                col(PaymentMethod.removed_at).is_not(None), col(PaymentMethod.let_go_at).is_(None),
                col(PaymentMethod.removed_at) <= ctx.now - after,
            )
            .order_by(col(PaymentMethod.id))
            .limit(500)
        ).all()  # fmt: skip
    gone = silent = 0
    for card in kept:
        if silent == MOST_SILENCES:
            break
        try:
            contexts.gateway.detach_payment_method(card)
        except GatewayRefused as error:  # it answers: the next card may go
            log.warning("card_kept_at_gateway", card=card, problem=str(error)[:200])
        except GatewayUnavailable as error:
            log.warning("card_kept_at_gateway", card=card, problem=str(error)[:200])
            silent += 1
        else:
            gone, silent = gone + _note(contexts, card), 0
    return gone


def _note(contexts: Contexts, card: str) -> bool:
    """Notes that the gateway has the card no more; False where that was known."""
    with contexts.system(writes=True) as ctx:
        row = ctx.session.exec(select(PaymentMethod).where(PaymentMethod.gateway_id == card).with_for_update()).one()
        if row.removed_at is None or row.let_go_at is not None:
            return False
        row.let_go_at = ctx.now
        ctx.session.add(row)
        return True
