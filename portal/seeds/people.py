"""The customers of the story that have a name, their people, and RenoTech's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.registry import Role
from portal.seeds.papers import MONTHS, Item, Paper, first_of


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role
    title: str = ""


@dataclass(frozen=True)
class Has:
    """A subscription: product, plan, since when, and the period it is in."""

    product: str
    plan: str
    since: date
    seats: int = 1
    period: tuple[date, date] = (date(2026, 3, 1), date(2026, 4, 1))
    discount: tuple[Decimal, str] = (Decimal(0), "")
    trial: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Company:
    number: str
    name: str
    since: date
    people: tuple[Person, ...]
    email: str
    address: tuple[str, str, str, str]  # street, postal code, city, country
    currency: str = "EUR"
    locale: str = "en_GB"
    time_zone: str = "Europe/Amsterdam"
    tax_id: str = ""
    phone: str = ""
    purchase_order: str = ""
    has: tuple[Has, ...] = ()
    papers: tuple[Paper, ...] = field(default=())


STAFF = (
    Person("Marit de Vries", "marit@renotech.example", Role.AGENT, "Customer care"),
    Person("Tomáš Bělohlávek", "tomas@renotech.example", Role.AGENT, "Engineer"),
    Person("Rio Aalbers", "rio@renotech.example", Role.ADMIN, "Head of administration"),
)

MAIN = Company(
    number="CUS-1001",
    name="Möller & Kowalczyk Interiors B.V.",
    since=date(2021, 9, 1),
    people=(
        Person("Ania Kowalczyk", "ania@moellerkowalczyk.nl", Role.OWNER),
        Person("Pieter Möller", "pieter@moellerkowalczyk.nl", Role.BILLING),
        Person("Jan-Willem van den Heuvel-Oosterhuis", "janwillem@moellerkowalczyk.nl", Role.VIEWER),
    ),
    email="administratie@moellerkowalczyk.nl",
    address=("Spaarnwouderstraat 118 zw", "2011 AE", "Haarlem", "NL"),
    tax_id="NL987654321B01",
    phone="+31 23 555 0118",
    purchase_order="PO 4471, Haarlem",
    has=(
        Has("Hosting", "Growth", date(2023, 6, 1)),
        Has("Team mail", "", date(2023, 6, 1), seats=18),
        Has("Site care", "Standard", date(2023, 6, 1), discount=(Decimal(10), "Loyalty discount")),
        Has("Visitor analytics", "", date(2026, 2, 19), period=(date(2026, 2, 19), date(2026, 3, 19)), trial=True),
        Has("Domains", "", date(2021, 11, 18), period=(date(2025, 11, 18), date(2026, 11, 18)),
            detail="moellerkowalczyk.nl, .de and .pl"),
    ),
)  # fmt: skip


def _monthly(month: int, place: int, title: str, items: tuple[Item, ...], paid: date | None, currency: str) -> Paper:
    number = f"RT-2026-{ {1: 0, 2: 97, 3: 166}[month] + place:04d}"
    on = first_of(2026, month)
    return Paper(number, on, f"{title}, {MONTHS[month - 1]}", items, paid, method="card",
                 label="Mastercard ending 4444", currency=currency)  # fmt: skip


def _three_months(
    place: int, title: str, items: tuple[Item, ...], currency: str = "EUR", march: date | None = None
) -> tuple[Paper, ...]:
    """January and February paid, March as given."""
    paid = {1: date(2026, 1, 9), 2: date(2026, 2, 10), 3: march}
    return tuple(_monthly(m, place, title, items, paid[m], currency) for m in (1, 2, 3))


STUDIO = Company(
    number="CUS-1002",
    name="Kamau Ødegård Studio ApS",
    since=date(2024, 5, 6),
    people=(Person("Wanjirũ Kamau-Ødegård", "wanjiru@kamauodegaard.example", Role.OWNER),),
    email="wanjiru@kamauodegaard.example",
    address=("Refshalevej 153", "1432", "København", "DK"),
    time_zone="Europe/Copenhagen",
    has=(Has("Workspace", "Starter", date(2024, 6, 1), seats=3),),
    papers=_three_months(
        16, "Workspace",
        (Item("Workspace, Starter", 29_00, Decimal(3), unit="seats"),
         Item("Extra storage", 5_93, Decimal(11), detail="1.1 TB over the plan's", unit="× 100 GB")),
        march=date(2026, 3, 12),
    ),
)  # fmt: skip

ARCHITECTS = Company(
    number="CUS-1003",
    name="株式会社ミナト設計",
    since=date(2024, 9, 2),
    people=(Person("高橋 みなみ", "minami@minato-sekkei.example", Role.OWNER),),
    email="minami@minato-sekkei.example",
    address=("海岸通 1-2-3", "231-0002", "横浜市中区", "JP"),
    currency="JPY",
    time_zone="Asia/Tokyo",
    has=(Has("Workspace", "Growth", date(2024, 10, 1), seats=4),),
    papers=_three_months(17, "Workspace", (Item("Workspace, Growth", 7_800, Decimal(4), unit="seats",
                                                tax_rate=Decimal(10)),), "JPY"),
)  # fmt: skip

DESIGN_OFFICE = Company(
    number="CUS-1004",
    name="مكتب النور للتصميم",
    since=date(2025, 1, 13),
    people=(Person("ليلى منصور", "layla@noor-design.example", Role.OWNER),),
    email="layla@noor-design.example",
    address=("شارع الشيخ زايد 48", "", "دبي", "AE"),
    currency="AED",
    time_zone="Asia/Dubai",
    has=(Has("Workspace", "Business", date(2025, 2, 1), seats=6),),
    papers=_three_months(18, "Workspace", (Item("Workspace, Business", 319_00, Decimal(6), unit="seats",
                                                tax_rate=Decimal(5)),), "AED"),
)  # fmt: skip

HOUSING = Company(
    number="CUS-1005",
    name="Stichting Wooncoöperatie De Nieuwe Werkplaats Amsterdam-Noord",
    since=date(2022, 3, 7),
    people=(Person("Pieter-Bas Oosterveld-de Graaf", "pieterbas@denieuwewerkplaats.example", Role.OWNER),),
    email="pieterbas@denieuwewerkplaats.example",
    address=("NDSM-Plein 28", "1033 WB", "Amsterdam", "NL"),
    has=(Has("Hosting", "Scale", date(2022, 4, 1)), Has("Site care", "Plus", date(2022, 4, 1))),
    papers=_three_months(
        19, "Monthly services",
        (Item("Hosting, Scale", 420_00), Item("Site care, Plus", 420_00),
         *(Item(f"Door screens, building {letter}", 35_00) for letter in "ABCD")),
    ),
)  # fmt: skip

GREEK_ARCHITECTS = Company(
    number="CUS-1006",
    name="Παπαδοπούλου Αρχιτέκτονες",
    since=date(2025, 6, 2),
    people=(Person("Eleni Papadopoulou", "eleni@papadopoulou.example", Role.OWNER),),
    email="eleni@papadopoulou.example",
    address=("Οδός Ερμού 12", "105 63", "Αθήνα", "GR"),
    time_zone="Europe/Athens",
    has=(Has("Workspace", "Starter", date(2025, 7, 1), seats=2),),
    papers=_three_months(20, "Workspace", (Item("Workspace, Starter", 29_00, Decimal(2), unit="seats"),)),
)

NEIGHBOURS = (STUDIO, ARCHITECTS, DESIGN_OFFICE, HOUSING, GREEK_ARCHITECTS)
