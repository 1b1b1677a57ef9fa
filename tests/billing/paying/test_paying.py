"""Paying invoices: what is shown is what is taken, and what does not come in changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from billing import dispatch
from billing.context import Actor
from billing.effects import LineKind
from billing.errors import PortalError
from billing.models.payments import PaymentStatus
from billing.models.people import Customer
from billing.payments.settlement import refresh_payment
from billing.registry import Channel, Role
from tests.billing.paying.account import Account, answer_bank

NEEDS_BANK = "4000002760003184"
DECLINES = [
    ("4000000000000002", "Your bank declined the payment. Nothing was taken. Try another card, or ask your bank."),
    (
        "4000000000009995",
        "Your bank declined the payment. Nothing was taken. There is not enough money on this card. Try another card.",
    ),
    (
        "4000000000009987",
        "Your bank declined the payment. Nothing was taken. Try another card, or ask your bank.",
    ),
    (
        "4000000000000069",
        "Your bank declined the payment. Nothing was taken. The card has ended. Try another card.",
    ),
    (
        "4000000000000127",
        "Your bank declined the payment. Nothing was taken. "
        "The security code is not right. Check the back of the card.",
    ),
    (
        "4000000000000119",
        "Your bank declined the payment. Nothing was taken. The bank had a problem. Try again in a minute.",
    ),
]


def three_invoices(account: Account) -> tuple[str, str, str]:
    account.on(date(2026, 2, 16))
    milestone = account.invoice(2400_00, "Milestone 2 of 4, showroom website redesign")
    account.on(date(2026, 2, 24))
    photos = account.invoice(640_00, "Photography and 3D tour, Haarlem showroom", days=30)
    account.on(date(2026, 3, 1))
    march = account.invoice(816_54, "Monthly services, March")
    account.on(date(2026, 3, 12))
    return milestone, photos, march


def test_three_invoices_are_paid_with_one_payment_of_one_card(account: Account) -> None:
    milestone, photos, march = three_invoices(account)

    preview = account.preview(photos, march, milestone)
    receipt = account.confirm(preview, photos, march, milestone)

    effect = preview.effect
    assert [(line.label, line.amount) for line in effect.lines] == [
        (milestone, 2904_00), (march, 988_01), (photos, 774_40), ("To pay now", 4666_41),
    ]  # fmt: skip
    assert effect.lines[-1].kind is LineKind.GRAND
    assert (effect.confirm, effect.decline, effect.due_now) == ("Pay €4,666.41", "Not now", 4666_41)
    assert [(fact.label, fact.value) for fact in effect.facts] == [("From", "Visa ending 4242")]
    assert (receipt.status, receipt.total, receipt.card) == (PaymentStatus.SUCCEEDED, 4666_41, "Visa ending 4242")
    assert [(paid.number, paid.money, paid.left) for paid in receipt.invoices] == [
        (milestone, 2904_00, 0), (march, 988_01, 0), (photos, 774_40, 0),
    ]  # fmt: skip
    assert receipt.payment == "PAY-2026-0001"
    assert account.taken() == [4666_41]
    assert account.balance() == (0, 0)
    detail = account.detail(march)
    assert (detail.row.status_words, detail.due) == ("Paid", 0)
    assert [(a.label, a.reference, a.on, a.amount) for a in detail.settled] == [
        ("Payment, Visa ending 4242", "PAY-2026-0001", date(2026, 3, 12), 988_01)
    ]


def test_the_receipt_is_mailed_to_the_account_and_to_who_paid(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)

    account.pay(number)

    mails = account.mails()
    assert [mail.recipient for mail in mails] == ["administratie@example.com", "ania@example.com"]
    assert mails[0].subject == "€605.00 received, payment PAY-2026-0001"
    assert f"{number}  Monthly services" in mails[0].text
    assert "Visa ending 4242" in mails[0].text


def test_the_receipt_has_the_customers_day_and_names_the_credit(account: Account) -> None:
    account.on(date(2026, 3, 1)).credit_note(100_00)
    number = account.on(date(2026, 3, 11), hour=23).invoice(500_00)

    account.pay(number)

    assert account.mails()[0].text.startswith(
        "Thank you. €484.00 arrived on 12 March 2026, from Visa ending 4242. €121.00 of your credit was used with it."
    )


def test_credit_comes_off_first_the_oldest_due_invoice_first(account: Account) -> None:
    note = account.on(date(2026, 2, 1)).credit_note(100_00)
    first = account.on(date(2026, 2, 10)).invoice(50_00)
    second = account.on(date(2026, 2, 20)).invoice(500_00)

    preview = account.preview(second, first)
    receipt = account.confirm(preview, second, first)

    assert [(line.label, line.amount) for line in preview.effect.lines] == [
        (first, 60_50), (second, 605_00), ("Your credit", -121_00), ("To pay now", 544_50),
    ]  # fmt: skip
    assert (receipt.total, receipt.credit) == (544_50, 121_00)
    assert account.taken() == [544_50]
    assert [(a.reference, a.amount) for a in account.detail(second).settled] == [
        (note, 60_50), ("PAY-2026-0001", 544_50),
    ]  # fmt: skip
    assert account.detail(note).row.status_words == "Used"
    assert account.balance() == (0, 0)


def test_credit_alone_pays_without_a_card(account: Account) -> None:
    account.on(date(2026, 2, 1)).credit_note(100_00)
    number = account.invoice(50_00)

    preview = account.preview(number)
    receipt = account.confirm(preview, number)

    assert (preview.effect.confirm, preview.effect.due_now) == ("Use the credit", 0)
    assert (receipt.payment, receipt.status, receipt.credit) == ("", PaymentStatus.SUCCEEDED, 60_50)
    assert account.taken() == []
    assert account.balance() == (0, 60_50)


def test_who_keeps_the_credit_pays_it_all_by_card(account: Account) -> None:
    account.on(date(2026, 2, 1)).credit_note(100_00)
    number = account.invoice(50_00)

    receipt = account.pay(number, use_credit=False)

    assert (receipt.total, receipt.credit) == (60_50, 0)
    assert account.balance() == (0, 121_00)


def test_credit_is_left_alone_where_the_business_says_so(account: Account) -> None:
    account.on(date(2026, 2, 1)).credit_note(100_00)
    number = account.invoice(50_00)
    account.prefer("use_credit", False)

    assert account.preview(number).effect.due_now == 60_50


def test_a_part_of_an_invoice_is_paid(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)

    preview = account.preview(number, amount=200_00)
    account.confirm(preview, number, amount=200_00)

    assert [(line.label, line.amount) for line in preview.effect.lines] == [
        (number, 605_00), ("Left for later", -405_00), ("To pay now", 200_00),
    ]  # fmt: skip
    detail = account.detail(number)
    assert (detail.row.status_words, detail.due) == ("Partly paid", 405_00)
    account.pay(number)
    assert account.due(number) == 0
    assert sorted(account.taken()) == [200_00, 405_00]


@pytest.mark.parametrize(("number", "sentence"), DECLINES)
def test_a_declined_card_says_why_and_changes_nothing(account: Account, number: str, sentence: str) -> None:
    account.on(date(2026, 2, 1)).credit_note(10_00)
    invoice = account.invoice(500_00)
    before = account.balance()

    receipt = account.pay(invoice, payment_method=account.card(number))

    assert (receipt.status, receipt.failure) == (PaymentStatus.FAILED, sentence)
    assert (account.due(invoice), account.balance(), account.taken()) == (605_00, before, [])
    assert account.mails() == []
    again = account.pay(invoice)
    assert (again.status, account.due(invoice)) == (PaymentStatus.SUCCEEDED, 0)


def test_a_card_that_was_never_made_is_refused_for_good(account: Account) -> None:
    invoice = account.on(date(2026, 2, 1)).invoice(500_00)

    receipt = account.pay(invoice, payment_method="pm_0000000000000000")

    assert receipt.status is PaymentStatus.FAILED
    assert "This card is no longer known." in receipt.failure
    assert account.due(invoice) == 605_00


def test_the_bank_asks_and_the_customer_says_yes(account: Account) -> None:
    invoice = account.on(date(2026, 3, 1)).invoice(500_00)

    waiting = account.pay(invoice, payment_method=account.card(NEEDS_BANK))

    assert waiting.status is PaymentStatus.REQUIRES_ACTION
    assert waiting.redirect_url.startswith("http://127.0.0.1")
    assert (account.due(invoice), account.detail(invoice).pending_payment) == (605_00, waiting.payment)
    answer_bank(waiting.redirect_url, "yes")
    refresh_payment(account.contexts, account.ania, waiting.payment)
    assert account.payment(waiting.payment).status is PaymentStatus.SUCCEEDED
    assert (account.due(invoice), account.taken()) == (0, [605_00])


def test_the_bank_asks_and_the_customer_says_no(account: Account) -> None:
    invoice = account.on(date(2026, 3, 1)).invoice(500_00)

    waiting = account.pay(invoice, payment_method=account.card(NEEDS_BANK))
    answer_bank(waiting.redirect_url, "no")
    refresh_payment(account.contexts, account.ania, waiting.payment)

    ended = account.payment(waiting.payment)
    assert ended.status is PaymentStatus.FAILED
    assert "not confirmed with your bank. Nothing was taken." in ended.failure
    (listed,) = account.ask("payments.list").rows
    assert listed.unconfirmed and listed.failure == ended.failure
    assert (account.due(invoice), account.taken()) == (605_00, [])


def test_who_left_the_bank_pays_with_another_card_and_the_first_can_not_be_taken_any_more(account: Account) -> None:
    account.on(date(2026, 3, 1)).credit_note(100_00)
    invoice = account.invoice(500_00)
    waiting = account.pay(invoice, payment_method=account.card(NEEDS_BANK))

    paid = account.pay(invoice)
    answer_bank(waiting.redirect_url, "yes")
    refresh_payment(account.contexts, account.ania, waiting.payment)

    assert (paid.status, paid.total, paid.credit) == (PaymentStatus.SUCCEEDED, 484_00, 121_00)
    given_up = account.payment(waiting.payment)
    assert (given_up.status, given_up.failure) == (
        PaymentStatus.CANCELLED, "This payment was given up. Nothing was taken.",
    )  # fmt: skip
    assert account.taken() == [484_00]


def test_who_answered_the_bank_in_another_tab_has_paid_and_pays_no_second_time(account: Account) -> None:
    invoice = account.on(date(2026, 3, 1)).invoice(500_00)
    waiting = account.pay(invoice, payment_method=account.card(NEEDS_BANK))
    preview = account.preview(invoice)
    answer_bank(waiting.redirect_url, "yes")

    second = account.confirm(preview, invoice)

    assert second.status is PaymentStatus.CANCELLED
    assert second.failure == "An earlier payment came in first, so nothing more was taken."
    assert account.payment(waiting.payment).status is PaymentStatus.SUCCEEDED
    assert (account.due(invoice), account.taken()) == (0, [605_00])


def test_credit_that_a_payment_on_its_way_will_use_is_not_given_twice(account: Account) -> None:
    account.on(date(2026, 3, 1)).credit_note(100_00)
    first, second = account.invoice(500_00), account.invoice(300_00)
    waiting = account.pay(first, payment_method=account.card(NEEDS_BANK))

    other = account.pay(second)
    answer_bank(waiting.redirect_url, "yes")
    refresh_payment(account.contexts, account.ania, waiting.payment)

    assert (waiting.credit, other.credit) == (121_00, 0)
    assert (account.due(first), account.due(second)) == (0, 0)
    assert sorted(account.taken()) == [363_00, 484_00]


def test_a_new_card_is_kept_when_the_customer_wants_that(account: Account) -> None:
    first, second = account.on(date(2026, 3, 1)).invoice(500_00), account.invoice(100_00)

    account.pay(first, payment_method=account.card("5555555555554444"), save_card=True)

    kept = account.cards()[-1]
    assert (kept.brand, kept.last4, kept.exp_month, kept.exp_year) == ("mastercard", "4444", 4, 2031)
    assert not kept.is_default
    again = account.pay(second, payment_method=kept.gateway_id)
    assert (again.status, again.card) == (PaymentStatus.SUCCEEDED, "Mastercard ending 4444")


def test_a_card_is_not_kept_unless_the_customer_wants_that(account: Account) -> None:
    first = account.on(date(2026, 3, 1)).invoice(500_00)

    account.pay(first, payment_method=account.card("5555555555554444"))

    assert [card.last4 for card in account.cards()] == ["4242"]


def test_what_can_not_be_paid_says_why(account: Account) -> None:
    note = account.on(date(2026, 3, 1)).credit_note(10_00)
    paid, opened, dollars = account.invoice(8_00), account.invoice(500_00), account.invoice(5_00, currency="USD")
    account.pay(paid)

    assert account.refusal(paid).message == f"{paid} has nothing left to pay. Choose another invoice."
    assert account.refusal(note).message == f"{note} can not be paid: it is a credit note. Choose an open invoice."
    assert account.refusal("RT-2026-9999").code == "not_found"
    assert account.refusal(opened, dollars).code == "currencies_differ"
    high = account.refusal(opened, amount=605_01)
    assert (high.field, high.message) == (
        "amount",
        "€605.01 is more than the €605.00 that is due. Enter €605.00 or less.",
    )
    assert account.refusal(opened, amount=0).message == "€0.00 is too little. Enter more than €0.00."
    assert account.refusal(opened, dollars, amount=5_00).code in ("currencies_differ", "invalid_input")
    assert account.refusal().code == "invalid_input"


def test_less_than_a_card_can_pay_is_said_before_anything_is_asked(account: Account) -> None:
    account.on(date(2026, 3, 12))
    small, whole = account.invoice(35), account.invoice(8_00)
    account.credit_note(7_90)

    refused = account.refusal(small, use_credit=False)
    rest_after_credit = account.refusal(whole)

    assert refused.message == (
        "€0.42 is less than a card can pay: €0.50 is the least."
        " Nothing was taken. Pay it with another invoice or leave the credit for later."
    )
    assert (rest_after_credit.code, rest_after_credit.values["amount"]) == ("below_card_least", "€0.12")
    assert account.pay(whole, use_credit=False).status is PaymentStatus.SUCCEEDED
    assert account.pay(small).credit == 42
    assert account.taken() == [9_68]


def test_somebody_elses_invoice_and_card_are_not_found(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    with account.contexts.system(writes=True) as ctx:
        other = Customer(number="C-2", name="Other", currency="EUR", created_at=ctx.now)
        ctx.session.add(other)
        ctx.session.flush()
        eve = Actor("contact", 99, "Eve", "eve@example.com", Role.OWNER, other.id)

    for action, asked in (("invoices.show", {"number": number}), ("payments.show", {"payment": "PAY-2026-0001"})):
        with pytest.raises(PortalError) as refused:
            dispatch.run(account.contexts, action, asked, eve, Channel.PORTAL)
        assert refused.value.code == "not_found"
    with pytest.raises(PortalError) as refused:
        dispatch.preview(account.contexts, "invoices.pay", {"invoices": [number]}, eve, Channel.PORTAL)
    assert refused.value.code == "not_found"


def test_without_a_card_one_is_asked_for(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    with account.contexts.system(writes=True) as ctx:
        for card in account.cards():
            ctx.session.merge(card).removed_at = ctx.now

    refused = account.refusal(number)

    assert (refused.code, refused.field) == ("no_card", "payment_method")


def test_a_viewer_may_look_and_not_pay(account: Account) -> None:
    number = account.on(date(2026, 3, 1)).invoice(500_00)
    viewer = Actor("contact", 5, "Jan-Willem", "jw@example.com", Role.VIEWER, account.ania.customer_id)

    with pytest.raises(PortalError) as refused:
        dispatch.preview(account.contexts, "invoices.pay", {"invoices": [number]}, viewer, Channel.PORTAL)

    assert refused.value.message == "Your role does not allow this: Pay invoices. Ask Ania to do it."


def test_more_than_a_card_can_pay_is_said_before_anything_is_asked(account: Account) -> None:
    number = account.on(date(2026, 3, 12)).invoice(900_000_00)

    refused = account.refusal(number)

    assert (refused.code, refused.field) == ("above_card_most", "amount")
    assert refused.message == (
        "€1,089,000.00 is more than a card can pay at once: €999,999.99 is the most."
        " Nothing was taken. Pay it in parts or by bank transfer."
    )
    assert account.pay(number, amount=999_999_99).status is PaymentStatus.SUCCEEDED
    assert account.pay(number).status is PaymentStatus.SUCCEEDED
    assert sorted(account.taken()) == [89_000_01, 999_999_99]
