"""The list of invoices: every document once under each filter and sort, and found by number, words and amount."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

import billing.actions.invoices
import billing.invoices.search
from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Context, Contexts
from billing.errors import PortalError
from billing.invoices.listing import InvoiceCounts, InvoicePage
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.people import Customer
from billing.posting import apply_credit, finalise_invoice, issue_credit_note
from billing.registry import Channel, Role
from billing.rules.totals import NewLine
from billing.verify import verify
from tests.fixtures.offline import offline

TODAY = date(2026, 3, 12)
STATUSES = ("all", "to_pay", "overdue", "paid", "credit_notes")
SORTS = ("issued", "due", "total")


class Ledger:
    """Möller & Kowalczyk's documents, and what Ania sees of them."""

    def __init__(self, contexts: Contexts, clock: SetClock, customer_id: int) -> None:
        self.contexts, self.clock, self.customer_id = contexts, clock, customer_id
        self.ania = Actor("contact", 1, "Ania", "ania@example.com", Role.VIEWER, customer_id)
        self.kept: dict[str, Invoice] = {}
        self.open_context: Context | None = None

    @contextmanager
    def writing(self) -> Iterator[Context]:
        """One transaction for everything that is added inside."""
        if self.open_context is not None:
            yield self.open_context
            return
        with self.contexts.system(writes=True) as ctx:
            self.open_context = ctx
            try:
                yield ctx
            finally:
                self.open_context = None

    def add(self, title: str, net: int, day: date, *, days: int = 14, paid: bool = False, note: bool = False) -> str:
        with self.writing() as ctx:
            ctx.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
            made = Invoice(
                customer_id=self.customer_id, title=title, currency="EUR", issued_on=day, created_at=ctx.now,
                kind=InvoiceKind.CREDIT_NOTE if note else InvoiceKind.INVOICE,
                due_on=None if note else day + timedelta(days=days),
            )  # fmt: skip
            if note:
                issue_credit_note(ctx, made, [NewLine(title, -net, -net)])
            else:
                finalise_invoice(ctx, made, [NewLine(title, net, net, tax_rate=Decimal(0))])
            if paid:
                apply_credit(ctx, made)
        self.kept[made.number or ""] = made
        return made.number or ""

    def page(self, **asked: object) -> InvoicePage:
        self.clock.set(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC))
        found = dispatch.run(self.contexts, "invoices.list", asked, self.ania, Channel.PORTAL)
        return cast(InvoicePage, found)

    def found(self, search: str, **asked: object) -> list[str]:
        return [row.number for row in self.page(search=search, **asked).rows]

    def forward(self, **asked: object) -> list[list[str]]:
        """The numbers of each page, from the first to the last."""
        pages: list[list[str]] = []
        cursor: str | None = None
        while True:
            page = self.page(cursor=cursor, **asked)
            pages.append([row.number for row in page.rows])
            cursor = page.next
            if cursor is None:
                return pages

    def backward(self, **asked: object) -> list[list[str]]:
        """The same, from the last page to the first."""
        last = self.page(**asked).last
        pages: list[list[str]] = []
        cursor = last
        while cursor is not None:
            page = self.page(cursor=cursor, **asked)
            pages.insert(0, [row.number for row in page.rows])
            cursor = page.previous
        return pages


@pytest.fixture
def ledger(engine: Engine, clock: SetClock, tmp_path: Path) -> Ledger:
    contexts = offline(engine, clock, tmp_path)
    with contexts.system(writes=True) as ctx:
        customer = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", created_at=ctx.now)
        other = Customer(number="C-2", name="Other", currency="EUR", created_at=ctx.now)
        ctx.session.add_all([customer, other])
        ctx.session.flush()
    Ledger(contexts, clock, other.id or 0).add("Monthly services of somebody else", 605_00, date(2024, 1, 1))
    return Ledger(contexts, clock, customer.id or 0)


@pytest.fixture
def busy(ledger: Ledger) -> Ledger:
    """Sixty documents with many of the same day, due date and amount."""
    with ledger.writing():
        ledger.add("Credit note: large", 9_000_00, date(2025, 11, 1), note=True)
        for n in range(60):
            day = date(2025, 11, 1) + timedelta(days=2 * (n // 3))
            if n % 10 == 9:
                ledger.add(f"Credit note: outage {n}", 10_00 + n % 3, day, note=True)
            else:
                ledger.add("Monthly services", 100_00 * (1 + n % 4), day, days=14 + 40 * (n % 3), paid=n % 5 == 0)
    return ledger


def expected(ledger: Ledger, status: str, sort: str) -> list[str]:
    with ledger.contexts.system() as ctx:
        rows = [ctx.session.get_one(Invoice, row.id) for row in ledger.kept.values()]

    def wanted(row: Invoice) -> bool:
        bill = row.kind == InvoiceKind.INVOICE
        assert row.due_on is not None
        return {
            "all": True,
            "to_pay": bill and row.due > 0,
            "overdue": bill and row.due > 0 and row.due_on < TODAY,
            "paid": bill and row.due == 0,
            "credit_notes": not bill,
        }[status]

    orders = {
        "issued": lambda row: (row.issued_on, row.id),
        "due": lambda row: (row.due_on, row.id),
        "total": lambda row: (row.total, row.id),
    }
    chosen = sorted(filter(wanted, rows), key=orders[sort], reverse=sort != "due")
    return [row.number or "" for row in chosen]


@pytest.mark.parametrize("status", STATUSES)
def test_every_document_comes_once_in_order_forward_and_backward(busy: Ledger, status: str) -> None:
    for sort in SORTS:
        first = busy.page(status=status, sort=sort, size=7)
        order = expected(busy, status, first.sort)

        forward = busy.forward(status=status, sort=sort, size=7)
        backward = busy.backward(status=status, sort=sort, size=7)

        assert order
        assert list(itertools.chain(*forward)) == order
        assert list(itertools.chain(*backward)) == (order if len(order) > 7 else [])
        assert first.sort in first.sorts and (first.sort == sort or sort not in first.sorts)
        assert (first.previous, first.first) == (None, None)


@pytest.mark.parametrize("status", STATUSES)
def test_between_two_days_every_document_issued_then_comes_once_the_newest_first(busy: Ledger, status: str) -> None:
    since, until = date(2025, 11, 7), date(2025, 11, 29)
    days = {"since": since.isoformat(), "until": until.isoformat()}
    issued = {number for number, row in busy.kept.items() if since <= row.issued_on <= until}
    wanted = [number for number in expected(busy, status, "issued") if number in issued]

    assert 0 < len(wanted) < len(expected(busy, status, "issued"))
    for size in (1, 5, 50):
        asked = {"status": status, "sort": "due", "size": size, **days}
        assert list(itertools.chain(*busy.forward(**asked))) == wanted
        assert list(itertools.chain(*busy.backward(**asked))) == (wanted if len(wanted) > size else [])


def test_one_of_the_days_is_enough_and_a_search_keeps_to_them_too(busy: Ledger) -> None:
    everything = expected(busy, "all", "issued")
    late = [row.number for row in busy.page(since="2025-12-01", size=100).rows]
    early = [row.number for row in busy.page(until="2025-11-30", size=100).rows]
    assert late + early == everything
    december = busy.found("outage", since="2025-12-01", size=100)
    assert december == [number for number in late if "outage" in busy.kept[number].title]


def test_the_counts_and_sums_come_from_running_totals_and_are_right(busy: Ledger) -> None:
    page = busy.page()

    assert page.counts == InvoiceCounts(**{status: len(expected(busy, status, "issued")) for status in STATUSES})
    assert page.due[0].to_pay == sum(row.due for row in busy.page(status="to_pay", size=100).rows)
    assert page.due[0].overdue == sum(row.due for row in busy.page(status="overdue", size=100).rows)
    assert verify(busy.contexts) == []


def test_what_is_overdue_is_listed_the_oldest_first_and_can_not_be_sorted_otherwise(busy: Ledger) -> None:
    page = busy.page(status="overdue", sort="total")

    assert (page.sort, page.sorts) == ("due", ["due"])
    assert page.rows[0].overdue_days == max(row.overdue_days for row in page.rows)


@pytest.fixture
def story(ledger: Ledger) -> Ledger:
    ledger.add("Credit note: outage on 27 February", 40_00, date(2026, 3, 4), note=True)
    for title, net, day in (
        ("Domains moellerkowalczyk.nl, .de and .pl, one year", 137_94, date(2025, 11, 18)),
        ("Monthly services, January", 605_00, date(2026, 1, 1)),
        ("Milestone 1 of 4, showroom website redesign", 2904_00, date(2026, 1, 12)),
        ("Möbelfotografie und Café-Tour, Haarlem", 774_40, date(2026, 2, 24)),
        ("Monthly services, March", 988_01, date(2026, 3, 1)),
    ):
        ledger.add(title, net, day)
    return ledger


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("monthly", ["RT-2026-0004", "RT-2026-0001"]),
        ("Monthly serv", ["RT-2026-0004", "RT-2026-0001"]),
        ("services march", ["RT-2026-0004"]),
        ("march services", ["RT-2026-0004"]),
        ("mobelfoto", ["RT-2026-0003"]),
        ("MÖBELFOTOGRAFIE cafe", ["RT-2026-0003"]),
        ("website haarlem", []),
        ("fotografie", []),
        ("outage", ["CN-2026-0001"]),
        ("of 4", ["RT-2026-0002"]),
        ("milestone 4", ["RT-2026-0002"]),
        ("RT-2026-0003", ["RT-2026-0003"]),
        ("#rt-2026-0003", ["RT-2026-0003"]),
        ("rt-2026-000", ["RT-2026-0004", "RT-2026-0003", "RT-2026-0002", "RT-2026-0001"]),
        ("RT-", ["RT-2026-0004", "RT-2026-0003", "RT-2026-0002", "RT-2026-0001", "RT-2025-0001"]),
        ("RT-2025", ["RT-2025-0001"]),
        ("0003", ["RT-2026-0003"]),
        ("988.01", ["RT-2026-0004"]),
        ("988,01", ["RT-2026-0004"]),
        ("€988.01", ["RT-2026-0004"]),
        ("2,904.00", ["RT-2026-0002"]),
        ("2904", ["RT-2026-0002"]),
        ("40.00", ["CN-2026-0001"]),
        ("march 988.01", ["RT-2026-0004"]),
        ("%", []),
        ("_", []),
        ("'; drop table invoice --", []),
        ("RT-2026-0003%", []),
    ],
)
def test_documents_are_found_by_number_words_and_amount(story: Ledger, search: str, found: list[str]) -> None:
    assert story.found(search) == found


def test_a_search_stays_within_its_filter_and_its_customer(story: Ledger) -> None:
    assert story.found("monthly", status="overdue") == ["RT-2026-0001"]
    assert story.found("monthly", status="paid") == []
    assert story.found("somebody else") == []


def test_a_search_goes_page_by_page_both_ways(busy: Ledger) -> None:
    for search in ("monthly services", "rt-", "100.00", "serv month"):
        every = busy.found(search, size=100)
        assert len(every) > 7
        assert list(itertools.chain(*busy.forward(search=search, size=7))) == every
        assert list(itertools.chain(*busy.backward(search=search, size=7))) == every


def test_a_long_search_is_cut_into_walks_and_loses_nothing(busy: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    every = busy.found("services", status="paid", size=100)
    monkeypatch.setattr(billing.invoices.search, "WALK", 5)

    pages = busy.forward(search="services", status="paid", size=7)

    assert list(itertools.chain(*pages)) == every
    assert len(pages) > 2
    assert list(itertools.chain(*busy.backward(search="services", status="paid", size=7))) == every


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA==", "WyJmIiwgWyJ4IiwgMV1d", "WyJmIiwgWzEsIDJdXQ=="])
def test_a_cursor_that_is_not_ours_gets_a_sentence(busy: Ledger, cursor: str) -> None:
    with pytest.raises(PortalError) as refused:
        busy.page(cursor=cursor)

    assert refused.value.message == "That page does not exist. Start with the first one."


def amount_of(row: Invoice) -> int:
    return -row.total if row.kind == InvoiceKind.CREDIT_NOTE else row.total


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("least", "most"), [(200_00, None), (None, 300_00), (200_00, 300_00), (10_01, 10_02)])
def test_between_amounts_every_document_of_them_once_in_both_directions(
    busy: Ledger, status: str, least: int | None, most: int | None
) -> None:
    asked = {"status": status, "size": 7, "at_least": least, "at_most": most}
    with busy.contexts.system() as ctx:
        rows = {number: ctx.session.get_one(Invoice, row.id) for number, row in busy.kept.items()}
    bills = [n for n, row in rows.items() if status == "credit_notes" or row.kind == InvoiceKind.INVOICE]
    within = [n for n in bills if (least or 0) <= amount_of(rows[n]) <= (most or 10**9)]
    every = {number for page in Ledger.forward(busy, status=status, size=100) for number in page}
    forward = [number for page in busy.forward(**asked) for number in page]
    assert sorted(forward) == sorted(set(within) & every)
    assert [number for page in busy.backward(**asked) for number in page] in (forward, [])  # one page has no last one
    totals = [rows[number].total for number in forward]
    assert totals == sorted(totals, reverse=True)


def test_amounts_go_with_days_and_with_words(busy: Ledger) -> None:
    found = busy.page(since=date(2025, 11, 1), until=date(2025, 11, 9), at_least=300_00, size=100).rows
    assert found and all(row.total >= 300_00 and row.issued_on <= date(2025, 11, 9) for row in found)
    assert [row.issued_on for row in found] == sorted((row.issued_on for row in found), reverse=True)
    assert busy.found("monthly", at_most=100_00, size=100)
    assert busy.found("outage", at_most=100_00) == [], "a credit note is no invoice of that amount"
    with pytest.raises(PortalError, match="first amount"):
        busy.page(at_least=2, at_most=1)
