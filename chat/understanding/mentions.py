"""Everything that a request names: records, amounts, seats, stars, days. Each reader masks what it has read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from chat.understanding.account import Account, Shown
from chat.understanding.wording import mend


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
    conversations: list[str] = field(default_factory=list)
    plan: str = ""
    seats: int | None = None
    seats_by: int | None = None
    amount: int | None = None
    amount_currency: str = ""  # where it was said
    percent: int | None = None  # how much of an invoice to pay
    rating: int | None = None
    bad_rating: bool = False
    words: str = ""
    day: date | None = None
    months: list[tuple[int, int]] = field(default_factory=list)  # year, month
    last_month: bool = False
    subject: str = ""  # what the invoices looked for are about
    unknown_plan: str = ""  # a word that stands where a plan's name should

    def mask(self, start: int, end: int, name: str) -> None:
        """Puts {name} in place of a stretch of the text."""
        self.text = re.sub(r"\s+", " ", f"{self.text[:start]} {{{name}}} {self.text[end:]}").strip()


def read_mentions(request: str, account: Account, shown: Shown, mended: Callable[[str], str] = str) -> Mentions:
    """Reads one request. Numbers that aren't the account's are kept as they were written.

    `mended` puts typing errors in a word right; names that the account knows are left alone.
    """
    from chat.understanding import invoices, others, quantities

    names, offered = account.names, account.offered

    def spelled(word: str) -> str:
        meant = word if word in names else mended(word)
        return mend(word, names, offered) if meant == word else meant

    mentions = quantities.begin(request, spelled)
    others.read_numbers(mentions, account)
    invoices.read_partial_numbers(mentions, account)
    quantities.read_rating(mentions)
    quantities.read_amount(mentions, account)
    quantities.read_days(mentions, account)
    invoices.read_descriptions(mentions, account, shown)
    quantities.read_seats(mentions)
    others.read_plan(mentions, account)
    others.read_shown_payment(mentions, shown)
    others.read_subscription(mentions, account, shown)
    invoices.read_group(mentions, account, shown)
    invoices.read_exclusions(mentions, account)
    quantities.read_words(mentions)
    return mentions
