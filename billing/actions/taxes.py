"""Rates of tax by country and by customer, and who bears none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import pycountry
from pydantic import BaseModel, StringConstraints
from sqlmodel import col, select, text

from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.people import Customer
from billing.models.taxes import TaxRate
from billing.price_list.plans import plan_code
from billing.price_list.selling import CATALOGUE_PAGE, ON_SALE, keep, must_be_free
from billing.references import Country, CustomerNumber, Line, NewCode, Percent, Short
from billing.registry import Audience, Role, action, query
from billing.subscriptions.switch_effect import percent

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Line]


class TaxesInput(BaseModel):
    """Nothing to say."""


class TaxRow(BaseModel):
    """A rate: of a country (ISO 3166-1 alpha-2) or of one customer. `inclusive`: prices contain it."""

    tax: str
    label: str
    percent: Decimal
    inclusive: bool
    country: str
    customer: str
    active: bool


class TaxList(BaseModel):
    """All rates, those that hold first."""

    rows: list[TaxRow]


@query(
    "taxes.list",
    title="Tax rates",
    help="The rates of tax by country and by customer that stand for a plan's own.",
    role=Role.AGENT,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/taxes",
    icon="landmark",
    phrases=("which tax rates are set", "show the taxes by country", "what tax does a country have"),
)
def list_taxes(ctx: Context, input: TaxesInput) -> TaxList:
    """Every rate, in one statement."""
    rows = ctx.session.exec(
        select(TaxRate, Customer.number)
        .outerjoin(Customer, col(Customer.id) == TaxRate.customer_id)
        .order_by(col(TaxRate.active).desc(), col(TaxRate.country), col(TaxRate.id))
        .limit(1000)
    ).all()
    return TaxList(
        rows=[
            TaxRow(
                tax=t.code,
                label=t.label,
                percent=t.percent,
                inclusive=t.inclusive,
                country=t.country,
                customer=number or "",
                active=t.active,
            )
            for t, number in rows
        ]
    )


class NewTax(BaseModel):
    """A rate for a country, or for one customer. Several of one country all apply, each to the price without tax."""

    label: Label
    percent: Percent
    inclusive: bool = False
    country: Country | None = None
    customer: CustomerNumber | None = None
    code: NewCode | None = None


class TaxChanged(BaseModel):
    """A rate as it is kept now."""

    tax: str
    sentence: str


@dataclass(frozen=True)
class TaxPlan:
    """A rate to be kept, and whose it is."""

    row: TaxRate
    whose: str
    effect: Effect


def plan_tax(ctx: Context, input: NewTax) -> TaxPlan:
    """Raises code_taken, label_taken, unknown_code, and invalid_input unless it is a country's or a customer's."""
    if (input.country is None) == (input.customer is None):
        problem = "Say for which country or for which customer it is, not both."
        raise PortalError("invalid_input", field="country", problem=problem)
    customer = _customer(ctx, input.customer) if input.customer else None
    row = TaxRate(
        code=input.code or plan_code(input.country or input.customer or "", input.label, "", ""),
        label=input.label,
        percent=input.percent,
        inclusive=input.inclusive,
        country=input.country or "",
        customer_id=customer.id if customer else None,
    )
    whose = customer.name if customer else country_name(row.country)
    beside = _beside(ctx, row)
    _must_be_told_apart(row, beside, whose)
    must_be_free(ctx, TaxRate, row.code)
    facts = [
        EffectFact(label="Rate", value=f"{percent(row.percent)}, {_how(row)}"),
        EffectFact(label="For", value=whose),
        EffectFact(label="Stands for", value="the rates of plans, from the next invoice on"),
    ]
    if beside:
        facts.append(EffectFact(label="Beside", value=", ".join(f"{o.label} {percent(o.percent)}" for o in beside)))
    return TaxPlan(row, whose, Effect(title=f"Add {row.label} for {whose}", facts=tuple(facts), confirm="Add tax"))


def _how(row: TaxRate) -> str:
    return "contained in prices" if row.inclusive else "added to prices"


def country_name(code: str) -> str:
    """A country's name: the Netherlands is Netherlands; its code where it has none."""
    found = pycountry.countries.get(alpha_2=code)
    return str(getattr(found, "common_name", found.name)) if found else code


def _customer(ctx: Context, number: str) -> Customer:
    row = ctx.session.exec(select(Customer).where(Customer.number == number)).first()
    if row is None:
        raise PortalError("unknown_code", field="customer", thing="customer", wanted=number)
    return row


def _beside(ctx: Context, row: TaxRate) -> list[TaxRate]:
    """The rates that hold for the same country or customer."""
    whose = TaxRate.customer_id == row.customer_id if row.customer_id else TaxRate.country == row.country
    found = ctx.session.exec(select(TaxRate).where(col(TaxRate.active), whose).order_by(col(TaxRate.id))).all()
    return [other for other in found if bool(other.customer_id) == bool(row.customer_id)]


def _must_be_told_apart(row: TaxRate, beside: list[TaxRate], whose: str) -> None:
    """Raises `label_taken`: an invoice has each tax once, by its label."""
    if any(other.label.casefold() == row.label.casefold() for other in beside):
        raise PortalError("label_taken", field="label", place=whose, label=row.label)


@action(
    "taxes.add",
    title="Add a tax rate",
    help="Add a rate of tax for a country or for one customer; it stands for the plans' own rates.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/new-tax",
    icon="landmark",
    phrases=("add a tax rate for a country", "set the tax of a customer", "add another tax rate"),
    plan=plan_tax,
    audit="{actor} added a tax rate: {sentence}.",
)
def add_tax(ctx: Context, input: NewTax, plan: TaxPlan) -> TaxChanged:
    """Keeps the rate; invoices from now on bear it, those that are out stay as they are."""
    if ctx.session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        ctx.session.connection().execute(text("LOCK TABLE tax_rate IN SHARE ROW EXCLUSIVE MODE"))
    _must_be_told_apart(plan.row, _beside(ctx, plan.row), plan.whose)
    keep(ctx, plan.row, plan.row.code)
    ctx.emit("tax.added", "catalogue", tax=plan.row.code)
    row = plan.row
    return TaxChanged(
        tax=row.code, sentence=f"{row.label} of {percent(row.percent)}, {_how(row)}, holds for {plan.whose}"
    )


class WhichTax(BaseModel):
    """A rate by its code."""

    tax: NewCode


def plan_removal(ctx: Context, input: WhichTax) -> TaxPlan:
    """Raises unknown_code and withdrawn."""
    row = ctx.session.exec(select(TaxRate).where(TaxRate.code == input.tax)).first()
    if row is None:
        raise PortalError("unknown_code", field="tax", thing="tax rate", wanted=input.tax)
    customer = ctx.session.get(Customer, row.customer_id) if row.customer_id else None
    whose = customer.name if customer else country_name(row.country)
    if not row.active:
        raise PortalError("withdrawn", field="tax", thing=f"{row.label} for {whose}")
    facts = (
        EffectFact(label="Rate", value=f"{percent(row.percent)}, {_how(row)}"),
        EffectFact(label="From then on", value="the rates that are left, or those of the plans"),
        EffectFact(label="Invoices that are out", value="stay as they are"),
    )
    effect = Effect(
        title=f"Remove {row.label} for {whose}", facts=facts, confirm="Remove tax", decline="Keep it", danger=True
    )
    return TaxPlan(row, whose, effect)


@action(
    "taxes.remove",
    title="Remove a tax rate",
    help="End a rate of tax of a country or a customer. Invoices that are out stay as they are.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/remove-tax",
    icon="circle-off",
    phrases=("remove a tax rate", "this tax no longer holds", "delete the tax of a country"),
    plan=plan_removal,
    audit="{actor} removed a tax rate: {sentence}.",
)
def remove_tax(ctx: Context, input: WhichTax, plan: TaxPlan) -> TaxChanged:
    """Ends the rate; its code stays taken, so that documents keep their meaning."""
    plan.row.active = False
    ctx.session.add(plan.row)
    ctx.emit("tax.removed", "catalogue", tax=plan.row.code)
    return TaxChanged(tax=plan.row.code, sentence=f"{plan.row.label} no longer holds for {plan.whose}")


class Exemption(BaseModel):
    """Whether the customer whose account is open bears tax, and why not."""

    exempt: bool = True
    reason: Annotated[str, Short, Line] = ""


class Exempted(BaseModel):
    """The customer as they are kept now."""

    customer: str
    exempt: bool
    sentence: str


@dataclass(frozen=True)
class Exempting:
    """A customer who will bear no tax, or will again."""

    customer: Customer
    effect: Effect


def plan_exemption(ctx: Context, input: Exemption) -> Exempting:
    """Raises nothing_to_change, and invalid_input where no reason is given."""
    customer = ctx.customer
    if input.exempt and not input.reason:
        problem = "Say why no tax is charged, such as the number of the exemption."
        raise PortalError("invalid_input", field="reason", problem=problem)
    if (customer.tax_exempt, customer.tax_exempt_reason) == (input.exempt, input.reason if input.exempt else ""):
        raise PortalError("nothing_to_change", thing=customer.name)
    facts = [EffectFact(label="Reason", value=input.reason)] if input.exempt else []
    facts.append(EffectFact(label="Starts", value="with the next invoice; those that are out stay as they are"))
    verb = "Charge no tax to" if input.exempt else "Charge tax again to"
    title = f"{verb} {customer.name}"
    confirm = "Exempt from tax" if input.exempt else "End exemption"
    return Exempting(customer, Effect(title=title, facts=tuple(facts), confirm=confirm))


@action(
    "customers.exempt",
    title="Exempt from tax",
    help="Say that this customer bears no tax, and why; or that they do again.",
    role=Role.AGENT,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/exempt",
    icon="landmark",
    phrases=("exempt this customer from tax", "charge this customer no tax", "end the tax exemption"),
    plan=plan_exemption,
    audit="{actor} confirmed “{effect}”.",
)
def exempt_customer(ctx: Context, input: Exemption, plan: Exempting) -> Exempted:
    """Keeps it with its reason."""
    customer = plan.customer
    customer.tax_exempt, customer.tax_exempt_reason = input.exempt, input.reason if input.exempt else ""
    ctx.session.add(customer)
    ctx.emit("customer.exempted", "profile", exempt=input.exempt)
    said = f"bears no tax: {input.reason}" if input.exempt else "bears tax again"
    return Exempted(customer=customer.number, exempt=input.exempt, sentence=f"{customer.name} {said}")
