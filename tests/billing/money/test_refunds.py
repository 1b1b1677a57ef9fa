"""Refunds: as often as they are asked for money goes back once, and the final state is the gateway's."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from billing import dispatch
from billing.errors import PortalError
from billing.gateways.base import RefundResult
from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from billing.models.invoices import InvoiceStatus
from billing.registry import Channel
from billing.webhooks import receive_event
from tests.billing.gateways.running import WebhookReceiver, until
from tests.billing.money.desk import Desk

MARCH = date(2026, 3, 1)
REFUNDS = "POST /v1/refunds"
SLOW_CARD, FAILING_CARD = "4000000000007726", "4000000000005126"


def paid(desk: Desk, net: int = 500_00, **asked: object) -> tuple[str, str]:
    """An invoice and the card payment that paid it."""
    number = desk.account.on(MARCH).invoice(net)
    return number, desk.account.pay(number, **asked).payment


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

    assert (corrected.refund, corrected.credit_notes) == ("", ["CN-2026-0001"])
    assert (again.refund, again.status) == ("REF-2026-0001", "succeeded")
    assert desk.account.balance() == (50_00, 150_00)
    assert desk.given_back() == [0]


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
    assert desk.refusal("payments.refund", payment=payment, amount=6_00).code == "credit_too_high"
    assert desk.do("payments.refund", payment=payment, amount=6_00, invoices="owed_again").amount == 6_00


def test_a_lost_reply_leaves_the_refund_on_its_way_until_the_job_finds_it(desk: Desk) -> None:
    _number, payment = paid(desk)
    desk.account.sandbox.switch(faults=[{"kind": "cut_after", "on": REFUNDS}])

    made = desk.do("payments.refund", payment=payment, amount=100_00)

    assert (made.status, desk.given_back()) == ("pending", [100_00])
    assert desk.refusal("payments.refund", payment=payment, amount=505_01).code == "refund_too_high"
    assert run_due(desk.account.later(minutes=2).contexts).refunds == 1
    assert ([r.status for r in desk.refunds()], desk.given_back()) == (["succeeded"], [100_00])
    assert run_due(desk.account.later(minutes=2).contexts).refunds == 0


@pytest.mark.parametrize("fault", ["cut_before", "error_before", "error_after", "cut_after"])
@pytest.mark.parametrize("invoices", ["corrected", "owed_again"])
def test_whatever_the_gateway_did_the_job_brings_it_to_one_refund(desk: Desk, fault: str, invoices: str) -> None:
    _number, payment = paid(desk)
    desk.account.sandbox.switch(faults=[{"kind": fault, "on": REFUNDS}])

    made = desk.do("payments.refund", payment=payment, amount=100_00, invoices=invoices)
    run_due(desk.account.later(minutes=2).contexts)
    run_due(desk.account.later(minutes=2).contexts)

    assert made.status == "pending"
    assert ([r.status for r in desk.refunds()], desk.given_back()) == (["succeeded"], [100_00])
    assert desk.account.balance() == ((100_00, 0) if invoices == "owed_again" else (0, 0))


@pytest.mark.parametrize("trouble", ["down", "slow"])
def test_a_gateway_that_is_down_or_slow_pays_and_gives_back_once(desk: Desk, trouble: str) -> None:
    account, real = desk.account.on(MARCH), desk.account.contexts.gateway
    number = account.invoice(500_00)

    def in_trouble() -> None:
        if trouble == "slow":
            account.contexts.gateway = account.sandbox.gateway(retries=0, read_timeout=0.2)
            slow = [{"kind": "slow", "on": on, "seconds": 0.6} for on in ("POST /v1/payment_intents", REFUNDS)]
            account.sandbox.switch(reset=True, faults=slow)
        else:
            account.contexts.gateway = StripeGateway(
                secret_key="sk_test_parley", webhook_secret="whsec", api_base="http://127.0.0.1:1", retries=0
            )

    in_trouble()
    receipt = account.pay(number)
    run_due(account.later(minutes=2).contexts)
    account.contexts.gateway = real
    if trouble == "slow":
        until(account.taken)
    run_due(account.later(minutes=2).contexts)
    assert (account.payment(receipt.payment).status, account.taken()) == ("succeeded", [605_00])

    in_trouble()
    made = desk.do("payments.refund", payment=receipt.payment, amount=100_00)
    run_due(account.later(minutes=2).contexts)
    account.contexts.gateway = real
    if trouble == "slow":
        until(lambda: any(desk.given_back()))
    run_due(account.later(minutes=2).contexts)
    assert made.status == "pending"
    assert ([r.status for r in desk.refunds()], desk.given_back()) == (["succeeded"], [100_00])


def test_a_gateway_that_stays_away_is_asked_until_the_key_has_ended_and_nothing_counts(desk: Desk) -> None:
    _number, payment = paid(desk)
    desk.account.sandbox.switch(faults=[{"kind": "cut_before", "on": REFUNDS, "times": 2}])

    desk.do("payments.refund", payment=payment, amount=100_00)
    run_due(desk.account.later(minutes=2).contexts)
    run_due(desk.account.later(hours=24).contexts)

    assert ([r.status for r in desk.refunds()], desk.given_back()) == (["failed"], [0])
    assert desk.account.balance() == (0, 100_00), "the correction stands, so its amount is credit"
    assert desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again").status == "succeeded"


def test_a_slow_refund_keeps_its_money_from_other_uses_and_arrives(desk: Desk) -> None:
    _number, payment = paid(desk, payment_method=desk.account.card(SLOW_CARD))

    made = desk.do("payments.refund", payment=payment, amount=100_00)

    assert (made.status, desk.account.balance()) == ("pending", (0, 100_00))
    other = desk.account.invoice(50_00)
    assert desk.account.preview(other).effect.due_now == 60_50
    assert desk.refusal("credits.apply", invoice=other).code == "no_credit"
    [total] = desk.account.ask("credits.list").totals
    assert (total.amount, total.usable) == (100_00, 0)
    desk.account.sandbox.switch(processing=False)
    run_due(desk.account.later(minutes=2).contexts)
    assert ([r.status for r in desk.refunds()], desk.account.balance()) == (["succeeded"], (60_50, 0))


@pytest.mark.parametrize("invoices", ["corrected", "owed_again"])
def test_a_refund_that_fails_later_is_turned_back(told_desk: Desk, receiver: WebhookReceiver, invoices: str) -> None:
    desk = told_desk
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    made = desk.do("payments.refund", payment=payment, amount=100_00, invoices=invoices)
    assert made.status == "succeeded"

    desk.account.sandbox.switch(processing=False)
    until(lambda: "refund.failed" in receiver.kinds())
    take_in(desk, receiver, times=2)

    [refund] = desk.refunds()
    assert (refund.status, refund.failure_code) == ("failed", "lost_or_stolen_card")
    assert (desk.account.due(number), desk.given_back()) == (0, [0])
    assert desk.account.balance() == ((0, 0) if invoices == "owed_again" else (0, 100_00))
    assert [row.refunded for row in desk.account.payments()] == [0]


def test_a_refund_that_fails_is_turned_back_though_its_event_never_comes(desk: Desk) -> None:
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.account.sandbox.switch(processing=False)

    report = run_due(desk.account.later(hours=1).contexts)

    assert (report.refunds, [r.status for r in desk.refunds()], desk.account.due(number)) == (1, ["failed"], 0)
    assert run_due(desk.account.later(hours=1).contexts).refunds == 0


def test_a_failed_refund_of_an_invoice_that_was_paid_again_becomes_credit(
    told_desk: Desk, receiver: WebhookReceiver
) -> None:
    desk = told_desk
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.do("payments.record", amount=70_00, reference="ABNA-1", invoices=[number])

    desk.account.sandbox.switch(processing=False)
    until(lambda: "refund.failed" in receiver.kinds())
    take_in(desk, receiver)

    assert (desk.account.due(number), desk.account.balance()) == (0, (0, 70_00))
    assert desk.do("payments.refund", payment=payment, amount=70_00, to="bank").amount == 70_00


def take_in(desk: Desk, receiver: WebhookReceiver, *, times: int = 1) -> None:
    for each in list(receiver.received):
        for _ in range(times):
            receive_event(desk.account.contexts, each.body, each.signature)


def test_the_event_of_a_refund_comes_before_its_own_reply(told_desk: Desk, receiver: WebhookReceiver) -> None:
    desk = told_desk
    number, payment = paid(desk)

    class LateReply(StripeGateway):
        """Hears of its own refund only after the webhooks of it were taken in."""

        def refund(self, *asked: Any) -> RefundResult:
            answer = super().refund(*asked)
            until(lambda: "charge.refunded" in receiver.kinds())
            take_in(desk, receiver)
            return answer

    late = desk.account.sandbox.gateway(retries=0)
    late.__class__ = LateReply
    desk.account.contexts.gateway = late
    made = desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")

    assert (made.status, len(desk.refunds()), desk.given_back()) == ("succeeded", 1, [100_00])
    assert desk.account.due(number) == 100_00


@pytest.mark.parametrize("order", range(4))
def test_events_come_twice_in_any_order_and_have_one_effect(
    told_desk: Desk, receiver: WebhookReceiver, order: int
) -> None:
    """Of a payment whose reply was lost and of two refunds of it, one of which lost its reply as well."""
    desk = told_desk
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.sandbox.switch(faults=[{"kind": "cut_after", "on": "POST /v1/payment_intents"}])
    payment = desk.account.pay(number).payment
    run_due(desk.account.later(minutes=2).contexts)
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.account.sandbox.switch(faults=[{"kind": "cut_after", "on": REFUNDS}])
    desk.do("payments.refund", payment=payment, amount=50_00)
    until(lambda: receiver.kinds().count("charge.refunded") == 2)
    random.Random(order).shuffle(receiver.received)

    take_in(desk, receiver, times=2)

    assert [(r.amount, r.status) for r in desk.refunds()] == [(100_00, "succeeded"), (50_00, "succeeded")]
    assert (desk.account.due(number), desk.given_back(), desk.account.taken()) == (100_00, [150_00], [605_00])


def test_a_refund_made_at_the_gateway_by_hand_is_taken_in_once(told_desk: Desk, receiver: WebhookReceiver) -> None:
    desk = told_desk
    number, _payment = paid(desk)
    [kept] = desk.account.payments()
    form = {"payment_intent": kept.gateway_id, "amount": "10000"}
    assert desk.account.sandbox.ask("POST", "/v1/refunds", data=form).status_code == 200
    until(lambda: "charge.refunded" in receiver.kinds())

    take_in(desk, receiver, times=2)

    [refund] = desk.refunds()
    assert (refund.amount, refund.status, refund.reason) == (100_00, "succeeded", "made at the payment gateway")
    assert desk.account.due(number) == 100_00


def test_a_refund_by_hand_of_money_in_advance_that_was_used_takes_it_off_the_invoice(
    told_desk: Desk, receiver: WebhookReceiver
) -> None:
    desk = told_desk
    desk.account.on(MARCH)
    desk.do("payments.advance", actor=desk.account.ania, amount=200_00)
    number = desk.account.invoice(100_00)
    desk.do("credits.apply", invoice=number)
    [kept] = desk.account.payments()
    form = {"payment_intent": kept.gateway_id, "amount": "10000"}
    assert desk.account.sandbox.ask("POST", "/v1/refunds", data=form).status_code == 200
    until(lambda: "charge.refunded" in receiver.kinds())

    take_in(desk, receiver)

    assert (desk.account.due(number), desk.account.balance()) == (21_00, (21_00, 0))


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


def test_two_tabs_refund_the_same_payment_at_the_same_moment_and_it_goes_back_once(desk: Desk, soak: bool) -> None:
    """Two previews of all that can go back, confirmed in two threads, again and again."""
    desk.account.on(MARCH)
    for turn in range(50 if soak else 4):
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
