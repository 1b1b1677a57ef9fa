"""The story is told the same every time, and equals the pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

import billing.actions.projects
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.actions.projects import ProjectList
from billing.actions.subscriptions import SubscriptionList
from billing.auth.passwords import password_fits
from billing.clock import SetClock
from billing.config import STORY_BEGINS
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.errors import PortalError
from billing.models.invoices import DueTotal, Invoice, InvoiceCount, InvoiceKind, InvoiceLine, InvoiceStatus
from billing.models.ledger import Balance
from billing.models.payments import Payment
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Channel, Role
from billing.verify import verify
from portal.seeds import demo_logins, seed_bulk, seed_story, story_passwords
from tests.fixtures.offline import offline

TODAY = date(2026, 3, 12)


PASSWORD = "correct horse battery"


def on(engine: Engine, data: Path) -> Contexts:
    clock = SetClock(STORY_BEGINS)
    return offline(engine, clock, data)


@pytest.fixture
def contexts(engine: Engine, tmp_path: Path) -> Contexts:
    """A database without a row."""
    return on(engine, tmp_path)


@pytest.fixture
def fresh(contexts: Contexts) -> Contexts:
    """The story on a database of the test's own, which it may change."""
    seed_story(contexts, {"ania@moellerkowalczyk.nl": PASSWORD})
    return contexts


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contexts]:
    """The story, told once on each database, for tests that only look."""
    data = tmp_path_factory.mktemp("story")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), data / "parley.db")
        url = f"sqlite:///{data / 'parley.db'}"
    else:
        server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
        server.run("CREATE DATABASE {} TEMPLATE {}", "story_that_was_told", template)
        url = server.url("story_that_was_told")
    engine = make_engine(url)
    contexts = on(engine, data)
    seed_story(contexts, {"ania@moellerkowalczyk.nl": PASSWORD})
    yield contexts
    engine.dispose()


def ania(contexts: Contexts) -> Actor:
    with contexts.system() as ctx:
        row = ctx.session.exec(select(Contact).where(Contact.email == "ania@moellerkowalczyk.nl")).one()
        seat = ctx.session.exec(select(Membership).where(Membership.contact_id == row.id)).one()
        return Actor("contact", row.id, row.name, row.email, Role(seat.role), seat.customer_id)


def documents(contexts: Contexts) -> list[Invoice]:
    owner = ania(contexts).customer_id
    with contexts.system() as ctx:
        return list(
            ctx.session.exec(select(Invoice).where(Invoice.customer_id == owner).order_by(col(Invoice.id))).all()
        )


def test_the_chips_count_as_in_the_picture(told: Contexts) -> None:
    found = documents(told)
    open_ = [d for d in found if d.status == InvoiceStatus.OPEN and d.kind == InvoiceKind.INVOICE]

    assert len(found) == 46
    assert {d.number: d.due for d in open_} == {"RT-2026-0162": 2904_00, "RT-2026-0171": 774_40, "RT-2026-0187": 528_01}
    assert [d.number for d in open_ if d.due_on and d.due_on < TODAY] == ["RT-2026-0162"]
    assert sum(d.status == InvoiceStatus.PAID and d.kind == InvoiceKind.INVOICE for d in found) == 41
    assert {d.number: d.credit_left for d in found if d.kind == InvoiceKind.CREDIT_NOTE} == {
        "CN-2026-0007": 0, "CN-2026-0011": 40_00,
    }  # fmt: skip


def test_the_running_totals_say_the_same(told: Contexts) -> None:
    owner = ania(told).customer_id
    with told.system() as ctx:
        counts = {
            (c.kind, c.status): c.count
            for c in ctx.session.exec(select(InvoiceCount).where(InvoiceCount.customer_id == owner)).all()
        }
        dues = {
            d.due_on: d.amount for d in ctx.session.exec(select(DueTotal).where(DueTotal.customer_id == owner)).all()
        }
        balance = ctx.session.get_one(Balance, (owner, "EUR"))
    assert counts == {
        ("invoice", "open"): 3, ("invoice", "paid"): 41, ("credit_note", "open"): 1, ("credit_note", "paid"): 1,
    }  # fmt: skip
    assert dues == {date(2026, 3, 2): 2904_00, date(2026, 3, 26): 774_40, date(2026, 3, 15): 528_01}
    assert (balance.receivable, balance.credit) == (4206_41, 40_00)


def test_the_books_of_the_story_are_right(told: Contexts) -> None:
    assert verify(told) == []


def test_twelve_months_are_those_of_the_chart(told: Contexts) -> None:
    months: dict[tuple[int, int], int] = {}
    for d in documents(told):
        if d.kind == InvoiceKind.INVOICE and d.issued_on >= date(2025, 4, 1):
            key = (d.issued_on.year, d.issued_on.month)
            months[key] = months.get(key, 0) + d.total

    assert [months[key] for key in sorted(months)] == [
        58927, 58927, 58927, 89782, 58927, 58927, 60500, 74294, 60500, 350900, 428340, 98801,
    ]  # fmt: skip


def test_march_has_its_lines_to_the_cent(told: Contexts) -> None:
    march = next(d for d in documents(told) if d.number == "RT-2026-0187")
    with told.system() as ctx:
        rows = ctx.session.exec(
            select(InvoiceLine).where(InvoiceLine.invoice_id == march.id).order_by(col(InvoiceLine.position))
        ).all()

    assert [(r.description, r.amount) for r in rows] == [
        ("Hosting, Growth", 180_00), ("Team mail, 18 seats", 117_00), ("Team mail, 2 seats added", 6_04),
        ("Site care, Standard", 240_00), ("Loyalty discount", -24_00), ("Extra support in February", 297_50),
    ]  # fmt: skip
    assert (march.subtotal, march.tax, march.total) == (816_54, 171_47, 988_01)
    assert (march.credited, march.paid, march.due) == (60_00, 400_00, 528_01)
    assert (march.purchase_order, march.bill_to["attention"]) == (
        "PO 4471, Haarlem", "For the attention of Ania Kowalczyk",
    )  # fmt: skip


def test_the_last_payment_is_the_bank_debit_of_9_march(told: Contexts) -> None:
    owner = ania(told).customer_id
    with told.system() as ctx:
        last = ctx.session.exec(
            select(Payment).where(Payment.customer_id == owner).order_by(col(Payment.created_at).desc())
        ).first()
    assert last is not None
    assert (last.amount, last.method_label, last.created_at.date()) == (
        400_00, "bank debit from ING ending 88", date(2026, 3, 9),
    )  # fmt: skip


def test_subscriptions_renew_as_in_the_picture(told: Contexts) -> None:
    shown = dispatch.run(told, "subscriptions.list", {}, ania(told), Channel.PORTAL)
    assert isinstance(shown, SubscriptionList)

    assert sorted((r.name, r.price_with_tax, r.renews_on) for r in shown.rows) == [
        ("Domains", 137_94, date(2026, 11, 18)),
        ("Hosting, Growth", 217_80, date(2026, 4, 1)),
        ("Site care, Standard", 261_36, date(2026, 4, 1)),
        ("Team mail", 141_57, date(2026, 4, 1)),
        ("Visitor analytics", 42_35, date(2026, 3, 19)),
    ]
    assert shown.next_invoice is not None
    assert (shown.next_invoice.total, shown.next_invoice.on) == (620_73, date(2026, 4, 1))


def test_the_project_is_half_billed_and_on_schedule(told: Contexts) -> None:
    shown = dispatch.run(told, "projects.list", {}, ania(told), Channel.PORTAL)
    assert isinstance(shown, ProjectList)
    (project,) = shown.rows

    assert (project.billed, project.budget, project.percent_billed) == (5808_00, 11616_00, 50)
    assert project.paid == 2904_00 and project.on_schedule
    assert [(m.name, m.state, m.invoice) for m in project.milestones] == [
        ("Discovery", "done", "RT-2026-0059"), ("Design", "done", "RT-2026-0162"),
        ("Build", "active", None), ("Launch", "planned", None),
    ]  # fmt: skip


def test_hours_of_february_are_approved_and_those_of_march_wait(told: Contexts) -> None:
    shown = dispatch.run(told, "projects.show", {}, ania(told), Channel.PORTAL)

    assert [(m.month.month, m.hours, m.amount, m.waiting, m.questioned) for m in shown.months] == [
        (3, Decimal("22.75"), 998_75, 3, 1), (2, Decimal("30.5"), 637_50, 0, 0), (1, Decimal("18.5"), 0, 0, 0),
    ]  # fmt: skip
    assert (shown.ready_hours, shown.ready_amount, shown.project.outstanding) == (Decimal("7.5"), 637_50, 2904_00)


def test_switching_hosting_to_business_shows_the_pictures_sum(told: Contexts) -> None:
    preview = dispatch.preview(told, "subscriptions.switch_plan", {"plan": "Business"}, ania(told), Channel.PORTAL)

    assert [line.amount for line in preview.effect.lines] == [-116_13, 167_74, 10_84, 62_45, -40_00, 22_45]


def test_growth_with_5_seats_has_one_meaning(told: Contexts) -> None:
    asked = {"plan": "Growth", "seats": 5}
    preview = dispatch.preview(told, "subscriptions.switch_plan", asked, ania(told), Channel.CHAT)

    assert preview.effect.title == "Switch Team mail to Growth with 5 seats"


def test_the_next_change_is_chg_2026_0093(fresh: Contexts) -> None:
    preview = dispatch.preview(fresh, "subscriptions.switch_plan", {"seats": 16}, ania(fresh), Channel.CHAT)
    done = dispatch.run(
        fresh, "subscriptions.switch_plan", {"seats": 16}, ania(fresh), Channel.CHAT, token=preview.token
    )  # fmt: skip

    assert (done.change, done.sentence) == ("CHG-2026-0093", "Team mail changes to 16 seats on 1 April")


def test_only_ania_and_pieter_can_change_plans(told: Contexts) -> None:
    with told.system() as ctx:
        row = ctx.session.exec(select(Contact).where(Contact.email == "janwillem@moellerkowalczyk.nl")).one()
        seat = ctx.session.exec(select(Membership).where(Membership.contact_id == row.id)).one()
    viewer = Actor("contact", row.id, row.name, row.email, Role(seat.role), seat.customer_id)

    with pytest.raises(PortalError) as refused:
        dispatch.preview(told, "subscriptions.switch_plan", {"plan": "Business"}, viewer, Channel.PORTAL)

    assert "Ask Ania or Pieter to do it" in refused.value.message


def test_invoice_numbers_have_no_gap_and_follow_the_days(told: Contexts) -> None:
    with told.system() as ctx:
        rows = ctx.session.exec(select(col(Invoice.number), col(Invoice.issued_on)).order_by(col(Invoice.number))).all()
    for series in ("RT-2021", "RT-2022", "RT-2023", "RT-2024", "RT-2025", "RT-2026", "CN-2026"):
        mine = [(str(number), day) for number, day in rows if str(number).startswith(series)]
        assert [int(number[8:]) for number, _ in mine] == list(range(1, len(mine) + 1))
        if series.startswith("RT"):
            assert [day for _, day in mine] == sorted(day for _, day in mine)


def test_told_twice_it_is_told_once(fresh: Contexts) -> None:
    with fresh.system() as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(Invoice))
    seed_story(fresh)
    with fresh.system() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Invoice)) == before


def test_who_has_a_password_signs_in_with_it_and_nobody_else_has_one(told: Contexts) -> None:
    with told.system() as ctx:
        hashes = {c.email: c.password_hash for c in ctx.session.exec(select(Contact)).all()}
        staff = ctx.session.exec(select(Staff).order_by(col(Staff.name))).all()

    assert password_fits(hashes.pop("ania@moellerkowalczyk.nl"), PASSWORD)
    assert set(hashes.values()) == {""}
    assert [(s.name, s.role) for s in staff] == [
        ("Marit de Vries", Role.AGENT), ("Rio Aalbers", Role.ADMIN), ("Tomáš Bělohlávek", Role.AGENT),
    ]  # fmt: skip


def test_every_script_of_the_queue_is_kept(told: Contexts) -> None:
    with told.system() as ctx:
        names = set(ctx.session.exec(select(Customer.name)).all())
    assert {
        "株式会社ミナト設計",
        "مكتب النور للتصميم",
        "Παπαδοπούλου Αρχιτέκτονες",
        "Kamau Ødegård Studio ApS",
    } <= names


def test_the_demos_passwords_are_made_once_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    first = demo_logins(tmp_path)

    assert demo_logins(tmp_path) == first
    assert [login.role for login in first] == ["customer", "agent", "admin"]
    assert len({login.password for login in first}) == 3
    assert (tmp_path / "demo_logins").stat().st_mode & 0o777 == 0o600
    assert story_passwords(tmp_path)["ania@moellerkowalczyk.nl"] == first[0].password


def test_bulk_rows_are_the_same_for_the_same_seed(contexts: Contexts) -> None:
    report = seed_bulk(contexts, customers=3, invoices=50, seed=7)

    assert (report.customers, report.invoices) == (3, 50)
    with contexts.system() as ctx:
        counts = ctx.session.exec(
            select(Invoice.customer_id, func.count(), func.sum(Invoice.total)).group_by(col(Invoice.customer_id))
        ).all()
        assert sorted(n for _, n, _ in counts) == [16, 17, 17]
        assert sum(total for _, _, total in counts) == 7_408_104
        owed = ctx.session.scalar(select(func.sum(Balance.receivable)))
        assert owed == ctx.session.scalar(select(func.sum(Invoice.due)))
    assert verify(contexts) == []
    assert seed_bulk(contexts, customers=3, invoices=50, seed=7).invoices == 0


def test_bulk_rows_beside_the_story_leave_the_books_right(fresh: Contexts) -> None:
    seed_bulk(fresh, customers=2, invoices=2500, seed=3)

    assert verify(fresh) == []
