"""What a message may speak of: the account's records, as few as understanding needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property


@dataclass(frozen=True)
class KnownInvoice:
    """An invoice or credit note. `due` and `total` in minor units."""

    number: str
    title: str
    currency: str
    issued_on: date
    due_on: date | None
    due: int
    total: int
    credit_note: bool = False

    def overdue(self, today: date) -> bool:
        return self.due > 0 and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class KnownSubscription:
    """A subscription with the plan it is on. `planned`: a change of it lies ahead and can be taken back.

    `add_ons` are the codes of those that it has.
    """

    number: str
    product: str
    plan: str
    seats: int
    per_seat: bool
    status: str = "active"
    planned: bool = False
    auto_charge: bool = False
    renews_on: date | None = None
    add_ons: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownPlan:
    """A plan on offer. `least` and `most` are numbers of seats, where it is sold by the seat.

    `monthly` is what it costs a month, minor units, in the account's currency where it is sold in that: to tell which
    of two plans is the larger.
    """

    product: str
    name: str
    per_seat: bool
    least: int
    most: int
    monthly: int = field(default=0, compare=False)


@dataclass(frozen=True)
class KnownAddOn:
    """Something sold beside a product's plans, or beside any."""

    code: str
    name: str
    product: str = ""


@dataclass(frozen=True)
class KnownMilestone:
    """A step of a project, by its place from 1 on."""

    position: int
    name: str
    state: str


@dataclass(frozen=True)
class KnownHours:
    """Logged hours: `label` says what they were for, and when; `person` who worked."""

    number: str
    label: str
    person: str = ""


@dataclass(frozen=True)
class KnownProject:
    """A project that is open, with its steps, the hours that wait for a yes, the newest first, and who worked on it."""

    number: str
    name: str
    milestones: tuple[KnownMilestone, ...] = ()
    waiting: tuple[KnownHours, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownPayment:
    number: str
    amount: int
    currency: str
    on: date


@dataclass(frozen=True)
class KnownPerson:
    """Somebody who signs in for the account."""

    name: str
    email: str


@dataclass(frozen=True)
class KnownCard:
    """A saved card: `label` is "Visa ending 4417"."""

    id: str
    brand: str
    last4: str
    label: str


@dataclass(frozen=True)
class Shown:
    """The records that the conversation showed last: what "it" and "them" stand for."""

    invoices: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    last: str = ""  # what was spoken of last: invoice, payment, subscription, credit


def _finds_none(numbers: Iterable[str]) -> list[KnownInvoice]:
    return []


@dataclass(frozen=True)
class Account:
    """The records of one account. Without one (nobody is signed in) it holds the plans on offer and nothing else.

    `find` looks up invoices that aren't among the newest, by full numbers; numbers that aren't the account's are left
    out. `series` are the number series in use ("RT-2026"), newest year first. `ended` are the subscriptions that have
    ended, the newest first. `cards` begin with the one that is used first, `country` is ISO 3166-1 alpha-2.
    """

    today: date
    currency: str = "EUR"
    locale: str = "en_GB"
    business: str = "the business"
    invoices: tuple[KnownInvoice, ...] = ()
    subscriptions: tuple[KnownSubscription, ...] = ()
    plans: tuple[KnownPlan, ...] = ()
    ended: tuple[KnownSubscription, ...] = ()
    add_ons: tuple[KnownAddOn, ...] = ()
    projects: tuple[KnownProject, ...] = ()
    payments: tuple[KnownPayment, ...] = ()
    people: tuple[KnownPerson, ...] = ()
    cards: tuple[KnownCard, ...] = ()
    country: str = ""
    series: tuple[str, ...] = ()
    known: bool = False
    staff: bool = False
    find: Callable[[Iterable[str]], list[KnownInvoice]] = field(default=_finds_none, compare=False)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of the account's own names: plans, products and titles of invoices, in lower case."""
        texts = (
            [p.name for p in self.plans]
            + [s.product for s in (*self.subscriptions, *self.ended)]
            + [a.name for a in self.add_ons]
            + [p.name for p in self.projects]
            + [i.title for i in self.invoices]
        )
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))

    @cached_property
    def offered(self) -> frozenset[str]:
        """The words of plans' and products' names that are long enough to mend typing errors in."""
        texts = [p.name for p in self.plans] + [s.product for s in self.subscriptions] + [a.name for a in self.add_ons]
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{5,}", text.lower()))

    @property
    def payable(self) -> list[KnownInvoice]:
        """What is left to pay, the longest due first."""
        open_ones = [i for i in self.invoices if i.due > 0 and not i.credit_note]
        return sorted(open_ones, key=lambda i: (i.due_on or i.issued_on, i.number))

    @property
    def overdue(self) -> list[KnownInvoice]:
        return [i for i in self.payable if i.overdue(self.today)]

    @property
    def bills(self) -> list[KnownInvoice]:
        """Invoices without credit notes, the newest first."""
        own = [i for i in self.invoices if not i.credit_note]
        return sorted(own, key=lambda i: (i.issued_on, i.number), reverse=True)

    def invoice(self, number: str) -> KnownInvoice | None:
        return next((i for i in self.invoices if i.number == number), None)
