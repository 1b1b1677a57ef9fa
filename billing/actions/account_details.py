"""Who is billed and where invoices go: seen, and set right, by the customer's own people or by staff for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import col, select

from billing.actions.taxes import country_name
from billing.auth.memberships import ROLE_WORDS, shown_name
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import STAFF_ONLY, PortalError, not_allowed
from billing.models.people import Contact, Customer, Membership
from billing.notifications import mail_new_address
from billing.references import Country, Line, Name, NewEmail
from billing.registry import Audience, Role, action, query
from billing.tax_ids import clean_tax_id

PAGE = "/account"
Detail = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Line]
LABELS = {
    "name": "Name",
    "address_line": "Street and number",
    "postal_code": "Postal code",
    "city": "City",
    "region": "Region",
    "country": "Country",
    "phone": "Phone",
    "tax_id": "VAT number",
    "purchase_order": "Your reference",
}
BY_STAFF = ("name", "country")  # whose invoice it is, and which tax it bears


class AccountInput(BaseModel):
    """Nothing to say."""


class AccountPerson(BaseModel):
    """Somebody who signs in for the account. `waiting`: they were invited and have not opened it yet."""

    name: str
    email: str
    role: Role
    may: str
    you: bool
    waiting: bool


class AccountDetails(BaseModel):
    """What stands on the next invoice, where it goes, and who signs in. `country` is ISO 3166-1 alpha-2."""

    number: str
    name: str
    email: str
    phone: str
    address_line: str
    postal_code: str
    city: str
    region: str
    country: str
    country_name: str
    tax_id: str
    purchase_order: str
    currency: str
    time_zone: str
    people: list[AccountPerson]


@query(
    "account.show",
    title="Account",
    help="Show the name, address and VAT number on your invoices, where they go, and who signs in.",
    role=Role.VIEWER,
    gate="account_shown",
    page=PAGE,
    slash="/account",
    icon="building-2",
    phrases=("who is our billing contact", "which address is on our invoices", "who can sign in for us"),
)
def show_account(ctx: Context, input: AccountInput) -> AccountDetails:
    """The account as it is now; documents that are out keep what they were made with."""
    customer = ctx.customer
    people = ctx.session.exec(
        select(Contact, Membership)
        .join(Membership, col(Membership.contact_id) == Contact.id)
        .where(Membership.customer_id == customer.id)
        .order_by(col(Membership.role).desc(), col(Membership.invited_as), col(Contact.name))
    ).all()
    kept = {name: getattr(customer, name) for name in AccountDetails.model_fields if hasattr(customer, name)}
    return AccountDetails(
        **kept,
        country_name=country_name(customer.country),
        people=[
            AccountPerson(
                name=shown_name(person, one), email=person.email, role=Role(one.role), may=ROLE_WORDS[Role(one.role)],
                you=ctx.actor.kind == "contact" and ctx.actor.id == person.id, waiting=bool(one.invited_as),
            )
            for person, one in people
        ],
    )  # fmt: skip


class BillingEmail(BaseModel):
    """The address to which invoices, receipts and reminders go from now on."""

    email: NewEmail


class AccountChanged(BaseModel):
    """The account as it is kept now, in a sentence."""

    account: str
    sentence: str


@dataclass(frozen=True)
class Changing:
    """What becomes of the customer's row."""

    changes: dict[str, Any]
    effect: Effect


def plan_email(ctx: Context, input: BillingEmail) -> Changing:
    """Raises nothing_to_change."""
    customer = ctx.customer
    if input.email == customer.email:
        raise PortalError("nothing_to_change", thing="The billing email")
    told = "Both addresses get an email about it" if customer.email else "The new address gets an email about it"
    facts = (
        EffectFact(label="Until now", value=customer.email or "nobody gets them"),
        EffectFact(label="From now on", value=input.email),
        EffectFact(label="What goes there", value="invoices, receipts and reminders"),
        EffectFact(label="Told", value=told),
    )
    return Changing(
        {"email": input.email},
        Effect(title=f"Send invoices to {input.email}", facts=facts, confirm="Change email", decline="Keep it"),
    )


@action(
    "account.change_email",
    title="Change the billing email",
    help="Choose to which address invoices, receipts and reminders go.",
    role=Role.BILLING,
    gate="change_details",
    audience=Audience.BOTH,
    page=PAGE,
    slash="/billing-email",
    icon="mail",
    phrases=("change the billing contact", "send invoices to {email}", "change our billing email to {email}"),
    plan=plan_email,
    audit="{actor} changed where invoices go: {sentence}",
)
def change_email(ctx: Context, input: BillingEmail, plan: Changing) -> AccountChanged:
    """Keeps it; the address of before hears of it too, so that nobody takes invoices away unseen."""
    customer, before = ctx.customer, ctx.customer.email
    ctx.contexts.throttle.count("mailed_by_account", customer.number)
    _keep(ctx, customer, plan.changes)
    mail_new_address(ctx, customer, before)
    return AccountChanged(
        account=customer.number, sentence=f"Invoices and receipts go to {customer.email} from now on."
    )


class DetailsInput(BaseModel):
    """What changes, and nothing else; an empty text takes a detail off. Name and country are changed by staff."""

    address_line: Detail | None = None
    postal_code: Detail | None = None
    city: Detail | None = None
    region: Detail | None = None
    phone: Detail | None = None
    vat_number: Detail | None = None
    purchase_order: Detail | None = None
    name: Name | None = None
    country: Country | None = Field(default=None)


def plan_details(ctx: Context, input: DetailsInput) -> Changing:
    """Raises nothing_to_change, not_allowed for a name or country that isn't changed by staff, and tax_id_wrong."""
    customer = ctx.customer
    given = input.model_dump(exclude_none=True, exclude={"vat_number"})
    country = given.get("country", customer.country)
    if input.vat_number is not None and input.vat_number != customer.tax_id:
        given["tax_id"] = clean_tax_id(input.vat_number, country)
    changes = {name: value for name, value in given.items() if value != getattr(customer, name)}
    if not changes:
        raise PortalError("nothing_to_change", thing=customer.name)
    if not ctx.actor.is_staff and any(name in changes for name in BY_STAFF):
        title = "Change " + " and ".join(LABELS[name].lower() for name in BY_STAFF if name in changes)
        raise not_allowed(title, only=STAFF_ONLY)
    facts = [EffectFact(label=LABELS[name], value=_said(customer, name, value)) for name, value in changes.items()]
    facts.append(EffectFact(label="Starts", value="with the next invoice; those that are out stay as they are"))
    if "country" in changes:
        facts.append(EffectFact(label="Tax", value=f"the rates of {country_name(country)}, from the next invoice on"))
    title = f"Change the details of {customer.name}"
    return Changing(changes, Effect(title=title, facts=tuple(facts), confirm="Save details", decline="Keep them"))


def _said(customer: Customer, name: str, value: str) -> str:
    before, after = getattr(customer, name), value
    if name == "country":
        before, after = country_name(before), country_name(after)
    return f"{after or 'none'}, until now {before}" if before else after


@action(
    "account.change",
    title="Change the account's details",
    help="Set the address, phone, VAT number or reference right that stand on your invoices.",
    role=Role.BILLING,
    gate="change_details",
    audience=Audience.BOTH,
    page=PAGE,
    slash="/details",
    icon="building-2",
    phrases=("change our address", "we have moved", "our VAT number has changed"),
    plan=plan_details,
    audit="{actor} changed details of {account}: {sentence}",
)
def change_details(ctx: Context, input: DetailsInput, plan: Changing) -> AccountChanged:
    """Keeps them for the next invoice; documents that are out stay as they are."""
    _keep(ctx, ctx.customer, plan.changes)
    changed = ", ".join(LABELS[name].lower() if name != "tax_id" else LABELS[name] for name in plan.changes)
    return AccountChanged(account=ctx.customer.number, sentence=f"Saved: {changed}. The next invoice bears it.")


def _keep(ctx: Context, customer: Customer, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(customer, name, value)
    ctx.session.add(customer)
    ctx.emit("customer.changed", "profile", changed=list(changes))
