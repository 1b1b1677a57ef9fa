"""Gathers an export's customers, invoices and lines, checks each row and what one says of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from billing.access import clean_number
from billing.money import format_money, round_half_up
from billing.references import email_of
from billing.rules.renewal import joint_renewal
from portal.importers.cells import (
    MOST,
    read_amount,
    read_country,
    read_currency,
    read_date,
    read_decimal,
    read_rate,
)
from portal.importers.mapping import FieldSource, FileMapping, Mapping
from portal.importers.reading import Problems, Row, read_rows

T = TypeVar("T")
LONGEST = 500


@dataclass
class CustomerRecord:
    key: str
    name: str
    contact: str
    email: str
    currency: str
    details: dict[str, str]
    row: Row


@dataclass
class LineRecord:
    description: str
    detail: str
    quantity: Decimal
    unit: str
    unit_amount: int
    amount: int
    tax_rate: Decimal
    row: Row


@dataclass
class InvoiceRecord:
    key: str
    customer: str
    number: str
    title: str
    currency: str
    issued_on: date
    due_on: date
    paid_on: date | None
    paid: int | None  # None where the whole of it was paid, if paid_on is set
    stated_total: int | None
    purchase_order: str
    row: Row
    lines: list[LineRecord] = field(default_factory=list)
    subtotal: int = 0
    tax: int = 0

    @property
    def total(self) -> int:
        return self.subtotal + self.tax


@dataclass
class Records:
    """What the files say, in their order, by key."""

    customers: dict[str, CustomerRecord] = field(default_factory=dict)
    invoices: dict[str, InvoiceRecord] = field(default_factory=dict)
    skipped: int = 0


def gather(mapping: Mapping, customers: Path, invoices: Path, lines: Path, problems: Problems) -> Records:
    """Reads all three files; whatever is wrong in a row goes to `problems`."""
    records = Records()
    for row in read_rows(customers, mapping.customers, problems):
        if (customer := _customer(mapping, row)) and _new(row, mapping.customers.key, customer.key, records.customers):
            records.customers[customer.key] = customer
    skipped: set[str] = set()
    numbers: dict[str, int] = {}
    for row in read_rows(invoices, mapping.invoices, problems):
        if _text(row, mapping.invoices.status).casefold() == "skip":
            skipped.add(_text(row, mapping.invoices.key))
            records.skipped += 1
            continue
        invoice = _invoice(mapping, row, records)
        if invoice and _new(row, mapping.invoices.key, invoice.key, records.invoices):
            if (line := numbers.setdefault(invoice.number, row.line)) != row.line:
                row.bad(_shown(mapping.invoices.number or mapping.invoices.key), f"Line {line} has this number too.")
            records.invoices[invoice.key] = invoice
    for row in read_rows(lines, mapping.lines, problems):
        _line(mapping, row, records, skipped)
    for invoice in records.invoices.values():
        _add_up(mapping, invoice)
    return records


def _shown(source: FieldSource | None) -> str:
    return source.shown if source else ""


def _text(row: Row, source: FieldSource | None) -> str:
    return row.text(source).strip()


def _needed(row: Row, source: FieldSource) -> str:
    text = _text(row, source)
    if not text:
        row.bad(_shown(source), "This must not be empty.")
    elif len(text) > LONGEST:
        row.bad(_shown(source), f"This is longer than {LONGEST} characters.")
    return text


def _read(row: Row, source: FieldSource | None, reader: Callable[[str], T], missing: T) -> T:
    """What the field says; `missing` where it is empty or wrong, the wrong also noted as a problem."""
    text = _text(row, source)
    if not text:
        return missing
    try:
        return reader(text)
    except ValueError as error:
        row.bad(_shown(source), str(error))
        return missing


def _amount(row: Row, source: FieldSource | None, currency: str, file: FileMapping) -> int | None:
    def read(text: str) -> int | None:
        return read_amount(text, currency, file.decimal, file.thousands)

    return _read(row, source, read, None)


def _new(row: Row, source: FieldSource, key: str, known: dict[str, T]) -> bool:
    first = known.get(key)
    if first is None:
        return True
    row.bad(_shown(source), f"“{key}” is there twice: line {getattr(first, 'row').line} has it too.")  # noqa: B009
    return False


def _customer(mapping: Mapping, row: Row) -> CustomerRecord | None:
    m = mapping.customers
    key, name = _needed(row, m.key), _needed(row, m.name)
    email = _read(row, m.email, email_of, "")
    currency = _read(row, m.currency, read_currency, mapping.currency)
    plain = ("phone", "address", "postal_code", "city", "region", "tax_id", "purchase_order")
    details = {to: _text(row, getattr(m, to))[:LONGEST] for to in plain}
    details["country"] = _read(row, m.country, read_country, "")
    details["address_line"] = details.pop("address")
    return CustomerRecord(key, name, _text(row, m.contact) or name, email, currency, details, row) if row.good else None


def _invoice(mapping: Mapping, row: Row, records: Records) -> InvoiceRecord | None:
    m = mapping.invoices
    key, owner = _needed(row, m.key), _needed(row, m.customer)
    customer = records.customers.get(owner)
    if owner and customer is None:
        row.bad(_shown(m.customer), f"There is no customer “{owner}” that could be taken in.")
    currency = _read(row, m.currency, read_currency, customer.currency if customer else mapping.currency)
    _needed(row, m.issued)
    issued = _read(row, m.issued, lambda text: read_date(text, _form(m.issued)), date.min)
    fallback = issued + timedelta(days=m.due_days) if issued > date.min else date.min
    due = _read(row, m.due, lambda text: read_date(text, _form(m.due)), fallback)
    if row.good and due < issued:
        row.bad(_shown(m.due), f"It is due on {due}, before it was issued on {issued}.")
    paid_on, paid = _payment(mapping, row, currency, issued)
    number = clean_number(_text(row, m.number) or f"{mapping.source}-{key}")
    if len(number) > 40:
        row.bad(_shown(m.number or m.key), "An invoice's number has at most 40 characters.")
    stated = _amount(row, m.total, currency, m)
    if stated is not None and stated < 0:
        row.bad(_shown(m.total), "A total below zero is a credit note, and those are not imported. Map it to skip.")
    title = _text(row, m.title)[:LONGEST] or f"Invoice {number}"
    if not row.good:
        return None
    order = _text(row, m.purchase_order)[:LONGEST]
    return InvoiceRecord(key, owner, number, title, currency, issued, due, paid_on, paid, stated, order, row)


def _form(source: FieldSource | None) -> str:
    return source.format if source else "%Y-%m-%d"


def _payment(mapping: Mapping, row: Row, currency: str, issued: date) -> tuple[date | None, int | None]:
    m = mapping.invoices
    status = _text(row, m.status).casefold() or "open"
    if status not in ("open", "paid"):
        row.bad(_shown(m.status), f"“{_text(row, m.status)}” is no status. The mapping must say: open, paid or skip.")
    paid = _amount(row, m.paid, currency, m)
    if paid is not None and paid < 0:
        row.bad(_shown(m.paid), "What was paid can't be below zero.")
    paid_on = _read(row, m.paid_on, lambda text: read_date(text, _form(m.paid_on)), None)
    if status == "open" and not paid:
        return None, None
    if paid_on is None and row.good:
        if m.paid_on is not None:
            row.bad(_shown(m.paid_on), "It is paid, and the day on which it was paid is missing.")
        return issued, paid if status == "open" else None
    if paid_on is not None and paid_on < issued:
        row.bad(_shown(m.paid_on), f"It was paid on {paid_on}, before it was issued on {issued}.")
    return paid_on, paid if status == "open" else None


def _line(mapping: Mapping, row: Row, records: Records, skipped: set[str]) -> None:
    m = mapping.lines
    owner = _needed(row, m.invoice)
    if owner in skipped:
        return
    invoice = records.invoices.get(owner)
    if owner and invoice is None:
        row.bad(_shown(m.invoice), f"There is no invoice “{owner}” that could be taken in.")
    description = _needed(row, m.description)
    currency = invoice.currency if invoice else mapping.currency
    quantity = _read(row, m.quantity, lambda text: read_decimal(text, m.decimal, m.thousands), Decimal(1))
    _needed(row, m.unit_amount)
    unit_amount = _amount(row, m.unit_amount, currency, m) or 0
    rate = _read(row, m.tax_rate, lambda text: read_rate(text, m.decimal), Decimal(0))
    amount = round_half_up(unit_amount * Fraction(quantity))
    stated = _amount(row, m.amount, currency, m)
    if row.good and stated is not None and stated != amount:
        row.bad(_shown(m.amount), f"{_money(stated, currency)} is not {quantity} × {_money(unit_amount, currency)}.")
    if abs(amount) >= MOST:
        row.bad(_shown(m.unit_amount), "This is too large.")
    if row.good and invoice:
        detail, unit = _text(row, m.detail)[:LONGEST], _text(row, m.unit)[:40]
        invoice.lines.append(LineRecord(description, detail, quantity, unit, unit_amount, amount, rate, row))


def _money(amount: int, currency: str) -> str:
    return format_money(amount, currency)


def _add_up(mapping: Mapping, invoice: InvoiceRecord) -> None:
    """Lines and tax make the total; what the file says of it must agree."""
    m, row, currency = mapping.invoices, invoice.row, invoice.currency
    if not invoice.lines:
        row.bad(_shown(m.key), f"Invoice “{invoice.key}” has no lines.")
        return
    sums = joint_renewal((line.amount, line.tax_rate) for line in invoice.lines)
    invoice.subtotal, invoice.tax = sums.net, sums.tax
    stated = invoice.stated_total
    if stated is not None and stated != invoice.total:
        says = (
            f"The total is {_money(stated, currency)}, and the lines with tax make {_money(invoice.total, currency)}."
        )
        row.bad(_shown(m.total), says)
    elif invoice.total < 0:
        row.bad(_shown(m.key), "The lines make less than zero. Credit notes are not imported: map it to skip.")
    elif invoice.paid is not None and invoice.paid > invoice.total:
        row.bad(_shown(m.paid), f"{_money(invoice.paid, currency)} was paid, more than the total.")


def money_of(records: Records) -> Iterator[tuple[str, int]]:
    """Currency and total of each invoice."""
    for invoice in records.invoices.values():
        yield invoice.currency, invoice.total
