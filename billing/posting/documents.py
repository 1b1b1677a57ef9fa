"""Makes invoices and credit notes final."""

from __future__ import annotations

from collections.abc import Sequence

from billing.context import Context
from billing.models.invoices import (
    Invoice,
    InvoiceDiscount,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    InvoiceTax,
    InvoiceTerm,
)
from billing.models.ledger import Account
from billing.models.people import Customer
from billing.posting.ledger import move
from billing.posting.movement import Movement
from billing.posting.numbers import next_number
from billing.posting.totals import add_due, count_status
from billing.rules.policy import Policy
from billing.rules.search_terms import terms_of
from billing.rules.tax import taxes_as_data
from billing.rules.totals import Discount, NewLine, Totals, document_totals


def billing_address(customer: Customer, attention: str = "") -> dict[str, str]:
    """Name and address as they are now, kept on the document for good."""
    return {
        "name": customer.name,
        "attention": f"For the attention of {attention}" if attention else "",
        "address": customer.address_line,
        "city": " ".join(part for part in (customer.postal_code, customer.city) if part),
        "country": customer.country,
        "tax_id": f"VAT {customer.tax_id}" if customer.tax_id else "",
    }


def finalise_invoice(
    ctx: Context,
    invoice: Invoice,
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    policy: Policy | None = None,
) -> Invoice:
    """Makes a draft final: its number, lines, taxes (each rate rounded once), totals, ledger and running totals.

    The policy (the business's unless given) says how it is rounded and whether tax comes before the discounts. An
    invoice of zero is paid at once. From here on only what settles it changes.
    """
    assert invoice.status == InvoiceStatus.DRAFT and invoice.kind == InvoiceKind.INVOICE
    invoice.number = invoice.number or next_number(ctx, ctx.preferences.invoice_series, invoice.issued_on)
    _write(ctx, invoice, lines, discounts, policy or ctx.preferences.policy)
    invoice.due = invoice.total
    invoice.status = InvoiceStatus.OPEN if invoice.due else InvoiceStatus.PAID
    count_status(ctx.session, invoice, None)
    add_due(ctx.session, invoice, invoice.due, billed=invoice.total)
    text = f"{invoice.title} ({invoice.number})"
    revenue = invoice.total - invoice.tax
    move(ctx, Movement(Account.RECEIVABLE, Account.REVENUE, revenue, text), invoice=invoice)
    move(ctx, Movement(Account.RECEIVABLE, Account.TAX, invoice.tax, text), invoice=invoice)
    ctx.emit("invoice.finalised", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return invoice


def issue_credit_note(
    ctx: Context,
    invoice: Invoice,
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    policy: Policy | None = None,
    sums: Totals | None = None,
) -> Invoice:
    """Makes a draft credit note final; its lines are below zero, and all of it can be used.

    `sums` is what it comes to where that was worked out from the invoice that it corrects; else the policy says whether
    net and tax are each rounded, or the gross.
    """
    assert invoice.status == InvoiceStatus.DRAFT and invoice.kind == InvoiceKind.CREDIT_NOTE
    invoice.number = invoice.number or next_number(ctx, ctx.preferences.credit_note_series, invoice.issued_on)
    _write(ctx, invoice, lines, discounts, policy or ctx.preferences.policy, sums)
    assert invoice.total <= 0, "a credit note gives money back"
    invoice.credit_left = -invoice.total
    invoice.status = InvoiceStatus.OPEN if invoice.credit_left else InvoiceStatus.PAID
    count_status(ctx.session, invoice, None)
    text = f"{invoice.title} ({invoice.number})"
    revenue = invoice.total - invoice.tax
    move(ctx, Movement(Account.REVENUE, Account.CREDIT, -revenue, text), invoice=invoice)
    move(ctx, Movement(Account.TAX, Account.CREDIT, -invoice.tax, text), invoice=invoice)
    ctx.emit("credit_note.issued", "invoices", "credits", customer_id=invoice.customer_id, number=invoice.number)
    return invoice


def _write(
    ctx: Context,
    invoice: Invoice,
    lines: Sequence[NewLine],
    discounts: Sequence[Discount],
    policy: Policy,
    sums: Totals | None = None,
) -> None:
    customer = ctx.session.get_one(Customer, invoice.customer_id)
    invoice.bill_to = invoice.bill_to or billing_address(customer)
    invoice.purchase_order = invoice.purchase_order or customer.purchase_order
    invoice.finalised_at = ctx.now
    invoice.due_on = invoice.due_on or invoice.issued_on
    if sums is None:
        sums = document_totals(policy, lines, discounts, credit_note=invoice.kind == InvoiceKind.CREDIT_NOTE)
    invoice.subtotal, invoice.discount = sums.subtotal, sums.discount
    invoice.tax, invoice.tax_included, invoice.total = sums.tax, sums.tax_included, sums.total
    ctx.session.add(invoice)
    ctx.session.flush()
    assert invoice.id is not None
    for position, line in enumerate(lines, start=1):
        ctx.session.add(kept_line(invoice.id, position, line))
    for position, discount in enumerate(discounts, start=1):
        ctx.session.add(
            InvoiceDiscount(
                invoice_id=invoice.id, position=position, code=discount.code, label=discount.label,
                amount=discount.amount,
            )
        )  # fmt: skip
    for t in sums.taxes:
        ctx.session.add(
            InvoiceTax(
                invoice_id=invoice.id, label=t.tax.label, rate=t.tax.percent, base=t.base, amount=t.amount,
                inclusive=t.tax.inclusive,
            )
        )  # fmt: skip
    for term in terms_of(invoice.number or "", invoice.title, invoice.total):
        ctx.session.add(
            InvoiceTerm(customer_id=invoice.customer_id, term=term, issued_on=invoice.issued_on, invoice_id=invoice.id)
        )


def kept_line(invoice_id: int, position: int, line: NewLine) -> InvoiceLine:
    """A line as a document keeps it."""
    return InvoiceLine(
        invoice_id=invoice_id,
        position=position,
        description=line.description,
        detail=line.detail,
        quantity=line.quantity,
        unit=line.unit,
        unit_amount=line.unit_amount,
        amount=line.amount,
        tax_rate=line.all_percent,
        taxes=taxes_as_data(line.borne),
        working=list(line.working),
        arithmetic=dict(line.arithmetic),
        subscription_id=line.subscription_id,
        period_start=line.period_start,
        period_end=line.period_end,
    )
