"""Invoices that staff write by hand: one-off work, fees, things that were bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.money import format_money
from billing.posting import apply_credit, finalise_invoice, usable_credit
from billing.price_list.taxes import tax_rules
from billing.references import Currency, Day, Line, Name, Percent, Price, Words
from billing.registry import Audience, Role, Ungated, action
from billing.rules.arithmetic import arithmetic_of
from billing.rules.proration import Priced
from billing.rules.totals import NewLine, Totals, document_totals

Quantity = Annotated[Decimal, Field(gt=0, le=10**9, max_digits=18, decimal_places=6)]


class InvoiceItem(BaseModel):
    """A line: so many units at a price, minor units. `tax_rate` holds where the customer has no rate of their own."""

    description: Name
    unit_amount: Price
    quantity: Quantity = Decimal(1)
    unit: Annotated[str, Field(max_length=20), Line] = ""
    tax_rate: Annotated[
        Percent, Field(description="In percent, such as 21. Left empty, the customer’s own rate, or no tax.")
    ] = Decimal(0)
    detail: Words = ""


class CreateInvoice(BaseModel):
    """What is billed, in the account's currency unless another is named; due by the business's terms, or on a day."""

    title: Name
    lines: list[InvoiceItem] = Field(min_length=1, max_length=500)
    due_on: Day | None = None
    currency: Currency | None = None
    purchase_order: Annotated[str, Field(max_length=100), Line] = ""
    note: Words = ""
    use_credit: bool = False

    @model_validator(mode="after")
    def _within_reason(self) -> CreateInvoice:
        if sum(line.unit_amount * line.quantity for line in self.lines) > 10**15:
            raise ValueError("An invoice of that size can't be kept.")
        return self


class InvoiceCreated(BaseModel):
    """The invoice as it was issued; minor units."""

    invoice: str
    currency: str
    subtotal: int
    tax: int
    total: int
    credit_used: int
    due: int
    due_on: date


@dataclass(frozen=True)
class CreatingPlan:
    """The lines of an invoice, what they come to, and how much credit is used on it."""

    lines: tuple[NewLine, ...]
    sums: Totals
    currency: str
    due_on: date
    credit: int
    effect: Effect


def plan_creating(ctx: Context, input: CreateInvoice) -> CreatingPlan:
    """Works the invoice out. Raises day_out_of_order and amount_too_low."""
    due_on = input.due_on or ctx.today + timedelta(days=ctx.preferences.payment_terms_days)
    if due_on < ctx.today:
        raise PortalError("day_out_of_order", day=format_day(due_on), earliest=format_day(ctx.today), field="due_on")
    currency = input.currency or ctx.customer.currency
    lines = tuple(_lines(ctx, input.lines))
    sums = document_totals(ctx.preferences.policy, lines)
    if sums.total <= 0:
        shown = format_money(sums.total, currency, ctx.customer.locale)
        least = format_money(0, currency, ctx.customer.locale)
        raise PortalError("amount_too_low", amount=shown, least=least, field="lines")
    assert ctx.actor.customer_id is not None
    there = usable_credit(ctx, ctx.actor.customer_id, currency) if input.use_credit else 0
    credit = min(there, sums.total)
    return CreatingPlan(lines, sums, currency, due_on, credit, _effect(ctx, lines, sums, currency, due_on, credit))


def _lines(ctx: Context, items: Sequence[InvoiceItem]) -> list[NewLine]:
    rules, policy = tax_rules(ctx.session, ctx.customer), ctx.preferences.policy
    lines = []
    for item in items:
        priced = Priced(item.unit_amount, item.quantity)
        unit = item.unit.strip()
        arithmetic = arithmetic_of(priced, None, of=item.description, unit=unit, rounding=policy.rounding)
        lines.append(
            NewLine(
                description=item.description, unit_amount=item.unit_amount, amount=arithmetic["amount"],
                quantity=item.quantity, unit=unit, detail=item.detail, taxes=rules.on(item.tax_rate),
                arithmetic=arithmetic,
            )
        )  # fmt: skip
    return lines


def _effect(ctx: Context, lines: Sequence[NewLine], sums: Totals, currency: str, due_on: date, credit: int) -> Effect:
    shown = format_money(sums.total, currency, ctx.customer.locale)
    rows = [EffectLine(label=line.description, note=line.detail, amount=line.amount) for line in lines]
    rows += [EffectLine(label=tax.tax.name, amount=tax.amount) for tax in sums.taxes if not tax.tax.inclusive]
    rows.append(EffectLine(label="Total", amount=sums.total, kind=LineKind.TOTAL))
    if credit:
        rows.append(EffectLine(label="Credit", amount=-credit))
    rows.append(EffectLine(label="To pay", amount=sums.total - credit, kind=LineKind.GRAND))
    facts = [EffectFact(label="Tax", value=_tax_words(ctx, sums)), EffectFact(label="Due", value=format_day(due_on))]
    return Effect(
        title=f"Invoice {ctx.customer.name} for {shown}",
        currency=currency,
        lines=tuple(rows),
        facts=tuple(facts),
        confirm=f"Issue the invoice of {shown}",
        warning=f"{_untaxed(ctx, sums)}An invoice is final once it is issued.",
    )


def _untaxed(ctx: Context, sums: Totals) -> str:
    """A sentence where no tax is charged and nobody said that none should be."""
    rules = tax_rules(ctx.session, ctx.customer)
    if rules.exempt or rules.rates or sums.taxes:
        return ""
    return "This invoice bears no tax. Set a rate for the country or the customer first, if it should. "


def _tax_words(ctx: Context, sums: Totals) -> str:
    """Which tax the lines bear, and where it comes from."""
    rules = tax_rules(ctx.session, ctx.customer)
    if rules.exempt:
        return f"none, {ctx.customer.name} is exempt"
    if rules.rates:
        return f"{' and '.join(rate.label for rate in rules.rates)}, the rate set for this customer or their country"
    if sums.taxes:
        return f"{' and '.join(dict.fromkeys(tax.tax.name for tax in sums.taxes))}, as written on the lines"
    return "none: no rate is set for this customer or their country, and none is written on a line"


@action(
    "invoices.create",
    title="Write an invoice",
    help="Issue an invoice for one-off work or things, with its own lines and prices.",
    role=Role.AGENT,
    gate=Ungated("Staff bill what was agreed"),
    audience=Audience.STAFF,
    page="/invoices",
    slash="/invoice-new",
    icon="file-plus",
    phrases=["write an invoice", "bill them for {title}", "create a new invoice"],
    plan=plan_creating,
    audit="{actor} issued {invoice}: “{effect}”.",
    moves_money=True,
)
def create_invoice(ctx: Context, input: CreateInvoice, plan: CreatingPlan) -> InvoiceCreated:
    """Issues it, and uses credit on it where that was wanted."""
    assert ctx.actor.customer_id is not None
    draft = Invoice(
        customer_id=ctx.actor.customer_id, title=input.title, currency=plan.currency, issued_on=ctx.today,
        due_on=plan.due_on, purchase_order=input.purchase_order.strip(), note=input.note, created_at=ctx.now,
    )  # fmt: skip
    invoice = finalise_invoice(ctx, draft, plan.lines)
    used = apply_credit(ctx, invoice, plan.credit) if plan.credit else 0
    return InvoiceCreated(
        invoice=invoice.number or "", currency=invoice.currency, subtotal=invoice.subtotal, tax=invoice.tax,
        total=invoice.total, credit_used=used, due=invoice.due, due_on=plan.due_on,
    )  # fmt: skip
