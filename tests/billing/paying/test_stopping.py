"""A payment that waits for the card holder's bank is stopped, and ends as the gateway has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import billing.actions.credits  # noqa: F401
from billing import dispatch
from billing.actions.payments_stopped import PaymentStopped
from billing.errors import PortalError
from billing.gateways.base import ChargeResult
from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from billing.models.payments import PaymentStatus
from billing.registry import Channel, Role
from billing.webhooks import receive_event
from tests.billing.gateways.running import RunningSandbox, WebhookReceiver, until
from tests.billing.paying.account import Account, answer_bank, die_doing
from tests.fixtures.counts import Times

NEEDS_BANK = "4000002760003184"
CANCEL = "POST /v1/payment_intents/pi_"
STOPPING = (
    "It is to be stopped, and the payment system has not answered yet. We ask it until it does."
    " Please do not say yes at your bank."
)


def waits(account: Account, number: str) -> str:
    """A payment of that invoice that the bank has a question about."""
    receipt = account.pay(number, payment_method=account.card(NEEDS_BANK))
    assert receipt.status is PaymentStatus.REQUIRES_ACTION
    return receipt.payment


def token_for(account: Account, **asked: object) -> str:
    return dispatch.preview(account.contexts, "payments.stop", asked, account.ania, Channel.PORTAL).token


def stop(account: Account, **asked: object) -> PaymentStopped:
    return confirm(account, token_for(account, **asked), **asked)


def confirm(account: Account, token: str, **asked: object) -> PaymentStopped:
    done = dispatch.run(account.contexts, "payments.stop", asked, account.ania, Channel.PORTAL, token=token)
    assert isinstance(done, PaymentStopped)
    return done


def usable(account: Account) -> int:
    [total] = account.ask("credits.list").totals
    return int(total.usable)


def refused(account: Account, **asked: object) -> PortalError:
    with pytest.raises(PortalError) as caught:
        token_for(account, **asked)
    return caught.value


def given_up(account: Account) -> list[str]:
    """Why charges were given up at the gateway, one for each request that it took."""
    return [
        asked["params"]["cancellation_reason"]
        for asked in account.sandbox.requests()
        if asked["path"].endswith("/cancel") and asked["status"] == 200
    ]


def test_a_payment_that_waits_for_the_bank_is_stopped_and_its_credit_is_free_again(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.credit_note(100_00)
    payment = waits(account, number)
    bank = account.payment(payment).redirect_url
    assert usable(account) == 0

    account.on(date(2026, 3, 1), 13)
    effect = dispatch.preview(
        account.contexts, "payments.stop", {"payment": payment}, account.ania, Channel.PORTAL
    ).effect

    assert (effect.title, effect.due_now) == ("Stop PAY-2026-0001, €484.00", None)
    assert [(fact.label, fact.value) for fact in effect.facts] == [
        ("Not taken", "€484.00 with Visa ending 3184"),
        ("Stays to pay", f"{number} with €605.00"),
        ("Your credit, free again", "€121.00"),
        ("If your bank has agreed already", "The payment counts, and we tell you."),
    ]
    done = stop(account, payment=payment)

    assert (done.status, done.invoices, done.credit) == (PaymentStatus.CANCELLED, [number], 121_00)
    assert done.sentence == "PAY-2026-0001 is stopped: €484.00 with Visa ending 3184 is not taken."
    shown = account.payment(payment)
    assert (shown.failure, shown.redirect_url) == ("This payment was stopped. Nothing was taken.", "")
    assert (account.due(number), account.taken(), given_up(account)) == (605_00, [], ["requested_by_customer"])
    assert account.detail(number).pending_payment is None
    assert usable(account) == 121_00

    answer_bank(bank, "yes")  # the bank's page is still open in another window
    run_due(account.on(date(2026, 3, 2)).contexts)

    assert (account.taken(), account.payment(payment).status) == ([], PaymentStatus.CANCELLED)
    paid = account.pay(number)
    assert (paid.total, paid.credit, account.due(number)) == (484_00, 121_00, 0)


def test_the_only_one_that_waits_need_not_be_named(account: Account) -> None:
    first, second = account.on(date(2026, 3, 1)).invoice(500_00), account.invoice(100_00)
    assert refused(account).code == "nothing_to_stop"
    one = waits(account, first)
    two = waits(account, second)

    several = refused(account)
    assert (several.code, several.field) == ("invalid_input", "payment")
    assert several.message == f"Say which payment is meant: {two} (€121.00), {one} (€605.00)."
    stop(account, payment=two)

    assert stop(account).payment == one


def test_what_does_not_wait_for_the_bank_can_not_be_stopped(account: Account) -> None:
    account.on(date(2026, 3, 1))
    paid = account.pay(account.invoice(500_00)).payment
    account.sandbox.switch(processing=True)
    works = account.pay(account.invoice(100_00)).payment
    account.sandbox.switch(processing=False)
    stopped = waits(account, account.invoice(50_00))
    stop(account, payment=stopped)

    said = {number: refused(account, payment=number) for number in (paid, works, stopped)}

    assert {number: error.code for number, error in said.items()} == dict.fromkeys(said, "not_stoppable")
    assert said[paid].message.startswith(f"{paid} can not be stopped: it is paid already.")
    assert refused(account, payment="PAY-2020-0001").code == "not_found"


def test_who_may_only_look_can_not_stop_it_and_staff_can(account: Account) -> None:
    payment = waits(account, account.on(date(2026, 3, 1)).invoice(500_00))
    looks = replace(account, ania=replace(account.ania, role=Role.VIEWER))
    assert refused(looks, payment=payment).code == "not_allowed"

    staff = replace(account.ania, kind="staff", name="Rio", role=Role.AGENT)
    done = stop(replace(account, ania=staff), payment=payment)

    assert done.status is PaymentStatus.CANCELLED


@pytest.mark.parametrize("fault", ["cut_before", "error_before", "cut_after", "error_after"])
def test_without_an_answer_it_is_stopped_as_soon_as_there_is_one(account: Account, fault: str) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)
    account.sandbox.switch(faults=[{"kind": fault, "on": CANCEL}])

    done = stop(account, payment=payment)

    assert (done.status, done.sentence, done.invoices) == (PaymentStatus.REQUIRES_ACTION, STOPPING, [])
    shown = account.payment(payment)
    assert (shown.failure, shown.redirect_url) == (STOPPING, "")
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": "GET /v1/payment_intents"}])
    down = run_due(account.later(minutes=2).contexts)
    assert down.sentence.endswith(
        "1 payment to stop waits for the payment system, which did not answer; that is tried again by itself."
    )
    assert account.payment(payment).status is PaymentStatus.REQUIRES_ACTION

    up = run_due(account.later(minutes=1).contexts)

    assert (up.payments, up.waiting.stops, "waits" in up.sentence) == (1, 0, False)
    assert account.payment(payment).status is PaymentStatus.CANCELLED
    assert (account.due(number), account.taken(), given_up(account)) == (605_00, [], ["requested_by_customer"])


def test_while_it_is_being_stopped_it_can_be_stopped_again_or_paid_anew(account: Account) -> None:
    first, second = account.on(date(2026, 3, 1)).invoice(500_00), account.invoice(100_00)
    one, two = waits(account, first), waits(account, second)
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": CANCEL, "times": 2}])
    assert {stop(account, payment=each).sentence for each in (one, two)} == {STOPPING}

    assert stop(account, payment=one).status is PaymentStatus.CANCELLED
    assert account.pay(second).status is PaymentStatus.SUCCEEDED

    assert account.payment(two).failure == "This payment was stopped. Nothing was taken."
    assert (account.due(first), account.due(second), account.taken()) == (605_00, 0, [121_00])


def test_a_yes_at_the_bank_that_came_first_is_a_payment_and_says_so(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)
    bank = account.payment(payment).redirect_url
    token = token_for(account, payment=payment)
    answer_bank(bank, "yes")

    done = confirm(account, token, payment=payment)

    assert (done.status, done.invoices, done.credit) == (PaymentStatus.SUCCEEDED, [], 0)
    assert done.sentence == (
        "That came too late: your bank had agreed already, and €605.00 with Visa ending 3184 was paid."
    )
    assert (account.due(number), account.taken(), len(account.mails())) == (0, [605_00], 2)
    assert refused(account, payment=payment).code == "not_stoppable"


def test_a_yes_at_the_bank_while_the_gateway_is_away_is_a_payment_too(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)
    bank = account.payment(payment).redirect_url
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": CANCEL}])
    stop(account, payment=payment)
    answer_bank(bank, "yes")

    run_due(account.later(minutes=2).contexts)

    assert (account.payment(payment).status, account.due(number)) == (PaymentStatus.SUCCEEDED, 0)
    assert account.taken() == [605_00]


def test_a_no_at_the_bank_and_a_stop_are_one_end(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)
    token = token_for(account, payment=payment)
    answer_bank(account.payment(payment).redirect_url, "no")

    done = confirm(account, token, payment=payment)
    run_due(account.later(minutes=2).contexts)

    assert (done.status, account.payment(payment).status) == (PaymentStatus.CANCELLED, PaymentStatus.CANCELLED)
    assert (account.due(number), account.taken()) == (605_00, [])


def test_the_event_of_the_end_comes_before_the_reply_to_the_stop(
    told_account: Account, receiver: WebhookReceiver
) -> None:
    account = told_account
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)

    class LateReply(StripeGateway):
        """Hears what became of its own request only after the webhooks of it were taken in, each twice."""

        def cancel_charge(self, gateway_payment_id: str, *, by_customer: bool = False) -> ChargeResult:
            answer = super().cancel_charge(gateway_payment_id, by_customer=by_customer)
            until(lambda: "payment_intent.canceled" in receiver.kinds())
            for each in [*receiver.received, *receiver.received]:
                receive_event(account.contexts, each.body, each.signature)
            return answer

    real = account.contexts.gateway
    late = account.sandbox.gateway(retries=0)
    late.__class__ = LateReply
    account.contexts.gateway = late
    done = stop(account, payment=payment)
    account.contexts.gateway = real

    assert (done.status, done.invoices) == (PaymentStatus.CANCELLED, [number])
    assert (account.due(number), account.taken(), account.mails()) == (605_00, [], [])


def test_a_double_click_and_two_tabs_stop_it_once(account: Account, times: Times) -> None:
    """Four clicks in two tabs at the same moment, again and again."""
    account.on(date(2026, 3, 1))
    for turn in range(times("payments stopped by a double click in two tabs", 25, 4)):
        number = account.invoice(100_00 + turn)
        payment = waits(account, number)
        tokens = [token_for(account, payment=payment) for _ in range(2)] * 2
        together = threading.Barrier(4)

        def click(token: str, payment: str = payment, together: threading.Barrier = together) -> PaymentStopped | str:
            together.wait()
            try:
                return confirm(account, token, payment=payment)
            except PortalError as error:
                return error.code

        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(click, tokens))

        stopped = [each for each in said if isinstance(each, PaymentStopped)]
        assert len(stopped) >= 2 and {each for each in said if isinstance(each, str)} <= {"not_stoppable"}, said
        assert {each.status for each in stopped} == {PaymentStatus.CANCELLED}
        assert account.payment(payment).status is PaymentStatus.CANCELLED
        assert len(given_up(account)) == turn + 1
    assert account.taken() == []


def test_a_stop_and_a_yes_at_the_same_moment_have_one_truth(account: Account, times: Times) -> None:
    account.on(date(2026, 3, 1))
    for turn in range(times("payments stopped while the bank agrees", 50, 6)):
        number = account.invoice(100_00 + turn)
        payment = waits(account, number)
        bank, token = account.payment(payment).redirect_url, token_for(account, payment=payment)
        together = threading.Barrier(2)

        def agree(bank: str = bank, together: threading.Barrier = together) -> None:
            together.wait()
            answer_bank(bank, "yes")

        def give_up(
            token: str = token, payment: str = payment, together: threading.Barrier = together
        ) -> PaymentStopped:
            together.wait()
            return confirm(account, token, payment=payment)

        before = len(account.taken())
        with ThreadPoolExecutor(2) as pool:
            doing: list[Callable[[], Any]] = [agree, give_up]
            done = [future.result() for future in [pool.submit(each) for each in doing]][1]
        run_due(account.later(minutes=2).contexts)

        came_in = len(account.taken()) - before
        wanted = PaymentStatus.SUCCEEDED if came_in else PaymentStatus.CANCELLED
        assert (done.status, account.payment(payment).status) == (wanted, wanted)
        assert bool(account.due(number)) is not bool(came_in)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_around_the_stop_leaves_it_to_the_job(
    account: Account, sandbox: RunningSandbox, tmp_path: Path, moment: str
) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    payment = waits(account, number)

    die_doing(account, sandbox, tmp_path, moment, "payments.stop", payment=payment)

    assert account.payment(payment).failure == STOPPING
    run_due(account.later(minutes=2).contexts)
    assert account.payment(payment).status is PaymentStatus.CANCELLED
    assert (account.due(number), account.taken(), given_up(account)) == (605_00, [], ["requested_by_customer"])
