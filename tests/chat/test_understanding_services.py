"""Sentences about subscriptions, coupons, credit, statements and projects, and what they are understood as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.registry import Audience, catalogue
from chat.understanding import Outcome, Shown, Understood, understand
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT

load_actions()
CATALOGUE = list(catalogue)
CHANGES = {action.id for action in CATALOGUE if action.changes}
HOSTING, MAIL, CARE, SHOP = "SUB-0001", "SUB-0002", "SUB-0003", "SUB-0005"
TOO_DEAR = "it is too expensive and we don't use it"


def read(message: str, shown: Shown | None = None) -> list[Understood]:
    return understand(message, CATALOGUE, ACCOUNT, shown)


TABLE: list[tuple[str, str, dict[str, Any]]] = [
    # ending, and not ending after all
    ("cancel hosting", "subscriptions.cancel", {"subscription": HOSTING}),
    ("cancel Growth", "subscriptions.cancel", {"subscription": HOSTING}),
    ("cancel team mail now", "subscriptions.cancel", {"subscription": MAIL, "when": "now"}),
    ("please cancel SUB-0003 immediately", "subscriptions.cancel", {"subscription": CARE, "when": "now"}),
    (
        f"cancel team mail at the end of the month because {TOO_DEAR}",
        "subscriptions.cancel",
        {"subscription": MAIL, "when": "term_end", "reason": TOO_DEAR},
    ),
    ("Cancel Site care. It is too slow.", "subscriptions.cancel", {"subscription": CARE, "reason": "It is too slow."}),
    ("I don't want team mail any more", "subscriptions.cancel", {"subscription": MAIL}),
    ("do not renew hosting", "subscriptions.cancel", {"subscription": HOSTING, "when": "term_end"}),
    (
        "stop hosting at the end of the period",
        "subscriptions.cancel",
        {"subscription": HOSTING, "when": "term_end"},
    ),
    (
        "cancel hosting now without a refund",
        "subscriptions.cancel",
        {"subscription": HOSTING, "when": "now", "give_back": "nothing"},
    ),
    (
        "take back the cancellation of hosting",
        "subscriptions.take_back",
        {"subscription": HOSTING, "what": "cancellation"},
    ),
    (
        "don't cancel hosting after all",
        "subscriptions.take_back",
        {"subscription": HOSTING, "what": "cancellation"},
    ),
    ("keep hosting, I changed my mind", "subscriptions.take_back", {"subscription": HOSTING, "what": "cancellation"}),
    ("undo the planned pause of team mail", "subscriptions.take_back", {"subscription": MAIL, "what": "pause"}),
    ("reactivate web shop", "subscriptions.reactivate", {"subscription": SHOP}),
    ("bring back my web shop", "subscriptions.reactivate", {"subscription": SHOP}),
    # pausing
    ("pause hosting please", "subscriptions.pause", {"subscription": HOSTING}),
    ("pause team mail until 1 May", "subscriptions.pause", {"subscription": MAIL, "until": "2026-05-01"}),
    ("pause team mail until 1 February", "subscriptions.pause", {"subscription": MAIL, "until": "2027-02-01"}),
    ("pause hosting until the end of April", "subscriptions.pause", {"subscription": HOSTING, "until": "2026-05-01"}),
    ("put hosting on hold for two months", "subscriptions.pause", {"subscription": HOSTING, "until": "2026-05-12"}),
    (
        "pause team mail now until 1 May, we are on holiday",
        "subscriptions.pause",
        {"subscription": MAIL, "when": "now", "until": "2026-05-01", "reason": "we are on holiday"},
    ),
    ("resume hosting", "subscriptions.resume", {"subscription": HOSTING}),
    # starting, add-ons, coupons, charging
    ("start Scale", "subscriptions.start", {"plan": "Scale"}),
    ("subscribe to Scale without a trial", "subscriptions.start", {"plan": "Scale", "trial": False}),
    (
        "start Plus with 3 seats on 1 April",
        "subscriptions.start",
        {"plan": "Plus", "seats": 3, "starts_on": "2026-04-01"},
    ),
    ("start my trial of Scale", "subscriptions.start", {"plan": "Scale"}),
    (
        "begin Business on the 15th of April with coupon SPRING25",
        "subscriptions.start",
        {"plan": "Business", "starts_on": "2026-04-15", "coupon": "SPRING25"},
    ),
    ("convert my trial", "subscriptions.convert_trial", {}),
    (
        "add 3 extra storage to hosting",
        "subscriptions.add_add_on",
        {"add_on": "extra-storage", "quantity": 3, "subscription": HOSTING},
    ),
    ("add the spam filter", "subscriptions.add_add_on", {"add_on": "spam-filter", "subscription": MAIL}),
    (
        "we no longer need the daily backups",
        "subscriptions.remove_add_on",
        {"add_on": "daily-backups", "subscription": HOSTING},
    ),
    ("redeem SPRING25 on hosting", "subscriptions.redeem_coupon", {"coupon": "SPRING25", "subscription": HOSTING}),
    (
        "apply the promo code “spring25” to team mail",
        "subscriptions.redeem_coupon",
        {"coupon": "SPRING25", "subscription": MAIL},
    ),
    ("is the coupon SPRING25 still good?", "coupons.check", {"coupon": "SPRING25"}),
    (
        "use code SUMMER-2026 for team mail",
        "subscriptions.redeem_coupon",
        {"coupon": "SUMMER-2026", "subscription": MAIL},
    ),
    ("what does WELCOME10 give", "coupons.check", {"coupon": "WELCOME10"}),
    ("turn on autopay for hosting", "subscriptions.auto_charge", {"on": True, "subscription": HOSTING}),
    (
        "stop charging my card automatically for team mail",
        "subscriptions.auto_charge",
        {"on": False, "subscription": MAIL},
    ),
    ("bill me yearly", "subscriptions.switch_plan", {"interval": "year"}),
    ("switch me to Business next month", "subscriptions.switch_plan", {"plan": "Business", "starts": "renewal"}),
    # statements, balance, credit, receipts
    ("show my statement", "statements.show", {}),
    ("statement for last quarter", "statements.show", {"since": "2025-10-01", "until": "2025-12-31"}),
    ("statement for 2025", "statements.show", {"since": "2025-01-01", "until": "2025-12-31"}),
    ("my statement for February", "statements.show", {"since": "2026-02-01", "until": "2026-02-28"}),
    ("statement for this quarter", "statements.show", {"since": "2026-01-01", "until": "2026-03-12"}),
    (
        "statement from November to January",
        "statements.show",
        {"since": "2025-11-01", "until": "2026-01-31"},
    ),
    (
        "show a statement from 1 January 2026 to 28 February 2026",
        "statements.show",
        {"since": "2026-01-01", "until": "2026-02-28"},
    ),
    ("send me last year's statement", "statements.download", {"since": "2025-01-01", "until": "2025-12-31"}),
    ("statement for Q4", "statements.show", {"since": "2025-10-01", "until": "2025-12-31"}),
    (
        "I need my statement for the last 3 months in dollars",
        "statements.show",
        {"since": "2025-12-12", "until": "2026-03-12", "currency": "USD"},
    ),
    ("statement since 1 March", "statements.show", {"since": "2026-03-01"}),
    (
        "download my statement for last year as csv",
        "statements.download",
        {"since": "2025-01-01", "until": "2025-12-31", "format": "csv"},
    ),
    ("what was my balance on 1 March?", "account.balance", {"on": "2026-03-01"}),
    ("what was my balance at the end of January", "account.balance", {"on": "2026-01-31"}),
    ("show the ledger", "account.ledger", {}),
    ("where did my credit go?", "credits.list", {}),
    ("use my credit on RT-2026-0187", "credits.apply", {"invoice": "RT-2026-0187"}),
    ("use €40 of my credit on RT-2026-0162", "credits.apply", {"invoice": "RT-2026-0162", "amount": 4000}),
    (
        "apply CN-2026-0011 to RT-2026-0187",
        "credits.apply",
        {"invoice": "RT-2026-0187", "credit": "CN-2026-0011"},
    ),
    ("pay €100 in advance", "payments.advance", {"amount": 10000}),
    ("receipt for PAY-2026-0031", "payments.receipt", {"payment": "PAY-2026-0031"}),
    ("I need a receipt for my last payment", "payments.receipt", {"payment": "PAY-2026-0031"}),
    ("how was RT-2026-0187 calculated", "invoices.why", {"number": "RT-2026-0187"}),
    ("explain line 2 of RT-2026-0187", "invoices.why", {"number": "RT-2026-0187", "line": 2}),
    # projects
    ("approve the hours of February", "projects.approve_hours", {"month": "2026-02-01"}),
    ("approve TIME-2026-0003", "projects.approve_hours", {"entries": ["TIME-2026-0003"]}),
    ("approve milestone 2", "projects.approve_milestone", {"milestone": 2}),
    ("milestone 2 is fine, I approve it", "projects.approve_milestone", {"milestone": 2}),
    ("show PRJ-2026-0001", "projects.show", {"project": "PRJ-2026-0001"}),
    # commands
    ("/cancel team mail", "subscriptions.cancel", {"subscription": MAIL}),
    (
        "/cancel hosting now too expensive",
        "subscriptions.cancel",
        {"subscription": HOSTING, "when": "now", "reason": "too expensive"},
    ),
    ("/pause hosting until=2026-05-01", "subscriptions.pause", {"subscription": HOSTING, "until": "2026-05-01"}),
    ("/redeem spring25 team mail", "subscriptions.redeem_coupon", {"coupon": "SPRING25", "subscription": MAIL}),
    (
        "/add extra storage quantity=2",
        "subscriptions.add_add_on",
        {"add_on": "extra-storage", "quantity": 2, "subscription": HOSTING},
    ),
    ("/auto-charge off hosting", "subscriptions.auto_charge", {"on": False, "subscription": HOSTING}),
    ("/pay-in-advance 100", "payments.advance", {"amount": 10000}),
    ("/statement since=2026-01-01", "statements.show", {"since": "2026-01-01"}),
    ("/use-credit 0187 40.00", "credits.apply", {"invoice": "RT-2026-0187", "amount": 4000}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "action", "args"), TABLE, ids=[row[0] for row in TABLE])
def test_a_sentence_is_understood_with_its_services_days_codes_and_reasons(
    message: str, action: str, args: dict[str, Any]
) -> None:
    (understood,) = read(message)
    assert (understood.outcome, understood.action) == (Outcome.ACTION, action), understood.question
    assert understood.args == args


@pytest.mark.parametrize(
    ("message", "action", "missing", "choices"),
    [
        ("cancel my subscription", "subscriptions.cancel", "subscription", 4),
        ("pause my plan", "subscriptions.pause", "subscription", 4),
        ("redeem coupon SPRING25", "subscriptions.redeem_coupon", "subscription", 4),
        ("I want to redeem a voucher", "subscriptions.redeem_coupon", "coupon", 0),
        ("top up my account", "payments.advance", "amount", 0),
        ("add an add-on", "subscriptions.add_add_on", "add_on", 3),
        ("I have a question about the hours", "projects.question_hours", "entry", 2),
        ("start a new subscription", "subscriptions.start", "plan", 5),
        ("/auto-charge", "subscriptions.auto_charge", "on", 2),
    ],
)
def test_what_is_missing_is_asked_for_one_thing_at_a_time(
    message: str, action: str, missing: str, choices: int
) -> None:
    (understood,) = read(message)
    assert (understood.outcome, understood.action, understood.missing[0]) == (Outcome.CLARIFY, action, missing)
    assert understood.question.endswith("?") and len(understood.choices) == choices
    for choice in understood.choices:
        (answer,) = read(choice.send)
        assert answer.action == action and missing in answer.args


def test_only_those_subscriptions_are_offered_that_the_change_fits() -> None:
    paused = replace(ACCOUNT.subscriptions[0], status="paused")
    trial = replace(ACCOUNT.subscriptions[3], status="trialing")
    ending = replace(ACCOUNT.subscriptions[2], status="ending", planned=True)
    account = replace(ACCOUNT, subscriptions=(paused, ACCOUNT.subscriptions[1], ending, trial), ended=())
    for message, number in (
        ("resume my subscription", HOSTING),
        ("convert my trial", "SUB-0004"),
        ("undo the cancellation", CARE),
        ("reactivate my subscription", CARE),
        ("pause my subscription", MAIL),
    ):
        (understood,) = understand(message, CATALOGUE, account)
        assert (understood.outcome, understood.args.get("subscription")) == (Outcome.ACTION, number), message


def test_one_request_for_two_subscriptions_is_two() -> None:
    found = read("cancel hosting and team mail")
    assert [(u.action, u.args["subscription"]) for u in found] == [
        ("subscriptions.cancel", HOSTING),
        ("subscriptions.cancel", MAIL),
    ]


def test_what_staff_ask_for_is_understood_for_staff_alone() -> None:
    staff = replace(ACCOUNT, staff=True)
    for message, action in (
        ("refund PAY-2026-0031", "payments.refund"),
        ("extend the trial of Visitor analytics until 1 May", "subscriptions.extend_trial"),
        ("/goodwill 25.00 for the outage", "credits.grant"),
    ):
        assert understand(message, CATALOGUE, staff)[0].action == action
        assert read(message)[0].action is None
    (given,) = understand("/goodwill 25.00 for the outage", CATALOGUE, staff)
    assert given.args == {"amount": 2500, "reason": "for the outage"}


@pytest.mark.parametrize(
    ("command", "action", "args"),
    [
        (
            "/refund PAY-2026-0031 100.00 charged twice",
            "payments.refund",
            {"payment": "PAY-2026-0031", "amount": 10000, "reason": "charged twice"},
        ),
        (
            "/write-off 0187 5.00 a small difference",
            "invoices.write_off",
            {"invoice": "RT-2026-0187", "amount": 500, "reason": "a small difference"},
        ),
        (
            "/cancel-credit CN-2026-0011 given twice",
            "credits.void",
            {"credit_note": "CN-2026-0011", "reason": "given twice"},
        ),
        (
            "/extend-trial visitor analytics 1 May",
            "subscriptions.extend_trial",
            {"subscription": "SUB-0004", "until": "2026-05-01"},
        ),
        ("/new-milestone Launch 1500.00", "projects.add_milestone", {"name": "Launch", "amount": 150000}),
        ("/log-hours 3.5 task=“Search page”", "projects.log_hours", {"hours": "3.5", "task": "Search page"}),
    ],
)
def test_commands_of_staff_take_their_words_where_they_fit(command: str, action: str, args: dict[str, Any]) -> None:
    (understood,) = understand(command, CATALOGUE, replace(ACCOUNT, staff=True))
    assert (understood.outcome, understood.action, understood.args) == (Outcome.ACTION, action, args)


_REFUSALS = (
    "don't {}", "do not {}", "never {}", "please don't {}", "I don't want to {}", "I do not want you to {}",
    "you must not {}", "I refuse to {}", "stop, do not {}", "I won't {}", "whatever you do, don't {}", "do nto {}",
)  # fmt: skip
_WISHES = (
    "cancel hosting", "cancel my subscription now", "pause team mail until 1 May", "put hosting on hold",
    "resume hosting",
    "redeem SPRING25 on hosting", "add extra storage to hosting", "remove the daily backups", "start Scale",
    "turn on autopay for hosting", "turn off auto-charge for team mail", "use my credit on RT-2026-0187",
    "pay €100 in advance", "approve the hours of February", "approve milestone 2", "reactivate web shop",
    "take back the cancellation of hosting", "convert my trial", "stop hosting at the end of the month",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    refusal=st.sampled_from(_REFUSALS),
    wish=st.sampled_from(_WISHES),
    end=st.sampled_from(["", ".", "!", " please", ", thanks"]),
)
def test_a_message_that_refuses_never_becomes_a_change(refusal: str, wish: str, end: str) -> None:
    message = refusal.format(wish) + end
    for understood in read(message):
        assert not (understood.action in CHANGES and understood.outcome is Outcome.ACTION), message


def test_every_change_of_a_customer_is_known_with_a_not_before_it() -> None:
    """For each change a phrase of its own, refused in plain words: nothing becomes of it."""
    for action in CATALOGUE:
        if not action.changes or action.audience is Audience.STAFF or action.id.startswith("support."):
            continue
        if action.id == "notifications.change_settings":  # “do not mail me about it” asks for just that
            continue
        for phrase in action.phrases:
            if "not" in phrase or "n't" in phrase or "no longer" in phrase or "stop" in phrase or "{" in phrase:
                continue
            for understood in read(f"please do not {phrase}"):
                assert not (understood.action in CHANGES and understood.outcome is Outcome.ACTION), phrase


@pytest.mark.parametrize(
    ("message", "action", "field", "question"),
    [
        ("pause site care until 31 feb", "subscriptions.pause", "until", "“31 feb” is not a date."),
        ("pay -5 euro on RT-2026-0171", "invoices.pay", "amount", "An amount has to be above zero."),
        ("pay −€12.50 of RT-2026-0171", "invoices.pay", "amount", "An amount has to be above zero."),
    ],
)
def test_a_day_or_an_amount_that_is_none_is_asked_for_and_never_left_out(
    message: str, action: str, field: str, question: str
) -> None:
    [found] = read(message)
    assert (found.outcome, found.action, found.missing) == (Outcome.CLARIFY, action, [field])
    assert found.question.startswith(question)


def test_a_pause_until_a_day_that_is_over_is_not_read_as_one_without_end() -> None:
    [found] = read("pause site care until yesterday")
    assert found.args["until"] == "2026-03-11"
