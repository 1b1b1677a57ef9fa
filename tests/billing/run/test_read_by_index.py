"""What a run and a page read of big tables comes by an index: reminders by due day, the past of one action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, delete, event, insert, text
from sqlmodel import SQLModel, col

import billing.actions.preferences  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.records import AuditEntry
from billing.registry import Channel, Role
from billing.run.due import Days
from billing.run.reminders import remind
from tests.billing.run.firm import Firm

MANY = 4_000
DUE = date(2026, 3, 1)
RIO = Actor("staff", 1, "Rio", "rio@renotech.example", Role.ADMIN)


@contextmanager
def plans(firm: Firm, of: str) -> Iterator[list[str]]:
    """How the database reads each statement that has these words, in its own words."""
    found: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if of in statement and not statement.startswith("EXPLAIN"):
            how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            other = cursor.connection.cursor()
            other.execute(f"{how} {statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in other.fetchall()))

    event.listen(firm.contexts.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(firm.contexts.engine, "before_cursor_execute", explain)


@contextmanager
def filled(firm: Firm, table: type[SQLModel], row: Callable[[int], dict[str, Any]]) -> Iterator[None]:
    """Many rows, which go again before the books are looked at."""
    own = col(table.id) > MANY  # type: ignore[attr-defined]
    with firm.contexts.system(writes=True) as ctx:
        ctx.session.connection().execute(insert(table), [row(n) | {"id": MANY + n + 1} for n in range(MANY)])
        ctx.session.connection().execute(text("ANALYZE"))
    yield
    with firm.contexts.system(writes=True) as ctx:
        ctx.session.connection().execute(delete(table).where(own))


def test_reminders_read_the_open_invoices_by_the_day_on_which_they_are_due(firm: Firm) -> None:
    firm.account.on(DUE).invoice(100_00, days=0)
    customers = [firm.customer(f"K-{n}") for n in range(50)]
    now = firm.on(date(2026, 3, 9)).contexts.clock.now()
    old = {"title": "Long ago", "currency": "EUR", "created_at": now, "issued_on": DUE}

    def row(n: int) -> dict[str, Any]:
        status = InvoiceStatus.OPEN if n % 20 == 0 else InvoiceStatus.PAID
        due_on = DUE - timedelta(days=100 + n % 900)
        return old | {"customer_id": customers[n % 50], "status": status, "due_on": due_on}

    with filled(firm, Invoice, row), plans(firm, "invoice.due_on BETWEEN") as found:
        written = remind(firm.contexts, Days(now))

    assert (written, len(found), "ix_invoice_open_due" in found[0]) == (1, 1, True), found


def test_the_past_of_the_preferences_is_found_among_all_that_was_done(firm: Firm) -> None:
    now = firm.contexts.clock.now()
    same = {"at": now, "actor": "Rio", "actor_kind": "staff", "channel": Channel.PORTAL, "sentence": "Rio did it."}

    def row(n: int) -> dict[str, Any]:
        return same | {"action": "preferences.change" if n < 3 else "invoices.pay", "details": {}}

    with filled(firm, AuditEntry, row), plans(firm, "FROM audit_entry") as found:
        sheet = dispatch.run(firm.contexts, "preferences.show", {}, RIO, Channel.PORTAL)

    assert (len(sheet.history), len(found), "ix_audit_action" in found[0]) == (3, 1, True), found
