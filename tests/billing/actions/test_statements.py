"""Statements: they chain, they add up, and their ageing is what it was on that day, whatever was paid since."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import billing.actions.statements  # noqa: F401
from billing import dispatch
from billing.actions.statements import Ageing, Statement
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Context, Contexts
from billing.errors import PortalError
from billing.files import Files
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.pdf import Renderer
from billing.posting import apply_credit, finalise_invoice, issue_credit_note, record_payment, write_off
from billing.registry import Channel, Role, catalogue
from billing.rules.aging import aged
from billing.rules.totals import NewLine
from billing.verify import verify
from tests.billing.gateways.conftest import sandbox
from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account

__all__ = ["account", "sandbox"]

EXAMPLES = 200 if os.environ.get("PARLEY_SOAK") == "1" else 15
START = date(2026, 1, 20)
ZONES = ["Europe/Amsterdam", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"]


def statement(account: Account, **asked: Any) -> Statement:
    return cast(Statement, account.ask("statements.show", **asked))


def days_of(since: date, until: date) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def test_a_statement_tells_the_month(account: Account) -> None:
    first = account.on(date(2026, 1, 12)).invoice(100_00, "January")
    account.on(date(2026, 2, 3)).invoice(200_00, "February")
    account.on(date(2026, 2, 20)).pay(first)
    account.on(date(2026, 2, 24)).credit_note(10_00, "Credit note: outage")
    account.on(date(2026, 3, 2)).invoice(300_00, "March")

    february = statement(account, since="2026-02-01", until="2026-02-28")

    assert [(m.day.day, m.amount, m.after.balance) for m in february.movements] == [
        (3, 242_00, 363_00), (20, -121_00, 242_00), (24, -12_10, 229_90),
    ]  # fmt: skip
    assert (february.opening.balance, february.closing.balance) == (121_00, 229_90)
    assert (february.closing.to_pay, february.closing.credit) == (242_00, 12_10)
    assert february.ageing == Ageing(current=0, days_1_30=242_00, days_31_60=0, days_61_90=0, over_90=0, total=242_00)
    march = statement(account, since="2026-03-01", until="2026-03-02")
    assert march.opening == february.closing


def test_the_days_are_those_of_the_customer(account: Account) -> None:
    """23:30 in London on the last of January is half past midnight in Amsterdam, in February."""
    account.clock.set(datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    account.invoice(100_00)
    january, february = (statement(account, **days_of(date(2026, m, 1), date(2026, m, 1))) for m in (1, 2))
    assert january.movements == []
    assert [m.day for m in february.movements] == [date(2026, 2, 1)]


def test_without_days_it_is_this_month_until_today(account: Account) -> None:
    account.on(date(2026, 2, 27)).invoice(1_00)
    account.on(date(2026, 3, 4)).invoice(2_00)
    found = statement(account.on(date(2026, 3, 12)))
    assert (found.since, found.until) == (date(2026, 3, 1), date(2026, 3, 12))
    assert len(found.movements) == 1 and found.opening.to_pay == 1_21


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "2026-03-10", "until": "2026-03-09"}, "since"), ({"until": "2026-03-13"}, "until"),
        ({"since": "1969-12-31"}, "since"), ({"since": "0001-01-01"}, "since"), ({"currency": "USD"}, "currency"),
        ({"currency": "EURO"}, "currency"), ({"cursor": 99}, "cursor"), ({"size": 0}, "size"),
    ],
)  # fmt: skip
def test_what_makes_no_statement_gets_the_field_and_a_sentence(
    account: Account, asked: dict[str, Any], field: str
) -> None:
    account.invoice(1_00)
    with pytest.raises(PortalError) as refused:
        statement(account, **asked)
    assert (refused.value.code, refused.value.field) == ("invalid_input", field)


def test_each_currency_has_a_statement_of_its_own(account: Account) -> None:
    account.invoice(100_00)
    account.invoice(500, currency="JPY")
    euros, yen = statement(account), statement(account, currency="jpy")
    assert euros.currencies == yen.currencies == ["EUR", "JPY"]
    assert (euros.closing.balance, yen.closing.balance) == (121_00, 605)


def test_a_long_statement_comes_as_csv_and_not_as_pdf(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.documents.statement_sheet.MOST_PRINTED", 3)
    account.invoice(1_00)
    account.invoice(1_00)
    with pytest.raises(PortalError, match="take it as CSV"):
        account.ask("statements.download")
    assert account.ask("statements.download", format="csv").url.endswith(".csv")


# Any history at all.

operations = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "invoice", "pay", "part", "credit note", "use", "advance", "write off"]),
        st.integers(0, 40),  # days later
        st.integers(0, 23),  # at that hour
        st.integers(1, 5000_00),
    ),
    min_size=1,
    max_size=14,
)


@dataclass
class Kept:
    """A customer, and beside the books an independent note of what each invoice owed when."""

    contexts: Contexts
    clock: SetClock
    actor: Actor
    zone: ZoneInfo
    owed: dict[int, list[tuple[datetime, int]]] = field(default_factory=lambda: defaultdict(list))
    due_on: dict[int, date] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(self.zone).date()

    def ask(self, **asked: Any) -> Statement:
        return cast(Statement, dispatch.run(self.contexts, "statements.show", asked, self.actor, Channel.PORTAL))

    def do(self, what: str, amount: int) -> None:
        with self.contexts.system(writes=True) as ctx:
            of = self.actor.customer_id or 0
            ours = [ctx.session.get_one(Invoice, number) for number in self.due_on]
            unpaid = next((invoice for invoice in ours if invoice.due), None)
            if what in ("invoice", "credit note"):
                self._issue(ctx, what, amount)
            elif what == "use" and unpaid:
                apply_credit(ctx, unpaid)
            elif what == "write off" and unpaid:
                write_off(ctx, unpaid, min(amount, unpaid.due), "gone")
            elif what in ("pay", "part", "advance"):
                number = f"PAY-{of}-{len(self.due_on)}-{ctx.now.timestamp():.0f}-{amount}"
                paid = unpaid.due if what == "pay" and unpaid else amount
                payment = Payment(
                    number=number, customer_id=of, status=PaymentStatus.SUCCEEDED, currency="EUR", amount=paid,
                    idempotency_key=number, created_at=ctx.now, settled_at=ctx.now,
                )  # fmt: skip
                ctx.session.add(payment)
                ctx.session.flush()
                shares = []
                if unpaid and what != "advance":
                    part = PaymentAllocation(payment_id=payment.id or 0, invoice_id=unpaid.id or 0, amount=paid)
                    shares = [(unpaid, part)]
                record_payment(ctx, payment, shares)
            for key in self.due_on:
                self.owed[key].append((ctx.now, ctx.session.get_one(Invoice, key).due))

    def _issue(self, ctx: Context, what: str, amount: int) -> None:
        sign = 1 if what == "invoice" else -1
        draft = Invoice(
            customer_id=self.actor.customer_id or 0, title=what, currency="EUR", issued_on=self.today,
            kind=InvoiceKind.INVOICE if sign > 0 else InvoiceKind.CREDIT_NOTE,
            due_on=self.today + timedelta(days=amount % 31), created_at=ctx.now,
        )  # fmt: skip
        line = [NewLine(what, sign * amount, sign * amount, tax_rate=Decimal(amount % 2 * 21))]
        if sign > 0:
            made = finalise_invoice(ctx, draft, line)
            assert made.id and made.due_on
            self.due_on[made.id] = made.due_on
        else:
            issue_credit_note(ctx, draft, line)

    def owed_on(self, day: date) -> list[tuple[date, int]]:
        """What each invoice owed at the end of that day."""
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone).astimezone(UTC)
        found = []
        for number, history in self.owed.items():
            before = [due for at, due in history if at < end]
            found.append((self.due_on[number], before[-1] if before else 0))
        return found


@pytest.fixture
def made(engine: Engine, clock: SetClock, tmp_path: Path) -> Iterator[Contexts]:
    parts = Settings(demo=True, data=tmp_path, secret_key="s" * 40)
    files, renderer = Files(tmp_path / "files", engine, clock), Renderer(tmp_path / "pdf")
    contexts = Contexts(parts, engine, clock, catalogue, gateway=cast(Any, None), renderer=renderer, files=files)
    yield contexts
    assert verify(contexts) == []


customers = itertools.count(1)


def new_customer(contexts: Contexts, clock: SetClock, zone: str) -> Kept:
    with contexts.system(writes=True) as ctx:
        number = f"C-{next(customers)}"
        customer = Customer(number=number, name=number, currency="EUR", time_zone=zone, created_at=ctx.now)
        ctx.session.add(customer)
        ctx.session.flush()
        actor = Actor("contact", 1, "Ania", "ania@example.com", Role.VIEWER, customer.id)
    return Kept(contexts, clock, actor, ZoneInfo(zone))


def all_pages(kept: Kept, size: int, **asked: Any) -> tuple[Statement, list[Any]]:
    first = page = kept.ask(size=size, **asked)
    movements = list(page.movements)
    assert page.before == page.opening
    while page.next is not None:
        page = kept.ask(size=size, cursor=page.next, **asked)
        assert page.before == movements[-1].after
        assert (page.opening, page.closing, page.ageing) == (first.opening, first.closing, first.ageing)
        movements += page.movements
    return first, movements


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    history=operations, cuts=st.lists(st.integers(0, 300), min_size=1, max_size=4), size=st.integers(1, 6),
    zone=st.sampled_from(ZONES),
)  # fmt: skip
@example(
    history=[("invoice", 0, 23, 99), ("pay", 40, 0, 1), ("invoice", 1, 12, 7)], cuts=[0, 39], size=1, zone=ZONES[1]
)
def test_statements_chain_add_up_and_age_as_it_was(
    made: Contexts, clock: SetClock, history: list[tuple[str, int, int, int]], cuts: list[int], size: int, zone: str
) -> None:
    clock.set(datetime.combine(START, datetime.min.time(), UTC))
    kept = new_customer(made, clock, zone)
    day = START
    for what, later, hour, amount in history:
        day += timedelta(days=later)
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        clock.set(max(moment, clock.now() + timedelta(seconds=1)))
        kept.do(what, amount)
    span = (kept.today - START).days + 2
    first_day = START - timedelta(days=2)
    ends = sorted({first_day + timedelta(days=cut % (span + 1)) for cut in cuts} | {kept.today})
    before = None
    seen = 0
    for end in ends:
        shown, movements = all_pages(kept, size, **days_of(first_day, end))
        assert before is None or shown.opening == before, "the closing of one is the opening of the next"
        balance = shown.opening.balance
        for movement in movements:
            balance += movement.amount
            assert movement.after.balance == balance == movement.after.to_pay - movement.after.credit
            assert first_day <= movement.day <= end
        assert balance == shown.closing.balance
        expected = aged(kept.owed_on(end), end)
        assert (
            shown.ageing.current, shown.ageing.days_1_30, shown.ageing.days_31_60, shown.ageing.days_61_90,
            shown.ageing.over_90,
        ) == (expected.current, expected.days_30, expected.days_60, expected.days_90, expected.older)  # fmt: skip
        assert shown.ageing.total == shown.closing.to_pay == expected.total
        before, first_day, seen = shown.closing, end + timedelta(days=1), seen + len(movements)
    whole, every = all_pages(kept, 200, **days_of(START - timedelta(days=2), kept.today))
    assert len(every) == seen and whole.closing == before
