"""What a request names, and the sentence with {placeholders} in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date


@dataclass
class Mentions:
    """What was named, and the sentence with {placeholders} in its place.

    `group` is "overdue", "payable" or "shown" where the request means all of those, `unclear` holds the records that
    a description could mean when there are several. `excluded` are records after "not" or "except".
    """

    text: str
    original: str
    invoices: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    group: str = ""
    payments: list[str] = field(default_factory=list)
    subscriptions: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # subscriptions after "not" or "except"
    conversations: list[str] = field(default_factory=list)
    plan: str = ""
    seats: int | None = None
    seats_by: int | None = None
    amount: int | None = None
    at_least: int | None = None  # between which amounts invoices are looked for
    at_most: int | None = None
    amount_currency: str = ""  # where it was said
    percent: int | None = None  # how much of an invoice to pay
    rating: int | None = None
    bad_rating: bool = False
    bad_seats: bool = False  # a number of seats below zero
    fit_too: list[str] = field(default_factory=list)  # other invoices of the month of which one was taken
    words: str = ""
    day: date | None = None
    no_day: str = ""  # words that look like a day and are none: 31 feb
    below_zero: bool = False  # an amount with a minus before it
    months: list[tuple[int, int]] = field(default_factory=list)  # year, month
    subject: str = ""  # what the invoices looked for are about
    no_step: str = ""  # what is said where there is no larger or smaller plan, as was asked for
    unknown_plan: str = ""  # a word that stands where a plan's name should
    day_year: bool = False  # whether the day was said with its year, or from today on ("in two weeks")
    since: date | None = None  # the first and the last day of a stretch: "last quarter"
    until: date | None = None
    stretch_end: date | None = None  # its last day, though it lies ahead
    begins: date | None = None  # the two days of "from 1 April to 1 June" as they were said
    ends: date | None = None
    wait: date | None = None  # where a stretch from today ends: "for two months"
    end_of_month: bool = False  # the month was said as its end: "until the end of April"
    add_ons: list[str] = field(default_factory=list)  # codes
    quantity: int | None = None
    coupons: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)  # numbers of entries
    persons: list[str] = field(default_factory=list)  # names of those who worked on a project
    credits: list[str] = field(default_factory=list)
    vat_number: str = ""
    emails: list[str] = field(default_factory=list)
    colleagues: list[str] = field(default_factory=list)  # people of the account, by email
    milestone: int | None = None
    cards: list[str] = field(default_factory=list)  # the saved cards that can be meant, by their ids
    no_card: str = ""  # what is said of a card that isn't saved
    details: dict[str, str] = field(default_factory=dict)  # of the account, by the fields that change them
    currency: str = ""
    reason: str = ""  # what follows "because"

    def mask(self, start: int, end: int, name: str) -> None:
        """Puts {name} in place of a stretch of the text."""
        self.text = re.sub(r"\s+", " ", f"{self.text[:start]} {{{name}}} {self.text[end:]}").strip()
