"""Why a document costs what it costs: the arithmetic of each line worked out again, then discounts, taxes and total."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.invoices.line_words import told
from billing.models.invoices import Invoice, InvoiceDiscount, InvoiceLine, InvoiceTax
from billing.money import MoneyFormat, round_half_up
from billing.rules.arithmetic import plain, worked_out_again
from billing.rules.tax import named


class WhyLine(BaseModel):
    """A line's amount: `sentence` says how it comes about, `exact` is the fraction of minor units before rounding.

    `worked_out` is the amount worked out again from the figures that the line keeps; None where it keeps none.
    """

    line: int
    description: str
    sentence: str
    working: list[str]
    amount: int
    exact: str
    worked_out: int | None
    arithmetic: dict[str, Any]


class WhySum(BaseModel):
    """What follows the lines: a coupon, a tax, the total. Amounts are minor units, below zero where they come off."""

    label: str
    sentence: str
    amount: int


class Why(BaseModel):
    """Why a document costs what it costs, or one line of it; `sentences` is all of it as one reads it."""

    number: str
    currency: str
    lines: list[WhyLine]
    sums: list[WhySum]
    total: int
    sentences: list[str]


def why(ctx: Context, invoice: Invoice, line: int | None = None) -> Why:
    """The arithmetic of the whole document, or of the line at that place. Raises not_found for a line that isn't there.

    Three statements.
    """
    money = ctx.money_in(invoice.currency)
    rows = ctx.session.exec(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(col(InvoiceLine.position))
    ).all()
    wanted = [row for row in rows if line in (None, row.position)]
    if line is not None and not wanted:
        raise PortalError("not_found", thing="line", reference=str(line), field="line")
    lines = [_line(row, money) for row in wanted]
    sums = _sums(ctx, invoice, rows, money) if line is None else []
    return Why(
        number=invoice.number or "",
        currency=invoice.currency,
        lines=lines,
        sums=sums,
        total=invoice.total if line is None else sum(one.amount for one in lines),
        sentences=[*(one.sentence for one in lines), *(one.sentence for one in sums)],
    )


def _line(row: InvoiceLine, money: MoneyFormat) -> WhyLine:
    sentence, exact, again = _explained(row, money)
    return WhyLine(
        line=row.position,
        description=row.description,
        sentence=sentence,
        working=row.working,
        amount=row.amount,
        exact=exact,
        worked_out=again,
        arithmetic=row.arithmetic,
    )


def _explained(row: InvoiceLine, money: MoneyFormat) -> tuple[str, str, int | None]:
    if "exact" in row.arithmetic:
        return told(row.arithmetic, money), row.arithmetic["exact"], worked_out_again(row.arithmetic)
    exact = row.unit_amount * Fraction(row.quantity)
    if round_half_up(exact) != row.amount:
        return f"{row.description}: {money(row.amount)}", "", None
    unit = f" {row.unit}" if row.unit else ""
    price = f"{plain(row.quantity)}{unit} × {money(row.unit_amount)} = " if row.quantity != 1 else ""
    return f"{row.description}: {price}{money(row.amount)}", f"{exact.numerator}/{exact.denominator}", row.amount


def _sums(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine], money: MoneyFormat) -> list[WhySum]:
    found = []
    if len(lines) > 1:
        together = " + ".join(money(row.amount) for row in lines).replace("+ \u2212", "\u2212 ")
        sentence = f"{together} = {money(invoice.subtotal)}"
        found.append(WhySum(label="Lines", sentence=sentence, amount=invoice.subtotal))
    for discount in ctx.session.exec(
        select(InvoiceDiscount)
        .where(InvoiceDiscount.invoice_id == invoice.id)
        .order_by(col(InvoiceDiscount.position))
    ):  # fmt: skip
        code = f" ({discount.code})" if discount.code and discount.code != discount.label else ""
        sentence = f"{discount.label}{code} takes off {money(discount.amount)}"
        if discount.amount < 0:
            sentence = (
                f"{discount.label}{code} had taken off {money(-discount.amount)}, so that much less is given back"
            )
        found.append(WhySum(label=discount.label, sentence=sentence, amount=-discount.amount))
    for tax in ctx.session.exec(
        select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id).order_by(col(InvoiceTax.id))
    ):
        contained = ", which the prices contain" if tax.inclusive else ""
        name = named(tax.label, tax.rate)
        sentence = f"{name} of {money(tax.base)} = {money(tax.amount)}{contained}"
        found.append(WhySum(label=name, sentence=sentence, amount=0 if tax.inclusive else tax.amount))
    return [*found, _total(invoice, money)]


def _total(invoice: Invoice, money: MoneyFormat) -> WhySum:
    added = invoice.tax - invoice.tax_included
    sentence = money(invoice.subtotal)
    for sign, amount in ((-1, invoice.discount), (1, added)):
        if amount:
            sentence += f" {'+' if sign * amount > 0 else '−'} {money(abs(amount))}"
    shown = f"{sentence} = {money(invoice.total)}" if invoice.subtotal != invoice.total else money(invoice.total)
    return WhySum(label="Total", sentence=f"Total: {shown}", amount=invoice.total)
