"""What was overdue on a day that is over: the running totals give what a sum over the whole ledger gives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

import billing.actions.statements  # noqa: F401
from billing.actions.statements import Ageing
from billing.models.invoices import Invoice
from billing.models.ledger import Account, LedgerEntry
from billing.models.people import Customer
from billing.posting.books import BookCredit, BookPayment, Books, Document
from billing.rules.aging import aged
from billing.rules.totals import NewLine
from billing.verify import verify
from tests.billing.money.desk import Desk
from tests.billing.money.test_histories import History

FIRST = date(2026, 1, 27)  # the history goes over the ends of months, and the clocks change
ZONES = ("Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "UTC")


@dataclass
class LongHistory(History):
    """The same by chance, but over months: much is paid, credited, given up and given back late."""

    def time_passes(self) -> object:
        later = timedelta(days=self.chance.choice([0, 1, 5, 17, 40]), minutes=self.chance.randrange(24 * 60))
        self.desk.account.clock.advance(later)
        return None

    def step(self) -> None:
        super().step()
        if self.chance.random() < 0.3:
            self.time_passes()
        if self.chance.random() < 0.05:
            move_to(self.desk, self.chance.choice(ZONES))


def move_to(desk: Desk, zone: str) -> None:
    """The customer lives in another time zone from now on."""
    with desk.account.contexts.system(writes=True) as ctx:
        customer = ctx.session.get_one(Customer, desk.account.ania.customer_id)
        customer.time_zone = zone
        ctx.session.add(customer)


def shown(desk: Desk, day: date) -> Ageing:
    """The ageing of the statement that ends with that day."""
    found = desk.account.ask("statements.show", since=day.isoformat(), until=day.isoformat(), size=1).ageing
    assert isinstance(found, Ageing)
    return found


def summed(desk: Desk, day: date, zone: str) -> Ageing:
    """The same from every row that the ledger had when that day was over where the customer lives."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    owed: dict[date, int] = defaultdict(int)
    with desk.account.contexts.system() as ctx:
        rows = ctx.session.exec(
            select(LedgerEntry, Invoice)
            .join(Invoice, col(Invoice.id) == LedgerEntry.invoice_id)
            .where(LedgerEntry.customer_id == desk.account.ania.customer_id, LedgerEntry.currency == "EUR")
        ).all()
    for row, invoice in rows:
        if row.at < end and invoice.due_on is not None:
            owed[invoice.due_on] += row.amount * (
                (row.debit == Account.RECEIVABLE) - (row.credit == Account.RECEIVABLE)
            )
    found = aged(owed.items(), day)
    return Ageing(current=found.current, days_1_30=found.days_30, days_31_60=found.days_60, days_61_90=found.days_90,
                  over_90=found.older, total=found.total)  # fmt: skip


def days_until_today(desk: Desk, zone: str) -> Iterator[date]:
    """Every day of the history, where the customer lives."""
    today = desk.account.clock.now().astimezone(ZoneInfo(zone)).date()
    return (FIRST + timedelta(days=n) for n in range(-1, (today - FIRST).days + 1))


def ages_that_differ(desk: Desk, *, every: int) -> list[object]:
    """Where statement and sum differ, of every so many days, in every time zone; and how many days had late money."""
    late, differing = 0, list[object]()
    for place, zone in enumerate(ZONES):
        move_to(desk, zone)
        for n, day in enumerate(days_until_today(desk, zone)):
            if n % every != place % every:
                continue
            statement, ledger = shown(desk, day), summed(desk, day, zone)
            late += ledger.total > ledger.current
            differing += [(zone, day, statement, ledger)] if statement != ledger else []
    assert late, "nothing was ever late"
    return differing


@pytest.mark.parametrize("seed", range(2))
def test_any_history_has_the_ages_that_its_ledger_gives(desk: Desk, seed: int, soak: bool) -> None:
    desk.account.on(FIRST)
    history = LongHistory(desk, random.Random(seed))
    for _ in range(200 if soak else 60):
        history.step()
    assert verify(desk.account.contexts) == []
    assert ages_that_differ(desk, every=1 if soak else 3) == [], history.told


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def test_documents_that_come_in_whole_have_the_ages_that_their_ledger_gives(desk: Desk) -> None:
    """Invoices of 80 days, paid late or by a credit note and kept many at once; then two more are paid."""
    chance = random.Random(3)
    customer = desk.account.ania.customer_id or 0
    documents = []
    for n in range(80):
        day = FIRST + timedelta(days=n)
        number, line = f"X-{n}", NewLine("Services", 100_00 + n, 100_00 + n, tax_rate=Decimal(n % 2 * 21))
        made = Document(customer, number, "Services", "EUR", noon(day), day, [line], day + timedelta(days=14),
                        source="file", source_key=number)  # fmt: skip
        if n % 9 == 8:
            documents.append(Document(customer, f"XC-{n}", "Outage", "EUR", noon(day), day,
                                      [NewLine("Outage", -5_00, -5_00)], kind="credit_note", used=5_00,
                                      source="file", source_key=f"XC-{n}"))  # fmt: skip
            made.credits = [BookCredit(noon(day + timedelta(days=chance.randrange(75))), f"XC-{n}", 5_00)]
        elif n % 4:
            paid_at = noon(day) + timedelta(days=chance.randrange(90), minutes=chance.randrange(1440))
            made.payment = BookPayment(paid_at, made.total)
        documents.append(made)
    desk.account.on(FIRST + timedelta(days=200))
    with desk.account.contexts.system(writes=True) as ctx:
        books = Books(ctx.session, payment_prefix="OLD")
        books.post(documents)
        books.close()
    desk.do("payments.record", amount=100_00, reference="ABNA-1", invoices=["X-0"])
    desk.account.later(days=9)
    desk.do("payments.record", amount=130_00, reference="ABNA-2", invoices=["X-12"])
    assert verify(desk.account.contexts) == []
    assert ages_that_differ(desk, every=3) == []
