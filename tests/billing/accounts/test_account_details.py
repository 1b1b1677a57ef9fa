"""Where invoices go and what stands on them: shown first, changed by whom it may be, told to whom it concerns."""

from __future__ import annotations

import pytest

from tests.billing.accounts.office import ANIA, JAN, MARIT, OTTO, PIETER, Office, facts


def test_the_billing_contact_changes_and_both_addresses_hear_of_it(office: Office) -> None:
    effect, done = office.do(PIETER, "account.change_email", email="Facturen <Facturen@Moeller.example>")

    assert effect.title == "Send invoices to facturen@moeller.example"
    assert facts(effect)["Until now"] == "post@moeller.example"
    assert done.sentence == "Invoices and receipts go to facturen@moeller.example from now on."
    told = office.mails()
    assert [mail.recipient for mail in told] == ["post@moeller.example", "facturen@moeller.example"]
    assert all("Pieter Möller changed it" in mail.text for mail in told)
    assert office.audit() == f"Pieter Möller changed where invoices go: {done.sentence}"
    assert office.ask(JAN, "account.show").email == "facturen@moeller.example"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("post@moeller.example", "The billing email is like that already. Nothing was changed."),
        ("not an address", "“not an address” is not an email address."),
        ("", "“” is not an email address."),
    ],
)
def test_an_address_that_changes_nothing_or_is_none_is_refused(office: Office, email: str, sentence: str) -> None:
    assert office.refused(PIETER, "account.change_email", email=email).message == sentence
    assert office.mails() == []


def test_whoever_only_looks_is_told_whom_to_ask(office: Office) -> None:
    refused = office.refused(JAN, "account.change_email", email="jan@elsewhere.example")

    assert (refused.code, "Ask Ania or Pieter" in refused.message) == ("not_allowed", True)
    assert office.ask(JAN, "account.show").email == "post@moeller.example"


def test_details_change_for_the_next_invoice_and_an_empty_one_is_taken_off(office: Office) -> None:
    effect, done = office.do(ANIA, "account.change", address_line="Zijlweg 4", city="", vat_number="nl 1234.56.782.b90")

    assert facts(effect) == {
        "Street and number": "Zijlweg 4",
        "City": "none, until now Haarlem",
        "VAT number": "NL123456782B90",
        "Starts": "with the next invoice; those that are out stay as they are",
    }
    kept = office.ask(ANIA, "account.show")
    assert (kept.address_line, kept.city, kept.tax_id, kept.name) == (
        "Zijlweg 4",
        "",
        "NL123456782B90",
        "Möller Interiors",
    )
    assert done.sentence == "Saved: street and number, city, VAT number. The next invoice bears it."


def test_a_vat_number_that_its_country_does_not_write_is_refused_with_its_shape(office: Office) -> None:
    refused = office.refused(ANIA, "account.change", vat_number="NL12", city="Leiden")

    assert (refused.code, refused.field) == ("tax_id_wrong", "vat_number")
    assert "A Dutch VAT number has 9 digits, the letter B and 2 digits." in refused.message
    assert office.ask(ANIA, "account.show").city == "Haarlem"


def test_name_and_country_are_for_staff_who_set_them_with_the_account_open(office: Office) -> None:
    refused = office.refused(ANIA, "account.change", name="Möller Holding", country="DE")
    assert refused.message == "Only staff can do this: Change name and country."

    effect, _ = office.do(MARIT, "account.change", name="Möller Holding", country="DE")

    assert facts(effect)["Country"] == "Germany, until now Netherlands"
    assert facts(effect)["Tax"] == "the rates of Germany, from the next invoice on"
    kept = office.ask(ANIA, "account.show")
    assert (kept.name, kept.country_name) == ("Möller Holding", "Germany")


def test_nothing_said_is_nothing_changed(office: Office) -> None:
    assert office.refused(ANIA, "account.change").code == "nothing_to_change"
    assert office.refused(ANIA, "account.change", city="Haarlem").code == "nothing_to_change"


def test_an_account_shows_its_own_people_alone(office: Office) -> None:
    mine = office.ask(PIETER, "account.show")

    assert [(p.name, p.may, p.you) for p in mine.people] == [
        ("Ania Kowalczyk", "does everything, and decides who else signs in", False),
        ("Pieter Möller", "sees everything, pays and changes plans", True),
        ("Jan", "sees everything", False),
    ]
    assert [p.email for p in office.ask(OTTO, "account.show", at="C-2").people] == [OTTO]
