"""What an invoice or a credit note says on paper. It is said as it was issued: what was paid later changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel import Locale

from billing.dates import SENTENCES, format_day
from billing.documents.sheets import Column, Sheet, SheetLine
from billing.documents.spreadsheet import decimals, safe
from billing.invoices.detail import DetailLine, InvoiceDetail
from billing.models.invoices import InvoiceKind
from billing.money import format_money
from billing.preferences import PortalPreferences

QUESTIONS = (
    "Open it online for the working behind each line, or reply to the email it came with. "
    "A person answers within one working day."
)


def sheet_of(detail: InvoiceDetail, business: PortalPreferences, address: str) -> Sheet:
    """The document's texts; `address` is where customers find it online."""
    row = detail.row
    kind = "Credit note" if row.kind == InvoiceKind.CREDIT_NOTE else "Invoice"
    names = {tax.label.split()[0] for tax in detail.taxes if tax.label}
    tax_name = names.pop() if len(names) == 1 else "Tax"
    return Sheet(
        kind=kind,
        number=row.number,
        title=row.title,
        business=business.business_name,
        letterhead=letterhead(business),
        bill_to=addressee(detail.bill_to),
        headline=f"Total, due {format_day(row.due_on)}" if row.due_on else "Total",
        total=format_money(detail.total, row.currency),
        facts=tuple(_facts(detail, kind, business, address)),
        columns=(
            Column("What", 318, figures=False),
            Column("Quantity", 70),
            Column("Price", 96),
            Column(tax_name, 56),
            Column("Amount", 126),
        ),
        lines=tuple(_line(line, row.currency) for line in detail.lines),
        sums=tuple(_sums(detail, tax_name)),
        notes=(*([("Note", detail.note)] if detail.note else []), (f"Questions about this {kind.lower()}?", QUESTIONS)),
        foot=_foot(detail, kind),
    )


def letterhead(business: PortalPreferences) -> tuple[str, ...]:
    """Who sends it."""
    return _said(
        business.business_legal_name,
        business.business_address,
        business.business_registration,
        business.business_contact,
    )


def addressee(kept: dict[str, Any]) -> tuple[str, ...]:
    """Whom it is for: the address as `billing.posting.billing_address` keeps it."""
    return _said(*_bill_to(kept))


def _sums(detail: InvoiceDetail, tax_name: str) -> Iterator[tuple[str, str]]:
    """What becomes the total: lines, what coupons take off, tax; tax that the lines contain is only named."""
    currency = detail.row.currency
    added = [tax for tax in detail.taxes if not tax.inclusive]
    yield f"Subtotal without {tax_name}" if added else "Subtotal", format_money(detail.subtotal, currency)
    for discount in detail.discounts:
        yield discount.label, format_money(-discount.amount, currency)
    for tax in added:
        yield f"{tax.label} of {format_money(tax.base, currency)}", format_money(tax.amount, currency)
    for tax in detail.taxes:
        if tax.inclusive:
            yield f"{tax.label} of {format_money(tax.base, currency)}, included", format_money(tax.amount, currency)


def invoice_rows(detail: InvoiceDetail) -> Iterator[tuple[str, ...]]:
    """The document for a spreadsheet: a row a line, discount and tax, and the total."""
    row = detail.row
    write = decimals(row.currency)
    due = row.due_on.isoformat() if row.due_on else ""
    of = (safe(row.number), row.issued_on.isoformat(), due)
    yield (
        "document", "issued", "due", "row", "description", "detail", "quantity", "unit", "price", "tax percent",
        "amount", "currency",
    )  # fmt: skip
    for line in detail.lines:
        price, rate = write(line.unit_amount), _plain(line.tax_rate)
        yield (
            *of, "line", safe(line.description), safe(line.detail), _plain(line.quantity), safe(line.unit), price, rate,
            write(line.amount), row.currency,
        )  # fmt: skip
    for discount in detail.discounts:
        yield (*of, "discount", safe(discount.label), "", "", "", "", "", write(-discount.amount), row.currency)
    for tax in detail.taxes:
        kind = "tax included" if tax.inclusive else "tax"
        yield (*of, kind, safe(tax.label), "", "", "", "", _plain(tax.rate), write(tax.amount), row.currency)
    yield (*of, "total", "Total", "", "", "", "", "", write(detail.total), row.currency)


def _line(line: DetailLine, currency: str) -> SheetLine:
    unit = f" {line.unit}" if line.unit and len(line.unit) <= 3 else ""
    return SheetLine(
        (
            line.description,
            f"{_plain(line.quantity)}{unit}",
            format_money(line.unit_amount, currency),
            f"{_plain(line.tax_rate)}%",
            format_money(line.amount, currency),
        ),
        line.detail,
    )


def _plain(number: Decimal) -> str:
    """The number without zeros at its end: 3.5, 18."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bill_to(kept: dict[str, Any]) -> Iterator[str]:
    said = {name: str(value or "").strip() for name, value in kept.items()}
    yield said.get("name", "")
    yield said.get("attention", "")
    yield ", ".join(part for part in (said.get("address"), said.get("city")) if part)
    yield _country(said.get("country", ""))
    yield said.get("tax_id", "")


def _country(code: str) -> str:
    name = str(Locale.parse(SENTENCES).territories.get(code, code))
    return f"The {name}" if code in ("NL", "PH", "BS", "GM") else name


def _facts(detail: InvoiceDetail, kind: str, business: PortalPreferences, address: str) -> Iterator[tuple[str, str]]:
    row = detail.row
    yield f"{kind} date", format_day(row.issued_on)
    if detail.purchase_order:
        yield "Your reference", detail.purchase_order
    if kind == "Invoice" and business.business_iban:
        yield "Pay to", business.business_iban
        yield "With reference", row.number
    parts = urlsplit(address)
    yield "Or online" if kind == "Invoice" else "Online", f"{parts.netloc}{parts.path}/invoices/{row.number}"


def _foot(detail: InvoiceDetail, kind: str) -> str:
    row = detail.row
    if kind != "Invoice":
        return "Nothing to pay. It counts as credit for what you owe."
    days = (row.due_on - row.issued_on).days if row.due_on else 0
    return f"Pay within {days} days. Interest by law may follow after a reminder." if days > 0 else "Pay at once."


def _said(*texts: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip())
