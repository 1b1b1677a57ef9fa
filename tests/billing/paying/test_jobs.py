"""What is done by itself: mail goes out at least once, the queue looks after payments, and it ends when told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from huey import Huey
from huey.api import Task

from billing.jobs import make_queue, run_due, work
from billing.mail import send_waiting
from billing.models.payments import PaymentStatus
from tests.billing.paying.account import Account
from tests.fixtures.mail import Mailbox
from tests.fixtures.processes import PATIENCE, pick_port, wait_until


@pytest.fixture
def paid(account: Account) -> Account:
    """An account that has just paid, so that two receipts wait."""
    account.pay(account.on(date(2026, 3, 1)).invoice(500_00))
    return account


def with_smtp(account: Account, url: str) -> Account:
    settings = account.contexts.settings.model_copy(update={"smtp_url": url})
    return replace(account, contexts=replace(account.contexts, settings=settings))


def task_named(name: str, queue: Huey) -> Task:
    [task] = [made() for made in queue._registry._registry.values() if made.__name__ == name]
    assert isinstance(task, Task)
    return task


def waiting(account: Account) -> list[str]:
    return [mail.recipient for mail in account.mails() if mail.sent_at is None]


def test_mail_goes_to_the_smtp_server_once(paid: Account, smtp_server: Mailbox) -> None:
    account = with_smtp(paid, smtp_server.url)

    assert run_due(account.contexts).mails == 2
    assert run_due(account.later(hours=5).contexts).mails == 0

    message = smtp_server.wait_for("administratie@example.com")
    assert message["Subject"] == "€605.00 received, payment PAY-2026-0001"
    assert message["From"] == "billing@renotech.example"
    assert "from Visa ending 4242" in message.get_content()
    assert (len(smtp_server.messages), waiting(account)) == (2, [])


def test_without_a_server_mail_is_a_file_in_the_outbox(paid: Account, tmp_path: Path) -> None:
    run_due(paid.contexts)

    files = sorted((tmp_path / "outbox").glob("*.eml"))
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert (len(files), message["To"]) == (2, "administratie@example.com")


def test_mail_that_is_not_taken_is_tried_again_later_and_later(paid: Account, smtp_server: Mailbox) -> None:
    away = with_smtp(paid, f"smtp://127.0.0.1:{pick_port()}")
    assert send_waiting(away.contexts) == 0
    assert send_waiting(away.contexts) == 0
    assert [mail.tries for mail in paid.mails()] == [1, 1]
    send_waiting(away.later(minutes=3).contexts)
    assert [mail.tries for mail in paid.mails()] == [2, 2]

    back = with_smtp(paid, smtp_server.url)
    assert send_waiting(back.contexts) == 0
    assert send_waiting(back.later(minutes=5).contexts) == 2
    assert waiting(back) == []


def test_jobs_that_run_at_once_send_each_mail_once(paid: Account, smtp_server: Mailbox) -> None:
    account = with_smtp(paid, smtp_server.url)
    threads = [threading.Thread(target=send_waiting, args=(account.contexts,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(smtp_server.messages), waiting(account)) == (2, [])


def test_the_worker_sends_mail_and_ends_when_it_is_told(paid: Account, smtp_server: Mailbox) -> None:
    account, stop = with_smtp(paid, smtp_server.url), threading.Event()
    worker = threading.Thread(target=work, args=(account.contexts, stop))
    worker.start()

    wait_until(lambda: not waiting(account), "the receipts to be sent")
    stop.set()
    worker.join(PATIENCE)

    assert not worker.is_alive()


@pytest.mark.parametrize("on_redis", [False, True], ids=["file", "redis"])
def test_the_queue_looks_up_payments_whose_outcome_is_unknown(
    account: Account, on_redis: bool, request: pytest.FixtureRequest
) -> None:
    settings = account.contexts.settings
    if on_redis:
        settings = settings.model_copy(update={"redis_url": request.getfixturevalue("redis_url")})
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    account.sandbox.switch(faults=[{"kind": "cut_after", "on": "POST /v1/payment_intents"}])
    receipt = account.pay(number)
    queue = make_queue(replace(account.later(minutes=2).contexts, settings=settings))

    queue.enqueue(task_named("reconcile", queue))
    queued = queue.dequeue()
    assert queued is not None
    queue.execute(queued)

    assert account.payment(receipt.payment).status is PaymentStatus.SUCCEEDED


def test_a_gateway_that_is_down_does_not_stop_the_other_work(account: Account) -> None:
    first, second = account.on(date(2026, 3, 1)).invoice(500_00), account.invoice(100_00)
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": "POST /v1/payment_intents", "times": 2}])
    one, two = account.pay(first), account.pay(second)
    account.sandbox.switch(faults=[{"kind": "cut_before", "on": "GET /v1/payment_intents", "times": 1}])

    report = run_due(account.later(minutes=2).contexts)

    assert report.payments == 1
    states = {account.payment(each.payment).status for each in (one, two)}
    assert states == {PaymentStatus.PENDING, PaymentStatus.SUCCEEDED}


def test_a_turn_that_fails_does_not_end_the_worker(paid: Account, smtp_server: Mailbox) -> None:
    account, stop, beats = with_smtp(paid, smtp_server.url), threading.Event(), []

    def beat() -> None:
        beats.append(1)
        if len(beats) == 1:
            raise ConnectionError("Redis is away")

    worker = threading.Thread(target=work, args=(account.contexts, stop), kwargs={"beat": beat})
    worker.start()
    wait_until(lambda: len(beats) > 1, "the next turn")
    stop.set()
    worker.join(PATIENCE)
    assert not worker.is_alive()


def test_what_a_killed_worker_left_in_the_queue_locks_nobody_out(account: Account) -> None:
    account.sandbox.switch(faults=[{"kind": "cut_after", "on": "POST /v1/payment_intents"}])
    receipt = account.pay(account.on(date(2026, 3, 1)).invoice(500_00))
    make_queue(account.contexts).lock_task("reconcile").acquire()

    queue = make_queue(account.later(minutes=2).contexts)
    queue.enqueue(task_named("reconcile", queue))
    queue.execute(queue.dequeue())

    assert account.payment(receipt.payment).status is PaymentStatus.SUCCEEDED
