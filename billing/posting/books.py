"""Keeps many final documents at once, with their ledger and every running total, as posting keeps them one by one.

For what comes in whole: the invoices of a billing run, an import. Afterwards `parley verify` finds no difference.
Everything happens in the caller's transaction; the customers' rows are locked before, or nobody else is there yet.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from billing.models.invoices import (
    Invoice,
    InvoiceDiscount,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    InvoiceTax,
    InvoiceTerm,
    NumberSeries,
)
from billing.models.ledger import Account, LedgerEntry
from billing.models.payments import CreditApplication, Payment, PaymentAllocation, PaymentStatus
from billing.models.records import EventRecord, Mail
from billing.models.subscriptions import SubscriptionPeriod
from billing.posting.book_totals import BookTotals
from billing.posting.movement import Movement
from billing.posting.numbers import lock_series
from billing.posting.rows import RowWriter, fresh_ids
from billing.rules.numbering import format_number, series_name
from billing.rules.policy import Policy
from billing.rules.search_terms import terms_of
from billing.rules.tax import taxes_as_data
from billing.rules.totals import Discount, NewLine, Totals, document_totals

FLUSH_AT = 2_000
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    Invoice: (
        "id", "customer_id", "number", "kind", "status", "title", "currency", "issued_on", "due_on", "subtotal",
        "discount", "tax", "tax_included", "total", "paid", "credited", "written_off", "due", "credit_left",
        "subscription_id", "project_id", "period_start", "period_end", "purchase_order", "bill_to", "note", "source",
        "source_key", "created_at", "finalised_at",
    ),
    InvoiceLine: (
        "id", "invoice_id", "position", "description", "detail", "quantity", "unit", "unit_amount", "amount",
        "tax_rate", "taxes", "working", "arithmetic", "subscription_id", "period_start", "period_end",
    ),
    InvoiceDiscount: ("id", "invoice_id", "position", "code", "label", "amount"),
    InvoiceTax: ("id", "invoice_id", "label", "rate", "base", "amount", "inclusive"),
    Payment: (
        "id", "number", "customer_id", "status", "currency", "amount", "refunded", "unallocated", "method",
        "method_label", "method_token", "save_method", "idempotency_key", "redirect_url", "failure_code", "created_at",
        "settled_at",
    ),
    PaymentAllocation: ("id", "payment_id", "invoice_id", "amount", "applied_at"),
    CreditApplication: ("id", "invoice_id", "credit_note_id", "amount", "applied_at"),
    LedgerEntry: (
        "id", "customer_id", "currency", "sequence", "at", "debit", "credit", "amount", "text", "invoice_id",
        "payment_id", "receivable_after", "credit_after",
    ),
    SubscriptionPeriod: ("id", "subscription_id", "start", "end", "kind", "invoice_id"),
    EventRecord: ("id", "at", "name", "customer_id", "topics", "details"),
    Mail: ("id", "key", "recipient", "subject", "text", "created_at", "next_try_at"),
}  # fmt: skip
DEFAULT_POLICY = Policy()


@dataclass(slots=True)
class BookPayment:
    """What was paid of one invoice, when, and how."""

    at: datetime
    amount: int
    method: str = "bank_transfer"
    label: str = "bank transfer"


@dataclass(slots=True)
class BookCredit:
    """How much of a credit note, issued before in these books, was used on an invoice."""

    at: datetime
    note: str
    amount: int


@dataclass(slots=True)
class Document:
    """A final invoice, or a credit note (its lines below zero), of which `used` says how much was used later."""

    customer_id: int
    number: str
    title: str
    currency: str
    issued_at: datetime
    issued_on: date
    lines: Sequence[NewLine]
    due_on: date | None = None
    payment: BookPayment | None = None
    credits: Sequence[BookCredit] = ()
    used: int = 0
    subscription_id: int | None = None
    project_id: int | None = None
    period: tuple[date, date] | None = None
    discounts: Sequence[Discount] = ()
    policy: Policy = DEFAULT_POLICY
    kind: str = InvoiceKind.INVOICE
    bill_to: dict[str, Any] = field(default_factory=dict)
    purchase_order: str = ""
    note: str = ""
    source: str | None = None
    source_key: str | None = None
    id: int | None = field(default=None, init=False)  # once it is in the books
    _totals: Totals | None = field(default=None, init=False, repr=False)
    _total: int | None = field(default=None, init=False, repr=False)

    def comes_to(self, totals: Totals) -> None:
        """Says what it comes to, where that was worked out for another document of the same lines."""
        self._totals = totals

    @property
    def totals(self) -> Totals:
        """What it comes to; each tax is rounded once."""
        if self._totals is None:
            gives = self.kind == InvoiceKind.CREDIT_NOTE
            self._totals = document_totals(self.policy, self.lines, self.discounts, credit_note=gives)
        return self._totals

    @property
    def total(self) -> int:
        if self._total is None:
            self._total = self.totals.total
        return self._total


class Books:
    """Post each customer's documents, then close. What isn't closed isn't kept."""

    def __init__(self, session: Session, *, payment_prefix: str = "PAY") -> None:
        self._session = session
        self._writers = {model: RowWriter(session, model, columns) for model, columns in WRITTEN.items()}
        self._rows: dict[type[Any], list[tuple[Any, ...]]] = {model: [] for model in WRITTEN}
        self._ids = {model: fresh_ids(session, model) for model in WRITTEN}
        self._prefix = payment_prefix
        self._totals = BookTotals(session)
        self._term_writer = RowWriter(
            session, InvoiceTerm, ("customer_id", "term", "issued_on", "invoice_id"), ready=("issued_on",)
        )
        self._terms: list[tuple[Any, ...]] = []
        self._series: dict[str, NumberSeries] = {}
        self._last: dict[str, int] = {}
        self._notes: dict[str, int] = {}
        self._data: dict[tuple[Any, ...], tuple[NewLine, tuple[Any, ...]]] = {}

    def read_accounts(self, customers: Iterable[int]) -> None:
        """Reads the balances of many customers in one go, where there are many to come; else it is one by one."""
        self._totals.read_accounts(customers)

    def credit_of(self, customer_id: int, currency: str) -> int:
        """How much credit the customer has in that currency, as these books have it. Minor units."""
        return self._totals.account(customer_id, currency).credit

    def post(self, documents: Iterable[Document]) -> None:
        """Keeps the documents of one customer, in the order of issue; payments come in at their own moments."""
        waiting: list[tuple[datetime, int, int, Document, BookPayment | BookCredit]] = []
        for document in documents:
            while waiting and waiting[0][0] <= document.issued_at:
                self._settle(*heapq.heappop(waiting)[2:])
            invoice = self._issue(document)
            settling: list[BookPayment | BookCredit] = [
                *document.credits,
                *([document.payment] if document.payment else []),
            ]
            for place, what in enumerate(settling):
                heapq.heappush(waiting, (what.at, invoice * 100 + place, invoice, document, what))
            if len(self._rows[Invoice]) >= FLUSH_AT:
                self._flush()
        while waiting:
            self._settle(*heapq.heappop(waiting)[2:])

    def close(self) -> None:
        """Writes what is left, the running totals and the number series."""
        self._flush()
        self._totals.keep()
        self._session.flush()

    def give_number(self, prefix: str, day: date) -> str:
        """The next number of the series, as documents made one by one get it: RT-2026-0188."""
        series = series_name(prefix, day.year)
        row = self._series.get(series)
        if row is None:
            row = self._series[series] = lock_series(self._session, series)
            self._last[series] = row.last
        self._last[series] += 1
        return format_number(series, self._last[series])

    def add_period(
        self, subscription_id: int, start: date, end: date | None, kind: str, invoice_id: int | None = None
    ) -> None:
        """Keeps a stretch of a subscription's life. That its start is unique is what makes a renewal happen once."""
        self._add(SubscriptionPeriod, subscription_id, start, end, kind, invoice_id)

    def add_event(self, at: datetime, name: str, customer_id: int, topics: list[str], details: dict[str, Any]) -> None:
        """Keeps an event, as `Context.emit` does."""
        self._add(EventRecord, at, name, customer_id, topics, details)

    def add_mail(self, key: str, recipient: str, subject: str, text: str, at: datetime) -> None:
        """Puts a mail into the outbox. Its key must be new."""
        self._add(Mail, key, recipient, subject, text, at, at)

    def _add(self, model: type[Any], *cells: Any) -> int:
        number = next(self._ids[model])
        self._rows[model].append((number, *cells))
        return number

    def _issue(self, d: Document) -> int:
        sums = d.totals
        total, tax, paid = d.total, sums.tax, d.payment.amount if d.payment else 0
        credited = sum(c.amount for c in d.credits)
        gives = d.kind == InvoiceKind.CREDIT_NOTE
        due, left = (0, -total - d.used) if gives else (total - paid - credited, 0)
        status = InvoiceStatus.OPEN if due or left else InvoiceStatus.PAID
        at = self._moment(d.customer_id, d.currency, d.issued_at)
        due_on = d.due_on or d.issued_on
        start, end = d.period or (None, None)
        invoice = self._add(
            Invoice, d.customer_id, d.number, d.kind, status, d.title, d.currency, d.issued_on, due_on, sums.subtotal,
            sums.discount, tax, sums.tax_included, total, paid, credited, 0, due, left, d.subscription_id,
            d.project_id, start, end, d.purchase_order, d.bill_to, d.note, d.source, d.source_key, at, at,
        )  # fmt: skip
        d.id = invoice
        if gives:
            self._notes[d.number] = invoice
        for place, line in enumerate(d.lines, start=1):
            self._add(InvoiceLine, invoice, place, line.description, line.detail, line.quantity, line.unit,
                      line.unit_amount, line.amount, *self._data_of(line), line.subscription_id, line.period_start,
                      line.period_end)  # fmt: skip
        for t in sums.taxes:
            self._add(InvoiceTax, invoice, t.tax.label, t.tax.percent, t.base, t.amount, t.tax.inclusive)
        for place, discount in enumerate(d.discounts, start=1):
            self._add(InvoiceDiscount, invoice, place, discount.code, discount.label, discount.amount)
        self._totals.issued(d.customer_id, d.kind, status, d.currency, d.issued_on, due_on, total, due)
        day = self._term_writer.converted("issued_on", d.issued_on)
        self._terms += [(d.customer_id, term, day, invoice) for term in terms_of(d.number, d.title, total)]
        mine = Account.CREDIT if gives else Account.RECEIVABLE
        for other, amount in ((Account.REVENUE, total - tax), (Account.TAX, tax)):
            self._move(d, at, Movement(mine, other, amount, f"{d.title} ({d.number})"), invoice)
        return invoice

    def _data_of(self, line: NewLine) -> tuple[Any, ...]:
        """Its taxes together, and taxes, working and arithmetic as they are kept: once for lines that share them."""
        key = (id(line.taxes), line.tax_rate, id(line.working), id(line.arithmetic))
        found = self._data.get(key)
        if found is None:
            data = (line.all_percent, taxes_as_data(line.borne), list(line.working), dict(line.arithmetic))
            found = self._data[key] = (line, data)  # the line is kept, so that its parts' ids stay theirs
        return found[1]

    def _settle(self, invoice: int, d: Document, what: BookPayment | BookCredit) -> None:
        if isinstance(what, BookPayment):
            self._pay(invoice, d, what)
            return
        at = self._moment(d.customer_id, d.currency, what.at)
        self._add(CreditApplication, invoice, self._notes[what.note], what.amount, at)
        text = f"{what.note} used on {d.number}"
        self._move(d, at, Movement(Account.CREDIT, Account.RECEIVABLE, what.amount, text), invoice)

    def _pay(self, invoice: int, d: Document, paid: BookPayment) -> None:
        at = self._moment(d.customer_id, d.currency, paid.at)
        number = self.give_number(self._prefix, at.date())
        payment = self._add(
            Payment, number, d.customer_id, PaymentStatus.SUCCEEDED, d.currency, paid.amount, 0, 0, paid.method,
            paid.label, "", False, f"kept-{number}", "", "", at, at,
        )  # fmt: skip
        self._add(PaymentAllocation, payment, invoice, paid.amount, at)
        text = f"Payment {number}, {paid.label}"
        self._move(d, at, Movement(Account.CASH, Account.RECEIVABLE, paid.amount, text), invoice, payment)

    def _move(self, d: Document, at: datetime, movement: Movement, invoice: int, payment: int | None = None) -> None:
        if not movement.amount:
            return
        account, owed, upright = self._totals.account(d.customer_id, d.currency), movement.owed, movement.upright
        account.sequence += 1
        if owed:
            account.receivable += owed
            self._totals.booked(d.customer_id, d.currency, at, d.due_on or d.issued_on, owed)
        account.credit += movement.credited
        self._add(
            LedgerEntry, d.customer_id, d.currency, account.sequence, at, upright.debit, upright.credit, upright.amount,
            upright.text, invoice, payment, account.receivable, account.credit,
        )  # fmt: skip

    def _moment(self, customer_id: int, currency: str, at: datetime) -> datetime:
        """The ledger is kept in order: what is older than its last row stands at that row's moment."""
        account = self._totals.account(customer_id, currency)
        account.last_at = max(at, account.last_at) if account.last_at else at
        return account.last_at

    def _flush(self) -> None:
        self._data.clear()
        for series, row in self._series.items():
            row.last = self._last[series]
        self._session.flush()
        for model, rows in self._rows.items():
            self._writers[model].write(rows)
            rows.clear()
        self._term_writer.write(self._terms)
        self._terms.clear()
