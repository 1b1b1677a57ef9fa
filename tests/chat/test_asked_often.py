"""What is asked often: bank transfers, who sees the account, a lost card, VAT, several invoices at once."""

from __future__ import annotations

import pytest

from chat.blocks import Link, Proposal, Table
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, ania, told, world

__all__ = ["ania", "told", "world"]

load_actions()


def test_who_sees_the_account_is_told_in_words_and_a_narrow_table(ania: Talk) -> None:
    said = ania.say("who can see our account?")
    assert said.text.startswith("Invoices go to administratie@moellerkowalczyk.nl. On them stands Möller & Kowalczyk")
    assert "VAT number: NL987654321B01." in said.text
    assert [column.label for column in said.of(Table)[0].columns] == ["Who signs in", "May"]
    assert said.rows()[:2] == [
        ("Ania Kowalczyk (you)", "Everything, also who signs in"), ("Pieter Möller", "Pay and change plans"),
    ]  # fmt: skip
    assert [link.href for link in said.of(Link)] == ["/account"]


@pytest.mark.parametrize(
    "words", ["what's your iban", "where do I send a bank transfer?", "can we pay by bank transfer"]
)
def test_the_bank_account_is_told_with_what_to_write(ania: Talk, words: str) -> None:
    assert ania.say(words).text == (
        "Send it to RenoTech Solutions B.V., NL91 ABNA 0417 1643 00. "
        "Write the invoice number with it, such as RT-2026-0162."
    )


@pytest.mark.parametrize(
    ("words", "told_of"),
    [
        ("I already paid RT-2026-0187 by bank", "A bank transfer is booked here once it arrives"),
        ("please delete my account", "I can’t close your account."),
        ("remind me on friday", "I can’t remind you on a day of your choice."),
        ("I lost my card", "Please have your bank block it first."),
        ("is VAT included?", "What is to pay always has VAT in it."),
        ("can I pay in instalments?", "I can’t agree on instalments."),
    ],
)
def test_what_cannot_be_done_here_is_said_for_what_it_is_and_a_person_is_offered(
    ania: Talk, words: str, told_of: str
) -> None:
    said = ania.say(words)
    assert said.text.startswith(told_of)
    assert said.buttons == ["Talk to a person"]
    assert ania.conversation.status == "bot", "nobody was called without being asked"


def test_a_payment_is_stopped_however_it_is_asked(ania: Talk) -> None:
    assert ania.say("how do I cancel a payment").text.startswith("No payment waits for your bank.")


def test_autopay_that_is_off_is_said_to_be_off(ania: Talk) -> None:
    assert ania.say("turn off autopay").text == "Autopay is off already."
    assert ania.say("turn off autopay for site care").text == "Autopay is off already for Site care."


def test_a_card_is_removed_by_its_last_figures(ania: Talk) -> None:
    assert ania.say("delete card 4417").proposal.effect.title == "Remove Visa ending 4417"


def test_the_invoices_of_a_year_and_of_an_amount_are_counted(ania: Talk) -> None:
    said = ania.say("/invoices 2025")
    assert said.text == "14 documents were issued in 2025. These are the newest 10."
    assert len(said.numbers) == 10 and all(number.startswith("RT-2025-") for number in said.numbers)
    assert ania.say("invoices over 20 euros").text == "44 invoices of €20.00 or more."


@pytest.mark.parametrize(
    ("words", "invoices"),
    [
        ("pay the two oldest", ["RT-2026-0162", "RT-2026-0187"]),
        ("pay the 2 biggest invoices", ["RT-2026-0162", "RT-2026-0171"]),
        ("pay all except the smallest", ["RT-2026-0162", "RT-2026-0171"]),
    ],
)
def test_several_invoices_are_meant_by_age_and_size(ania: Talk, words: str, invoices: list[str]) -> None:
    assert ania.say(words).proposal.input == {"invoices": invoices}


def test_more_seats_may_be_asked_for_before_their_number_is_said(ania: Talk) -> None:
    ania.say("how do I get more mailboxes")
    assert ania.say("20").proposal.input == {"subscription": "SUB-2023-0002", "seats": 20}


def test_a_receipt_names_its_invoice_once(ania: Talk) -> None:
    ania.say("use 40 euros of credit on 0187")
    ania.say("yes")
    done = next(m.text for m in reversed(ania.messages()) if "of credit was used" in m.text)
    assert done.count("RT-2026-0187") == 1


def test_a_cancellation_that_was_taken_back_can_be_had_again(ania: Talk) -> None:
    for words in ("cancel hosting", "yes", "undo", "yes"):
        ania.say(words)
    said = ania.say("undo")
    assert [block.action for block in said.of(Proposal)] == ["subscriptions.cancel"]
