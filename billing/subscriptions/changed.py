"""What every change of a subscription answers: the sentence, the document that it brought, and how it stands now."""

from __future__ import annotations

from datetime import date

from billing.models.invoices import Invoice
from billing.models.subscriptions import SubscriptionChange, SubscriptionStatus
from billing.subscriptions.brought import Brought, brought
from billing.subscriptions.held import Held
from billing.subscriptions.period_lines import next_costs_of


class Changed(Brought):
    """A change that was made or planned. Amounts are minor units, tax included.

    `takes_effect` is its day. Of what is given back `refunded` goes back as money. `next_price` is what the renewal on
    `renews_on` costs, where there is one.
    """

    takes_effect: date
    refunds: list[str] = []
    refunded: int = 0
    renews_on: date | None = None
    next_price: int = 0


def changed(held: Held, change: SubscriptionChange, on: date, paper: Invoice | None = None) -> Changed:
    """The answer to a change that took effect on that day."""
    renews = held.renews_on if held.subscription.status != SubscriptionStatus.SCHEDULED else None
    return Changed(
        **brought(held, change, paper),
        takes_effect=on,
        renews_on=renews,
        next_price=next_costs_of(held).total if renews else 0,
    )
