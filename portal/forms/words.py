"""What the fields of generated forms are called, where the input's own name says too little to whoever fills it in."""

from __future__ import annotations

from billing.actions.account_details import BY_STAFF
from billing.registry import Action
from billing.telling import words_for

# what an action does, where its own words speak to the customer and staff read them
FOR_STAFF = {
    "account.change": "Set the address, phone, VAT number or reference right that stand on the customer’s invoices.",
    "account.show": "Show the name, address and VAT number on their invoices, where these go, and who signs in.",
    "coupons.check": "Show what a coupon takes off, for how long, and for which of their subscriptions it is.",
    "payments.stop": "Stop a payment that waits for the customer’s bank. Nothing is taken; the invoices stay to pay.",
    "people.invite": "Let somebody sign in for this account, and say what they may do.",
    "people.remove": "End somebody’s access to this account.",
    "projects.list": "Show their projects with the milestones, and what is billed and paid of the budget.",
    "reviews.list": "List the reviews that the people of this account have left.",
    "subscriptions.auto_charge": (
        "Switch autopay on or off: a subscription’s renewals and changes are then charged to the customer’s card."
    ),
    "subscriptions.convert_trial": "Start what they are trying out as a paid plan today, before the trial is over.",
    "subscriptions.list": "Show what they have, what it costs with VAT, and when each renews.",
    "subscriptions.pause": ("Pause a subscription until a day, or until it is resumed. Nothing is charged meanwhile."),
    "subscriptions.plans": "List the plans that their subscriptions may be switched to, with the prices before VAT.",
}
# label, hint
Words = tuple[str, str]

FIELDS: dict[str, Words] = {
    "add_on": ("Add-on", ""),
    "anchor_day": ("Day of the month on which it renews", "1 to 31. Left empty, the day on which it starts."),
    "at": ("At which moment", "Such as 2026-03-12 14:00. Left empty, now."),
    "base_amount": ("Base price of a period", "Comes before the price of the seats. Without tax."),
    "code": ("Code", "Left empty, one is made from the name."),
    "combines": ("May be used beside another coupon", ""),
    "coupon": ("Coupon code", ""),
    "currency": ("Currency", "Three letters, such as EUR. Left empty, the account’s own."),
    "draft": ("Draft", "Its number."),
    "due_on": ("Due on", "Left empty, after the business’s own terms."),
    "entries": ("Entries", "The numbers of the hours, one a line."),
    "entry": ("Entry", "The number of the hours."),
    "features": ("What is in it", "One a line."),
    "give_back": ("What is given back", "Left open, what the business’s policy says."),
    "hourly_rate": ("Price of an hour", "Without tax."),
    "included_seats": ("Seats that the base price includes", ""),
    "inclusive": ("Prices contain it", "No: it is added to them."),
    "invoices": ("Invoices", ""),
    "label": ("Name on the invoice", "Such as VAT 21%."),
    "least_seats": ("Fewest seats", ""),
    "line": ("Line", "Its place on the invoice, from 1."),
    "mailed": ("Mail me about it", ""),
    "may": ("What they may do", ""),
    "person": ("Who", ""),
    "milestone": ("Milestone", "Its place in the project, from 1."),
    "most_seats": ("Most seats", ""),
    "most_uses": ("How many may redeem it in all", "Left empty, any number."),
    "most_uses_per_customer": ("How often one customer may", "Left empty, any number of times."),
    "notification": ("Notification", "Left empty, all of them."),
    "offered": ("On sale", ""),
    "topic": ("About", "Left open, everything that can be mailed."),
    "unread": ("Only what is unread", ""),
    "payment_method": ("Card", "Left open, the one that is used first."),
    "per_seat": ("Priced by the seat", ""),
    "percent": ("Percent", "Such as 21 or 5.5."),
    "periods": ("For how many invoices", "Where it holds for a number of periods."),
    "plans": ("Only for these plans", "Their codes, one a line. Left empty, for all."),
    "policy": (
        "Its own policy",
        "One setting a line, such as downgrade = renewal. Left empty, the business’s own holds.",
    ),
    "purchase_order": ("Customer’s order number", ""),
    "recurring": ("Charged each period", "No: once."),
    "redeem_by": ("Can be redeemed until", ""),
    "reference": ("The bank’s reference", ""),
    "save_card": ("Keep the card for the next time", ""),
    "scope": ("Comes off", ""),
    "starts_on": ("Starts on", "Left empty, today."),
    "switch_to": ("May be switched to", "Codes of plans, one a line. Left empty, every plan of the product."),
    "tax_percent": ("Tax in percent", "Such as 21, where neither customer nor country has a rate. Left empty, none."),
    "tax_rate": ("Tax in percent", ""),
    "trial": ("With the free trial", "Where the plan has one."),
    "trial_days": ("Days of free trial", ""),
    "unit": ("Unit", "Such as hours or pieces."),
    "unit_amount": ("Price of one", "Without tax."),
    "use_credit": ("Use the account’s credit", ""),
    "vat_number": ("VAT number", ""),
    "way": ("How it came", ""),
}
OF_ACTIONS: dict[tuple[str, str], Words] = {
    ("account.change", "address_line"): ("Street and number", ""),
    ("account.change", "purchase_order"): ("Your reference on invoices", ""),
    ("account.change_email", "email"): ("Invoices and receipts go to", ""),
    ("customers.create", "email"): ("Invoices and receipts go to", ""),
    ("customers.create", "country"): ("Country", "Two letters, such as NL."),
    ("customers.create", "address_line"): ("Street and number", ""),
    ("customers.create", "owner"): ("Email of who signs in first", "They get a link. Left empty, nobody yet."),
    ("customers.create", "owner_name"): ("Their name", ""),
    ("people.invite", "email"): ("Their email", ""),
    ("people.invite", "name"): ("Their name", "Left empty, one is made from the address."),
    ("add_ons.create", "product"): ("Beside which product", "Left empty, beside every one."),
    ("add_ons.create", "currency"): ("Currency", "Three letters, such as EUR."),
    ("coupons.create", "currency"): ("Currency", "Three letters, such as EUR, for an amount."),
    ("invoices.pay", "use_credit"): ("Use your credit first", ""),
    ("plans.create", "currency"): ("Currency", "Three letters, such as EUR."),
    ("plans.create", "product"): ("Product", "Its name. A new one is made where there is none of that name."),
    ("plans.create", "name"): ("Name of the plan", "Such as Growth. Left empty where the product has one plan only."),
    ("plans.create", "unit_amount"): ("Price of a period", "Without tax; of one seat where it is priced by the seat."),
    ("plans.change_price", "unit_amount"): ("New price of a period", "Without tax; of one seat by the seat."),
    ("projects.create", "currency"): ("Currency", "Three letters, such as EUR. Left empty, the account’s own."),
    ("subscriptions.auto_charge", "on"): ("Charge renewals to the card that is used first", ""),
    ("taxes.add", "country"): ("Country", "Two letters, such as NL. Either a country or a customer."),
    ("taxes.add", "customer"): ("Customer", "Its number. Either a customer or a country."),
}  # fmt: skip
# the values of choices that their own words say too little of
VALUES: dict[tuple[str, str], str] = {
    ("duration", "once"): "The next invoice only",
    ("duration", "periods"): "A number of periods",
    ("duration", "forever"): "Every invoice from then on",
    ("scope", "line"): "The lines of the plan",
    ("scope", "invoice"): "The whole invoice",
    ("format", "pdf"): "PDF",
    ("format", "csv"): "CSV, for a spreadsheet",
    ("interval", "week"): "Each week",
    ("interval", "month"): "Each month",
    ("interval", "quarter"): "Each quarter",
    ("interval", "year"): "Each year",
    ("when", "now"): "Today",
    ("when", "term_end"): "When the paid period ends",
    ("starts", "renewal"): "At renewal",
    ("term", "same"): "In the same period",
    ("term", "new"): "In a new period",
    ("give_back", "credit"): "The unused part, as credit",
    ("give_back", "refund"): "What was paid, to the card, the rest as credit",
    ("to", "bank"): "A bank account",
    ("invoices", "corrected"): "Are corrected by a credit note",
    ("invoices", "owed_again"): "Are owed again",
    ("way", "bank_debit"): "Bank debit",
    ("may", "view"): "Sees everything",
    ("may", "pay"): "Also pays and changes plans",
    ("may", "own"): "Also decides who signs in",
}
# what programs page with: no person types it
NOT_ASKED = frozenset(("cursor", "size", "key"))
# what customers see changed for them and can't change: their form has no field that could only be refused
STAFF_ALONE = frozenset(("account.change", name) for name in BY_STAFF)


def words_of(action: str, name: str) -> Words:
    """The label and the hint of a field; empty where its own name does."""
    return OF_ACTIONS.get((action, name)) or FIELDS.get(name) or ("", "")


def with_label(sentence: str, name: str, label: str) -> str:
    """A refusal that begins with a field's own name, said with the label that stands over the field on the form."""
    own = words_for(name.rsplit(".", 1)[-1])
    rest = sentence.removeprefix(own)
    if own == label or rest == sentence or not rest.startswith(" "):
        return sentence
    return (f"“{label}”" if " " in label else label) + rest


def help_of(action: Action, staff: bool) -> str:
    """What an action does, said to whoever reads it."""
    return FOR_STAFF.get(action.id, action.help) if staff else action.help
