"""What the business lets its customers see and do: one typed model, one field for each switch an admin has."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from sqlmodel import Session, select

from billing import preference_checks
from billing.models.records import PreferenceRecord
from billing.rules.policy import (
    CancellationDay,
    CancellationPolicy,
    ChangeDay,
    CreditNoteRounding,
    Downgrade,
    Granularity,
    IntervalChange,
    MonthDays,
    Order,
    PausePolicy,
    Policy,
    RenewalPrice,
    Rounding,
)
from billing.sites import read_sites


def switch(default: bool, title: str, group: str, help: str) -> Any:
    """A switch as the admin sees it: its words live beside its default."""
    return Field(default=default, title=title, description=help, json_schema_extra={"group": group})


def setting(
    default: Any, title: str, group: str, help: str = "", *, words: tuple[str, ...] = (), lines: int = 1, **limits: Any
) -> Any:
    """A value that the admin sets: a name, an hour, a number within pydantic's own `limits`.

    `words` say a choice's values, in their order; a text of more `lines` gets a higher field.
    """
    extra: dict[str, Any] = {"group": group, "words": list(words), "lines": lines}
    return Field(default=default, title=title, description=help, json_schema_extra=extra, **limits)


class PortalPreferences(BaseModel):
    """The admin's page of preferences. Booleans that an action names as its gate switch it in every channel."""

    model_config = ConfigDict(frozen=True)

    business_name: str = setting("RenoTech", "Short name", "Business", min_length=1, max_length=60)
    business_legal_name: str = setting(
        "RenoTech Solutions B.V.", "Legal name", "Business", min_length=1, max_length=120
    )
    business_address: str = setting("Keizersgracht 241, 1016 EA Amsterdam", "Address", "Business", max_length=200)
    business_registration: str = setting(
        "KvK 12345678 · VAT NL123456789B01", "Registration", "Business", max_length=120
    )
    business_contact: str = setting("billing@renotech.example · +31 20 555 0148", "Contact", "Business", max_length=120)
    business_iban: str = setting("NL91 ABNA 0417 1643 00", "Bank account", "Business", max_length=60)
    people_hours: str = setting("9:00–17:30", "Hours in which people answer", "Business", max_length=60)
    business_time_zone: str = setting(
        "Europe/Amsterdam", "Time zone of those hours", "Business", min_length=1, max_length=60
    )
    answer_within_minutes: int = setting(10, "Minutes until a person's first answer", "Business", ge=1, le=10080)
    banner: str = setting(
        "", "Banner on the home page", "Business", "Left empty, there is none.", lines=3, max_length=300
    )
    invoice_series: str = setting("RT", "Invoice number prefix", "Invoices", "RT gives RT-2026-0001.")
    credit_note_series: str = setting("CN", "Credit note number prefix", "Invoices")
    payment_terms_days: int = setting(14, "Days to pay", "Invoices", ge=0, le=365)
    invoices_shown: bool = switch(True, "Invoices", "Invoices", "Customers see their invoices and credit notes.")
    invoice_download: bool = switch(True, "Download invoices", "Invoices", "Customers download invoices as PDF.")
    payments_shown: bool = switch(True, "Payments", "Payments", "Customers see what they have paid.")
    pay_invoices: bool = switch(True, "Pay by card", "Payments", "Customers pay one or many invoices by card.")
    manage_cards: bool = switch(True, "Saved cards", "Payments", "Customers choose their card, or remove one.")
    use_credit: bool = switch(True, "Use credit when paying", "Payments", "Credit comes off before the card is asked.")
    subscriptions_shown: bool = switch(True, "Subscriptions", "Subscriptions", "Customers see what they have.")
    switch_plan: bool = switch(True, "Switch plan", "Subscriptions", "Customers switch plan and seats themselves.")
    pause_subscription: bool = switch(True, "Pause", "Subscriptions", "Customers pause and resume by themselves.")
    cancel_subscription: bool = switch(True, "Cancel", "Subscriptions", "Customers cancel, and take it back.")
    reactivate_subscription: bool = switch(True, "Reactivate", "Subscriptions", "Customers start an ended one again.")
    start_subscription: bool = switch(True, "Start", "Subscriptions", "Customers start new subscriptions.")
    manage_add_ons: bool = switch(True, "Add-ons", "Subscriptions", "Customers add and remove add-ons.")
    redeem_coupon: bool = switch(True, "Coupons", "Subscriptions", "Customers redeem coupons.")
    change_auto_charge: bool = switch(True, "Autopay", "Subscriptions", "Customers switch it on and off.")
    manage_trial: bool = switch(True, "Trials", "Subscriptions", "Customers end a trial early, as a plan or for good.")
    credits_shown: bool = switch(True, "Credits", "Payments", "Customers see their credit and where it went.")
    pay_in_advance: bool = switch(True, "Pay in advance", "Payments", "Customers pay before there is an invoice.")
    statements_shown: bool = switch(True, "Statements", "Invoices", "Customers see statements of their account.")
    projects_shown: bool = switch(True, "Projects", "Projects", "Customers see milestones, hours and the budget.")
    approve_work: bool = switch(True, "Approve work", "Projects", "Customers approve milestones and hours.")
    invoice_work: Literal["approved", "done"] = setting(
        "approved", "Work is invoiced", "Projects",
        "Hours with a question always wait.",
        words=("Once the customer has approved it", "As soon as it is done"),
    )  # fmt: skip
    trial_extension_days: int = setting(
        14, "Most days a trial is extended by staff", "Subscriptions", "In all, for one trial.", ge=0, le=365
    )
    account_shown: bool = switch(True, "Account", "Account", "Customers see their details and who signs in.")
    change_details: bool = switch(True, "Change details", "Account", "Customers change billing email and address.")
    manage_people: bool = switch(True, "People", "Account", "Owners invite colleagues, and take them off.")
    notifications_shown: bool = switch(
        True, "Notifications", "Account", "Customers see what is new, and choose what is mailed to them."
    )
    leave_review: bool = switch(True, "Reviews", "Reviews", "Customers rate the business and say why.")
    retry_days: str = setting(
        "1, 3, 5, 7", "Days until a failed charge is tried again", "When a charge fails",
        "After the first failure, then each next.",
    )  # fmt: skip
    dunning_end: Literal["past_due", "pause", "cancel"] = setting(
        "past_due", "When no try is left", "When a charge fails", "What becomes of the subscription.",
        words=("It stays past due", "It is paused", "It is cancelled"),
    )  # fmt: skip
    remind_before_days: int = setting(
        3, "Days before it is due that an invoice is mailed again", "Reminders", ge=0, le=90
    )
    remind_after_days: str = setting("1, 7, 14", "Days after it was due that a reminder is sent", "Reminders")
    remind_trial_days: int = setting(3, "Days before a trial's end that a reminder is sent", "Reminders", ge=0, le=90)
    granularity: Granularity = setting(
        Granularity.DAY, "Parts of a period are counted in", "Billing policy", words=("Days", "Seconds")
    )
    change_day: ChangeDay = setting(
        ChangeDay.NEW_PLAN,
        "The day of a plan change belongs to",
        "Billing policy",
        words=("The new plan", "The old plan"),
    )
    cancellation_day: CancellationDay = setting(
        CancellationDay.USED, "The day of a cancellation counts as", "Billing policy", words=("Used and paid", "Unused")
    )
    downgrade: Downgrade = setting(
        Downgrade.TODAY, "A cheaper plan starts", "Billing policy", "Today gives back what is not used as credit.",
        words=("Today", "At the next renewal"),
    )  # fmt: skip
    fewer_seats: Downgrade = setting(
        Downgrade.RENEWAL, "Fewer seats start", "Billing policy", "Today gives back what is not used as credit.",
        words=("Today", "At the next renewal"),
    )  # fmt: skip
    interval_change: IntervalChange = setting(
        IntervalChange.RESET, "A plan of another interval", "Billing policy",
        words=("Starts a whole new period today", "Keeps the billing day, and pays the days until then"),
    )  # fmt: skip
    pause: PausePolicy = setting(
        PausePolicy.CREDIT, "A pause", "Billing policy",
        words=("Gives the unused part back as credit", "Starts at the period's end", "Starts at once, without credit"),
    )  # fmt: skip
    cancellation: CancellationPolicy = setting(
        CancellationPolicy.CREDIT, "An immediate cancellation gives back", "Billing policy",
        words=("The unused part, as credit", "What was paid of it as a refund, the rest as credit", "Nothing"),
    )  # fmt: skip
    credit_note: CreditNoteRounding = setting(
        CreditNoteRounding.NET_AND_TAX,
        "A credit note rounds",
        "Billing policy",
        words=("Net and tax each", "The gross"),
    )
    order: Order = setting(
        Order.COUPONS_TAX_CREDITS, "What comes off first", "Billing policy",
        "Credit and prepaid money always come last.", words=("Coupons before tax", "Tax before coupons"),
    )  # fmt: skip
    renewal_price: RenewalPrice = setting(
        RenewalPrice.KEPT, "A renewal costs", "Billing policy", words=("The price agreed", "The latest price")
    )
    rounding: Rounding = setting(
        Rounding.HALF_UP,
        "A line is rounded",
        "Billing policy",
        "Once, to the smallest coin.",
        words=("Half up", "Down"),
    )
    month_days: MonthDays = setting(
        MonthDays.ACTUAL, "Days of a month", "Billing policy", words=("As many as it has", "Always 30")
    )
    talk_to_person: bool = switch(True, "Talk to a person", "Chat", "Customers ask for a person in the chat.")
    rate_conversation: bool = switch(True, "Rate conversations", "Chat", "Customers rate a conversation at its end.")
    email_links: bool = switch(
        True, "Sign in by a link", "Signing in", "People may have a link mailed that signs them in, once."
    )
    staff_codes_required: bool = switch(
        False, "Codes for staff", "Signing in",
        "Staff sign in with a code from an app. Who has none is signed out and sets it up when they sign in next.",
    )  # fmt: skip
    widget_sites: str = setting(
        "", "Sites with the chat", "Chat",
        "Your sites that may show it, with commas between: https://www.example.com, …", lines=3, max_length=4000,
    )  # fmt: skip

    _time_zone = field_validator("business_time_zone")(preference_checks.time_zone)
    _prefix = field_validator("invoice_series", "credit_note_series")(preference_checks.number_prefix)

    @field_validator("credit_note_series")
    @classmethod
    def _another_series(cls, text: str, info: ValidationInfo) -> str:
        if text == info.data.get("invoice_series"):
            raise ValueError(preference_checks.prefix_of(text, "invoices"))
        return text

    _days = field_validator("retry_days", "remind_after_days")(preference_checks.days)

    @field_validator("widget_sites")
    @classmethod
    def _sites(cls, text: str) -> str:
        return ", ".join(read_sites(text))

    @property
    def policy(self) -> Policy:
        """The business's billing policy; a plan may differ (`Policy.overridden`)."""
        return Policy.model_validate({name: getattr(self, name) for name in Policy.model_fields})


def load_preferences(session: Session) -> PortalPreferences:
    """The preferences as they are now: the defaults with the admin's changes over them."""
    changed = {row.name: row.value for row in session.exec(select(PreferenceRecord)).all()}
    known = {name: value for name, value in changed.items() if name in PortalPreferences.model_fields}
    return PortalPreferences.model_validate(known)
