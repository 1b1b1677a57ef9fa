"""Credit that is given, used by choice, and told where it went."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from billing.registry import Role
from tests.billing.money.desk import Desk

MARCH = date(2026, 3, 1)


def test_goodwill_is_a_credit_note_that_corrects_nothing_and_bears_no_tax(desk: Desk) -> None:
    desk.account.on(MARCH)

    granted = desk.do("credits.grant", amount=25_00, reason="For the trouble")

    assert (granted.credit_note, granted.amount, desk.account.balance()) == ("CN-2026-0001", 25_00, (0, 25_00))
    detail = desk.account.detail(granted.credit_note)
    assert (detail.tax, detail.corrects, detail.row.title) == (0, None, "Credit: For the trouble")
    assert desk.refusal("credits.grant", amount=0, reason="x").code == "invalid_input"
    assert desk.refusal("credits.grant", amount=1, reason="x", currency="XYZ").code == "invalid_input"


def test_goodwill_in_another_currency_pays_only_that_currency(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(100_00)
    desk.do("credits.grant", amount=25_000, reason="For the trouble", currency="KWD")

    assert desk.refusal("credits.apply", invoice=number).code == "no_credit"
    refused = desk.refusal("credits.apply", invoice=number, credit="CN-2026-0001")
    assert (refused.code, refused.message) == (
        "currency_differs",
        f"CN-2026-0001 is in KWD, and {number} is in EUR. Nothing was changed. Choose one in EUR.",
    )


def test_a_customer_uses_the_oldest_credit_on_the_invoice_of_their_choice(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    first, second = account.invoice(100_00), account.invoice(50_00)
    desk.do("credits.grant", amount=40_00, reason="March")
    desk.do("credits.grant", amount=60_00, reason="Also March")

    used = desk.do("credits.apply", actor=account.ania, invoice=second)

    assert (used.used, used.due, used.credit_left) == (60_50, 0, 39_50)
    assert account.due(first) == 121_00
    assert [(a.reference, a.amount) for a in account.detail(second).settled] == [
        ("CN-2026-0001", 40_00), ("CN-2026-0002", 20_50),
    ]  # fmt: skip


def test_one_credit_is_chosen_and_a_part_of_it(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    desk.do("credits.grant", amount=40_00, reason="March")
    recorded = desk.do("payments.record", amount=30_00, reference="ABNA-1")

    effect = desk.effect("credits.apply", invoice=number, credit=recorded.payment, amount=10_00)
    desk.do("credits.apply", invoice=number, credit=recorded.payment, amount=10_00)
    desk.do("credits.apply", invoice=number, credit="CN-2026-0001")

    assert [(line.label, line.amount) for line in effect.lines] == [
        (number, 121_00), (f"Credit {recorded.payment}", -10_00), ("Left to pay", 111_00),
    ]  # fmt: skip
    assert (account.due(number), account.balance()) == (71_00, (71_00, 20_00))
    assert desk.refusal("credits.apply", invoice=number, credit="CN-2026-0001").code == "credit_used"


def test_what_can_not_be_used_says_why(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    assert desk.refusal("credits.apply", invoice=number).code == "no_credit"
    desk.do("credits.grant", amount=40_00, reason="March")

    refused = desk.refusal("credits.apply", invoice=number, amount=40_01)
    assert (refused.code, refused.field) == ("amount_too_high", "amount")
    assert desk.refusal("credits.apply", invoice=number, credit=number).code == "not_found"
    assert desk.refusal("credits.apply", invoice="CN-2026-0001").code == "not_payable"
    account.pay(number)
    assert desk.refusal("credits.apply", invoice=number).code == "nothing_to_pay"


def test_a_viewer_sees_the_credit_and_uses_none(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    desk.do("credits.grant", amount=40_00, reason="March")
    desk.rio = replace(account.ania, role=Role.VIEWER)

    assert desk.refusal("credits.apply", invoice=number).code == "not_allowed"
    assert account.ask("credits.list").totals[0].usable == 40_00


def test_the_list_says_where_all_of_it_came_from_and_went(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    desk.do("credits.grant", amount=40_00, reason="March")
    recorded = desk.do("payments.record", amount=30_00, reference="ABNA-1")
    desk.do("credits.apply", invoice=number, amount=45_00)
    refund = desk.do("payments.refund", payment=recorded.payment, amount=5_00)

    listed = account.ask("credits.list")

    assert [(t.currency, t.amount, t.usable) for t in listed.totals] == [("EUR", 20_00, 20_00)]
    assert [
        (s.kind, s.number, s.amount, s.left, [(u.kind, u.reference, u.amount) for u in s.uses]) for s in listed.sources
    ] == [
        ("in_advance", recorded.payment, 30_00, 20_00, [("invoice", number, 5_00), ("refund", refund.refund, 5_00)]),
        ("credit_note", "CN-2026-0001", 40_00, 0, [("invoice", number, 40_00)]),
    ]


def test_credit_notes_come_page_by_page(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    numbers = [desk.do("credits.grant", amount=1_00 + n, reason=f"Number {n}").credit_note for n in range(5)]

    seen, cursor = [], None
    while True:
        page = account.ask("credits.list", size=2, **({"cursor": cursor} if cursor else {}))
        seen += [source.number for source in page.sources]
        cursor = page.next
        if cursor is None:
            break

    assert seen == numbers[::-1]


def test_the_selection_of_what_comes_off_follows_the_switch(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    desk.do("credits.grant", amount=40_00, reason="March")
    account.prefer("use_credit", False)

    [total] = account.ask("credits.list").totals
    assert (total.amount, total.usable) == (40_00, 0)
