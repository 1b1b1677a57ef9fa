"""Invoices and credit notes: the list, one of them, its document."""

from __future__ import annotations

from pydantic import BaseModel, Field

from billing.access import access_invoice
from billing.context import Context
from billing.documents.downloads import Document, Format, drawn, tabled
from billing.documents.invoice_sheet import invoice_rows, sheet_of
from billing.errors import PortalError
from billing.invoices.bounds import Bounds
from billing.invoices.detail import InvoiceDetail, detail_of
from billing.invoices.listing import InvoiceFilter, InvoicePage, InvoiceSort, list_page
from billing.references import Amount, Day, InvoiceNumber, Words, check_days
from billing.registry import Role, query


class ListInvoices(BaseModel):
    """Which documents, issued between which days, of which amounts (all included), in which order, and which page.

    Amounts are totals in the minor unit of the account's currency.
    """

    status: InvoiceFilter = InvoiceFilter.ALL
    search: Words = ""
    since: Day | None = None
    until: Day | None = None
    at_least: Amount | None = None
    at_most: Amount | None = None
    sort: InvoiceSort = InvoiceSort.ISSUED
    cursor: str | None = Field(default=None, max_length=300)
    size: int = Field(default=25, ge=1, le=100)


class OneInvoice(BaseModel):
    """An invoice or credit note, by its number."""

    number: InvoiceNumber


class DownloadInvoice(OneInvoice):
    """The document of that number, as PDF or for a spreadsheet."""

    format: Format = Format.PDF


@query(
    "invoices.list",
    title="See invoices",
    help="List invoices and credit notes: all, to pay, overdue, paid, cancelled, written off, or found by words.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/invoices",
    slash="/invoices",
    icon="receipt-text",
    phrases=[
        "which invoices are overdue",
        "show my invoices",
        "what do I have to pay",
        "can I see my past invoices",
        "list unpaid invoices",
        "invoices over {at_least}",
    ],
)
def list_invoices(ctx: Context, input: ListInvoices) -> InvoicePage:
    """One page of the customer's documents. Raises `invalid_input` for days or amounts out of order."""
    check_days(input.since, input.until)
    least, most = input.at_least, input.at_most
    if least is not None and most is not None and least > most:
        raise PortalError("invalid_input", field="at_least", problem="The first amount is above the second one.")
    currency = ctx.customer.currency if least is not None or most is not None else ""
    bounds = Bounds(input.since, input.until, least, most, currency)
    return list_page(ctx, input.status, input.search, input.sort, input.cursor, input.size, bounds)


@query(
    "invoices.show",
    title="See one invoice",
    help="Show an invoice with its lines, tax, credits and payments, and the working behind each line.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/invoices",
    slash="/invoice",
    icon="receipt-text",
    phrases=["show invoice {number}", "open {number}", "why is {number} so high", "what is on invoice {number}"],
)
def show_invoice(ctx: Context, input: OneInvoice) -> InvoiceDetail:
    """The invoice in full. Raises `not_found`."""
    return detail_of(ctx, access_invoice(ctx, input.number))


@query(
    "invoices.download",
    title="Download an invoice",
    help="Get an invoice or credit note as PDF, or as CSV for a spreadsheet.",
    role=Role.VIEWER,
    gate="invoice_download",
    page="/invoices",
    slash="/download",
    icon="download",
    phrases=["download {number}", "send me the pdf of {number}", "I need a copy of invoice {number}"],
)
def download_invoice(ctx: Context, input: DownloadInvoice) -> Document:
    """The document as it was issued; a PDF is drawn once. Raises `not_found`."""
    invoice = access_invoice(ctx, input.number)
    detail, number = detail_of(ctx, invoice, settled=False), invoice.number or ""
    if input.format is Format.CSV:
        return tabled(ctx, "invoice", number, invoice_rows(detail))
    return drawn(ctx, "invoice", number, sheet_of(detail, ctx.preferences, ctx.settings.address))
