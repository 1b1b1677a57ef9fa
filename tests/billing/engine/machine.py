"""Random histories of one account, through the catalogue's actions, with the model kept beside them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlmodel import col, select

from billing.jobs import run_due
from billing.models.invoices import InvoiceKind, InvoiceStatus
from billing.models.subscriptions import Subscription, SubscriptionPeriod
from billing.verify import verify
from tests.billing.engine.account import START
from tests.billing.engine.money import Money
from tests.billing.engine.services import Services


class History(Services, Money):
    """One customer's life. Each step is done twice: by the product and by the model; then both are compared."""

    @rule(days=st.integers(1, 45), twice=st.booleans())
    def let_time_pass(self, days: int, twice: bool) -> None:
        """Some days go by; what is due is done, and once, however often it is asked for."""
        known = {p.number for p in self.papers()}
        self.model.today += timedelta(days=days)
        self.noon()
        for _ in range(1 + twice):
            report = run_due(self.business.contexts)
            assert report.failed == 0
        fresh = [p for p in self.papers() if p.number not in known]
        while due := self.model.days_that_bill(self.model.today):
            day, services = due[0]
            for total, together in self.model.renew(day, services):
                paper = fresh.pop(0)
                assert (paper.issued_on, Decimal(paper.total)) == (day, total * 100), f"{paper.number}: {paper.title}"
                bill = self.model.bill(paper.number or "", total)
                self.model.billed_on(bill.number, together, day)
                self.pays_itself(bill, [s for s in together if bill.number in s.billed_on])
        assert not fresh, f"{[p.title for p in fresh]} were billed and should not have been"

    # --- always -------------------------------------------------------------------------------------------------

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "ania"):
            return
        rows = self.ask("account.balance").balances
        told = (rows[0].to_pay, rows[0].credit) if rows else (0, 0)
        assert told == (self.model.owed * 100, self.model.credit * 100)
        for paper in self.papers():
            if paper.kind == InvoiceKind.INVOICE:
                assert paper.due == self.model.bills[paper.number or ""].due * 100, paper.number
                assert paper.due >= 0 and (paper.status == InvoiceStatus.VOID) <= (paper.due == 0)

    def teardown(self) -> None:
        if not hasattr(self, "ania"):
            return
        wrong = [str(found) for found in verify(self.business.contexts)]
        assert not wrong, "; ".join(wrong)
        self.statements_chain()
        self.periods_tile()

    def statements_chain(self) -> None:
        """The closing of one statement is the opening of the next, and the last closing is the balance."""
        last, closing = START, 0
        while last <= self.model.today:
            until = min(last + timedelta(days=61), self.model.today)
            shown = self.ask("statements.show", since=last, until=until)
            assert shown.opening.balance == closing, f"{last}: opens at {shown.opening.balance}, closed at {closing}"
            parts = shown.ageing.model_dump(exclude={"total"}).values()
            assert sum(parts) == shown.ageing.total == shown.closing.to_pay, f"{shown.ageing} of {shown.closing}"
            last, closing = until + timedelta(days=1), shown.closing.balance
        assert closing == (self.model.owed - self.model.credit) * 100

    def periods_tile(self) -> None:
        with self.business.contexts.system() as ctx:
            for service in self.model.services.values():
                shown = self.ask("subscriptions.show", subscription=service.number).subscription
                rows = ctx.session.exec(
                    select(SubscriptionPeriod)
                    .where(SubscriptionPeriod.subscription_id == _id_of(ctx, service.number))
                    .order_by(col(SubscriptionPeriod.start))
                ).all()
                assert rows[0].start == shown.started_on
                for before, after in pairwise(rows):
                    assert before.end == after.start, f"{service.number}: {before.end} and {after.start}"
                if service.status in ("active", "ending"):
                    assert (rows[-1].start, rows[-1].end) == (service.start, service.end)


def _id_of(ctx: Any, number: str) -> int:
    return int(ctx.session.exec(select(Subscription.id).where(Subscription.number == number)).one())
