"""The documents of the story's main customer: 44 invoices and 2 credit notes, to the cent."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
VAT = Decimal(21)


@dataclass(frozen=True)
class Item:
    """A line: minor units without tax. `amount` is quantity times price unless given."""

    description: str
    price: int
    quantity: Decimal = Decimal(1)
    detail: str = ""
    unit: str = ""
    amount: int | None = None
    working: tuple[str, ...] = ()
    tax_rate: Decimal = VAT

    @property
    def total(self) -> int:
        return self.amount if self.amount is not None else int(self.price * self.quantity)


@dataclass(frozen=True)
class Paper:
    """An invoice of the story. `paid_on` is None for what is still open; `label` is how it was paid."""

    number: str
    on: date
    title: str
    items: tuple[Item, ...]
    paid_on: date | None
    days: int = 14
    method: str = "bank_debit"
    label: str = "bank debit from ING ending 88"
    milestone: int | None = None
    domains: bool = False
    currency: str = "EUR"


def first_of(year: int, month: int) -> date:
    return date(year, month, 1)


def whole_month(year: int, month: int) -> str:
    """1 to 31 March 2026."""
    return f"1 to {monthrange(year, month)[1]} {MONTHS[month - 1]} {year}"


def services(year: int, month: int, seats: int, added: tuple[Item, ...] = ()) -> tuple[Item, ...]:
    """The lines of a month: hosting, mail, care and its discount."""
    days = whole_month(year, month)
    return (
        Item("Hosting, Growth", 180_00, detail=days),
        Item(f"Team mail, {seats} seats", 6_50, Decimal(seats), detail=days),
        *added,
        Item("Site care, Standard", 240_00, detail=f"{days}, with 4 support hours"),
        Item("Loyalty discount", -24_00, detail="10% of Site care, Standard"),
    )


def _monthly(number: str, year: int, month: int, seats: int) -> Paper:
    on = first_of(year, month)
    return Paper(number, on, f"Monthly services, {MONTHS[month - 1]}", services(year, month, seats),
                 paid_on=on + timedelta(days=9))  # fmt: skip


def _domains(number: str, year: int) -> Paper:
    on = date(year, 11, 18)
    item = Item("Domains moellerkowalczyk.nl, .de and .pl", 38_00, Decimal(3),
                detail=f"One year, 18 November {year} to 17 November {year + 1}")  # fmt: skip
    title = "Domains moellerkowalczyk.nl, .de and .pl, one year"
    return Paper(number, on, title, (item,), paid_on=on + timedelta(days=8), domains=True)


def _milestone(number: str, on: date, place: int, name: str, paid_on: date | None) -> Paper:
    title = f"Milestone {place} of 4, showroom website redesign"
    item = Item(f"Milestone {place} of 4: {name}", 2_400_00, detail="Showroom website redesign, as agreed")
    return Paper(number, on, title, (item,), paid_on, milestone=place)


def _early() -> list[Paper]:
    build = (
        Item("Website, design and build", 3_200_00, detail="moellerkowalczyk.nl, first version"),
        Item("Training for the editors", 85_00, Decimal(3), unit="h"),
    )
    papers = [Paper("RT-2021-0084", date(2021, 9, 15), "Website, first version", build, date(2021, 9, 24))]
    papers += [_domains(f"RT-{year}-{n:04d}", year) for year, n in ((2021, 112), (2022, 236), (2023, 441), (2024, 777))]
    papers += [_monthly(f"RT-2023-{(m - 1) * 40 + 12:04d}", 2023, m, 14) for m in range(6, 13)]
    papers += [_monthly(f"RT-2024-{(m - 1) * 70 + 15:04d}", 2024, m, 14) for m in range(1, 13)]
    return papers


def _of_2025() -> list[Paper]:
    papers = [_monthly(f"RT-2025-{(m - 1) * 108 + 14:04d}", 2025, m, 14 if m < 10 else 16) for m in range(1, 11)]
    support = Item("Extra support in June", 85_00, Decimal(3), detail="7 h on 24 June − 4 h included", unit="h",
                   working=("7 h − 4 h included in Site care = 3 h × €85.00 = €255.00",))  # fmt: skip
    papers.append(Paper("RT-2025-0671", date(2025, 7, 3), "Extra support, June", (support,), date(2025, 7, 14)))
    papers.append(_monthly("RT-2025-1102", 2025, 11, 16))
    papers.append(_domains("RT-2025-1130", 2025))
    papers.append(_monthly("RT-2025-1204", 2025, 12, 16))
    return papers


def _march() -> Paper:
    seats = Item(
        "Team mail, 2 seats added", 3_02, Decimal(2),
        detail="16 to 28 February 2026, 13 of 28 days: 2 × €6.50 × 13/28",
        working=(
            "2 seats × €6.50 × 13 of 28 days = €6.04",
            "16 to 28 February counts as 13 days. Rounded once, at the end of the line.",
        ),
    )  # fmt: skip
    support = Item(
        "Extra support in February", 85_00, Decimal("3.5"), unit="h",
        detail="6.0 h on 18 Feb + 1.5 h on 25 Feb − 4 h included",
        working=(
            "18 Feb, checkout fix 6.0 h + 25 Feb, follow-up visit 1.5 h = 7.5 h",
            "7.5 h − 4 h included in Site care = 3.5 h × €85.00 = €297.50",
            "Rule: Support hours, price list 2026.",
        ),
    )  # fmt: skip
    items = (*services(2026, 3, 18, added=(seats,)), support)
    return Paper("RT-2026-0187", first_of(2026, 3), "Monthly services, March", items, paid_on=None)


def _of_2026() -> list[Paper]:
    photos = (
        Item("Photography, one day", 420_00, detail="Haarlem showroom, 17 February"),
        Item("3D tour", 110_00, Decimal(2), detail="Kitchens and bathrooms", unit="rooms"),
    )
    return [
        _monthly("RT-2026-0021", 2026, 1, 16),
        _milestone("RT-2026-0059", date(2026, 1, 12), 1, "Discovery", date(2026, 1, 23)),
        _monthly("RT-2026-0118", 2026, 2, 16),
        _milestone("RT-2026-0162", date(2026, 2, 16), 2, "Design", None),
        Paper("RT-2026-0171", date(2026, 2, 24), "Photography and 3D tour, Haarlem showroom", photos, None, days=30),
        _march(),
    ]


PAPERS: tuple[Paper, ...] = tuple(sorted([*_early(), *_of_2025(), *_of_2026()], key=lambda p: p.on))


@dataclass(frozen=True)
class CreditPaper:
    """A credit note: what it gives back without tax, and when it is used on which invoice."""

    number: str
    on: date
    title: str
    items: tuple[Item, ...]
    used_on: date | None = None
    used_for: str = ""


CREDITS: tuple[CreditPaper, ...] = (
    CreditPaper(
        "CN-2026-0007", date(2026, 2, 26), "Credit note: training session you did not use",
        (Item("Training session you did not use", -49_59, detail="Booked for 19 February"),),
        used_on=date(2026, 3, 2), used_for="RT-2026-0187",
    ),
    CreditPaper(
        "CN-2026-0011", date(2026, 3, 4), "Credit note: outage on 27 February",
        (Item("Outage on 27 February", -33_06, detail="Sites were down from 09:10 to 13:40"),),
    ),
)  # fmt: skip
