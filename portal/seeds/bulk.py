"""As many customers and invoices as one asks for, the same for the same seed: for benchmarks and for trying things."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, select

from billing.context import Contexts
from billing.models.people import Contact, Customer, Membership
from billing.posting.books import BookPayment, Books, Document
from billing.posting.rows import RowWriter, advance_ids, next_id, roomy_cache
from billing.registry import Channel, Role
from billing.rules.totals import NewLine
from portal.seeds.background import STORY_DAY, at

VAT = Decimal(21)
YEARS = 5
END = at(STORY_DAY)
SERVICES = (
    ("Hosting, Growth", 180_00),
    ("Hosting, Business", 260_00),
    ("Site care, Standard", 240_00),
    ("Workspace, Starter", 29_00),
    ("Support", 85_00),
    ("Photography", 420_00),
    ("Domains, one year", 38_00),
)


@dataclass(frozen=True)
class BulkReport:
    """What was added; nothing where this seed was sown before."""

    customers: int
    invoices: int


def seed_bulk(contexts: Contexts, customers: int = 100, invoices: int = 1_000, seed: int = 1) -> BulkReport:
    """Adds that many customers with that many invoices among them, in one transaction.

    Deterministic: the same rows for the same arguments, over the five years up to the story's day, whatever the clock
    says.
    Each customer has a person, `bulk1-1@customers.example` for the first of seed 1, who may be invited. Raises
    ValueError for less than one customer or fewer than no invoices.
    """
    if customers < 1 or invoices < 0:
        raise ValueError("There must be at least one customer, and not fewer than no invoices.")
    with contexts.system(writes=True, channel=Channel.SHELL) as ctx:
        session, source = ctx.session, f"bulk-{seed}"
        if session.exec(select(Customer.id).where(Customer.source == source).limit(1)).first() is not None:
            return BulkReport(0, 0)
        with roomy_cache(session):
            given = _add_everything(session, customers, invoices, seed)
    return BulkReport(customers, given)


def _add_everything(session: Session, customers: int, invoices: int, seed: int) -> int:
    """Adds the customers and their invoices; gives how many invoices."""
    first = _add_customers(session, customers, seed, END)
    books = Books(session, payment_prefix=f"PB{seed}")
    dice = random.Random(seed)
    given = 0
    for place in range(customers):
        share = invoices // customers + (1 if place < invoices % customers else 0)
        books.post(_documents(dice, books, seed, first + place, share))
        given += share
    books.close()
    return given


def _add_customers(session: Session, number: int, seed: int, now: datetime) -> int:
    """Adds them with a person each; gives the first one's id, the others follow it."""
    session.flush()
    first, first_contact, first_membership = (next_id(session, m) for m in (Customer, Contact, Membership))
    plain = ["phone", "address_line", "postal_code", "city", "region", "tax_id", "purchase_order", "gateway_id"]
    fixed = {"currency": "EUR", "locale": "en_GB", "time_zone": "Europe/Amsterdam", "country": "NL"}
    fixed |= dict.fromkeys(plain, "") | {"source": f"bulk-{seed}"}
    columns = ["id", "number", "name", "email", "source_key", "auto_charge", "created_at", *fixed]
    RowWriter(session, Customer, columns).write(
        [
            (
                first + n,
                f"BULK{seed}-{n + 1}",
                f"Customer {n + 1} of {seed}",
                _email(seed, n),
                str(n + 1),
                False,
                now,
                *fixed.values(),
            )
            for n in range(number)
        ]
    )
    contact = ("id", "email", "name", "password_hash", "mfa_secret", "mfa_last_timecode", "created_at")
    RowWriter(session, Contact, contact).write(
        [(first_contact + n, _email(seed, n), f"Person {n + 1}", "", "", 0, now) for n in range(number)]
    )
    RowWriter(session, Membership, ("id", "contact_id", "customer_id", "role")).write(
        [(first_membership + n, first_contact + n, first + n, int(Role.OWNER)) for n in range(number)]
    )
    for model in (Customer, Contact, Membership):
        advance_ids(session, model)
    return first


def _email(seed: int, place: int) -> str:
    return f"bulk{seed}-{place + 1}@customers.example"


def _documents(dice: random.Random, books: Books, seed: int, customer_id: int, number: int) -> Iterator[Document]:
    """One customer's invoices over five years; 19 of 20 that are old enough are paid."""
    begin = END - timedelta(days=365 * YEARS)
    step = timedelta(days=365 * YEARS) / max(number, 1)
    for n in range(number):
        issued_at = begin + step * n
        day = issued_at.date()
        lines = []
        for description, price in dice.sample(SERVICES, k=1 + (n % 2)):
            quantity = dice.randint(1, 9)
            lines.append(NewLine(description, price, price * quantity, Decimal(quantity), tax_rate=VAT))
        title = lines[0].description
        own, due_on = books.give_number(f"B{seed}", day), day + timedelta(days=14)
        document = Document(customer_id, own, title, "EUR", issued_at, day, lines, due_on=due_on)
        paid_at = issued_at + timedelta(days=dice.randint(1, 20))
        if paid_at < END and dice.random() < 0.95:
            document.payment = BookPayment(paid_at, document.total)
        yield document
