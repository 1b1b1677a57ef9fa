"""What people have mailed to themselves, beside the letters that go to the billing address in any case."""

from __future__ import annotations

from datetime import date

import pytest

from billing import dispatch
from billing.errors import PortalError
from billing.models.records import PreferenceRecord
from billing.registry import Channel
from tests.billing.notices.house import House


def choose(house: House, mailed: bool, topic: str | None = None) -> str:
    asked = {"mailed": mailed} | ({"topic": topic} if topic else {})
    return str(house.do(house.pieter, "notifications.change_settings", **asked)[1].sentence)


def mails(house: House) -> list[tuple[str, str]]:
    return [(mail.recipient, mail.subject) for mail in house.firm.mails("notice/")]


def test_nothing_is_mailed_to_anybody_before_they_ask_for_it(house: House) -> None:
    house.firm.account.invoice(100_00)

    settings = house.ask(house.pieter, "notifications.settings")
    assert {choice.topic.value: choice.mailed for choice in settings.topics} == {
        "invoices": False, "overdue": False, "payments": False, "renewals": False, "subscriptions": False,
        "approvals": False, "people": False, "answers": None,
    }  # fmt: skip
    assert mails(house) == []


def test_who_asks_for_a_topic_gets_its_sentence_by_mail_and_nobody_else_does(house: House) -> None:
    said = choose(house, True, "invoices")
    number = house.firm.account.invoice(100_00, "Photo shoot")

    assert said == "From now on pieter@example.com gets a mail about: new invoices."
    [mail] = house.firm.mails("notice/")
    assert (mail.recipient, mail.subject) == ("pieter@example.com", "Möller & Kowalczyk: new invoices")
    assert mail.text.startswith(f"New invoice {number} for Photo shoot: €121.00.\n\nSee it here:\n")
    assert f"/invoices?open={number}" in mail.text and "/notifications" in mail.text

    assert choose(house, False, "invoices") == "No more mails about: new invoices."
    house.firm.account.invoice(50_00)
    assert len(mails(house)) == 1


def test_stopping_every_mail_says_what_still_goes_to_the_billing_address(house: House) -> None:
    choose(house, True)
    preview = dispatch.preview(
        house.contexts, "notifications.change_settings", {"mailed": False}, house.pieter, Channel.PORTAL
    )

    facts = {fact.label: fact.value for fact in preview.effect.facts}
    assert facts["Still mailed"] == (
        "Invoices, Reminders, Receipts and failed charges, Reminders before a trial ends, "
        "to administratie@example.com, as for any account"
    )


def test_the_billing_address_gets_its_letter_and_not_the_same_once_more(house: House) -> None:
    with house.contexts.system(writes=True) as ctx:
        from billing.models.people import Customer

        ctx.session.get_one(Customer, house.pieter.customer_id).email = house.pieter.email
    choose(house, True)
    house.firm.plan("Growth", 180_00)
    subscription = house.firm.subscribe("Growth", date(2026, 3, 1))

    house.firm.account.invoice(100_00)
    house.do(house.ania, "subscriptions.cancel", subscription=subscription)

    assert mails(house) == [("pieter@example.com", "Möller & Kowalczyk: changed subscriptions")]


def test_a_mail_holds_nothing_that_one_may_not_see(house: House) -> None:
    choose(house, True, "invoices")
    with house.contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="invoices_shown", value=False, changed_at=ctx.now))

    house.firm.account.invoice(100_00)

    assert mails(house) == []


@pytest.mark.parametrize(
    ("topic", "code"), [("answers", "never_mailed"), ("payments", "nothing_to_change"), ("weather", "invalid_input")]
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(house: House, topic: str, code: str) -> None:
    with pytest.raises(PortalError) as refused:
        choose(house, False, topic)

    assert refused.value.code == code
    assert house.membership(house.pieter).mailed == []
