"""A payment ends once, and as the gateway has it, whatever goes wrong on the way."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from billing import dispatch
from billing.access import lock_customer
from billing.actions.payments import Receipt
from billing.errors import PortalError
from billing.gateways.base import ChargeResult
from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.posting import next_number, record_payment
from billing.registry import Channel
from billing.verify import verify
from billing.webhooks import receive_event
from tests.billing.gateways.running import RunningSandbox, WebhookReceiver, until
from tests.billing.paying.account import Account, answer_bank, die_doing
from tests.fixtures.counts import Times

NEEDS_BANK = "4000002760003184"
INTENTS = "POST /v1/payment_intents"


def test_a_lost_reply_leaves_the_payment_on_its_way_until_the_job_finds_it(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(faults=[{"kind": "cut_after", "on": INTENTS}])

    receipt = account.pay(number)

    assert (receipt.status, receipt.failure) == (
        PaymentStatus.PENDING,
        "The payment system did not answer. No second payment is made. We look again and tell you.",
    )
    refused = account.refusal(number)
    assert (refused.code, refused.field) == ("payment_pending", "invoices")
    assert run_due(account.later(minutes=2).contexts).payments == 1
    assert account.payment(receipt.payment).status is PaymentStatus.SUCCEEDED
    assert (account.due(number), account.taken()) == (0, [605_00])


@pytest.mark.parametrize("fault", ["cut_before", "error_before", "error_after"])
def test_whatever_the_gateway_did_the_job_brings_it_to_one_charge(account: Account, fault: str) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(faults=[{"kind": fault, "on": INTENTS}])

    receipt = account.pay(number)
    run_due(account.later(minutes=2).contexts)
    run_due(account.later(minutes=2).contexts)

    assert receipt.status is PaymentStatus.PENDING
    assert account.payment(receipt.payment).status is PaymentStatus.SUCCEEDED
    assert (account.due(number), account.taken()) == (0, [605_00])


def test_a_gateway_that_stays_away_is_asked_again_until_the_key_has_ended(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": INTENTS, "times": 2}])

    receipt = account.pay(number)
    run_due(account.later(minutes=2).contexts)
    run_due(account.later(hours=24).contexts)

    ended = account.payment(receipt.payment)
    assert (ended.status, ended.failure) == (
        PaymentStatus.CANCELLED, "This payment was given up. Nothing was taken.",
    )  # fmt: skip
    assert (account.due(number), account.taken()) == (605_00, [])
    assert account.pay(number).status is PaymentStatus.SUCCEEDED


def test_a_charge_that_the_gateway_still_works_on_ends_when_it_is_done(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(processing=True)

    receipt = account.pay(number)
    run_due(account.later(minutes=2).contexts)

    assert (receipt.status, receipt.failure) == (
        PaymentStatus.PENDING, "The bank is still working on it. We tell you when the money has arrived.",
    )  # fmt: skip
    assert account.refusal(number).code == "payment_pending"
    account.sandbox.switch(processing=False)
    run_due(account.later(minutes=2).contexts)
    assert (account.due(number), account.taken()) == (0, [605_00])


def test_a_question_from_the_bank_that_nobody_answers_is_given_up_after_a_day(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    waiting = account.pay(number, payment_method=account.card(NEEDS_BANK))

    run_due(account.later(minutes=5).contexts)
    assert account.payment(waiting.payment).status is PaymentStatus.REQUIRES_ACTION
    run_due(account.later(hours=24).contexts)

    assert account.payment(waiting.payment).status is PaymentStatus.CANCELLED
    assert account.detail(number).pending_payment is None


def test_who_never_came_back_from_the_bank_has_paid_all_the_same(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    waiting = account.pay(number, payment_method=account.card(NEEDS_BANK))

    answer_bank(waiting.redirect_url, "yes")
    run_due(account.later(minutes=2).contexts)

    assert (account.due(number), account.taken()) == (0, [605_00])


def take_in(account: Account, receiver: WebhookReceiver, *, times: int = 1) -> None:
    for each in list(receiver.received):
        for _ in range(times):
            receive_event(account.contexts, each.body, each.signature)


def test_the_event_comes_before_its_own_reply(told_account: Account, receiver: WebhookReceiver) -> None:
    account = told_account
    number = account.on(date(2026, 3, 1)).invoice(500_00)

    class LateReply(StripeGateway):
        """Hears of its own charge only after the webhooks of it were taken in."""

        def charge(self, **asked: Any) -> ChargeResult:
            answer = super().charge(**asked)
            until(lambda: "payment_intent.succeeded" in receiver.kinds())
            take_in(account, receiver)
            return answer

    real = account.contexts.gateway
    late = account.sandbox.gateway(retries=0)
    late.__class__ = LateReply
    account.contexts.gateway = late
    receipt = account.pay(number)
    account.contexts.gateway = real

    assert (receipt.status, account.due(number), account.taken()) == (PaymentStatus.SUCCEEDED, 0, [605_00])
    assert len(account.mails()) == 2


def test_events_come_twice_in_any_order_and_have_one_effect(told_account: Account, receiver: WebhookReceiver) -> None:
    account = told_account
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(faults=[{"kind": "cut_after", "on": INTENTS}])
    receipt = account.pay(number)
    until(lambda: "payment_intent.succeeded" in receiver.kinds())
    random.Random(7).shuffle(receiver.received)

    take_in(account, receiver, times=2)
    run_due(account.later(minutes=2).contexts)

    assert account.payment(receipt.payment).status is PaymentStatus.SUCCEEDED
    assert (account.due(number), account.taken(), len(account.mails())) == (0, [605_00], 2)


def test_confirming_twice_takes_the_money_once_and_says_the_same(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    preview = account.preview(number)

    first = account.confirm(preview, number)
    again = account.confirm(preview, number)

    assert again == first
    assert (account.taken(), len(account.payments())) == ([605_00], 1)


def test_money_for_an_invoice_that_was_paid_meanwhile_is_kept_as_credit(account: Account) -> None:
    first, second = account.on(date(2026, 3, 1)).invoice(500_00), account.invoice(100_00)
    waiting = account.pay(first, second, payment_method=account.card(NEEDS_BANK))
    with account.contexts.system(writes=True) as ctx:  # a bank transfer comes in
        ctx.actor = account.ania
        lock_customer(ctx)
        invoice = ctx.session.exec(select(Invoice).where(Invoice.number == first)).one()
        transfer = Payment(
            number=next_number(ctx, "PAY"), customer_id=invoice.customer_id, status=PaymentStatus.SUCCEEDED,
            currency="EUR", amount=605_00, method="bank_transfer", method_label="bank transfer",
            idempotency_key="transfer-1", created_at=ctx.now, settled_at=ctx.now,
        )  # fmt: skip
        ctx.session.add(transfer)
        ctx.session.flush()
        share = PaymentAllocation(payment_id=transfer.id or 0, invoice_id=invoice.id or 0, amount=605_00)
        record_payment(ctx, transfer, [(invoice, share)])

    answer_bank(waiting.redirect_url, "yes")
    run_due(account.later(minutes=2).contexts)

    assert (account.due(first), account.due(second)) == (0, 0)
    assert account.balance() == (0, 605_00)
    third = account.invoice(100_00)
    assert (account.pay(third).credit, account.balance()) == (121_00, (0, 484_00))


def test_two_tabs_pay_the_same_invoice_and_one_charge_is_made(account: Account, times: Times) -> None:
    """Two previews, confirmed at the same moment in two threads, again and again."""
    account.on(date(2026, 3, 1))
    for turn in range(times("payments confirmed in two tabs at once", 100, 10)):
        number = account.invoice(100_00 + turn)
        previews = [account.preview(number), account.preview(number)]
        together = threading.Barrier(2)

        def confirm(preview: Any, number: str = number, together: threading.Barrier = together) -> Receipt | str:
            together.wait()
            try:
                return account.confirm(preview, number)
            except PortalError as error:
                return error.code

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(confirm, previews))
        paid = [r for r in results if isinstance(r, Receipt)]
        refused = [r for r in results if isinstance(r, str)]
        assert len(paid) == 1, results
        assert refused[0] in ("payment_pending", "nothing_to_pay", "preview_changed")
        assert account.due(number) == 0
        assert len(account.taken()) == turn + 1


def test_a_double_click_confirms_one_preview_at_the_same_moment(account: Account, times: Times) -> None:
    account.on(date(2026, 3, 1))
    for turn in range(times("payments confirmed by a double click", 100, 4)):
        number = account.invoice(500_00)
        preview = account.preview(number)
        together = threading.Barrier(4)

        def confirm(
            _: int, preview: Any = preview, number: str = number, together: threading.Barrier = together
        ) -> Receipt:
            together.wait()
            return account.confirm(preview, number)

        with ThreadPoolExecutor(4) as pool:
            receipts = list(pool.map(confirm, range(4)))
        run_due(account.later(minutes=2).contexts)

        assert len({receipt.payment for receipt in receipts}) == 1
        assert account.payment(receipts[0].payment).status is PaymentStatus.SUCCEEDED
        assert account.due(number) == 0
        assert (account.taken(), len(account.mails())) == ([605_00] * (turn + 1), 2 * (turn + 1))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_around_the_charge_leaves_one_payment(
    account: Account, sandbox: RunningSandbox, tmp_path: Path, moment: str
) -> None:
    """Killed between the commit of the pending payment and the charge, or before the charge's reply was read."""
    number = account.on(date(2026, 3, 1)).invoice(500_00)

    die_doing(account, sandbox, tmp_path, moment, "invoices.pay", invoices=[number])

    assert verify(account.contexts) == []
    [payment] = account.payments()
    assert (payment.status, account.due(number)) == (PaymentStatus.PENDING, 605_00)
    account.clock.set(datetime.now(UTC))
    account.later(minutes=2)
    with pytest.raises(PortalError):
        dispatch.preview(account.contexts, "invoices.pay", {"invoices": [number]}, account.ania, Channel.PORTAL)
    run_due(account.contexts)
    assert account.payment(payment.number).status is PaymentStatus.SUCCEEDED
    assert (account.due(number), account.taken()) == (0, [605_00])
