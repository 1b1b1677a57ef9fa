"""RenoTech's other customers: their documents hold the numbers between those of the story, so no series has a gap."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from billing.models.invoices import InvoiceKind
from billing.posting.books import BookPayment, Document
from billing.rules.totals import NewLine
from portal.seeds.papers import CREDITS, PAPERS, VAT
from portal.seeds.people import NEIGHBOURS

STORY_DAY = date(2026, 3, 12)
LAST_NUMBERS = {2021: 130, 2022: 270, 2023: 480, 2024: 850, 2025: 1290, 2026: 211}
CUSTOMERS = 48

_FIRST = (
    "Atelier", "Bakkerij", "Bouwbedrijf", "Fysiotherapie", "Galerie", "Drukkerij", "Hotel", "Kaashandel",
    "Keramiek", "Makelaardij", "Notariaat", "Optiek", "Restaurant", "Rijwielhuis", "Studio", "Tandarts",
    "Uitgeverij", "Wijnhuis",
)  # fmt: skip
_LAST = (
    "Aalders", "van den Berg", "Brouwer", "Çelik", "Dekker", "Dijkstra", "Fernández",
    "Gerritsen", "de Haan", "Hoekstra", "Jansen", "Kramer", "Lindqvist", "Meijer",
    "Nguyễn", "Oliveira", "Postma", "Ruijters", "Schuurman", "Szymański", "Timmermans",
    "Veenstra", "Verhoeven", "Wouters", "Zijlstra",
)  # fmt: skip
_CITIES = (
    "Alkmaar", "Amersfoort", "Breda", "Delft", "Eindhoven", "Gouda", "Groningen", "Leeuwarden", "Leiden",
    "Middelburg", "Utrecht", "Zwolle",
)  # fmt: skip
_WORK = (
    ("Hosting, Growth", 180_00),
    ("Hosting, Business", 260_00),
    ("Site care, Basic", 120_00),
    ("Site care, Standard", 240_00),
    ("Workspace, Starter", 29_00),
    ("Workspace, Growth", 49_00),
    ("Support", 85_00),
    ("Photography, half a day", 240_00),
)


@dataclass(frozen=True)
class Passer:
    """A customer of the background."""

    place: int
    name: str
    email: str
    city: str
    since: date


def passers(dice: random.Random) -> list[Passer]:
    """The background's customers, each with a name of its own, the first there from the start."""
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    dice.shuffle(names)
    day, found = date(2021, 6, 1), []
    for place, name in enumerate(names[:CUSTOMERS]):
        found.append(Passer(place, name, f"administratie{place + 1}@klanten.example", dice.choice(_CITIES), day))
        day += timedelta(days=dice.randint(0, 34))
    return found


def reserved() -> dict[str, date]:
    """The numbers that the story's own documents have, with their days."""
    papers = [*PAPERS, *(p for company in NEIGHBOURS for p in company.papers)]
    return {p.number: p.on for p in papers}


def free_numbers() -> Iterator[tuple[str, date]]:
    """Every other number of the invoice series, with a day that fits between its neighbours'."""
    taken = reserved()
    for year, last in LAST_NUMBERS.items():
        ends = [(1, date(2021, 7, 1) if year == 2021 else date(year, 1, 1)),
                (last, min(date(year, 12, 31), STORY_DAY - timedelta(days=1)))]  # fmt: skip
        fixed = sorted({*ends, *((int(n[8:]), day) for n, day in taken.items() if int(n[3:7]) == year)})
        places = [n for n, _ in fixed]
        for n in range(1, last + 1):
            number = f"RT-{year}-{n:04d}"
            if number in taken:
                continue
            before = fixed[max(bisect_right(places, n) - 1, 0)]
            after = fixed[min(bisect_right(places, n), len(fixed) - 1)]
            share = (n - before[0]) / max(after[0] - before[0], 1)
            yield number, before[1] + timedelta(days=int((after[1] - before[1]).days * share))


def background_documents(dice: random.Random, customers: list[tuple[Passer, int]]) -> dict[int, list[Document]]:
    """For each customer's id the documents, in the order of their days."""
    found: dict[int, list[Document]] = defaultdict(list)
    for number, day in free_numbers():
        known = [c for c in customers if c[0].since <= day] or customers[:1]
        passer, customer_id = dice.choice(known)
        found[customer_id].append(_invoice(dice, passer, customer_id, number, day))
    story = {c.number for c in CREDITS}
    for n in range(1, 12):
        number = f"CN-2026-{n:04d}"
        if number not in story:
            passer, customer_id = dice.choice(customers)
            found[customer_id].append(
                _credit_note(passer, customer_id, number, date(2026, 1, 8) + timedelta(days=6 * n))
            )
    for documents in found.values():
        documents.sort(key=lambda d: (d.issued_at, d.number))
    return found


def at(day: date, hour: int = 8) -> datetime:
    """A moment of that day."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def bill_to(passer: Passer) -> dict[str, str]:
    """The address on a document, as posting keeps it."""
    return {"name": passer.name, "attention": "", "address": "", "city": passer.city, "country": "NL", "tax_id": ""}


def _invoice(dice: random.Random, passer: Passer, customer_id: int, number: str, day: date) -> Document:
    lines = []
    for description, price in dice.sample(_WORK, k=dice.choice((1, 1, 2, 3))):
        quantity = dice.randint(1, 6) if price < 100_00 else 1
        lines.append(NewLine(description, price, price * quantity, Decimal(quantity), tax_rate=VAT))
    document = Document(
        customer_id, number, lines[0].description if len(lines) == 1 else "Services", "EUR", at(day), day, lines,
        due_on=day + timedelta(days=14), bill_to=bill_to(passer),
    )  # fmt: skip
    paid_on = day + timedelta(days=dice.randint(2, 24))
    if paid_on < STORY_DAY and (dice.random() < 0.985 or day.year < 2026):
        document.payment = BookPayment(at(paid_on, 12), document.total, "bank_transfer", "bank transfer")
    return document


def _credit_note(passer: Passer, customer_id: int, number: str, day: date) -> Document:
    line = NewLine("Goodwill", -25_00, -25_00, tax_rate=VAT)
    return Document(
        customer_id, number, "Credit note: goodwill", "EUR", at(day, 9), day, [line],
        kind=InvoiceKind.CREDIT_NOTE, bill_to=bill_to(passer),
    )  # fmt: skip
