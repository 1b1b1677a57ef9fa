"""A process is killed at random instants of a payment and of a refund: as many charges as payments, and right books."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.context import Actor
from billing.jobs import run_due
from billing.models.payments import PaymentStatus
from billing.verify import verify
from tests.billing.money.desk import Desk
from tests.fixtures.counts import Times
from tests.fixtures.processes import PATIENCE, ROOT


@dataclass
class Victim:
    """The process whose children act and are killed."""

    desk: Desk
    process: subprocess.Popen[str]
    data: Path

    def act(self, action: str, input: dict[str, Any], actor: Actor, last: int = 0) -> tuple[int, int]:
        """How the child ended and how many calls it made; `last` is the call at which it dies, 0 for none."""
        account = self.desk.account
        order = {
            "database": account.contexts.engine.url.render_as_string(hide_password=False),
            "sandbox": account.sandbox.base, "data": str(self.data), "action": action, "input": input, "last": last,
            "who": {"kind": actor.kind, "id": actor.id, "role": int(actor.role), "customer": actor.customer_id},
        }  # fmt: skip
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["ended"], answer["calls"]


@pytest.fixture
def victim(desk: Desk, tmp_path: Path) -> Iterator[Victim]:
    command = [sys.executable, "-m", "tests.billing.money.killed"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        desk.account.clock.set(datetime.now(UTC))
        yield Victim(desk, process, tmp_path)
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=PATIENCE) == 0


def test_a_payment_killed_at_any_instant_is_made_once_or_not_at_all(victim: Victim, times: Times) -> None:
    account, chance = victim.desk.account, random.Random(3)
    first = account.invoice(100_00)
    ended, calls = victim.act("invoices.pay", {"invoices": [first]}, account.ania)
    assert (ended, account.due(first)) == (0, 0)
    killed = 0
    for turn in range(times("payments killed at some instant", 50, 8)):
        number = account.invoice(200_00 + turn)
        ended, _ = victim.act("invoices.pay", {"invoices": [number]}, account.ania, chance.randint(1, calls))
        killed += ended == -signal.SIGKILL
        assert verify(account.contexts) == []
        run_due(account.later(minutes=2).contexts)
        if account.due(number):  # it died before there was a payment: nothing stands in the way of the next
            account.pay(number)

        assert account.due(number) == 0
        assert verify(account.contexts) == []
        payments = account.payments()
        assert {payment.status for payment in payments} == {PaymentStatus.SUCCEEDED}
        assert sorted(account.taken()) == sorted(payment.amount for payment in payments)
        assert len(payments) == turn + 2
    assert killed, "no child was killed"


def test_a_refund_killed_at_any_instant_is_made_once_or_not_at_all(victim: Victim, times: Times) -> None:
    desk, chance = victim.desk, random.Random(5)
    number = desk.account.invoice(1_000_00)
    payment = desk.account.pay(number).payment
    asked = {"payment": payment, "amount": 1_00}
    ended, calls = victim.act("payments.refund", asked, desk.rio)
    assert (ended, desk.given_back()) == (0, [1_00])
    killed = 0
    for turn in range(times("refunds killed at some instant", 50, 8)):
        way = {"invoices": "owed_again"} if turn % 2 else {}
        ended, _ = victim.act("payments.refund", asked | way, desk.rio, chance.randint(1, calls))
        killed += ended == -signal.SIGKILL
        assert verify(desk.account.contexts) == []
        run_due(desk.account.later(minutes=2).contexts)

        refunds = desk.refunds()
        assert {refund.status for refund in refunds} == {"succeeded"}
        assert desk.given_back() == [sum(refund.amount for refund in refunds)]
        assert verify(desk.account.contexts) == []
    assert killed, "no child was killed"
