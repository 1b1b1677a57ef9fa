"""How a payment stands, as the page of payments says it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing.actions.payments import PaymentRow
from billing.models.payments import PaymentStatus
from billing.payments.stopping import Stop
from portal.pages.payments import payment_item


def row(status: PaymentStatus, *, unconfirmed: bool = False, stop: Stop = Stop.NOT_ASKED) -> PaymentRow:
    at = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
    return PaymentRow(
        number="PAY-2026-0005", at=at, status=status, amount=605_00, refunded=0, currency="EUR",
        method="Visa ending 4242", invoices=["RT-2026-0118"], unconfirmed=unconfirmed, stop=stop,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (row(PaymentStatus.SUCCEEDED), "Paid"),
        (row(PaymentStatus.FAILED), "Declined"),
        (row(PaymentStatus.FAILED, unconfirmed=True), "Not confirmed"),
        (row(PaymentStatus.REQUIRES_ACTION), "Your bank is asking"),
        (row(PaymentStatus.REQUIRES_ACTION, stop=Stop.ASKED), "Being stopped"),
        (row(PaymentStatus.CANCELLED, stop=Stop.DONE), "Stopped"),
        (row(PaymentStatus.CANCELLED), "Given up"),
        (row(PaymentStatus.SUCCEEDED, stop=Stop.LATE), "Paid"),
    ],
)
def test_a_payment_that_its_card_holder_stopped_was_not_declined(payment: PaymentRow, words: str) -> None:
    assert payment_item(payment).status == words


def test_only_what_waits_for_the_bank_and_is_not_being_stopped_offers_to_stop_it() -> None:
    stands = [(status, stop) for status in PaymentStatus for stop in Stop]
    offers = [each for each in stands if payment_item(row(each[0], stop=each[1])).stoppable]
    assert offers == [(PaymentStatus.REQUIRES_ACTION, Stop.NOT_ASKED)]
