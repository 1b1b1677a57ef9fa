"""Why an amount is what it is."""

from __future__ import annotations

from pydantic import BaseModel, Field

from billing.access import access_invoice
from billing.context import Context
from billing.invoices.why import Why, why
from billing.references import InvoiceNumber
from billing.registry import Role, query


class WhyInput(BaseModel):
    """An invoice or credit note, and one of its lines where only that is meant: 1 is the first."""

    number: InvoiceNumber
    line: int | None = Field(default=None, ge=1, le=100_000)


@query(
    "invoices.why",
    title="Why this amount",
    help="Work out every line of an invoice again and see how it comes to its amount, with coupons and tax.",
    role=Role.VIEWER,
    gate="invoices_shown",
    page="/invoices",
    slash="/why",
    icon="calculator",
    phrases=(
        "explain the amount of {number}",
        "show me the arithmetic of {number}",
        "how was {number} calculated",
        "how did you work out {number}",
        "why this amount on {number}",
    ),
)
def explain_invoice(ctx: Context, input: WhyInput) -> Why:
    """The exact arithmetic of a document or of one of its lines. Raises not_found."""
    return why(ctx, access_invoice(ctx, input.number), input.line)
