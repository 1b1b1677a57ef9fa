"""A colleague is invited, may more, and leaves: somebody is always left who can let others in."""

from __future__ import annotations

import pytest
from sqlmodel import select

from billing.auth.mfa import new_secret
from billing.auth.sealing import seal
from billing.errors import PortalError
from billing.models.people import Contact
from tests.billing.accounts.office import ANIA, JAN, MARIT, OTTO, PIETER, Office, facts

SANNE = "sanne@moeller.example"


def people(office: Office, at: str = "C-1", who: str = ANIA) -> dict[str, str]:
    return {p.email: p.may for p in office.ask(who, "account.show", at=at).people}


def test_a_colleague_is_invited_with_a_link_by_mail(office: Office) -> None:
    effect, done = office.do(ANIA, "people.invite", email=SANNE, may="pay")

    assert effect.title == "Invite sanne@moeller.example to Möller Interiors"
    assert facts(effect)["May"] == "sees everything, pays and changes plans"
    (mail,) = office.mails()
    assert mail.recipient == SANNE and "Set your password here." in mail.text
    assert done.sentence == "sanne@moeller.example gets an email that says how to sign in."
    sanne = next(p for p in office.ask(ANIA, "account.show").people if p.email == SANNE)
    assert (sanne.name, sanne.waiting) == ("Sanne", True)
    assert "Ania Kowalczyk invites you to see the account of Möller Interiors at RenoTech." in mail.text


def test_somebody_of_another_account_gets_one_more_and_no_new_password(office: Office) -> None:
    effect, _ = office.do(ANIA, "people.invite", email=OTTO)

    assert facts(effect)["Gets"] == "an email that says how to sign in"  # the same as for a stranger
    (mail,) = office.mails()
    assert "password" not in mail.text and "Ania Kowalczyk lets you see Möller Interiors" in mail.text
    assert people(office)[OTTO] == "sees everything"
    otto = next(p for p in office.ask(ANIA, "account.show").people if p.email == OTTO)
    assert (otto.name, otto.waiting) == ("Otto", True)
    assert people(office, "C-2", OTTO) == {OTTO: "does everything, and decides who else signs in"}


def test_until_who_is_invited_has_come_nobody_learns_their_name(office: Office) -> None:
    office.do(ANIA, "people.invite", email=OTTO, name="Our bookkeeper")

    assert office.refused(ANIA, "people.invite", email=OTTO).message.startswith("Our bookkeeper signs in for")
    effect, _ = office.do(ANIA, "people.change_role", person=OTTO, may="pay")
    assert effect.title == "Change what Our bookkeeper may do"
    assert "Ask Ania or Pieter to do it." in office.refused(JAN, "account.change_email", email=SANNE).message

    office.opens(OTTO, "C-1")

    otto = next(p for p in office.ask(ANIA, "account.show").people if p.email == OTTO)
    assert (otto.name, otto.waiting) == ("Otto", False)


def test_an_owner_who_has_not_come_yet_lets_nobody_in(office: Office) -> None:
    office.do(ANIA, "people.invite", email=SANNE, may="own")

    assert office.refused(ANIA, "people.remove", person=ANIA).code == "last_owner"


@pytest.mark.parametrize("name", ["Pay now at evil.example/x", "<img src=x>", "me@evil.example"])
def test_a_name_in_an_invitation_leads_nowhere(office: Office, name: str) -> None:
    refused = office.refused(ANIA, "people.invite", email=SANNE, name=name)

    assert (refused.field, refused.message) == ("name", "Write the name alone, without an address.")


def test_nobody_has_us_write_to_the_whole_world(office: Office) -> None:
    for number in range(30):
        office.do(ANIA, "people.invite", email=f"somebody{number}@elsewhere.example")
        office.do(ANIA, "people.remove", person=f"somebody{number}@elsewhere.example")

    assert office.refused(ANIA, "people.invite", email="one.more@elsewhere.example").code == "too_many_tries"
    assert office.refused(ANIA, "account.change_email", email="one.more@elsewhere.example").code == "too_many_tries"
    assert len(office.mails()) == 30


def test_who_is_there_already_or_is_staff_is_not_invited(office: Office) -> None:
    assert office.refused(ANIA, "people.invite", email=JAN).message == (
        "Jan signs in for Möller Interiors already. Change what they may do instead."
    )
    assert office.refused(ANIA, "people.invite", email=MARIT).field == "email"
    assert office.mails() == []


def test_only_an_owner_decides_who_signs_in(office: Office) -> None:
    asked = (("people.invite", {"email": SANNE}), ("people.change_role", {"person": JAN, "may": "own"}),
             ("people.remove", {"person": JAN}))  # fmt: skip
    refused = [office.refused(PIETER, action, **input) for action, input in asked]

    assert {error.code for error in refused} == {"not_allowed"}
    assert all("Ask Ania to do it." in error.message for error in refused)


def test_a_role_changes_and_the_last_owner_stays_one(office: Office) -> None:
    assert office.refused(ANIA, "people.change_role", person=ANIA, may="view").code == "last_owner"

    office.do(ANIA, "people.change_role", person=PIETER, may="own")
    office.do(ANIA, "people.change_role", person=ANIA, may="view")

    assert people(office, who=PIETER) == {
        PIETER: "does everything, and decides who else signs in",
        ANIA: "sees everything",
        JAN: "sees everything",
    }
    assert office.refused(ANIA, "people.invite", email=SANNE).code == "not_allowed"


def test_who_is_taken_off_is_out_at_once_on_every_device(office: Office) -> None:
    token = office.signed_in(PIETER)
    assert office.seen_with(token) is not None

    effect, done = office.do(ANIA, "people.remove", person=PIETER)

    assert effect.danger and effect.title == "Take Pieter Möller off Möller Interiors"
    assert office.seen_with(token) is None
    assert done.sentence == "Pieter Möller can no longer open the account of Möller Interiors here."
    assert PIETER not in people(office)


def test_who_has_another_account_keeps_that_one(office: Office) -> None:
    office.do(ANIA, "people.invite", email=OTTO)
    token = office.signed_in(OTTO)

    office.do(ANIA, "people.remove", person=OTTO)

    seen = office.seen_with(token)
    assert seen is not None and [account.number for account in seen.memberships] == ["C-2"]


def test_somebody_of_another_account_can_not_be_touched(office: Office) -> None:
    refused: list[PortalError] = [
        office.refused(ANIA, "people.remove", person=OTTO),
        office.refused(ANIA, "people.change_role", person=OTTO, may="view"),
    ]

    assert [error.message for error in refused] == [f"Nobody signs in as “{OTTO}”. Check the address."] * 2


def use_codes(office: Office, who: str) -> None:
    with office.contexts.system(writes=True) as ctx:
        person = ctx.session.exec(select(Contact).where(Contact.email == who)).one()
        person.mfa_secret = seal(ctx.settings, new_secret())


def test_staff_let_in_who_has_lost_phone_and_recovery_codes(office: Office) -> None:
    token = office.signed_in(PIETER)
    use_codes(office, PIETER)

    effect, done = office.do(MARIT, "people.reset_code", person=PIETER)

    assert effect.danger and effect.title == "Turn codes at sign-in off for Pieter Möller"
    assert facts(effect)["Stays"] == "their password, which alone signs them in"
    assert done.sentence == "Pieter Möller signs in with the password alone, and can turn codes on again."
    assert office.seen_with(token) is None
    assert office.seen_with(office.signed_in(PIETER)) is not None
    (mail,) = office.mails()
    assert mail.recipient == PIETER and "turned codes off for you" in mail.text
    assert office.audit() == f"Marit turned codes at sign-in off for {PIETER}."


def test_codes_are_reset_by_staff_alone_and_where_there_are_some(office: Office) -> None:
    assert office.refused(MARIT, "people.reset_code", person=PIETER).message == (
        "Pieter Möller signs in without a code. Nothing was changed."
    )
    use_codes(office, PIETER)
    use_codes(office, OTTO)
    assert office.refused(ANIA, "people.reset_code", person=PIETER).code in ("not_allowed", "unknown_action")
    assert office.refused(MARIT, "people.reset_code", person=OTTO).code == "unknown_person"
    assert office.mails() == []
