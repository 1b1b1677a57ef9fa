"""How a payment stands, as the page of payments says it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing.actions.payments import PaymentRow
from billing.models.payments import PaymentStatus
from portal.pages.payments import payment_item


def row(status: PaymentStatus, *, unconfirmed: bool = False) -> PaymentRow:
    at = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
    return PaymentRow(
        number="PAY-2026-0005", at=at, status=status, amount=605_00, refunded=0, currency="EUR",
        method="Visa ending 4242", invoices=["RT-2026-0118"], unconfirmed=unconfirmed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (row(PaymentStatus.SUCCEEDED), "Paid"),
        (row(PaymentStatus.FAILED), "Declined"),
        (row(PaymentStatus.FAILED, unconfirmed=True), "Not confirmed"),
    ],
)
def test_a_payment_that_its_card_holder_stopped_was_not_declined(payment: PaymentRow, words: str) -> None:
    assert payment_item(payment).status == words
