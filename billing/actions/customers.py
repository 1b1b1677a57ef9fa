"""The business's customers: finding one, and taking a new one on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, Field
from sqlmodel import col, func, or_, select

from billing.actions.account_details import Detail
from billing.actions.taxes import country_name
from billing.auth.memberships import let_in
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.people import Customer, Staff
from billing.posting import next_number
from billing.references import Country, Currency, GivenName, Line, Name, NewEmail, Short
from billing.registry import Audience, Role, Ungated, action, query
from billing.tax_ids import clean_tax_id

PAGE = "/desk/do"
WORK_OF_STAFF = Ungated("the business's own work with its customers")
MOST = 100
Zone = Annotated[str, Line, Short]


class CustomersInput(BaseModel):
    """A part of a name, a number, an email or a city; empty for the newest."""

    search: Annotated[str, Line, Short] = ""


class CustomerRow(BaseModel):
    """A customer. `country` is ISO 3166-1 alpha-2."""

    customer: str
    name: str
    email: str
    city: str
    country: str
    currency: str


class CustomerList(BaseModel):
    """At most 100 customers, the newest first; `more` says whether others fit too."""

    rows: list[CustomerRow]
    more: bool


@query(
    "customers.list",
    title="Customers",
    help="Find a customer by a part of their name, number, email or city.",
    role=Role.AGENT,
    gate=WORK_OF_STAFF,
    audience=Audience.STAFF,
    page=PAGE,
    slash="/customers",
    icon="users",
    phrases=("list our customers", "which customers do we have", "find a customer"),
)
def list_customers(ctx: Context, input: CustomersInput) -> CustomerList:
    """What fits, in one statement."""
    wanted = select(Customer).order_by(col(Customer.id).desc()).limit(MOST + 1)
    if input.search:
        searched = (Customer.name, Customer.number, Customer.email, Customer.city)
        wanted = wanted.where(or_(*[col(one).icontains(input.search, autoescape=True) for one in searched]))
    rows = ctx.session.exec(wanted).all()
    return CustomerList(
        rows=[
            CustomerRow(
                customer=row.number, name=row.name, email=row.email,
                city=row.city, country=row.country, currency=row.currency,
            )
            for row in rows[:MOST]
        ],
        more=len(rows) > MOST,
    )  # fmt: skip


class NewCustomer(BaseModel):
    """A customer to be billed. Invoices go to `email`; `owner`, where given, is invited to sign in."""

    name: Name
    country: Country
    email: NewEmail
    currency: Currency = "EUR"
    address_line: Detail = ""
    postal_code: Detail = ""
    city: Detail = ""
    region: Detail = ""
    phone: Detail = ""
    vat_number: Detail = ""
    purchase_order: Detail = ""
    time_zone: Zone = Field(default="", description="Such as Europe/Amsterdam. Left empty, the business’s own.")
    owner: NewEmail | None = None
    owner_name: GivenName = ""


class CustomerTaken(BaseModel):
    """A customer as they are kept now."""

    customer: str
    sentence: str


@dataclass(frozen=True)
class TakingOn:
    """The customer's row, without its number."""

    customer: Customer
    effect: Effect


def plan_customer(ctx: Context, input: NewCustomer) -> TakingOn:
    """Raises tax_id_wrong, and invalid_input for an unknown time zone or an owner who is staff."""
    zone = input.time_zone or ctx.preferences.business_time_zone
    if zone not in available_timezones():
        problem = f"“{zone}” is not a time zone. Write one such as Europe/Amsterdam."
        raise PortalError("invalid_input", field="time_zone", problem=problem)
    if input.owner and ctx.session.exec(select(Staff.id).where(Staff.email == input.owner)).first() is not None:
        problem = f"{input.owner} can’t sign in for a customer. Use another address."
        raise PortalError("invalid_input", field="owner", problem=problem)
    own = input.model_dump(exclude={"owner", "owner_name", "time_zone", "vat_number"})
    tax_id = clean_tax_id(input.vat_number, input.country)
    customer = Customer(**own, number="", tax_id=tax_id, time_zone=zone, created_at=ctx.now)
    facts = [
        EffectFact(label="Country", value=country_name(input.country)),
        EffectFact(label="Billed in", value=input.currency),
        EffectFact(label="Invoices go to", value=input.email),
    ]
    if input.owner:
        facts.append(EffectFact(label="Signs in", value=f"{input.owner}, who gets an email that says how"))
    effect = Effect(title=f"Add {input.name}", facts=tuple(facts), confirm="Add customer", warning=_like(ctx, input))
    return TakingOn(customer, effect)


def _like(ctx: Context, input: NewCustomer) -> str:
    """A sentence about who has that name or that address already; empty where nobody has."""
    alike = ctx.session.exec(
        select(Customer.name, Customer.number)
        .where(or_(func.lower(Customer.name) == input.name.lower(), Customer.email == input.email))
        .order_by(col(Customer.id))
    ).first()
    return f"There is {alike[0]} already, customer {alike[1]}, with that name or that email." if alike else ""


@action(
    "customers.create",
    title="Add a customer",
    help="Take a new customer on, and invite who signs in for them.",
    role=Role.AGENT,
    gate=WORK_OF_STAFF,
    audience=Audience.STAFF,
    page=PAGE,
    slash="/new-customer",
    icon="user-plus",
    phrases=("add a customer", "take a new customer on", "create a customer"),
    plan=plan_customer,
    audit="{actor} added {customer}: {name}.",
)
def create_customer(ctx: Context, input: NewCustomer, plan: TakingOn) -> CustomerTaken:
    """Keeps the customer under the next number, and invites the owner."""
    customer = plan.customer
    customer.number = next_number(ctx, "CUS")
    ctx.session.add(customer)
    ctx.session.flush()
    if input.owner:
        let_in(ctx, customer, input.owner, input.owner_name, Role.OWNER)
    ctx.emit("customer.added", "profile", customer_id=customer.id, customer=customer.number)
    return CustomerTaken(customer=customer.number, sentence=f"{customer.name} is customer {customer.number} now.")
