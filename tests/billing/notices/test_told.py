"""What people are told of: once, in the words of what happened, and nobody of what they did themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from billing import dispatch
from billing.errors import PortalError
from billing.registry import Channel
from billing.verify import verify
from tests.billing.accounts.office import ANIA, JAN, MARIT, PIETER, Office
from tests.billing.notices.house import House, listed, said
from tests.billing.projects.agency import Agency


def test_a_month_of_an_account_is_told_day_by_day(house: House) -> None:
    """One story: a trial ends, a renewal comes and is charged, an invoice is overdue and paid, money goes back."""
    firm = house.firm
    firm.plan("Growth", 180_00)
    firm.plan("Mail", 20_00)
    firm.on(date(2026, 3, 1))
    firm.subscribe("Growth", date(2026, 3, 1), auto_charge=True)
    firm.subscribe("Mail", date(2026, 3, 1), trial_end=date(2026, 3, 20))
    by_hand = firm.account.invoice(100_00, "Photo shoot", days=9)
    assert house.said(house.jan) == [f"New invoice {by_hand} for Photo shoot: €121.00."]

    firm.run(date(2026, 3, 11))
    assert house.said(house.jan)[0] == f"Invoice {by_hand} was due on 10 March: €121.00 to pay."
    assert house.listed(house.jan).unread == 2

    firm.run(date(2026, 3, 17))
    firm.run(date(2026, 3, 17), hour=13)
    trial = "Your trial of Mail ends on 20 March. Then it costs €24.20 a period, tax included."
    assert house.said(house.jan)[0] == trial
    assert house.said(house.jan).count(trial) == 1, "however often one looks"

    house.firm.account.ania = house.pieter
    paid = house.firm.account.pay(by_hand)
    assert house.said(house.ania)[0] == f"Pieter Möller paid €121.00 from Visa ending 4242 for {by_hand}."
    assert house.said(house.pieter)[0] == trial, "who paid knows"
    assert f"Invoice {by_hand} was due on 10 March: €121.00 to pay." not in house.said(house.jan, unread=True)

    firm.run(date(2026, 3, 29))
    renews = "Growth renews on 1 April: €217.80, tax included."
    assert house.said(house.ania)[0] == renews
    firm.run(date(2026, 3, 30))
    assert house.said(house.ania).count(renews) == 1

    firm.run(date(2026, 4, 1))
    invoice = firm.invoices()[-1].number
    assert f"€217.80 came in from Visa ending 4242 for {invoice}." in house.said(house.ania)[:3]
    assert f"New invoice {invoice} for {firm.invoices()[-1].title}: €217.80." in house.said(house.ania)[:3]

    house.do(house.marit, "payments.refund", payment=paid.payment, amount=21_00, to="card", reason="Too much.")
    back = f"€21.00 of your payment {paid.payment} goes back to Visa ending 4242."
    assert back in house.said(house.ania) and back in house.said(house.pieter)


def test_a_card_that_says_no_is_told_to_everybody_and_says_that_nothing_was_taken(house: House) -> None:
    firm = house.firm
    firm.plan("Growth", 100_00)
    firm.on(date(2026, 3, 1))
    firm.subscribe("Growth", date(2026, 3, 1), auto_charge=True)
    firm.card("pm_card_chargeCustomerFail")

    firm.run(date(2026, 4, 1))

    [invoice] = firm.invoices()
    told = house.said(house.jan)
    assert f"€121.00 for {invoice.number} did not come through from Visa ending 0341. Nothing was taken." in told
    assert f"Growth is past due: {invoice.number} was not paid." in told


def test_a_refused_card_of_somebody_who_looks_on_is_news_to_nobody(house: House) -> None:
    number = house.firm.account.invoice(100_00)
    declined = house.firm.account.card("4000000000000002")

    house.firm.account.pay(number, payment_method=declined)

    assert [sentence for sentence in house.said(house.ania) + house.said(house.jan) if "through" in sentence] == []


def test_who_changes_a_subscription_is_not_told_and_the_others_read_who_it_was(house: House) -> None:
    firm = house.firm
    firm.plan("Growth", 180_00)
    firm.on(date(2026, 3, 5))
    number = firm.subscribe("Growth", date(2026, 3, 1))
    before = house.said(house.pieter)

    house.do(house.pieter, "subscriptions.cancel", subscription=number, reason="We close.")

    assert house.said(house.pieter) == before
    assert house.said(house.ania)[0] == "Growth ends on 1 April, by Pieter Möller."

    house.do(house.marit, "subscriptions.take_back", subscription=number)
    assert house.said(house.pieter)[0].endswith(", by Marit de Boer.")


def test_many_invoices_of_one_day_are_overdue_in_one_sentence(house: House) -> None:
    house.firm.on(date(2026, 3, 1))
    for _ in range(4):
        house.firm.account.invoice(100_00)

    house.firm.run(date(2026, 3, 16))
    house.firm.run(date(2026, 3, 17))

    late = [row for row in house.listed(house.ania).rows if row.topic == "overdue"]
    assert [row.sentence for row in late] == ["4 invoices were due and are not paid: €484.00 to pay."]
    assert late[0].page == "/invoices?status=to_pay"


def test_what_has_been_due_for_long_is_left_to_the_reminders(house: House) -> None:
    house.firm.on(date(2026, 1, 1))
    house.firm.account.invoice(100_00)

    house.firm.run(date(2026, 3, 1))

    assert [row for row in house.listed(house.ania).rows if row.topic == "overdue"] == []


def test_hours_and_milestones_wait_until_somebody_has_approved_them(agency: Agency) -> None:
    def told(**asked: object) -> list[str]:
        return said(agency.contexts, agency.ania, **asked)

    agency.on(date(2026, 3, 9))
    agency.start("New website")
    agency.step("Design", 1_200_00)
    agency.log(date(2026, 3, 9), "2.5")
    agency.log(date(2026, 3, 9), "1.5", person="Tom")
    agency.log(date(2026, 3, 9), "1", person="Rio", billable=False)
    assert told() == ["4 h on New website for you to approve, logged by Ilse and Tom."]

    agency.clock.advance(timedelta(minutes=1))
    agency.staff("projects.finish_milestone")
    assert told()[0] == "“Design” of New website is done, for you to approve: €1,200.00 without tax."
    assert listed(agency.contexts, agency.ania).rows[0].page.startswith("/projects?open=PRJ-")

    agency.customer("projects.approve_milestone")
    assert told(unread=True) == ["4 h on New website for you to approve, logged by Ilse and Tom."]
    agency.customer("projects.approve_hours")
    assert told(unread=True) == []
    assert len(told()) == 2


def test_a_business_that_asks_for_no_approval_asks_nobody(agency: Agency) -> None:
    agency.prefer("approve_work", False)
    agency.on(date(2026, 3, 9)).start("New website")
    agency.log(date(2026, 3, 9), "2.5")
    agency.step("Design", 1_200_00)
    agency.staff("projects.finish_milestone")

    assert said(agency.contexts, agency.ania) == []


def test_colleagues_hear_who_was_invited_who_came_and_what_somebody_may_do(people: Office) -> None:
    people.do(ANIA, "people.invite", email="sanne@moeller.example", name="Sanne", may="pay")
    people.do(MARIT, "people.change_role", person=JAN, may="pay")
    people.do(ANIA, "people.remove", person=JAN)

    told = said(people.contexts, people.actor(PIETER))
    assert sorted(told) == [
        "Ania Kowalczyk invited Sanne, who sees everything, pays and changes plans.",
        "Ania Kowalczyk took Jan off the account.",
        "Jan sees everything, pays and changes plans from now on. Marit changed it.",
    ]
    assert said(people.contexts, people.actor(ANIA)) == [
        "Jan sees everything, pays and changes plans from now on. Marit changed it."
    ]


def test_whose_role_changes_is_told_so_and_who_is_invited_learns_nothing_before_they_come(people: Office) -> None:
    people.do(ANIA, "people.change_role", person=JAN, may="pay")
    assert said(people.contexts, people.actor(JAN)) == [
        "Ania Kowalczyk changed what you may do. Your role: sees everything, pays and changes plans."
    ]

    people.do(ANIA, "people.invite", email="otto@otto.example", may="view")
    people.do(MARIT, "people.change_role", person=PIETER, may="view")
    people.opens("otto@otto.example", "C-1")

    assert said(people.contexts, people.actor("otto@otto.example")) == []
    assert (
        said(people.contexts, people.actor(ANIA))[0]
        == "Otto has opened the account for the first time, and sees everything."
    )


def test_what_was_refused_tells_nobody(house: House) -> None:
    firm = house.firm
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", firm.account.clock.now().date())
    preview = dispatch.preview(
        house.contexts, "subscriptions.cancel", {"subscription": number}, house.ania, Channel.PORTAL
    )
    before = house.said(house.jan)
    with pytest.raises(PortalError) as refused:
        dispatch.run(house.contexts, "subscriptions.cancel", {"subscription": number, "when": "now"}, house.ania,
                     Channel.PORTAL, token=preview.token)  # fmt: skip
    assert refused.value.code == "preview_invalid"
    assert house.said(house.jan) == before


DAMAGE = [
    ("UPDATE notice SET subject = 'RT-1999-0001'", "notice about an invoice invoice/RT-2026-0001"),
    ("UPDATE invoice SET total = total + 1", "amount told of an invoice invoice/RT-2026-0001"),
    ("UPDATE notice SET read_at = '2026-01-01'", "notice that was read before it came invoice/RT-2026-0001"),
]


@pytest.mark.parametrize(("statement", "what"), DAMAGE, ids=lambda words: words[:24])
def test_a_notice_that_says_what_the_books_do_not_is_named(house: House, statement: str, what: str) -> None:
    house.firm.account.invoice(100_00)

    with house.contexts.engine.connect().execution_options(writes=True) as connection:
        assert connection.execute(text(statement)).rowcount, "the damage was none"
        found = [str(each) for each in verify(house.contexts, connection)]
        connection.rollback()

    assert any(each.startswith(what) for each in found), found
