"""How many SQL statements a question takes: few, and as many with many rows as with few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.posting import finalise_invoice, record_payment
from billing.registry import Action, Channel
from billing.rules.totals import NewLine
from portal.bootstrap import whole_catalogue
from tests.contracts.conftest import House
from tests.contracts.test_dispatch_laws import sample

MOST, MOST_OF = 6, {"home.show": 12}
QUERIES = [action for action in whole_catalogue() if not action.changes]
# Read once a request, before any action: who asks, and what the business lets them do.
ALWAYS = ("preference", "login_session")
NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
every_query = pytest.mark.parametrize("action", QUERIES, ids=lambda action: action.id)


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    """The statements that the database was asked, but for the session's and the preferences'."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        flat = " ".join(statement.split())
        table = flat.split(" FROM ", 1)[1].split()[0].strip('"') if " FROM " in flat else ""
        if not flat.startswith(NO_STATEMENTS) and table not in ALWAYS:
            asked.append(flat)

    event.listen(house.contexts.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(house.contexts.engine, "before_cursor_execute", note)


def asked_by(house: House, action: Action) -> list[str]:
    actor, input = house.actor_for(action), sample(house, action)
    with counted(house) as asked:
        assert house.run(action, input, actor, Channel.PORTAL) is not None
    return asked


@every_query
def test_a_question_takes_few_statements(house: House, action: Action) -> None:
    asked = asked_by(house, action)
    assert len(asked) <= MOST_OF.get(action.id, MOST), "\n".join(asked)


@every_query
def test_many_rows_take_no_more_statements_than_few(house: House, action: Action) -> None:
    few = len(asked_by(house, action))
    bill_and_pay(house, 40)
    assert len(asked_by(house, action)) <= max(few, 1)


def bill_and_pay(house: House, count: int) -> None:
    """So many more invoices of the account, every other one paid."""
    owner = house.actor_for(house.contexts.registry.get("invoices.list"))
    with house.contexts.system(writes=True) as ctx:
        for n in range(count):
            draft = Invoice(
                customer_id=owner.customer_id or 0, title=f"Work {n}", currency="EUR", issued_on=ctx.now.date(),
                created_at=ctx.now,
            )  # fmt: skip
            invoice = finalise_invoice(ctx, draft, [NewLine("Work", 100_00, 100_00)])
            if n % 2:
                payment = Payment(
                    number=f"PAY-MORE-{n}", customer_id=invoice.customer_id, status=PaymentStatus.SUCCEEDED,
                    currency="EUR", amount=invoice.due, idempotency_key=f"more-{n}", created_at=ctx.now,
                    settled_at=ctx.now,
                )  # fmt: skip
                ctx.session.add(payment)
                ctx.session.flush()
                assert payment.id and invoice.id
                share = PaymentAllocation(payment_id=payment.id, invoice_id=invoice.id, amount=invoice.due)
                record_payment(ctx, payment, [(invoice, share)])
