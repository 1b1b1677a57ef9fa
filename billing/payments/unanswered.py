"""What the gateway still owes us an answer for, so that whoever runs the jobs sees that something waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, func, select

from billing.context import Contexts
from billing.models.payments import Payment, PaymentMethod, PaymentStatus, Refund, RefundStatus


@dataclass(frozen=True)
class Unanswered:
    """How many of each were asked for in vain, or not any more because nothing came back; a later run asks again.

    `stops` are payments to be stopped, `cards` removed ones that the gateway still keeps.
    """

    charges: int = 0
    refunds: int = 0
    stops: int = 0
    cards: int = 0

    @property
    def sentence(self) -> str:
        """1 charge and 2 refunds wait for the payment system …; empty where nothing does."""
        named = ((self.charges, "charge", ""), (self.refunds, "refund", ""), (self.stops, "payment", " to stop"),
                 (self.cards, "removed card", ""))  # fmt: skip
        said = [f"{n:,} {noun}{'' if n == 1 else 's'}{rest}" for n, noun, rest in named if n]
        if not said:
            return ""
        some = " and ".join((", ".join(said[:-1]), said[-1])) if said[1:] else said[0]
        waits = "waits" if self.charges + self.refunds + self.stops + self.cards == 1 else "wait"
        return f"{some} {waits} for the payment system, which did not answer; that is tried again by itself."


def unanswered(contexts: Contexts) -> Unanswered:
    """Counts them."""
    asked, refund = select(func.count()).select_from(Payment), select(func.count()).select_from(Refund)
    card = select(func.count()).select_from(PaymentMethod)
    with contexts.system() as ctx:
        return Unanswered(
            charges=ctx.session.exec(
                asked.where(Payment.status == PaymentStatus.PENDING, col(Payment.gateway_id).is_(None))
            ).one(),
            refunds=ctx.session.exec(
                refund.where(Refund.status == RefundStatus.PENDING, col(Refund.gateway_id).is_(None))
            ).one(),
            stops=ctx.session.exec(
                asked.where(
                    Payment.status == PaymentStatus.REQUIRES_ACTION, col(Payment.stop_asked_at).is_not(None)
                )
            ).one(),
            cards=ctx.session.exec(
                card.where(col(PaymentMethod.removed_at).is_not(None), col(PaymentMethod.let_go_at).is_(None))
            ).one(),
        )  # fmt: skip
