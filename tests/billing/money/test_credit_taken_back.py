"""Staff take back a credit note that nobody has used: it gives nothing, keeps its number, and the books stay right."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlmodel import col, select

import billing.actions.credits_cancelled
import billing.actions.statements
import billing.actions.subscription_pause
import billing.actions.subscription_start  # noqa: F401
from billing.models.invoices import InvoiceKind, InvoiceStatus
from billing.models.ledger import LedgerEntry
from billing.models.subscriptions import Plan, Product
from billing.price_list.plans import add_plan
from billing.verify import verify
from tests.billing.money.desk import Desk
from tests.billing.paying.account import VAT

MISTAKE = "Given to the wrong account"


def test_goodwill_that_was_a_mistake_is_credit_no_more(desk: Desk) -> None:
    desk.account.on(date(2026, 3, 2)).credit_note(10_00)
    note = desk.do("credits.grant", amount=40_00, reason="For the trouble").credit_note

    effect = desk.effect("credits.void", credit_note=note, reason=MISTAKE)
    done = desk.do("credits.void", credit_note=note, reason=MISTAKE)

    assert [line.amount for line in effect.lines] == [52_10, -40_00, 12_10]
    assert (done.amount, done.status) == (40_00, "void")
    assert desk.account.balance() == (0, 12_10)
    kept = desk.invoice(note)
    assert (kept.status, kept.credit_left, kept.ended_reason) == (InvoiceStatus.VOID, 0, MISTAKE)
    listed = desk.account.ask("credits.list")
    assert note not in [source.number for source in listed.sources]
    assert [(total.amount, total.usable) for total in listed.totals] == [(12_10, 12_10)]
    number = desk.account.invoice(100_00)
    assert desk.account.preview(number).effect.due_now == 121_00 - 12_10


def test_the_ledger_turns_back_net_and_tax_and_the_statement_ends_with_what_is_left(desk: Desk) -> None:
    note = desk.account.on(date(2026, 3, 2)).credit_note(100_00)
    desk.account.on(date(2026, 3, 9))
    desk.do("credits.void", credit_note=note, reason=MISTAKE)

    with desk.account.contexts.system() as ctx:
        rows = ctx.session.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))).all()
    assert [(row.debit, row.credit, row.amount, row.credit_after) for row in rows] == [
        ("revenue", "credit", 100_00, 100_00), ("tax", "credit", 21_00, 121_00),
        ("credit", "revenue", 100_00, 21_00), ("credit", "tax", 21_00, 0),
    ]  # fmt: skip
    shown = desk.account.ask("statements.show", since=date(2026, 3, 1), until=date(2026, 3, 9))
    assert (shown.opening.balance, shown.closing.balance) == (0, 0)
    assert len(shown.movements) == 2
    assert verify(desk.account.contexts) == []


def test_an_invoice_whose_correction_was_taken_back_can_be_corrected_again_in_whole(desk: Desk) -> None:
    number = desk.account.on(date(2026, 3, 2)).invoice(100_00)
    desk.account.pay(number)
    note = desk.do("invoices.credit", invoice=number).credit_note
    assert desk.refusal("invoices.credit", invoice=number).code == "nothing_to_credit"

    desk.do("credits.void", credit_note=note, reason=MISTAKE)

    again = desk.do("invoices.credit", invoice=number)
    assert (again.total, again.credit) == (121_00, 121_00)


def test_what_was_used_is_on_its_way_out_or_promised_stays(desk: Desk) -> None:
    note = desk.account.on(date(2026, 3, 2)).credit_note(100_00)
    number = desk.account.invoice(50_00)
    desk.do("credits.apply", invoice=number, amount=21_00)

    refused = desk.refusal("credits.void", credit_note=note, reason=MISTAKE)

    assert (refused.code, "€21.00 of it was used" in refused.message) == ("credit_in_use", True)
    other = desk.account.credit_note(80_00)
    desk.account.sandbox.switch(faults=[{"kind": "cut_before", "on": "POST /v1/payment_intents", "times": 1}])
    desk.account.pay(desk.account.invoice(300_00))  # nobody answers: the payment waits, with all the credit
    assert desk.refusal("credits.void", credit_note=other, reason=MISTAKE).code == "credit_in_use"
    assert desk.refusal("credits.void", credit_note=number, reason=MISTAKE).code == "not_found"


def test_what_is_taken_back_is_not_taken_back_again(desk: Desk) -> None:
    note = desk.account.on(date(2026, 3, 2)).credit_note(100_00)
    desk.do("credits.void", credit_note=note, reason=MISTAKE)

    assert desk.refusal("credits.void", credit_note=note, reason=MISTAKE).code == "not_correctable"
    assert desk.refusal("credits.apply", invoice=desk.account.invoice(10_00), credit=note).code == "credit_used"


def test_what_a_pause_gave_back_belongs_to_the_pause(desk: Desk) -> None:
    with desk.account.on(date(2026, 3, 2)).contexts.system(writes=True) as ctx:
        product = Product(name="Hosting")
        ctx.session.add(product)
        ctx.session.flush()
        plan = Plan(product_id=product.id or 0, name="Growth", currency="EUR", unit_amount=180_00, tax_rate=VAT)
        add_plan(ctx.session, product, plan, ctx.now)
    started = desk.do("subscriptions.start", plan="Growth")
    desk.account.pay(started.invoice)
    note = desk.do("subscriptions.pause", subscription=started.subscription).credit_note

    refused = desk.refusal("credits.void", credit_note=note, reason=MISTAKE)

    assert (refused.code, "a change of Hosting" in refused.message) == ("credit_of_change", True)


def test_the_books_tell_of_a_cancelled_note_that_still_gives(desk: Desk) -> None:
    note = desk.account.on(date(2026, 3, 2)).credit_note(100_00)
    desk.do("credits.void", credit_note=note, reason=MISTAKE)
    wrong = "UPDATE invoice SET credit_left = {} WHERE kind = '" + InvoiceKind.CREDIT_NOTE + "'"

    with desk.account.contexts.system(writes=True) as ctx:
        ctx.session.connection().execute(text(wrong.format(1)))
    found = [str(each) for each in verify(desk.account.contexts)]
    with desk.account.contexts.system(writes=True) as ctx:
        ctx.session.connection().execute(text(wrong.format(0)))

    assert found == [f"credit note that was cancelled and yet gives {note}: kept 1, derived 0"]
