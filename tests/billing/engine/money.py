"""Steps with money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.billing.engine.account import AMOUNTS, LEAST_BY_CARD, VISA, Account
from tests.billing.engine.model import (
    ZERO,
    Bill,
    cents,
    with_tax,
)


class Money(Account):
    """Payments, credit, corrections and refunds."""

    @precondition(lambda self: self.open_bills())
    @rule(places=st.lists(st.integers(0, 9), min_size=1, max_size=4), use_credit=st.booleans())
    def pay(self, places: list[int], use_credit: bool) -> None:
        bills = list({b.number: b for b in (self.pick(self.open_bills(), p) for p in places)}.values())
        due = sum((b.due for b in bills), ZERO)
        credit = min(self.model.credit, due) if use_credit else ZERO
        asked: dict[str, Any] = {
            "invoices": [b.number for b in bills],
            "payment_method": VISA,
            "use_credit": use_credit,
        }
        if ZERO < due - credit < LEAST_BY_CARD:
            self.refused("invoices.pay", "below_card_least", **asked)
            return
        effect, done = self.do("invoices.pay", **asked)
        assert effect.due_now == (due - credit) * 100
        assert (done.total, done.credit) == ((due - credit) * 100, credit * 100)
        if due == credit:
            for bill in self.by_due_day(bills):
                self.model.use_credit(bill, bill.due)
            return
        assert done.status == "succeeded"
        ordered = self.by_due_day(bills)
        shares, left = {}, credit
        for bill in ordered:
            used = min(bill.due, left)
            shares[bill.number], left = used, left - used
        for bill in ordered:
            self.model.use_credit(bill, shares[bill.number])
        self.model.receive(done.payment, due - credit, [b.number for b in ordered])

    def by_due_day(self, bills: list[Bill]) -> list[Bill]:
        days = {p.number: (p.due_on, p.id) for p in self.papers()}
        return sorted(bills, key=lambda b: days[b.number])

    @rule(amount=AMOUNTS, places=st.lists(st.integers(0, 9), max_size=3))
    def record_transfer(self, amount: Decimal, places: list[int]) -> None:
        bills = self.open_bills()
        chosen = list(dict.fromkeys(self.pick(bills, p).number for p in places)) if bills else []
        self.business.transfers += 1
        reference = f"bank {self.business.transfers}"
        asked: dict[str, Any] = {"amount": int(amount * 100), "reference": reference, "invoices": chosen}
        _, done = self.do("payments.record", staff=True, **asked)
        self.refused("payments.record", "recorded_before", staff=True, **asked)
        ordered = self.by_due_day([self.model.bills[n] for n in chosen])
        self.model.receive(done.payment, amount, [b.number for b in ordered])

    @rule(amount=AMOUNTS)
    def pay_in_advance(self, amount: Decimal) -> None:
        asked: dict[str, Any] = {"amount": int(amount * 100), "payment_method": VISA}
        if amount < LEAST_BY_CARD:
            self.refused("payments.advance", "below_card_least", **asked)
            return
        _, done = self.do("payments.advance", **asked)
        self.model.receive(done.payment, amount, [])

    @rule(amount=AMOUNTS)
    def grant_goodwill(self, amount: Decimal) -> None:
        _, done = self.do("credits.grant", staff=True, amount=int(amount * 100), reason="A slow answer")
        self.model.give(done.credit_note, amount)
        self.model.notes[-1].goodwill = amount

    @precondition(lambda self: any(n.goodwill for n in self.model.notes))
    @rule(place=st.integers(0, 9))
    def take_goodwill_back(self, place: int) -> None:
        """As long as nothing of it was used."""
        note = self.pick([n for n in self.model.notes if n.goodwill], place)
        asked = {"credit_note": note.number, "reason": "A mistake"}
        if note.left < note.goodwill:
            self.refused("credits.void", "credit_in_use", staff=True, **asked)
            return
        effect, done = self.do("credits.void", staff=True, **asked)
        assert effect.lines[-1].amount == (self.model.credit - note.goodwill) * 100
        assert done.amount == note.goodwill * 100
        self.model.notes.remove(note)
        self.refused("credits.void", "not_correctable", staff=True, **asked)

    @precondition(lambda self: self.open_bills() and self.model.credit)
    @rule(place=st.integers(0, 9))
    def apply_credit(self, place: int) -> None:
        bill = self.pick(self.open_bills(), place)
        self.do("credits.apply", invoice=bill.number)
        self.model.use_credit(bill, bill.due)

    @rule(price=st.integers(2, 30_000), quantity=st.sampled_from(["1", "2.5", "0.333"]))
    def bill_once(self, price: int, quantity: str) -> None:
        lines = [{"description": "Audit", "unit_amount": price, "quantity": quantity, "tax_rate": "21"}]
        _, done = self.do("invoices.create", staff=True, title="Audit", lines=lines)
        self.model.bill(done.invoice, with_tax(cents(Decimal(price) / 100 * Decimal(quantity))), use_credit=False)

    @precondition(lambda self: any(not b.touched and b.due for b in self.one_offs()))
    @rule(place=st.integers(0, 9))
    def void(self, place: int) -> None:
        bill = self.pick([b for b in self.one_offs() if not b.touched and b.due], place)
        self.do("invoices.void", staff=True, invoice=bill.number, reason="Billed twice")
        bill.due, bill.void = ZERO, True
        self.refused("invoices.pay", "not_payable", invoices=[bill.number], payment_method=VISA)

    def one_offs(self) -> list[Bill]:
        on_services = {t.bill for s in self.model.services.values() for t in s.things.values()}
        return [b for b in self.model.bills.values() if b.number not in on_services and not b.void]

    @precondition(lambda self: any(b.due for b in self.one_offs()))
    @rule(place=st.integers(0, 9), part=st.integers(1, 99))
    def write_off(self, place: int, part: int) -> None:
        """Of one-off bills: what was given up of a subscription's is not given back when it stops."""
        bill = self.pick([b for b in self.one_offs() if b.due], place)
        amount = cents(bill.due * part / 100)
        if not 0 < amount < bill.due:
            return
        self.do("invoices.write_off", staff=True, invoice=bill.number, amount=int(amount * 100), reason="A dispute")
        bill.due, bill.touched = bill.due - amount, True
        too_much = int(bill.due * 100) + 1
        self.refused("invoices.write_off", "amount_too_high", "write_off_too_high", staff=True,
                     invoice=bill.number, amount=too_much, reason="x")  # fmt: skip

    @precondition(lambda self: any(p.unused or any(p.shares.values()) for p in self.model.payments.values()))
    @rule(place=st.integers(0, 9), part=st.integers(1, 100))
    def refund_so_that_it_is_owed_again(self, place: int, part: int) -> None:
        paid = self.pick([p for p in self.model.payments.values() if p.unused or any(p.shares.values())], place)
        most = paid.unused + sum(paid.shares.values(), ZERO)
        amount = cents(most * part / 100)
        if not amount:
            return
        asked: dict[str, Any] = {
            "payment": paid.number,
            "amount": int(amount * 100),
            "invoices": "owed_again",
            "reason": "Asked for",
        }
        _, done = self.do("payments.refund", staff=True, **asked)
        assert (done.status, done.amount) == ("succeeded", amount * 100)
        free = min(paid.unused, amount)
        paid.unused, left = paid.unused - free, amount - free
        for number, share in reversed(paid.shares.items()):
            back = min(share, left)
            paid.shares[number], left = share - back, left - back
            self.model.bills[number].due += back
        self.refused("payments.refund", "refund_too_high", "nothing_to_refund", staff=True, payment=paid.number,
                     amount=int((most - amount) * 100) + 1)  # fmt: skip
