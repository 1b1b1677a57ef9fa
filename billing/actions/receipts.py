"""Receipts: what a payment was for, on paper."""

from __future__ import annotations

from pydantic import BaseModel

from billing.access import access_payment
from billing.context import Context
from billing.documents.downloads import Document, Format
from billing.documents.receipt_sheet import receipt_document
from billing.references import PaymentNumber
from billing.registry import Role, query


class DownloadReceipt(BaseModel):
    """The receipt of that payment, as PDF or for a spreadsheet."""

    payment: PaymentNumber
    format: Format = Format.PDF


@query(
    "payments.receipt",
    title="Download a receipt",
    help="Get the receipt of a payment as PDF, or as CSV for a spreadsheet.",
    role=Role.VIEWER,
    gate="payments_shown",
    page="/payments",
    slash="/receipt",
    icon="download",
    phrases=["download the receipt of {payment}", "I need a receipt for {payment}", "send me a receipt for {payment}"],
)
def download_receipt(ctx: Context, input: DownloadReceipt) -> Document:
    """The receipt; a PDF is drawn once. Raises `not_found`, and `no_receipt` where the money has not come in."""
    return receipt_document(ctx, access_payment(ctx, input.payment), input.format)
