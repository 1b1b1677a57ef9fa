"""Refunds while the gateway is down, slow or cut off: the job brings each to one end, and that is the gateway's."""

from __future__ import annotations

import pytest

from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from tests.billing.gateways.running import until
from tests.billing.money.desk import Desk
from tests.billing.money.refunding import FAILING_CARD, MARCH, REFUNDS, SLOW_CARD, paid


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
            account.contexts.gateway = account.sandbox.gateway(retries=0, read_timeout=1)
            slow = [{"kind": "slow", "on": on, "seconds": 2.5} for on in ("POST /v1/payment_intents", REFUNDS)]
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


def test_refunds_that_wait_for_a_gateway_that_is_away_are_counted_in_what_the_jobs_say(desk: Desk) -> None:
    payments = [paid(desk)[1] for _ in range(2)]
    desk.account.sandbox.switch(faults=[{"kind": "cut_before", "on": REFUNDS, "times": 3}])
    for payment in payments:
        desk.do("payments.refund", payment=payment, amount=100_00)

    down = run_due(desk.account.later(minutes=2).contexts)

    waits = "waits for the payment system, which did not answer; that is tried again by itself."
    assert (down.waiting.refunds, down.sentence.endswith(f"1 refund {waits}")) == (1, True), down.sentence
    up = run_due(desk.account.later(minutes=2).contexts)
    assert (up.waiting.refunds, up.waiting.sentence) == (0, "")
    assert [r.status for r in desk.refunds()] == ["succeeded"] * 2


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


def test_a_refund_that_fails_is_turned_back_though_its_event_never_comes(desk: Desk) -> None:
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.account.sandbox.switch(processing=False)

    report = run_due(desk.account.later(hours=1).contexts)

    assert (report.refunds, [r.status for r in desk.refunds()], desk.account.due(number)) == (1, ["failed"], 0)
    assert run_due(desk.account.later(hours=1).contexts).refunds == 0
