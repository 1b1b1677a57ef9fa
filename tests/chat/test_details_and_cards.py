"""What people give in a sentence: their address, a phone number, a reference, a card by its figures or its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_type_hints

import pytest
from sqlmodel import select

from billing.context import Contexts
from billing.models.payments import PaymentMethod
from billing.models.people import Customer
from billing.registry import catalogue
from chat.blocks import Form, Receipt
from chat.receipts import _DONE
from chat.understanding import Outcome, understand
from chat.understanding.account import KnownCard
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT
from tests.chat.story_chat import Talk, ania, told, world

__all__ = ["ania", "told", "world"]

load_actions()
CATALOGUE = list(catalogue)
VISA = KnownCard("pm_1", "visa", "4417", "Visa ending 4417")
MASTERCARD = KnownCard("pm_2", "mastercard", "4444", "Mastercard ending 4444")
ONE_CARD, TWO_CARDS = replace(ACCOUNT, cards=(VISA,)), replace(ACCOUNT, cards=(VISA, MASTERCARD))

ADDRESSES: list[tuple[str, dict[str, str]]] = [
    ("change our address to Keizersgracht 12, 1015 CJ Amsterdam",
     {"address_line": "Keizersgracht 12", "postal_code": "1015 CJ", "city": "Amsterdam"}),
    ("hi, we have moved. our new address is zijlweg 4a, 2013dh haarlem please",
     {"address_line": "Zijlweg 4a", "postal_code": "2013 DH", "city": "Haarlem"}),
    ("Please change the billing address: 221b Baker Street, London NW1 6XE",
     {"address_line": "221b Baker Street", "postal_code": "NW1 6XE", "city": "London"}),
    ("our new address is Friedrichstr. 44, 10117 Berlin, Germany",
     {"address_line": "Friedrichstr. 44", "postal_code": "10117", "city": "Berlin", "country": "DE"}),
    ("Rue de la Loi 16, 1000 Brussels is our new address",
     {"address_line": "Rue de la Loi 16", "postal_code": "1000", "city": "Brussels"}),
    ("our phone number is now +31 20 123 4567", {"phone": "+31 20 123 4567"}),
    ("put PO 4500012345 on our invoices", {"purchase_order": "4500012345"}),
    ("our po number is INK-2026-7", {"purchase_order": "INK-2026-7"}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "details"), ADDRESSES)
def test_details_are_read_from_the_sentence(words: str, details: dict[str, str]) -> None:
    found = [one for one in understand(words, CATALOGUE, ACCOUNT) if one.action]
    assert [(one.action, one.args) for one in found] == [("account.change", details)]


CARDS: list[tuple[str, str, dict[str, Any]]] = [
    ("delete card 4417", "payments.remove_card", {"card": "4417"}),
    ("remove my mastercard", "payments.remove_card", {"card": "4444"}),
    ("use the card ending in 4444 first", "payments.prefer_card", {"card": "4444"}),
    ("use my other card first", "payments.prefer_card", {"card": "4444"}),
    ("pay 0187 with my visa", "invoices.pay", {"invoices": ["RT-2026-0187"], "payment_method": "pm_1"}),
    ("pay 0187 with card 4444", "invoices.pay", {"invoices": ["RT-2026-0187"], "payment_method": "pm_2"}),
]


@pytest.mark.parametrize(("words", "action", "args"), CARDS)
def test_a_card_is_the_one_that_was_named(words: str, action: str, args: dict[str, Any]) -> None:
    (found,) = understand(words, CATALOGUE, TWO_CARDS)
    assert (found.outcome, found.action, found.args) == (Outcome.ACTION, action, args)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("delete card 9999", "No saved card ends in 9999. Saved: Visa ending 4417. Which one do you mean?"),
        ("remove my mastercard", "No Mastercard is saved. Saved: Visa ending 4417. Which one do you mean?"),
        ("pay 0187 with my amex", "No Amex is saved. Saved: Visa ending 4417. Which one do you mean?"),
    ],
)
def test_a_card_that_is_not_saved_is_never_another_one(words: str, said: str) -> None:
    (found,) = understand(words, CATALOGUE, ONE_CARD)
    assert (found.outcome, found.question) == (Outcome.CLARIFY, said)
    assert [choice.label for choice in found.choices] == ["Visa ending 4417"]


def test_of_several_cards_it_is_asked_which(ania: Talk, world: Contexts) -> None:
    with world.system(writes=True) as ctx:
        customer = ctx.session.get_one(Customer, ania.actor.customer_id)
        ctx.session.add(PaymentMethod(
            customer_id=customer.id or 0, gateway_id="pm_second", brand="mastercard", last4="4444", exp_month=1,
            exp_year=2031, created_at=ctx.now,
        ))  # fmt: skip
    said = ania.say("remove my card")
    assert (said.text, said.buttons) == ("Which card?", ["Visa ending 4417", "Mastercard ending 4444"])
    assert ania.say("the mastercard").proposal.effect.title == "Remove Mastercard ending 4444"


def test_a_command_too_says_which_cards_there_are(ania: Talk, world: Contexts) -> None:
    said = ania.say("/remove-card card=9999")
    assert said.text == "No saved card ends in 9999. Saved: Visa ending 4417."
    with world.system() as ctx:
        assert not any(card.removed_at for card in ctx.session.exec(select(PaymentMethod)))


def test_an_address_is_proposed_as_it_was_said_and_half_a_one_fills_the_form(ania: Talk) -> None:
    whole = ania.say("change our address to Keizersgracht 12, 1015 CJ Amsterdam").proposal
    assert {fact.label: fact.value for fact in whole.effect.facts}["City"] == "Amsterdam, until now Haarlem"
    (form,) = ania.say("we moved to keizersgracht 12 in amsterdam").of(Form)
    filled = {one.name: one.value for one in form.fields}
    assert (filled["address_line"], filled["postal_code"], filled["city"]) == ("Keizersgracht 12", None, "Amsterdam")
    assert filled["vat_number"] == "NL987654321B01"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("what does milestone 3 cost",
         "Milestone 3 of Showroom website redesign, “Build”, is in progress, planned until 27 March 2026. "
         "It costs €2,904.00 with VAT (€2,400.00 without)."),
        ("is milestone 2 approved?",
         "Milestone 2 of Showroom website redesign, “Design”, is done. Nobody was asked to approve it here. "
         "It costs €2,904.00 with VAT (€2,400.00 without), billed with RT-2026-0162."),
        ("how many hours did Jan work in february",
         "Nobody called “Jan” has worked on Showroom website redesign. "
         "Who has: Ilse Brand, Noor van Dam, Tomáš Bělohlávek."),
        ("how many hours did tomas work in february",
         "Tomáš Bělohlávek worked 7.5 h on Showroom website redesign in February 2026."),
        ("what is milestone 9",
         "Showroom website redesign has no milestone 9. Choose one of the 4 that it has."),
        ("which add-ons are there for hosting", "This can be added to Hosting. Prices are without VAT."),
    ],
)  # fmt: skip
def test_a_question_about_work_is_answered_in_a_sentence(ania: Talk, words: str, answer: str) -> None:
    assert ania.say(words).text == answer


def test_a_step_that_is_named_is_paid_as_its_invoice(ania: Talk) -> None:
    assert ania.say("pay milestone 2").proposal.input["invoices"] == ["RT-2026-0162"]


@pytest.mark.parametrize(
    ("words", "title", "more"),
    [
        ("use my credit on 0187", "€40.00 of credit was used on RT-2026-0187", "€488.01 is left to pay."),
        ("delete card 4417", "Visa ending 4417 is removed", ""),
        ("our phone number is now +31 20 123 4567", "Saved: phone", "The next invoice bears it."),
    ],
)
def test_a_receipt_says_what_was_done(ania: Talk, words: str, title: str, more: str) -> None:
    done = ania.confirm(ania.say(words))
    (receipt,) = done.of(Receipt)
    assert (receipt.title, receipt.words) == (title, more)
    assert done.messages[0].text == f"{title}. {more}".strip()


def test_every_action_that_asks_first_has_words_for_what_it_did() -> None:
    told_by_payment = {"invoices.pay", "payments.advance"}
    for action in catalogue:
        if action.changes and action.asks and action.id not in told_by_payment:
            result = get_type_hints(action.run)["return"]
            assert "sentence" in result.model_fields or action.id in _DONE, action.id


def test_who_waits_for_a_person_is_told_in_their_own_language(ania: Talk) -> None:
    ania.say("I want to talk to a person")
    said = ania.say("Hallo, ik heb een vraag over mijn factuur")
    assert said.messages[0].text.startswith("Ik heb uw bericht bewaard")
    assert ania.say("Kunt u mij vandaag nog bellen?").messages == []
