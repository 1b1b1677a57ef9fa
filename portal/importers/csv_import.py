"""Brings an export in: everything or nothing, and the same export twice adds nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from billing.context import Context, Contexts
from billing.models.invoices import Invoice
from billing.models.people import Contact, Customer, Membership, Staff
from billing.posting import billing_address
from billing.posting.books import BookPayment, Books, Document
from billing.registry import Channel, Role
from billing.rules.totals import NewLine
from portal.importers.mapping import Mapping
from portal.importers.reading import Problems
from portal.importers.records import CustomerRecord, InvoiceRecord, Records, gather
from portal.importers.report import ImportReport

T = TypeVar("T")
IN_ONE_QUESTION = 500
MORNING, EVENING = time(8, 0), time(17, 0)


class _NothingToKeep(Exception):
    """Rolls the transaction back: there are problems, or it is a dry run."""


def import_csv(
    contexts: Contexts, mapping: Mapping, customers: Path, invoices: Path, lines: Path, dry_run: bool = False
) -> ImportReport:
    """Imports three CSV files as the mapping reads them, in one transaction, and reports what was added.

    A bad row anywhere means that nothing is imported; the report names each with file, line, column and reason. What
    an earlier import from the same source brought is left as it is. A dry run does everything and keeps nothing.
    Imported invoices keep their own numbers; those that were paid have a payment record “paid before Parley”.
    """
    problems = Problems()
    report = ImportReport(mapping.source, dry_run=dry_run)
    records = gather(mapping, customers, invoices, lines, problems)
    report.skipped = records.skipped
    try:
        with contexts.system(writes=True, channel=Channel.SHELL) as ctx:
            _Import(ctx, mapping, records, report).run()
            if problems.found or dry_run:
                raise _NothingToKeep
    except _NothingToKeep:
        report.problems = sorted(problems.found)
    return report


class _Import:
    def __init__(self, ctx: Context, mapping: Mapping, records: Records, report: ImportReport) -> None:
        self._ctx, self._session = ctx, ctx.session
        self._mapping, self._records, self._report = mapping, records, report

    def run(self) -> None:
        kept = _kept_ids(self._session, Customer, self._mapping.source, list(self._records.customers))
        self._report.customers_already = len(kept)
        fresh = [c for c in self._records.customers.values() if c.key not in kept]
        invoices = self._fresh_invoices()
        self._check(fresh, invoices)
        if not all([c.row.good for c in fresh] + [i.row.good for i in invoices]):
            return
        ids = kept | self._add_customers(fresh)
        self._add_invoices(invoices, ids)

    def _fresh_invoices(self) -> list[InvoiceRecord]:
        kept = _kept_ids(self._session, Invoice, self._mapping.source, list(self._records.invoices))
        self._report.invoices_already = len(kept)
        return [i for i in self._records.invoices.values() if i.key not in kept]

    def _check(self, customers: Sequence[CustomerRecord], invoices: Sequence[InvoiceRecord]) -> None:
        """What can only be said beside what is here already."""
        staff = set(self._session.exec(select(Staff.email)).all())
        for customer in customers:
            if customer.email in staff:
                shown = self._mapping.customers.email.shown if self._mapping.customers.email else ""
                customer.row.bad(
                    shown, f"“{customer.email}” signs in for the business; a customer needs another address."
                )
        taken: set[str] = set()
        for numbers in _in_parts([i.number for i in invoices]):
            found = self._session.exec(select(Invoice.number).where(col(Invoice.number).in_(numbers))).all()
            taken |= {number for number in found if number}
        for invoice in invoices:
            if invoice.number in taken:
                shown = (self._mapping.invoices.number or self._mapping.invoices.key).shown
                invoice.row.bad(shown, f"Another invoice here has the number {invoice.number}. Give a prefix.")

    def _add_customers(self, fresh: Sequence[CustomerRecord]) -> dict[str, int]:
        rows = [
            Customer(
                number=f"{self._mapping.source}-{c.key}".upper(),
                name=c.name,
                email=c.email,
                currency=c.currency,
                locale=self._mapping.locale,
                time_zone=self._mapping.time_zone,
                source=self._mapping.source,
                source_key=c.key,
                created_at=self._ctx.now,
            )
            for c in fresh
        ]
        for record, row in zip(fresh, rows, strict=True):
            for name, value in record.details.items():
                setattr(row, name, value)
        self._session.add_all(rows)
        self._session.flush()
        self._report.customers = len(rows)
        self._add_people(list(zip(fresh, rows, strict=True)))
        return {c.key: row.id for c, row in zip(fresh, rows, strict=True) if row.id is not None}

    def _add_people(self, pairs: Sequence[tuple[CustomerRecord, Customer]]) -> None:
        """One person for each address; who is there for two customers is one person who belongs to both."""
        people: dict[str, Contact] = {}
        for emails in _in_parts(sorted({c.email for c, _ in pairs if c.email})):
            people |= {p.email: p for p in self._session.exec(select(Contact).where(col(Contact.email).in_(emails)))}
        for record, _ in pairs:
            if record.email and record.email not in people:
                people[record.email] = Contact(email=record.email, name=record.contact, created_at=self._ctx.now)
        self._session.add_all(people.values())
        self._session.flush()
        self._session.add_all(
            Membership(contact_id=people[c.email].id or 0, customer_id=row.id or 0, role=Role.OWNER)
            for c, row in pairs
            if c.email
        )
        self._session.flush()

    def _add_invoices(self, invoices: Sequence[InvoiceRecord], ids: dict[str, int]) -> None:
        owners = {row.source_key: row for row in _rows_of(self._session, list(ids.values()))}
        of_customer: dict[str, list[InvoiceRecord]] = defaultdict(list)
        for invoice in invoices:
            of_customer[invoice.customer].append(invoice)
        books = Books(self._session)
        for key, theirs in of_customer.items():
            bill_to = billing_address(owners[key])
            theirs.sort(key=lambda i: (i.issued_on, i.row.line))
            books.post(self._document(invoice, ids[key], bill_to) for invoice in theirs)
        books.close()
        self._report.invoices = len(invoices)
        self._report.lines = sum(len(i.lines) for i in invoices)
        for invoice in invoices:
            self._report.totals[invoice.currency] = self._report.totals.get(invoice.currency, 0) + invoice.total

    def _document(self, record: InvoiceRecord, customer_id: int, bill_to: dict[str, str]) -> Document:
        paid = record.total if record.paid is None else record.paid
        payment = None
        if record.paid_on and paid:
            payment = BookPayment(_at(record.paid_on, EVENING), paid, "outside", "paid before Parley")
        return Document(
            customer_id=customer_id,
            number=record.number,
            title=record.title,
            currency=record.currency,
            issued_at=_at(record.issued_on, MORNING),
            issued_on=record.issued_on,
            due_on=record.due_on,
            lines=[
                NewLine(
                    description=line.description,
                    unit_amount=line.unit_amount,
                    amount=line.amount,
                    quantity=line.quantity,
                    tax_rate=line.tax_rate,
                    detail=line.detail,
                    unit=line.unit,
                )
                for line in record.lines
            ],
            payment=payment,
            bill_to=bill_to,
            purchase_order=record.purchase_order,
            source=self._mapping.source,
            source_key=record.key,
        )


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=UTC)


def _in_parts(items: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, IN_ONE_QUESTION)):
        yield part


def _rows_of(session: Session, ids: Sequence[int]) -> Iterator[Customer]:
    """The customers, locked as every change of a customer's money locks them."""
    for part in _in_parts(ids):
        yield from session.exec(select(Customer).where(col(Customer.id).in_(part)).with_for_update())


def _kept_ids(
    session: Session, model: type[Customer] | type[Invoice], source: str, keys: Sequence[str]
) -> dict[str, int]:
    """The ids of what an earlier import from this source brought, by its key there."""
    found: dict[str, int] = {}
    for part in _in_parts(keys):
        rows = session.exec(
            select(col(model.source_key), col(model.id)).where(
                col(model.source) == source, col(model.source_key).in_(part)
            )
        ).all()
        found |= {str(key): int(id_ or 0) for key, id_ in rows}
    return found
