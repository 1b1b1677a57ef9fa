"""What every change of a subscription answers: the sentence, the document that it brought, the charge of that."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from billing.models.invoices import Invoice, InvoiceKind
from billing.models.subscriptions import SubscriptionChange
from billing.subscriptions.held import Held


class Brought(BaseModel):
    """What a change came to, and how the subscription stands. Amounts are minor units, tax included.

    `invoice` is the number of an invoice that it brought, with `due` left to pay after `credit_used`; `credit_note`
    that of one that gives `credited` back. Where the subscription is charged by itself, `payment` is the number of
    that charge to `card`: `paid` came in, or `not_paid` says in a sentence why nothing did yet.
    """

    change: str
    sentence: str
    subscription: str
    product: str
    status: str
    currency: str
    invoice: str | None = None
    due: int = 0
    credit_used: int = 0
    credit_note: str | None = None
    credited: int = 0
    payment: str | None = None
    payment_status: str = ""
    card: str = ""
    paid: int = 0
    not_paid: str = ""


def brought(held: Held, change: SubscriptionChange, paper: Invoice | None) -> dict[str, Any]:
    """What a change and its document say of these: its fields as far as `Brought` has them, without a charge."""
    found = {
        "change": change.number,
        "sentence": change.sentence,
        "subscription": held.subscription.number,
        "product": held.product.name,
        "status": held.subscription.status,
        "currency": held.plan.currency,
    }
    if paper is None:
        return found
    if paper.kind == InvoiceKind.CREDIT_NOTE:
        return found | {"credit_note": paper.number, "credited": -paper.total}
    return found | {"invoice": paper.number, "due": paper.due, "credit_used": paper.credited}
