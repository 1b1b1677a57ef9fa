"""Staff take a customer on: number, details, and who signs in first."""

from __future__ import annotations

from billing.verify import verify
from tests.billing.accounts.office import ANIA, MARIT, Office, facts


def test_a_customer_is_added_with_an_owner_who_gets_a_link(office: Office) -> None:
    effect, done = office.do(
        MARIT, "customers.create", at="", name="Huis & Haard", country="nl", email="post@huis.example",
        vat_number="123456782B90", owner="eva@huis.example",
    )  # fmt: skip

    assert facts(effect) == {
        "Country": "Netherlands",
        "Billed in": "EUR",
        "Invoices go to": "post@huis.example",
        "Signs in": "eva@huis.example, who gets an email that says how",
    }
    assert done.sentence == f"Huis & Haard is customer {done.customer} now."
    (mail,) = office.mails()
    assert mail.recipient == "eva@huis.example" and "Set your password here." in mail.text
    shown = office.ask(MARIT, "account.show", at=done.customer)
    assert (shown.tax_id, shown.time_zone) == ("NL123456782B90", "Europe/Amsterdam")
    assert [person.email for person in shown.people] == ["eva@huis.example"]
    assert verify(office.contexts) == []


def test_each_gets_a_number_of_their_own(office: Office) -> None:
    one, two = (
        office.do(MARIT, "customers.create", at="", name=name, country="NL", email="post@huis.example")[1].customer
        for name in ("One", "Two")
    )
    assert one != two


def test_somebody_who_may_be_there_already_is_pointed_out(office: Office) -> None:
    effect, _ = office.do(
        MARIT, "customers.create", at="", name="möller interiors", country="NL", email="x@elsewhere.example"
    )

    assert effect.warning == "There is Möller Interiors already, customer C-1, with that name or that email."


def test_what_can_not_be_is_refused_and_nobody_is_kept(office: Office) -> None:
    def refused(**input: str) -> tuple[str, str | None]:
        given = {"name": "Huis", "country": "NL", "email": "post@huis.example"} | input
        error = office.refused(MARIT, "customers.create", at="", **given)
        return error.code, error.field

    assert refused(vat_number="12") == ("tax_id_wrong", "vat_number")
    assert refused(time_zone="Mars") == ("invalid_input", "time_zone")
    assert refused(owner=MARIT) == ("invalid_input", "owner")
    assert refused(country="XX") == ("invalid_input", "country")
    assert (
        office.refused(ANIA, "customers.create", name="Mine", country="NL", email="a@b.example").code == "not_allowed"
    )
    assert [row.customer for row in office.ask(MARIT, "customers.list", at="").rows] == ["C-2", "C-1"]


def test_customers_are_found_by_what_is_known_of_them(office: Office) -> None:
    def found(search: str) -> list[str]:
        return [row.customer for row in office.ask(MARIT, "customers.list", at="", search=search).rows]

    assert (found("möll"), found("haar"), found("c-2"), found("100%"), found("")) == (
        ["C-1"], ["C-1"], ["C-2"], [], ["C-2", "C-1"],
    )  # fmt: skip
