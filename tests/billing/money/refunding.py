"""What tests of refunds share: an invoice that a card paid, and the webhooks of the sandbox taken in."""

from __future__ import annotations

from datetime import date

from billing.webhooks import receive_event
from tests.billing.gateways.running import WebhookReceiver
from tests.billing.money.desk import Desk

MARCH = date(2026, 3, 1)
REFUNDS = "POST /v1/refunds"
SLOW_CARD, FAILING_CARD = "4000000000007726", "4000000000005126"


def paid(desk: Desk, net: int = 500_00, **asked: object) -> tuple[str, str]:
    """An invoice and the card payment that paid it."""
    number = desk.account.on(MARCH).invoice(net)
    return number, desk.account.pay(number, **asked).payment


def take_in(desk: Desk, receiver: WebhookReceiver, *, times: int = 1) -> None:
    """Gives every webhook that came to Parley, in the order in which they lie there."""
    for each in list(receiver.received):
        for _ in range(times):
            receive_event(desk.account.contexts, each.body, each.signature)
