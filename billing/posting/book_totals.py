"""The running totals of documents that are kept many at once: how many, what is owed, what was billed, the balances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, and_, col, select

from billing.models.invoices import BilledMonth, DueMonth, DueTotal, InvoiceCount, InvoiceKind
from billing.models.ledger import Balance, LateDay, LateMonth, LedgerEntry
from billing.posting.rows import KeptRows

AT_ONCE = 500
TOTALS: dict[type[Any], tuple[str, ...]] = {
    InvoiceCount: ("count",),
    DueTotal: ("count", "amount"),
    DueMonth: ("count", "amount"),
    BilledMonth: ("billed", "due"),
    LateDay: ("amount",),
    LateMonth: ("amount",),
}


@dataclass(slots=True)
class BookAccount:
    """A customer's running balances in one currency."""

    receivable: int = 0
    credit: int = 0
    sequence: int = 0
    last_at: datetime | None = None


@dataclass
class BookTotals:
    """What is added to the totals; `keep` writes it, in the session's transaction."""

    session: Session
    _accounts: dict[tuple[int, str], BookAccount] = field(default_factory=dict)
    _read: set[int] = field(default_factory=set)
    _sums: dict[type[Any], dict[tuple[Any, ...], tuple[int, ...]]] = field(
        default_factory=lambda: {model: {} for model in TOTALS}
    )

    def read_accounts(self, customers: Iterable[int]) -> None:
        """Reads the accounts of many customers in one go."""
        wanted = sorted(set(customers) - self._read)
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            rows = self.session.exec(
                select(Balance, LedgerEntry.at)
                .outerjoin(
                    LedgerEntry,
                    and_(
                        col(LedgerEntry.customer_id) == Balance.customer_id,
                        col(LedgerEntry.currency) == Balance.currency,
                        col(LedgerEntry.sequence) == Balance.last_sequence,
                    ),
                )
                .where(col(Balance.customer_id).in_(some))
                .execution_options(populate_existing=True)
            ).all()
            for row, last in rows:
                found = BookAccount(row.receivable, row.credit, row.last_sequence, last)
                self._accounts[row.customer_id, row.currency] = found
            self._read.update(some)

    def account(self, customer_id: int, currency: str) -> BookAccount:
        """The customer's account in that currency, as it will be."""
        found = self._accounts.get((customer_id, currency))
        if found is None:
            self.read_accounts([customer_id])
            found = self._accounts.setdefault((customer_id, currency), BookAccount())
        return found

    def issued(self, customer_id: int, kind: str, status: str, currency: str, issued_on: date, due_on: date,
               total: int, due: int) -> None:  # fmt: skip
        """Adds a document that was issued, with what is owed of it."""
        self._add(InvoiceCount, (customer_id, kind, status), (1,))
        if due:
            self._add(DueTotal, (customer_id, currency, due_on), (1, due))
            self._add(DueMonth, (customer_id, currency, due_on.replace(day=1)), (1, due))
        if kind == InvoiceKind.INVOICE:
            self._add(BilledMonth, (customer_id, currency, issued_on.replace(day=1)), (total, due))

    def booked(self, customer_id: int, currency: str, at: datetime, due_on: date, by: int) -> None:
        """Adds what the ledger booked on an invoice, as far as its due date was over: how much more is owed."""
        day = at.astimezone(UTC).date()
        if day > due_on:
            self._add(LateDay, (customer_id, currency, day, due_on), (by,))
            self._add(LateMonth, (customer_id, currency, day.replace(day=1), due_on), (by,))

    def _add(self, model: type[Any], key: tuple[Any, ...], by: tuple[int, ...]) -> None:
        sums = self._sums[model]
        before = sums.get(key)
        sums[key] = by if before is None else tuple(map(int.__add__, before, by))

    def keep(self) -> None:
        """Writes everything, and lets the session read these rows again."""
        for model, columns in TOTALS.items():
            KeptRows(self.session, model, added=columns).write([(*k, *v) for k, v in self._sums[model].items()])
            self._sums[model].clear()
        columns = ("receivable", "credit", "last_sequence")
        KeptRows(self.session, Balance, replaced=columns).write(
            [
                (*key, a.receivable, a.credit, a.sequence)
                for key, a in self._accounts.items()
                if a.sequence
            ]
        )  # fmt: skip
        self._accounts.clear()
        self._read.clear()
        known = self.session.identity_map
        for key in list(known.keys()):
            if (key[0] is Balance or key[0] in TOTALS) and (row := known.get(key)) is not None:
                self.session.expire(row)
