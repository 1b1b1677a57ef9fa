"""Refunds: what goes back, to where, and what it does to the invoices; as often as it is asked for, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from billing import dispatch
from billing.errors import PortalError
from billing.models.invoices import InvoiceStatus
from billing.registry import Channel
from tests.billing.money.desk import Desk
from tests.billing.money.refunding import MARCH, paid
from tests.fixtures.counts import Times


def test_a_whole_payment_goes_back_to_its_card_and_a_credit_note_corrects_the_invoice(desk: Desk) -> None:
    number, payment = paid(desk)

    effect = desk.effect("payments.refund", payment=payment, reason="Never used")
    made = desk.do("payments.refund", payment=payment, reason="Never used")

    assert [(line.label, line.amount) for line in effect.lines] == [(number, 605_00), ("Goes back", 605_00)]
    assert [(fact.label, fact.value) for fact in effect.facts] == [
        ("To", "Visa ending 4242"), (number, "A credit note of €605.00 corrects it"),
    ]  # fmt: skip
    assert (made.status, made.amount, made.credit_notes) == ("succeeded", 605_00, ["CN-2026-0001"])
    assert desk.given_back() == [605_00]
    assert desk.account.due(number) == 0 and desk.account.balance() == (0, 0)
    [settled] = desk.account.detail("CN-2026-0001").settled
    assert (settled.kind, settled.reference, settled.amount) == ("refund", "REF-2026-0001", 605_00)
    assert "€605.00 go back to you, refund REF-2026-0001" in [mail.subject for mail in desk.account.mails()]


def test_a_part_goes_back_and_then_the_rest_and_nothing_more(desk: Desk) -> None:
    _number, payment = paid(desk)

    first = desk.do("payments.refund", payment=payment, amount=100_00)
    rest = desk.do("payments.refund", payment=payment)

    assert (first.amount, rest.amount, desk.given_back()) == (100_00, 505_00, [605_00])
    assert desk.refusal("payments.refund", payment=payment).code == "nothing_to_refund"
    shown = desk.account.payment(payment)
    assert (shown.refunded, [(r.amount, r.to, r.status) for r in shown.refunds]) == (
        605_00, [(100_00, "card", "succeeded"), (505_00, "card", "succeeded")],
    )  # fmt: skip


def test_an_invoice_may_be_owed_again(desk: Desk) -> None:
    number, payment = paid(desk)

    made = desk.do("payments.refund", payment=payment, amount=105_00, invoices="owed_again")

    assert (made.credit_notes, desk.account.due(number)) == ([], 105_00)
    assert desk.account.balance() == (105_00, 0)
    assert [(a.kind, a.amount) for a in desk.account.detail(number).settled] == [
        ("payment", 605_00), ("refund", -105_00),
    ]  # fmt: skip
    assert desk.account.pay(number).total == 105_00


def test_money_may_stay_as_credit(desk: Desk) -> None:
    _number, payment = paid(desk)

    corrected = desk.do("payments.refund", payment=payment, amount=100_00, to="credit")
    again = desk.do("payments.refund", payment=payment, amount=50_00, to="credit", invoices="owed_again")

    assert (corrected.refund, corrected.status, corrected.credit_notes) == (
        "REF-2026-0001", "succeeded", ["CN-2026-0001"],
    )  # fmt: skip
    assert (again.refund, again.status) == ("REF-2026-0002", "succeeded")
    assert desk.account.balance() == (50_00, 150_00)
    assert desk.given_back() == [0]


def test_what_was_kept_as_credit_does_not_go_back_once_more(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(1_000_00)
    first = desk.do("payments.record", amount=400_00, reference="ABNA-1", invoices=[number])
    desk.do("payments.record", amount=810_00, reference="ABNA-2", invoices=[number])

    part = desk.do("payments.refund", payment=first.payment, amount=150_00, to="credit")
    refused = desk.refusal("payments.refund", payment=first.payment, amount=400_00, to="credit")
    rest = desk.do("payments.refund", payment=first.payment, to="credit")

    assert (part.amount, refused.code, rest.amount) == (150_00, "refund_too_high", 250_00)
    for to in ("credit", "bank"):
        for invoices in ("corrected", "owed_again"):
            again = desk.refusal("payments.refund", payment=first.payment, to=to, invoices=invoices)
            assert again.code == "nothing_to_refund"
    assert desk.account.balance() == (0, 400_00)
    note = desk.account.detail(part.credit_notes[0])
    assert (note.row.status_words, note.settled) == ("Ready to use", [])


def test_what_credit_notes_gave_already_is_not_offered(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    recorded = desk.do("payments.record", amount=605_00, reference="ABNA-1", invoices=[number])
    desk.do("invoices.credit", invoice=number, amount=600_00)

    made = desk.do("payments.refund", payment=recorded.payment)

    assert (made.amount, desk.account.balance()) == (5_00, (0, 600_00))
    assert desk.refusal("payments.refund", payment=recorded.payment).code == "nothing_to_refund"


def test_by_bank_it_is_done_when_staff_say_so(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    recorded = desk.do("payments.record", amount=605_00, reference="ABNA-1", invoices=[number])

    assert desk.refusal("payments.refund", payment=recorded.payment, to="card").code == "no_card_to_refund"
    made = desk.do("payments.refund", payment=recorded.payment)

    assert (made.to, made.status, desk.account.balance()) == ("bank", "succeeded", (0, 0))


def test_money_in_advance_goes_back_first(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(100_00)
    recorded = desk.do("payments.record", amount=200_00, reference="ABNA-1", invoices=[number])

    made = desk.do("payments.refund", payment=recorded.payment, amount=79_00)

    assert (made.credit_notes, desk.account.balance(), desk.account.due(number)) == ([], (0, 0), 0)


def test_one_refund_of_a_payment_for_many_invoices_takes_the_newest_first(desk: Desk) -> None:
    desk.account.on(MARCH)
    first, second = desk.account.invoice(100_00), desk.account.invoice(200_00)
    receipt = desk.account.pay(first, second)

    made = desk.do("payments.refund", payment=receipt.payment, amount=300_00, invoices="owed_again")

    assert made.amount == 300_00
    assert (desk.account.due(second), desk.account.due(first)) == (242_00, 58_00)


def test_what_can_not_be_refunded_says_why(desk: Desk) -> None:
    number, payment = paid(desk)
    declined = desk.account.pay(
        desk.account.invoice(10_00), payment_method=desk.account.card("4000000000000002")
    ).payment

    assert desk.refusal("payments.refund", payment=declined).code == "not_refundable"
    assert desk.refusal("payments.refund", payment="PAY-2026-9999").code == "not_found"
    refused = desk.refusal("payments.refund", payment=payment, amount=605_01)
    assert (refused.code, refused.field) == ("refund_too_high", "amount")
    assert desk.refusal("payments.refund", payment=payment, amount=0).code == "invalid_input"
    desk.do("invoices.credit", invoice=number, amount=600_00)
    assert desk.refusal("payments.refund", payment=payment, amount=6_00).code == "refund_too_high"
    assert desk.do("payments.refund", payment=payment, amount=6_00, invoices="owed_again").amount == 6_00


def test_confirming_a_refund_twice_gives_it_back_once(desk: Desk) -> None:
    _number, payment = paid(desk)
    asked = {"payment": payment, "amount": 100_00}
    token = desk.preview("payments.refund", **asked).token

    made = [
        dispatch.run(desk.account.contexts, "payments.refund", asked, desk.rio, Channel.PORTAL, token=token)
        for _ in range(2)
    ]

    assert made[0].refund == made[1].refund
    assert (desk.given_back(), len(desk.refunds())) == ([100_00], 1)


def test_what_has_changed_since_it_was_shown_is_not_refunded(desk: Desk) -> None:
    _number, payment = paid(desk)
    token = desk.preview("payments.refund", payment=payment).token
    desk.do("payments.refund", payment=payment, amount=5_00)

    with pytest.raises(PortalError) as refused:
        dispatch.run(
            desk.account.contexts, "payments.refund", {"payment": payment}, desk.rio, Channel.PORTAL, token=token
        )
    assert (refused.value.code, desk.given_back()) == ("preview_changed", [5_00])


def test_an_invoice_whose_payment_went_back_can_be_cancelled(desk: Desk) -> None:
    number, payment = paid(desk)
    desk.do("payments.refund", payment=payment, invoices="owed_again")

    ended = desk.do("invoices.void", invoice=number, reason="Ordered by mistake")

    assert (ended.status, desk.account.balance()) == (InvoiceStatus.VOID, (0, 0))
    assert desk.account.on(MARCH + timedelta(days=30)).ask("account.balance").balances[0].balance == 0


def test_two_tabs_refund_the_same_payment_at_the_same_moment_and_it_goes_back_once(desk: Desk, times: Times) -> None:
    """Two previews of all that can go back, confirmed in two threads, again and again."""
    desk.account.on(MARCH)
    for turn in range(times("refunds confirmed in two tabs at once", 50, 4)):
        payment = desk.account.pay(desk.account.invoice(100_00)).payment
        asked = {"payment": payment, "invoices": "owed_again" if turn % 2 else "corrected"}
        tokens = [desk.preview("payments.refund", **asked).token for _ in range(2)]
        together = threading.Barrier(2)

        def confirm(token: str, asked: Any = asked, together: threading.Barrier = together) -> str:
            together.wait()
            try:
                contexts = desk.account.contexts
                made = dispatch.run(contexts, "payments.refund", asked, desk.rio, Channel.PORTAL, token=token)
                return str(made.status)
            except PortalError as error:
                return error.code

        with ThreadPoolExecutor(2) as pool:
            results = sorted(pool.map(confirm, tokens))
        assert results in (["nothing_to_refund", "succeeded"], ["preview_changed", "succeeded"])
        assert desk.given_back() == [121_00] * (turn + 1)
