"""What customers of an agency type, a sentence of each kind, beside what it asks for; on the account of the story."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.clock import SetClock
from billing.registry import Channel, catalogue
from chat.understanding import Account, Outcome, Understood, load_account, understand
from portal.bootstrap import load_actions
from tests.billing.gateways.running import RunningSandbox
from tests.chat.story_chat import ANIA, actor_of, open_story, told
from tests.fixtures.time import STORY_NOW

__all__ = ["told"]

load_actions()
CATALOGUE = list(catalogue)
HOSTING, MAIL, CARE, DOMAINS, ANALYTICS = (
    "SUB-2023-0001",
    "SUB-2023-0002",
    "SUB-2023-0003",
    "SUB-2021-0001",
    "SUB-2026-0001",
)
Row = tuple[str, str, dict[str, Any]]

MONEY_OWED: list[Row] = [
    ("did we forget to pay something", "invoices.list", {"status": "to_pay"}),
    (
        "anything above 1k this year?",
        "invoices.list",
        {"since": "2026-01-01", "until": "2026-03-12", "at_least": 100000},
    ),
    ("that photography bill, when is it due", "invoices.show", {"number": "RT-2026-0171"}),
    ("what have we paid since new year", "payments.list", {"since": "2026-01-01"}),
    ("payments last march", "payments.list", {"since": "2025-03-01", "until": "2025-03-31"}),
    ("receipt for what we paid on 9 march", "payments.receipt", {"payment": "PAY-2026-0004"}),
    ("receipt for the 605 euros from february pls", "payments.receipt", {"payment": "PAY-2026-0003"}),
    ("hiya, quick q - how much do we actually owe you at the moment?", "home.show", {}),
    ("my boss wants to know what's still open", "invoices.list", {"status": "to_pay"}),
    ("did the 400 euro come in", "payments.list", {}),
    ("how did you get to 988.01", "invoices.why", {"number": "RT-2026-0187"}),
    (
        "need jan + feb invoices for the accountant",
        "invoices.list",
        {"since": "2026-01-01", "until": "2026-02-28"},
    ),
    ("do we have invoices under 150", "invoices.list", {"at_most": 15000}),
    ("give me the last 3 invoices", "invoices.list", {}),
    ("account statement january till now", "statements.show", {"since": "2026-01-01", "until": "2026-03-12"}),
    ("hello, I'm from the finance dept, could you tell me the outstanding amount?", "home.show", {}),
    ("is invoice 118 settled", "invoices.show", {"number": "RT-2026-0118"}),
    ("list of invoices from october to december 2025", "invoices.list", {"since": "2025-10-01", "until": "2025-12-31"}),
    ("whats included in the monthly services invoice", "invoices.show", {"number": "RT-2026-0187"}),
    ("how much credit is left", "home.show", {}),
    ("what was our balance at the end of january", "account.balance", {"on": "2026-01-31"}),
    ("which of those is late?", "invoices.list", {"status": "overdue"}),
    ("what is the vat on 187", "invoices.show", {"number": "RT-2026-0187"}),
    ("and how much tax is on invoice 171 please", "invoices.show", {"number": "RT-2026-0171"}),
    ("how much did we pay in january", "payments.list", {"since": "2026-01-01", "until": "2026-01-31"}),
]
PAYING: list[Row] = [
    ("pay it all", "invoices.pay", {"invoices": ["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"]}),
    ("pay 1250.50 of RT-2026-0162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 125050}),
    ("can you take 1k off my card for 0162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 100000}),
    ("i'll pay the rest of march now", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    (
        "charge my visa for the overdue invoice",
        "invoices.pay",
        {"invoices": ["RT-2026-0162"], "payment_method": "pm_story_4417"},
    ),
    ("the one due march 15, pay that", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    ("pay the photo invoice and the march invoice", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0171"]}),
    ("pay everything that's due before 20 march", "invoices.pay", {"invoices": ["RT-2026-0162", "RT-2026-0187"]}),
    ("only pay what's overdue", "invoices.pay", {"invoices": ["RT-2026-0162"]}),
    ("ok just pay everything thats overdue", "invoices.pay", {"invoices": ["RT-2026-0162"]}),
    ("pay 162 171 187", "invoices.pay", {"invoices": ["RT-2026-0162", "RT-2026-0171", "RT-2026-0187"]}),
    ("pay 1.250,50 on 0162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 125050}),
    ("pay march", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    ("pay everything but the milestone", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0171"]}),
    ("pay 0187 with the credit we have", "invoices.pay", {"invoices": ["RT-2026-0187"], "use_credit": True}),
    ("pay RT-2026-9999", "invoices.pay", {"invoices": ["RT-2026-9999"]}),
    ("pay the smallest open one", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    ("deposit 500 on our account", "payments.advance", {"amount": 50000}),
    (
        "ok pay 0187 please, with the visa",
        "invoices.pay",
        {"invoices": ["RT-2026-0187"], "payment_method": "pm_story_4417"},
    ),
    (
        "we'd like to clear the balance today",
        "invoices.pay",
        {"invoices": ["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"]},
    ),
    ("pay €100,- of 0162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 10000}),
    ("pay 0162 with a different card", "invoices.pay", {"invoices": ["RT-2026-0162"], "payment_method": "new"}),
]
CARDS: list[Row] = [
    ("remove the visa please, we closed that account", "payments.remove_card", {"card": "4417"}),
    ("delete card ending 4417", "payments.remove_card", {"card": "4417"}),
    ("is autopay on?", "subscriptions.list", {}),
    ("which card do u have on file", "payments.cards", {}),
    (
        "please charge hosting automatically from now on",
        "subscriptions.auto_charge",
        {"on": True, "subscription": HOSTING},
    ),
]
SUBSCRIPTIONS: list[Row] = [
    ("how many mailboxes do we have", "subscriptions.list", {}),
    ("2 colleagues left, so 2 mailboxes less please", "subscriptions.switch_plan", {"seats": 16, "subscription": MAIL}),
    ("team mail: 25", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 25}),
    (
        "cancel team mail at the end of the month because we move to google",
        "subscriptions.cancel",
        {"subscription": MAIL, "when": "term_end", "reason": "we move to google"},
    ),
    ("do the domains renew automatically", "subscriptions.show", {"subscription": DOMAINS}),
    ("three mailboxes fewer", "subscriptions.switch_plan", {"seats": 15, "subscription": MAIL}),
    ("was hosting cancelled", "subscriptions.show", {"subscription": HOSTING}),
    ("what are we paying every month", "subscriptions.list", {}),
    ("when does hosting renew and for how much", "subscriptions.show", {"subscription": HOSTING}),
    ("what's in the plus plan of site care", "subscriptions.plans", {"subscription": CARE}),
    ("upgrade us to business", "subscriptions.switch_plan", {"plan": "Business"}),
    ("go to site care plus", "subscriptions.switch_plan", {"subscription": CARE, "plan": "Plus"}),
    ("we only need 15 mailboxes", "subscriptions.switch_plan", {"seats": 15, "subscription": MAIL}),
    ("we dont need site care anymore", "subscriptions.cancel", {"subscription": CARE}),
    (
        "freeze team mail from 1 april to 1 may",
        "subscriptions.pause",
        {"subscription": MAIL, "until": "2026-05-01", "when": "term_end"},
    ),
    ("keep analytics after the trial", "subscriptions.convert_trial", {"subscription": ANALYTICS}),
    ("get rid of the extra storage", "subscriptions.remove_add_on", {"add_on": "hosting-extra-storage-eur"}),
    ("we want a second hosting plan", "subscriptions.start", {"plan": "Hosting"}),
    ("how much per mailbox", "subscriptions.list", {}),
    ("history of hosting please", "subscriptions.show", {"subscription": HOSTING}),
    ("can i switch site care to plus?", "subscriptions.switch_plan", {"subscription": CARE, "plan": "Plus"}),
    ("18 to 21 mailboxes", "subscriptions.switch_plan", {"seats": 21, "subscription": MAIL}),
    ("cancel domains at renewal", "subscriptions.cancel", {"subscription": DOMAINS, "when": "term_end"}),
    ("how do i cancel team mail", "subscriptions.cancel", {"subscription": MAIL}),
    ("pause hosting", "subscriptions.pause", {"subscription": HOSTING}),
    ("how many seats do we have on team mail", "subscriptions.show", {"subscription": MAIL}),
    ("when does the trial end", "subscriptions.list", {}),
    ("switch hosting to the bigger plan", "subscriptions.switch_plan", {"plan": "Business", "subscription": HOSTING}),
    ("move site care to a larger package please", "subscriptions.switch_plan", {"plan": "Plus", "subscription": CARE}),
    ("i think you billed us twice for team mail", "subscriptions.show", {"subscription": MAIL}),
    ("what does coupon WELCOME10 do", "coupons.check", {"coupon": "WELCOME10"}),
]
WORK: list[Row] = [
    ("approve the hours of tomas", "projects.approve_hours", {"entries": ["TIME-2026-0014", "TIME-2026-0011"]}),
    (
        "I don't agree with TIME-2026-0011, 5 hours is too much",
        "projects.question_hours",
        {"entry": "TIME-2026-0011", "question": "I don't agree with TIME-2026-0011, 5 hours is too much"},
    ),
    ("has anyone approved milestone 2", "projects.show", {"milestone": 2}),
    ("milestone 3 done yet?", "projects.show", {"milestone": 3}),
    ("approve noors hours", "projects.approve_hours", {"entries": ["TIME-2026-0012"]}),
    ("approve march hours", "projects.approve_hours", {"month": "2026-03-01"}),
    ("how's the website coming along", "projects.list", {}),
    ("when will the new site go live", "projects.list", {}),
    (
        "how many hours has tomas put in this month",
        "projects.hours",
        {"since": "2026-03-01", "until": "2026-03-12", "person": "Tomáš Bělohlávek"},
    ),
    ("approve all hours", "projects.approve_hours", {}),
    (
        "what was TIME-2026-0012 for",
        "projects.question_hours",
        {"entry": "TIME-2026-0012", "question": "what was TIME-2026-0012 for"},
    ),
    ("milestone 2 is great, approved!", "projects.approve_milestone", {"milestone": 2}),
    ("which hours do I still have to approve", "projects.show", {}),
    ("tomas logged too many hours", "projects.hours", {"person": "Tomáš Bělohlávek"}),
]
ACCOUNT_AND_PEOPLE: list[Row] = [
    (
        "can my bookkeeper get access? jan@kantoor.example",
        "people.invite",
        {"email": "jan@kantoor.example", "may": "pay"},
    ),
    ("pieter left the company, remove him", "people.remove", {"person": "pieter@moellerkowalczyk.nl"}),
    ("make jan-willem view only", "people.change_role", {"person": "janwillem@moellerkowalczyk.nl", "may": "view"}),
    ("our vat number changed to NL123456782B12", "account.change", {"vat_number": "NL123456782B12"}),
    (
        "jan-willem should be able to pay too",
        "people.change_role",
        {"person": "janwillem@moellerkowalczyk.nl", "may": "pay"},
    ),
    ("what's our customer number", "account.show", {}),
    ("we moved", "account.change", {}),
    ("can you put reference MK-2026 on the invoices", "account.change", {"purchase_order": "MK-2026"}),
    ("give pieter owner rights", "people.change_role", {"person": "pieter@moellerkowalczyk.nl", "may": "own"}),
    ("remove janwillem@moellerkowalczyk.nl", "people.remove", {"person": "janwillem@moellerkowalczyk.nl"}),
]
OTHERS: list[Row] = [
    ("your service is terrible, 2 stars", "reviews.leave", {"rating": 2, "words": "your service is terrible"}),
    ("0187 is wrong, we cancelled seo in january", "invoices.show", {"number": "RT-2026-0187"}),
    ("thanks for the quick fix yesterday. can you tell me what is still open?", "invoices.list", {"status": "to_pay"}),
    ("what reviews did we leave", "reviews.list", {}),
    ("0187", "invoices.show", {"number": "RT-2026-0187"}),
]
REFUSED: list[str] = [
    "do not pay 0162",
    "dont charge anything",
    "hold off on paying until I say so",
    "don't pay the milestone, we're not happy with it",
    "i don't want to cancel hosting",
    "please dont cancel anything yet",
    "dont approve milestone 3 yet",
    "pay nothing",
    "i did not ask you to pay anything",
    "why would i pay 0162?",
    "should we pay 0162 now or later?",
    "i don't want to pay the photography, it was rubbish",
]
FOR_A_PERSON: list[str] = [
    "my card got declined, why?",
    "let me talk to a human pls",
    "call me back",
    "I dispute invoice 0171, the photos were bad",
    "agent",
    "nobody answers my emails!!",
    "you overcharged us",
]
NOT_DONE_HERE: list[tuple[str, str]] = [
    ("i want to pay 0187 in two parts", "instalments"),
    ("can we have 30 days instead of 14?", "dates"),
    ("we already paid that one by bank last friday!!", "paid_by_bank"),
    ("where do i transfer the money to", "bank"),
    ("our card was stolen", "lost_card"),
    ("can i change the card for autopay", "card"),
    ("is there a cancellation fee", "fees"),
    ("can the trial be longer?", "trial"),
    ("we've been customers for 5 years, isn't there some loyalty discount", "discount"),
    ("I forgot my password", "access"),
    ("i want my money back", "refund"),
    ("whats your refund policy", "refund_policy"),
    ("in which cases do we get a refund", "refund_policy"),
    ("any discount codes?", "discount"),
    ("anything new on my refund?", "refund"),
    ("how do i switch to another user", "access"),
    ("credit the outage please", "refund"),
    ("the website is down!!!", "technical"),
    ("how do i set up my iphone for the mail", "technical"),
]
NOT_OURS: list[str] = [
    "whats the dmg",
    "can you design a logo for us",
    "can you recommend a restaurant in haarlem",
    "are there late fees",
    "tell me a joke",
    "can you build an app for us?",
    "where can I park",
]


@pytest.fixture(scope="module")
def account(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account of the story's Ania."""
    data = tmp_path_factory.mktemp("as_typed")
    clock = SetClock(STORY_NOW)
    shutil.copyfile(told / "parley.db", data / "parley.db")
    sandbox = RunningSandbox(data, clock)
    contexts = open_story(f"sqlite:///{data / 'parley.db'}", data, clock, sandbox)
    with contexts.open(actor_of(contexts, ANIA), Channel.CHAT) as ctx:
        yield load_account(ctx)
    contexts.engine.dispose()
    sandbox.stop()


def read(message: str, account: Account) -> list[Understood]:
    return understand(message, CATALOGUE, account)


@pytest.mark.parametrize(
    ("message", "action", "args"),
    [*MONEY_OWED, *PAYING, *CARDS, *SUBSCRIPTIONS, *WORK, *ACCOUNT_AND_PEOPLE, *OTHERS],
)
def test_it_is_understood_as_it_was_meant(account: Account, message: str, action: str, args: dict[str, Any]) -> None:
    (found,) = read(message, account)
    assert (found.outcome, found.action, found.args) == (Outcome.ACTION, action, args), found.question


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused_or_only_wondered_about_is_no_change(account: Account, message: str) -> None:
    for found in read(message, account):
        changes = found.action is not None and catalogue.get(found.action).changes
        assert not (changes and found.outcome is Outcome.ACTION)


@pytest.mark.parametrize("message", FOR_A_PERSON)
def test_who_wants_a_person_or_is_angry_gets_one(account: Account, message: str) -> None:
    assert [found.outcome for found in read(message, account)] == [Outcome.HANDOFF]


@pytest.mark.parametrize(("message", "topic"), NOT_DONE_HERE)
def test_what_is_not_done_here_gets_its_sentence(account: Account, message: str, topic: str) -> None:
    (found,) = read(message, account)
    assert (found.outcome, found.topic) == (Outcome.OUT_OF_SCOPE, topic)
    assert found.question


@pytest.mark.parametrize("message", NOT_OURS)
def test_what_is_nothing_of_ours_is_not_guessed_at(account: Account, message: str) -> None:
    (found,) = read(message, account)
    assert (found.outcome, found.topic, found.talk) == (Outcome.OUT_OF_SCOPE, "", None)


@pytest.mark.parametrize(
    ("message", "actions"),
    [
        ("show me the overdue ones and pay them", ["invoices.list", "invoices.pay"]),
        ("what do we owe and when is the next renewal", ["home.show", "subscriptions.list"]),
        ("cancel analytics and add 2 mailboxes", ["subscriptions.cancel", "subscriptions.switch_plan"]),
        ("upgrade hosting to business, oh and download 0187", ["subscriptions.switch_plan", "invoices.download"]),
        ("dont cancel hosting but cancel site care", ["", "subscriptions.cancel"]),
        (
            "set team mail to 12 and upgrade hosting to scale",
            ["subscriptions.switch_plan", "subscriptions.switch_plan"],
        ),
        ("what is 0171 for and can i pay it half now", ["invoices.show", "invoices.pay"]),
        ("pay 0162. also cancel analytics.", ["invoices.pay", "subscriptions.cancel"]),
        (
            "I'd like to pause site care until may and cancel visitor analytics at the end of the trial",
            ["subscriptions.pause", "subscriptions.cancel"],
        ),
    ],
)
def test_several_requests_are_read_one_by_one(account: Account, message: str, actions: list[str]) -> None:
    assert [found.action or "" for found in read(message, account)] == actions


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("pay 200", "invoices.pay"),
        ("take card 1234 off", "payments.remove_card"),
        ("we're with 22 now, can you change team mail", "subscriptions.switch_plan"),
        ("double our mailboxes", "subscriptions.switch_plan"),
        ("0 mailboxes", "subscriptions.switch_plan"),
        ("what would 5 more mailboxes cost", "subscriptions.switch_plan"),
        ("what happens if we go to business", "subscriptions.switch_plan"),
        ("cancel all our subscriptions", "subscriptions.cancel"),
        ("we might cancel analytics, what would that do", "subscriptions.cancel"),
        ("do you sell backups", "subscriptions.add_ons"),
        ("switch to the bigger plan", "subscriptions.switch_plan"),
        ("got a promo code? SAVE20", "subscriptions.redeem_coupon"),
    ],
)
def test_what_is_missing_or_cannot_be_is_asked_for(account: Account, message: str, action: str) -> None:
    (found,) = read(message, account)
    assert (found.outcome, found.action) == (Outcome.CLARIFY, action)
    assert found.question
