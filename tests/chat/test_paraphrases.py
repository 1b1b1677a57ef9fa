"""How customers of an agency really type, grouped by what it takes to understand them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.registry import catalogue
from chat.understanding import Outcome, Shown, Talk, Understood, understand
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT, PAYABLE

load_actions()
CATALOGUE = list(catalogue)
HOSTING, MAIL, CARE, ANALYTICS, SHOP = "SUB-0001", "SUB-0002", "SUB-0003", "SUB-0004", "SUB-0005"
PROJECT = "PRJ-2026-0001"
Row = tuple[str, str, dict[str, Any]]


def read(message: str) -> list[Understood]:
    return understand(message, CATALOGUE, ACCOUNT, Shown())


def one(message: str) -> Understood:
    (found,) = read(message)
    return found


def days(since: str, until: str, **more: Any) -> dict[str, Any]:
    return {"since": since, "until": until, **more}


JANUARY, LAST_YEAR = days("2026-01-01", "2026-01-31"), days("2025-01-01", "2025-12-31")
LAST_WEEK, FIRST_QUARTER = days("2026-03-02", "2026-03-08"), days("2026-01-01", "2026-03-12")

POLITE_SHORT_AND_WRONGLY_SPELLED: list[Row] = [
    ("hi can u pls send me the pdf of invoice no. 171 thx", "invoices.download", {"number": "RT-2026-0171"}),
    ("pay 187 and 162 pls", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0162"]}),
    ("how mutch do we still owe u", "home.show", {}),
    ("could you tell me whats overdue right now", "invoices.list", {"status": "overdue"}),
    ("i wanna pay the march one with my visa", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    ("pay half of no 187 now", "invoices.pay", {"invoices": ["RT-2026-0187"], "amount": 26401}),
    ("whats included in team mail", "subscriptions.show", {"subscription": MAIL}),
    ("what would business cost us", "subscriptions.plans", {}),
    ("which card do you have of us", "payments.cards", {}),
    ("hows the showroom project going", "projects.list", {}),
    ("is everything paid?", "home.show", {}),
    ("need a receipt for the last payment", "payments.receipt", {"payment": "PAY-2026-0031"}),
    ("hello could u check if we already paid the february invoice?", "invoices.show", {"number": "RT-2026-0118"}),
    ("plz resend the january bill", "invoices.download", {"number": "RT-2026-0021"}),
    ("whats the total of all open invoices", "home.show", {}),
    ("which ones are due this week", "invoices.list", {"status": "to_pay"}),
    ("clear everything thats late", "invoices.pay", {"invoices": ["RT-2026-0162"]}),
    ("show me the invoices from three months ago", "invoices.list", {"since": "2025-12-01", "until": "2025-12-31"}),
]
MONEY_WITHOUT_A_NUMBER: list[Row] = [
    ("what is this 774,40 for", "invoices.show", {"number": "RT-2026-0171"}),
    ("which invoices were paid by PAY-2026-0031", "payments.show", {"payment": "PAY-2026-0031"}),
    ("put 100 euro in advance on our account", "payments.advance", {"amount": 10000}),
    ("where does the 528.01 come from", "invoices.show", {"number": "RT-2026-0187"}),
    ("i want to pay 500 euros on 162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 50000}),
    ("pay 162 with a new card", "invoices.pay", {"invoices": ["RT-2026-0162"], "payment_method": "new"}),
    ("top up 250", "payments.advance", {"amount": 25000}),
    ("take 40 euros of my credit for 187", "credits.apply", {"invoice": "RT-2026-0187", "amount": 4000}),
    ("use my credit on 171", "credits.apply", {"invoice": "RT-2026-0171"}),
    ("pay everything except 171", "invoices.pay", {"invoices": PAYABLE[:2]}),
]
MONTHS_QUARTERS_AND_YEARS: list[Row] = [
    ("what did I pay in January", "payments.list", JANUARY),
    ("how much did we pay in january", "payments.list", JANUARY),
    ("what did we pay you last year", "payments.list", LAST_YEAR),
    ("payments from january pls", "payments.list", JANUARY),
    ("how much tax did I pay last year", "statements.totals", LAST_YEAR),
    ("how much vat did we pay in q1", "statements.totals", FIRST_QUARTER),
    ("vat in 2025", "statements.totals", LAST_YEAR),
    ("how much did you bill us in 2025", "statements.totals", LAST_YEAR),
    ("invoices from Q1", "invoices.list", FIRST_QUARTER),
    ("invoices of last year", "invoices.list", LAST_YEAR),
    ("show me the paid invoices of last year", "invoices.list", {"status": "paid", **LAST_YEAR}),
    ("invoices from january to february", "invoices.list", days("2026-01-01", "2026-02-28")),
    ("what did we spend with you this year", "statements.totals", FIRST_QUARTER),
    ("balance at the end of last year pls", "account.balance", {"on": "2025-12-31"}),
    ("statement for February", "statements.show", days("2026-02-01", "2026-02-28")),
    ("gimme the statement of last quarter in csv", "statements.download",
     days("2025-10-01", "2025-12-31", format="csv")),
]  # fmt: skip
WHO_WORKED_AND_WHEN: list[Row] = [
    ("hours last week on showroom website redesign", "projects.hours", {"project": PROJECT, **LAST_WEEK}),
    ("hours on the showroom project last week", "projects.hours", {"project": PROJECT, **LAST_WEEK}),
    ("what did Tom do on 3 March", "projects.hours", days("2026-03-03", "2026-03-03", person="Tomáš Bělohlávek")),
    ("what did tomas work on last week", "projects.hours", {"person": "Tomáš Bělohlávek", **LAST_WEEK}),
    ("how many hours did noor log in january", "projects.hours", {"person": "Noor van Dam", **JANUARY}),
    ("who worked on 5/3", "projects.hours", days("2026-03-05", "2026-03-05")),
    ("who logged the most hours in january", "projects.hours", JANUARY),
    ("what is noor working on", "projects.hours", {"person": "Noor van Dam"}),
    ("hours per person", "projects.hours", {}),
    ("what did Marit do on 3 March", "projects.hours", days("2026-03-03", "2026-03-03", person="Marit")),
]
DAYS_IN_FIGURES: list[Row] = [
    ("what was my balance on 15/2", "account.balance", {"on": "2026-02-15"}),
    ("receipt of 15/2 payment please", "payments.receipt", {"payment": "PAY-2026-0031"}),
    ("can i get the invoice from 24/2", "invoices.show", {"number": "RT-2026-0171"}),
    ("pls pause team mail until 15/4", "subscriptions.pause", {"subscription": MAIL, "until": "2026-04-15"}),
    ("pause site care until 15.4. please", "subscriptions.pause", {"subscription": CARE, "until": "2026-04-15"}),
    ("pause site care for two months we have no budget", "subscriptions.pause",
     {"subscription": CARE, "until": "2026-05-12", "reason": "we have no budget"}),
    ("hold team mail until the end of may", "subscriptions.pause", {"subscription": MAIL, "until": "2026-06-01"}),
    ("start hosting scale on 1/4", "subscriptions.start", {"plan": "Scale", "starts_on": "2026-04-01"}),
]  # fmt: skip
SEATS: list[Row] = [
    ("20 seats for team mail", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 20}),
    ("make it 7 seats", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 7}),
    ("change team mail to 20 seats", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 20}),
    ("team mail 20 users please", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 20}),
    ("team mail down to 15 please", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 15}),
    ("we need 2 more mailboxes", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 20}),
    ("drop 3 mailboxes at renewal", "subscriptions.switch_plan",
     {"subscription": MAIL, "seats": 15, "starts": "renewal"}),
]  # fmt: skip
SERVICES: list[Row] = [
    ("upgrade hosting to bussiness from next month", "subscriptions.switch_plan",
     {"subscription": HOSTING, "plan": "Business", "starts": "renewal"}),
    ("switch hosting growth to business", "subscriptions.switch_plan", {"subscription": HOSTING, "plan": "Business"}),
    ("start hosting growth", "subscriptions.start", {"plan": "Growth"}),
    ("start another hosting growth", "subscriptions.start", {"plan": "Growth"}),
    ("i want a second hosting, growth plan", "subscriptions.start", {"plan": "Growth"}),
    ("cancel visitor analytics right away we dont use it", "subscriptions.cancel",
     {"subscription": ANALYTICS, "when": "now", "reason": "we dont use it"}),
    ("end the break of hosting", "subscriptions.resume", {"subscription": HOSTING}),
    ("quit site care, too expensive", "subscriptions.cancel", {"subscription": CARE, "reason": "too expensive"}),
    ("we want to go to the scale plan asap", "subscriptions.switch_plan", {"plan": "Scale"}),
    ("what do i get for site care standard", "subscriptions.plans", {"subscription": CARE}),
    ("kill the visitor analytics trial", "subscriptions.cancel", {"subscription": ANALYTICS}),
    ("please end hosting at the end of the term, we move to another host", "subscriptions.cancel",
     {"subscription": HOSTING, "when": "term_end", "reason": "we move to another host"}),
    ("restart the web shop subscription", "subscriptions.reactivate", {"subscription": SHOP}),
    ("add extra storage to our hosting", "subscriptions.add_add_on",
     {"add_on": "extra-storage", "subscription": HOSTING}),
    ("remove the daily backups from hosting", "subscriptions.remove_add_on",
     {"add_on": "daily-backups", "subscription": HOSTING}),
    ("do u have a spam filter", "subscriptions.add_ons", {"subscription": MAIL}),
    ("stop charging us automatically for hosting", "subscriptions.auto_charge",
     {"on": False, "subscription": HOSTING}),
]  # fmt: skip
COUPONS: list[Row] = [
    (f"{words}", "subscriptions.redeem_coupon", {"coupon": "SPRING10", "subscription": HOSTING})
    for words in (
        "redeem SPRING10 on hosting", "on hosting redeem SPRING10", "SPRING10 for hosting please",
        "spring10 on hosting", "hosting: spring10", "for hosting i have SPRING10",
        "redeem on hosting the coupon spring10",
    )
]  # fmt: skip
PROJECTS_AND_REVIEWS: list[Row] = [
    ("approve the hours of march", "projects.approve_hours", {"month": "2026-03-01"}),
    ("milestone 2 looks good i approve", "projects.approve_milestone", {"milestone": 2}),
    ("approve milestone 2", "projects.approve_milestone", {"milestone": 2}),
    ("5 stars, marit was super quick", "reviews.leave", {"rating": 5, "words": "marit was super quick"}),
]
PIETER, JAN = "pieter@moeller.example", "janwillem@moeller.example"
ACCOUNT_AND_PEOPLE: list[Row] = [
    ("send our invoices to Facturen@MK.nl from now on", "account.change_email", {"email": "facturen@mk.nl"}),
    ("could you mail the bills to books@example.com instead?", "account.change_email", {"email": "books@example.com"}),
    ("pls use admin@mk.nl for our invoices", "account.change_email", {"email": "admin@mk.nl"}),
    ("we have moved", "account.change", {}),
    ("update our company address", "account.change", {}),
    ("our VAT number is NL123456782B90", "account.change", {"vat_number": "NL123456782B90"}),
    ("what is our vat number", "account.show", {}),
    ("who can pay for us?", "account.show", {}),
    ("can pieter pay", "account.show", {}),
    ("where do you send our invoices", "account.show", {}),
    ("invite sanne@mk.nl so she can pay", "people.invite", {"email": "sanne@mk.nl", "may": "pay"}),
    ("give sanne@mk.nl access", "people.invite", {"email": "sanne@mk.nl"}),
    ("Jan-Willem has left us, remove him", "people.remove", {"person": JAN}),
    ("remove pieter@moeller.example from our account", "people.remove", {"person": PIETER}),
    ("make Pieter an owner", "people.change_role", {"person": PIETER, "may": "own"}),
    ("jan-willem should only look", "people.change_role", {"person": JAN, "may": "view"}),
    ("when will hosting renew", "subscriptions.show", {"subscription": HOSTING}),  # Will is a word of every day
]
STAFF_ON_SIGNING_IN: list[Row] = [
    ("Pieter lost his phone", "people.reset_code", {"person": PIETER}),
    ("turn off codes for jan-willem", "people.reset_code", {"person": JAN}),
    ("please reset the 2fa of pieter@moeller.example", "people.reset_code", {"person": PIETER}),
]
EVERY = [
    *POLITE_SHORT_AND_WRONGLY_SPELLED, *MONEY_WITHOUT_A_NUMBER, *MONTHS_QUARTERS_AND_YEARS, *WHO_WORKED_AND_WHEN,
    *DAYS_IN_FIGURES, *SEATS, *SERVICES, *COUPONS, *PROJECTS_AND_REVIEWS,
    *ACCOUNT_AND_PEOPLE,
]  # fmt: skip


@pytest.mark.parametrize(("message", "action", "args"), EVERY, ids=[row[0] for row in EVERY])
def test_it_is_understood_as_it_was_meant(message: str, action: str, args: dict[str, Any]) -> None:
    understood = one(message)
    assert (understood.outcome, understood.action) == (Outcome.ACTION, action), understood.question
    assert understood.args == args


@pytest.mark.parametrize(("message", "action", "args"), STAFF_ON_SIGNING_IN)
def test_staff_say_who_has_lost_their_phone_and_customers_can_not(
    message: str, action: str, args: dict[str, Any]
) -> None:
    (understood,) = understand(message, CATALOGUE, replace(ACCOUNT, staff=True), Shown())
    assert (understood.outcome, understood.action, understood.args) == (Outcome.ACTION, action, args)
    assert one(message).action != action


@pytest.mark.parametrize(
    ("message", "first", "second"),
    [
        ("add extra storage to our hosting and send me invoice 187", "subscriptions.add_add_on", "invoices.download"),
        ("show my subscriptions n which invoices are open", "subscriptions.list", "invoices.list"),
        ("how much credit is left and where did it go", "home.show", "credits.list"),
        ("pay everything except 171 and download 162", "invoices.pay", "invoices.download"),
        ("change site care to plus and add 3 seats to mail", "subscriptions.switch_plan", "subscriptions.switch_plan"),
        ("cancel team mail and hosting", "subscriptions.cancel", "subscriptions.cancel"),
        ("download 187 - also show my payments", "invoices.download", "payments.list"),
    ],
)
def test_two_requests_are_both_heard(message: str, first: str, second: str) -> None:
    assert [found.action for found in read(message)] == [first, second]


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("don't cancel anything, just show my subscriptions", "subscriptions.list"),
        ("dont cancel anything - just show my subscriptions", "subscriptions.list"),
        ("please do not cancel anything, i only want to see my invoices", "invoices.list"),
        ("don't pay anything yet, show me what is overdue", "invoices.list"),
        ("do not switch my plan, just tell me what business costs", "subscriptions.plans"),
    ],
)
def test_what_is_forbidden_is_left_and_what_is_asked_is_answered(message: str, action: str) -> None:
    found = read(message)
    asked = [one for one in found if one.outcome is Outcome.ACTION]
    assert [one.action for one in asked] == [action]
    assert all(not one.choices and "?" not in one.question for one in found if one.refused), "nothing is asked back"


@pytest.mark.parametrize("message", ["cancel everything", "cancel all", "i want to cancel everything now"])
def test_to_cancel_everything_asks_which(message: str) -> None:
    understood = one(message)
    assert (understood.action, understood.missing) == ("subscriptions.cancel", ["subscription"])
    assert len(understood.choices) == 4


@pytest.mark.parametrize("message", ["my coupon is SPRING10", "i have the code spring10", "we got a voucher SPRING10"])
def test_a_coupon_without_its_subscription_asks_for_that(message: str) -> None:
    understood = one(message)
    assert (understood.action, understood.missing) == ("subscriptions.redeem_coupon", ["subscription"])
    assert understood.args == {"coupon": "SPRING10"}


@pytest.mark.parametrize(
    "message", ["undo that", "undo", "take that back", "take back", "put it back how it was", "can you undo it pls"]
)
def test_undo_is_known(message: str) -> None:
    assert one(message).talk is Talk.UNDO


@pytest.mark.parametrize("message", ["take back the pause", "cancel the pause", "undo the pause of team mail"])
def test_a_pause_that_has_begun_is_resumed_and_one_that_is_planned_is_taken_back(message: str) -> None:
    def with_mail(**state: Any) -> Understood:
        subscriptions = [replace(s, **state) if s.number == MAIL else s for s in ACCOUNT.subscriptions]
        return understand(message, CATALOGUE, replace(ACCOUNT, subscriptions=tuple(subscriptions)))[0]

    begun, planned = with_mail(status="paused"), with_mail(planned=True)
    assert (begun.action, begun.args) == ("subscriptions.resume", {"subscription": MAIL})
    assert (planned.action, planned.args["subscription"]) == ("subscriptions.take_back", MAIL)


@pytest.mark.parametrize("message", ["pay RT-2026-0187 next monday", "resume team mail next monday"])
def test_a_day_that_a_change_can_not_wait_for_is_asked_about_and_not_left_out(message: str) -> None:
    understood = one(message)
    assert understood.outcome is Outcome.CLARIFY and "16 March 2026" in understood.question
    (choice,) = understood.choices
    assert one(choice.send).outcome is Outcome.ACTION


def test_a_switch_on_another_day_offers_both_days_that_there_are() -> None:
    understood = one("switch hosting to business on 20 march")
    assert [choice.label for choice in understood.choices] == ["Now", "When the period ends"]
    now, later = (one(choice.send).args for choice in understood.choices)
    assert (now["starts"], later["starts"]) == ("today", "renewal")


@pytest.mark.parametrize("message", ["put hosting on pause in april", "pause hosting on 20 april"])
def test_a_pause_that_begins_later_is_not_one_that_ends_then(message: str) -> None:
    understood = one(message)
    assert "until" not in understood.args
    assert [choice.label for choice in understood.choices] == ["Now", "When the period ends"]


@pytest.mark.parametrize("message", ["how would hosting end", "when could i cancel then", "who may pay 0187 for us"])
def test_a_question_is_no_order(message: str) -> None:
    changes = {action.id for action in CATALOGUE if action.changes}
    assert not [u for u in read(message) if u.outcome is Outcome.ACTION and u.action in changes]


def test_somebodys_hours_are_never_taken_for_everybodys() -> None:
    understood = one("approve all hours of ilse")
    assert (understood.outcome, understood.missing) == (Outcome.CLARIFY, ["entries"])
    assert "No hours of Ilse Brand" in understood.question


@pytest.mark.parametrize(
    ("message", "choices"),
    [
        ("begin or change to growth with 5 seats", ["/start plan=Growth seats=5", "/switch plan=Growth seats=5"]),
        ("hosting business maybe", ["/switch subscription=SUB-0001 plan=Business"]),
    ],
)
def test_a_question_what_is_meant_keeps_what_was_named(message: str, choices: list[str]) -> None:
    understood = one(message)
    assert "Do you mean" in understood.question
    assert sorted(choice.send for choice in understood.choices) == choices
