"""Random histories of money with a gateway that misbehaves: the books are right at every step, and end as its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from billing.errors import PortalError
from billing.jobs import run_due
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import Payment, PaymentStatus
from billing.verify import verify
from tests.billing.money.desk import Desk
from tests.fixtures.counts import Times

CARDS = ("4242424242424242", "4242424242424242", "4000000000007726", "4000000000005126", "4000000000009995")
FAULTS = ("cut_before", "cut_after", "error_before", "error_after")
# what a step may be refused for: the history goes on, and nothing has changed
REFUSALS = {
    "nothing_to_pay", "not_payable", "payment_pending", "amount_too_high", "not_correctable", "nothing_to_credit",
    "credit_too_high", "settled_in_part", "not_open", "no_credit", "credit_used", "not_refundable", "nothing_to_refund",
    "refund_too_high", "no_card_to_refund", "currencies_differ", "currency_differs", "below_card_least",
}  # fmt: skip


@dataclass
class History:
    """What happens to one account, by chance."""

    desk: Desk
    chance: random.Random
    recorded: int = 0
    told: list[str] = field(default_factory=list)

    def invoice(self) -> str:
        with self.desk.account.contexts.system() as ctx:
            numbers = ctx.session.exec(select(Invoice.number).where(Invoice.kind == InvoiceKind.INVOICE)).all()
        return self.chance.choice(numbers or [None]) or "RT-2026-9999"

    def payment(self) -> str:
        with self.desk.account.contexts.system() as ctx:
            numbers = ctx.session.exec(select(Payment.number)).all()
        return self.chance.choice(numbers or ["PAY-2026-9999"])

    def amount(self) -> int:
        return self.chance.choice([1, 7, 3_33, 50_00, 121_00, self.chance.randint(1, 300_00)])

    def maybe(self, **asked: Any) -> dict[str, Any]:
        return {name: value for name, value in asked.items() if self.chance.random() < 0.6}

    def step(self) -> None:
        """Does one thing; a refusal is one of those that may be."""
        if self.chance.random() < 0.15:
            on = self.chance.choice(["POST /v1/refunds", "POST /v1/payment_intents"])
            self.desk.account.sandbox.switch(faults=[{"kind": self.chance.choice(FAULTS), "on": on}])
        does = self.chance.choice(self.steps())
        self.told.append(does.__name__)
        try:
            does()
        except PortalError as error:
            assert error.code in REFUSALS or (error.code == "not_found" and "9999" in error.message), error.message

    def steps(self) -> list[Callable[[], object]]:
        return [
            self.bill, self.bill, self.pay, self.pay, self.credit, self.credit_lines, self.void, self.write_off,
            self.refund, self.refund, self.refund, self.uncollectible, self.grant, self.apply, self.record,
            self.advance, self.time_passes,
        ]  # fmt: skip

    def bill(self) -> object:
        rate = self.chance.choice(["0", "9", "21"])
        lines = [
            {
                "description": f"Line {n}",
                "unit_amount": self.amount(),
                "quantity": self.chance.choice(["1", "1.5", "3"]),
                "tax_rate": rate if n else "21",
            }
            for n in range(self.chance.randint(1, 3))
        ]  # fmt: skip
        return self.desk.do("invoices.create", title="Work", lines=lines, **self.maybe(use_credit=True))

    def pay(self) -> object:
        card = self.desk.account.card(self.chance.choice(CARDS))
        number = self.invoice()
        asked = self.maybe(amount=self.amount())
        more = {} if asked else {"use_credit": self.chance.random() < 0.5}
        return self.desk.account.pay(number, payment_method=card, **asked, **more)

    def credit(self) -> object:
        return self.desk.do("invoices.credit", invoice=self.invoice(), **self.maybe(amount=self.amount()))

    def credit_lines(self) -> object:
        line = {"line": 1, **self.maybe(amount=self.amount())}
        return self.desk.do("invoices.credit", invoice=self.invoice(), lines=[line])

    def refund(self) -> object:
        asked = self.maybe(
            amount=self.chance.choice([1, 3_33, 20_00]),
            to=self.chance.choice(["card", "bank", "credit"]),
            invoices=self.chance.choice(["corrected", "owed_again"]),
        )
        return self.desk.do("payments.refund", payment=self.payment(), **asked)

    def void(self) -> object:
        return self.desk.do("invoices.void", invoice=self.invoice(), reason="By mistake")

    def write_off(self) -> object:
        return self.desk.do("invoices.write_off", invoice=self.invoice(), amount=self.amount(), reason="Too little")

    def uncollectible(self) -> object:
        return self.desk.do("invoices.uncollectible", invoice=self.invoice(), reason="Bankrupt")

    def grant(self) -> object:
        return self.desk.do("credits.grant", amount=self.amount(), reason="Goodwill")

    def apply(self) -> object:
        return self.desk.do("credits.apply", invoice=self.invoice(), **self.maybe(amount=self.amount()))

    def record(self) -> object:
        self.recorded += 1
        invoices = self.maybe(invoices=[self.invoice()])
        return self.desk.do("payments.record", amount=self.amount(), reference=f"ABNA-{self.recorded}", **invoices)

    def advance(self) -> object:
        return self.desk.do("payments.advance", actor=self.desk.account.ania, amount=self.amount())

    def time_passes(self) -> object:
        if self.chance.random() < 0.5:
            self.desk.account.sandbox.switch(processing=False)  # slow refunds arrive, and some fail
        return run_due(self.desk.account.later(minutes=self.chance.choice([2, 90])).contexts)

    def check(self) -> None:
        found = verify(self.desk.account.contexts)
        assert found == [], (self.told, [str(each) for each in found])
        with self.desk.account.contexts.system() as ctx:
            rows = ctx.session.exec(select(Invoice).where(Invoice.status == InvoiceStatus.OPEN)).all()
            assert all(row.due > 0 for row in rows if row.kind == InvoiceKind.INVOICE)

    def end(self) -> None:
        """Everything on its way arrives; then what the gateway took and gave back is what the books say."""
        account = self.desk.account
        account.sandbox.switch(reset=True, processing=False)
        for _ in range(3):
            run_due(account.later(hours=1).contexts)
        self.check()
        with account.contexts.system() as ctx:
            payments = ctx.session.exec(select(Payment).where(Payment.method == "card").order_by(col(Payment.id))).all()
        came = {p.gateway_id: p for p in payments if p.status == PaymentStatus.SUCCEEDED}
        assert {p.status for p in payments} <= {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED}
        charges = {c["payment_intent"]: c for c in account.sandbox.charges() if c["status"] == "succeeded"}
        assert set(charges) == set(came)
        for intent, payment in came.items():
            assert charges[intent]["amount"] == payment.amount
            by_card = [r for r in self.desk.refunds() if r.payment_id == payment.id and r.to == "card"]
            assert {r.status for r in by_card} <= {"succeeded", "failed"}
            given_back = sum(r.amount for r in by_card if r.status == "succeeded")
            assert charges[intent]["amount_refunded"] == given_back, self.told


@pytest.mark.parametrize("seed", range(2))
def test_the_books_stay_right_and_end_as_the_gateway_has_it(desk: Desk, seed: int, times: Times) -> None:
    desk.account.on(date(2026, 3, 1))
    history = History(desk, random.Random(seed))
    for _ in range(times("steps of a history of money", 200, 40)):
        history.step()
        history.check()
    history.end()
