"""The same business kept a second time: in Decimals of euros, by rules written anew from what CONTRIBUTING promises.

It shares no code with the product. Under the default policy: days are counted, the day of a change belongs to the new
plan, that of a pause or cancellation is used, each line is rounded half up once, and so is the tax of a document.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

CENT, ZERO, VAT = Decimal("0.01"), Decimal(0), Decimal("0.21")
DAY = timedelta(days=1)
PRICES = {"Basic": Decimal("50.00"), "Plus": Decimal("100.00"), "Max": Decimal("333.33"), "Team": Decimal("7.10")}
TEAM_BASE, TEAM_INCLUDED = Decimal("19.90"), 3
BACKUP, TEN_PERCENT = Decimal("4.95"), Decimal("0.9")


def cents(exact: Decimal) -> Decimal:
    """Rounded half up, halves away from zero."""
    return exact.quantize(CENT, ROUND_HALF_UP)


def with_tax(net: Decimal) -> Decimal:
    return net + cents(net * VAT)


def month_after(first: date, months: int) -> date:
    """The day that many months after the first one, or the last of a month that is too short for it."""
    place = first.year * 12 + first.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


@dataclass
class Bill:
    """An invoice: what it came to and what is left to pay."""

    number: str
    total: Decimal
    due: Decimal
    touched: bool = False  # something was ever paid, credited or written off of it
    corrected: Decimal = ZERO  # credit notes that name it
    void: bool = False


@dataclass
class Note:
    """A credit note and what is left of it."""

    number: str
    left: Decimal
    goodwill: Decimal = ZERO  # what it gave, where it is for no change of a subscription


@dataclass
class Paid:
    """Money that came in: what each bill got, and what is unused."""

    number: str
    unused: Decimal
    shares: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class Thing:
    """What a period was charged with: its exact price for the whole of it, and the bill that it is on."""

    whole: Decimal
    bill: str | None


@dataclass
class Service:
    """A subscription."""

    number: str
    plan: str
    seats: int
    first: date
    start: date
    end: date
    status: str = "active"
    by_itself: bool = False  # charged to the saved card
    extras: int = 0
    extras_end: date | None = None  # the end of the period in which they were removed
    coupon: bool = False  # redeemed; it counts from the next period on
    coupon_counts: bool = False
    things: dict[str, Thing] = field(default_factory=dict)
    pending_seats: int | None = None
    paused_from: date | None = None
    billed_on: list[str] = field(default_factory=list)  # the bills of the period that runs, the oldest first

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def plan_price(self, plan: str | None = None, seats: int | None = None) -> Decimal:
        """A whole period of the plan, its coupon taken off."""
        plan, seats = plan or self.plan, seats or self.seats
        price = PRICES[plan]
        if plan == "Team":
            price = TEAM_BASE + PRICES["Team"] * max(seats - TEAM_INCLUDED, 0)
        return price * TEN_PERCENT if self.coupon_counts else price

    def wholes(self) -> dict[str, Decimal]:
        """What a new period is charged with."""
        found = {"plan": self.plan_price()}
        if self.extras:
            found["backup"] = BACKUP * self.extras
        return found

    def begin(self, start: date, bill: str | None) -> None:
        """A new period from that day, on which everything is charged; what was planned for it is made."""
        if self.extras_end and self.extras_end <= start:
            self.extras, self.extras_end = 0, None
        if self.pending_seats is not None:
            self.seats, self.pending_seats = self.pending_seats, None
        months = 0
        while month_after(self.first, months) <= start:
            months += 1
        self.start, self.end = start, month_after(self.first, months)
        self.coupon_counts = self.coupon
        self.things = {name: Thing(whole, bill) for name, whole in self.wholes().items()}
        self.billed_on = [bill] if bill else []

    def left(self, today: date) -> int:
        """The days from today on, today with them."""
        return (self.end - max(today, self.start)).days

    def part(self, whole: Decimal, days: int) -> Decimal:
        return cents(whole * days / self.days)


@dataclass
class Model:
    """One customer's account."""

    today: date
    bills: dict[str, Bill] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    payments: dict[str, Paid] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def credit(self) -> Decimal:
        return sum((n.left for n in self.notes), ZERO) + sum((p.unused for p in self.payments.values()), ZERO)

    @property
    def owed(self) -> Decimal:
        return sum((b.due for b in self.bills.values()), ZERO)

    def bill(self, number: str, total: Decimal, *, use_credit: bool = True) -> Bill:
        made = self.bills[number] = Bill(number, total, total)
        if use_credit:
            self.use_credit(made, total)
        return made

    def use_credit(self, bill: Bill, most: Decimal) -> Decimal:
        """Uses credit on a bill: notes first, then money in advance, each the oldest first."""
        used = ZERO
        givers: list[Note | Paid] = [*self.notes, *self.payments.values()]
        for giver in givers:
            left = giver.left if isinstance(giver, Note) else giver.unused
            take = min(left, bill.due, most - used)
            if take > 0:
                used += take
                bill.due, bill.touched = bill.due - take, True
                if isinstance(giver, Note):
                    giver.left -= take
                else:
                    giver.unused -= take
        return used

    def give(self, number: str, total: Decimal, corrects: str | None = None) -> None:
        """Issues a credit note; what is still owed of the bill that it corrects comes off first."""
        note = Note(number, total)
        if corrects is not None:
            bill = self.bills[corrects]
            off = min(total, bill.due)
            if off:
                bill.due, note.left, bill.touched = bill.due - off, total - off, True
            bill.corrected += total
        self.notes.append(note)

    def give_for(self, service: Service, number: str, total: Decimal) -> None:
        """Issues a credit note for a period that stops; what is still owed of its bills comes off first.

        It corrects the newest bill that it is not more than; of that one it comes off first, then of the oldest.
        """
        bills = [self.bills[name] for name in service.billed_on]
        roomy = [b for b in bills if b.total - b.corrected >= total]
        note = Note(number, total)
        for bill in sorted(bills, key=lambda b: b is not roomy[-1]) if roomy else bills:
            off = min(bill.due, note.left)
            if off:
                bill.due, note.left, bill.touched = bill.due - off, note.left - off, True
        if roomy:
            roomy[-1].corrected += total
        self.notes.append(note)

    def unused(self, service: Service) -> Decimal:
        """What is given back when it stops today: each thing's days after today, and the tax of all."""
        days = (service.end - max(self.today + DAY, service.start)).days
        return with_tax(sum((service.part(t.whole, days) for t in service.things.values()), ZERO))

    def receive(self, number: str, amount: Decimal, bills: list[str]) -> None:
        """Money for these bills in their order; what is left over is kept."""
        paid = self.payments[number] = Paid(number, ZERO)
        for name in bills:
            bill = self.bills[name]
            share = min(bill.due, amount)
            if share:
                bill.due, bill.touched = bill.due - share, True
                paid.shares[name] = paid.shares.get(name, ZERO) + share
                amount -= share
        paid.unused = amount

    def days_that_bill(self, until: date) -> list[tuple[date, list[Service]]]:
        """The first day up to `until` on which something renews, with everything that does; empty when none does."""
        runs = [s for s in self.services.values() if s.status in ("active", "ending") and s.end <= until]
        grouped = groupby(sorted(runs, key=lambda s: (s.end, s.number)), key=lambda s: s.end)
        return [(day, list(group)) for day, group in grouped][:1]

    def renew(self, day: date, services: list[Service]) -> list[tuple[Decimal, list[Service]]]:
        """Ends what is to end, begins the next period of the rest; gives each bill's total and what is on it.

        What is charged by itself and what is not have a bill each.
        """
        bills: dict[bool, list[Service]] = {}
        for service in services:
            if service.status == "ending":
                service.status = "ended"
                continue
            service.begin(day, None)
            bills.setdefault(service.by_itself, []).append(service)
        return [
            (with_tax(sum((cents(t.whole) for s in on for t in s.things.values()), ZERO)), on) for on in bills.values()
        ]

    def billed_on(self, number: str, services: list[Service], day: date) -> None:
        """Says on which bill that renewal is."""
        for service in services:
            if service.start == day and service.status == "active":
                service.billed_on = [number]
                for thing in service.things.values():
                    thing.bill = number
