"""What the business lets its customers see and do: one typed model, one field for each switch an admin has."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session, select

from billing.models.records import PreferenceRecord
from billing.sites import read_sites


def switch(default: bool, title: str, group: str, help: str) -> Any:
    """A switch as the admin sees it: its words live beside its default."""
    return Field(default=default, title=title, description=help, json_schema_extra={"group": group})


def setting(default: Any, title: str, group: str, help: str = "") -> Any:
    """A value that the admin sets: a name, an hour, a number."""
    return Field(default=default, title=title, description=help, json_schema_extra={"group": group})


class PortalPreferences(BaseModel):
    """The admin's page of preferences. Booleans that an action names as its gate switch it in every channel."""

    model_config = ConfigDict(frozen=True)

    business_name: str = setting("RenoTech", "Short name", "Business")
    business_legal_name: str = setting("RenoTech Solutions B.V.", "Legal name", "Business")
    business_address: str = setting("Keizersgracht 241, 1016 EA Amsterdam", "Address", "Business")
    business_registration: str = setting("KvK 12345678 · VAT NL123456789B01", "Registration", "Business")
    business_contact: str = setting("billing@renotech.example · +31 20 555 0148", "Contact", "Business")
    business_iban: str = setting("NL91 ABNA 0417 1643 00", "Bank account", "Business")
    people_hours: str = setting("9:00–17:30", "Hours in which people answer", "Business")
    business_time_zone: str = setting("Europe/Amsterdam", "Time zone of those hours", "Business")
    answer_within_minutes: int = setting(10, "Minutes until a person's first answer", "Business")
    banner: str = setting("", "Banner on the home page", "Business", "Left empty, there is none.")
    invoice_series: str = setting("RT", "Invoice number prefix", "Invoices", "RT gives RT-2026-0001.")
    credit_note_series: str = setting("CN", "Credit note number prefix", "Invoices")
    payment_terms_days: int = setting(14, "Days to pay", "Invoices")
    invoices_shown: bool = switch(True, "Invoices", "Invoices", "Customers see their invoices and credit notes.")
    invoice_download: bool = switch(True, "Download invoices", "Invoices", "Customers download invoices as PDF.")
    payments_shown: bool = switch(True, "Payments", "Payments", "Customers see what they have paid.")
    pay_invoices: bool = switch(True, "Pay by card", "Payments", "Customers pay one or many invoices by card.")
    use_credit: bool = switch(True, "Use credit when paying", "Payments", "Credit comes off before the card is asked.")
    subscriptions_shown: bool = switch(True, "Subscriptions", "Subscriptions", "Customers see what they have.")
    switch_plan: bool = switch(True, "Switch plan", "Subscriptions", "Customers switch plan and seats themselves.")
    downgrade: Literal["today", "renewal"] = setting(
        "today", "A cheaper plan starts", "Subscriptions", "Today gives back what is not used as credit."
    )
    fewer_seats: Literal["today", "renewal"] = setting(
        "renewal", "Fewer seats start", "Subscriptions", "Today gives back what is not used as credit."
    )
    leave_review: bool = switch(True, "Reviews", "Reviews", "Customers rate the business and say why.")
    talk_to_person: bool = switch(True, "Talk to a person", "Chat", "Customers ask for a person in the chat.")
    rate_conversation: bool = switch(True, "Rate conversations", "Chat", "Customers rate a conversation at its end.")
    widget_sites: str = setting(
        "", "Sites with the chat", "Chat", "Your sites that may show it, with commas between: https://www.example.com, …"
    )

    @field_validator("widget_sites")
    @classmethod
    def _sites(cls, text: str) -> str:
        return ", ".join(read_sites(text))


def load_preferences(session: Session) -> PortalPreferences:
    """The preferences as they are now: the defaults with the admin's changes over them."""
    changed = {row.name: row.value for row in session.exec(select(PreferenceRecord)).all()}
    known = {name: value for name, value in changed.items() if name in PortalPreferences.model_fields}
    return PortalPreferences.model_validate(known)
