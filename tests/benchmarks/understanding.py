"""How well messages of strangers are understood. Measured on data that the phrases were not written from.

The data (a sample of Bitext's customer-service requests and CLINC150) is looked for under PARLEY_TEST_DATA; where that
is unset nothing is measured, and it says so. Shares are of all messages of a kind, beside 1.
"""

from __future__ import annotations

import csv
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from billing.registry import Action, catalogue
from chat.understanding import Outcome, Understood, understand
from portal.bootstrap import load_actions
from tests.benchmarks.records import Record
from tests.chat.story_account import ACCOUNT

INVOICES = {"invoices.list", "invoices.show", "invoices.download"}
PERSON = {"support.talk_to_person"}
ACCOUNT_DETAILS = {"account.show", "account.change", "account.change_email"}
OURS = {
    "check_invoice": INVOICES, "get_invoice": INVOICES, "review": {"reviews.leave"}, "contact_human_agent": PERSON,
    "contact_customer_service": PERSON, "complaint": PERSON, "payment_issue": PERSON,
    "edit_account": ACCOUNT_DETAILS,
}  # fmt: skip
# Intents of CLINC150 that a billing portal has an answer to, or that are small talk.
NOT_FOREIGN = {
    "greeting", "goodbye", "thank_you", "yes", "no", "maybe", "repeat", "cancel", "what_can_i_ask_you", "are_you_a_bot",
    "what_is_your_name", "who_do_you_work_for", "balance", "bill_balance", "bill_due", "pay_bill", "transactions",
    "spending_history", "min_payment", "card_declined", "new_card", "report_fraud",
}  # fmt: skip


def bench_understanding() -> Iterable[Record]:
    """Shares of messages that are refused or found as they should, and the time that one takes."""
    folder = os.environ.get("PARLEY_TEST_DATA")
    if not folder:
        print("  PARLEY_TEST_DATA is unset: understanding was not measured")
        return
    load_actions()
    actions = list(catalogue)
    requests = Path(folder) / "requests"
    yield from _clinc(requests / "clinc150_train_val.json", actions)
    yield from _bitext(requests / "bitext_sample.csv", actions)


def _clinc(path: Path, actions: list[Action]) -> Iterator[Record]:
    data = json.loads(path.read_text(encoding="utf-8"))
    outside = [text for text, _ in data["oos_val"]]
    foreign = [text for text, intent in data["val"] if intent not in NOT_FOREIGN]
    yield _share("CLINC150 oos_val rejected", [_refused(_read(text, actions)) for text in outside], 0.9)
    started = time.perf_counter()
    yield _share("CLINC150 val, other domains, rejected", [_refused(_read(text, actions)) for text in foreign], 0.9)
    each = (time.perf_counter() - started) / len(foreign) * 1000
    yield Record("Understanding a message, beside 5 ms", each, 5.0, "ms", 1.0, "lower")


def _bitext(path: Path, actions: list[Action]) -> Iterator[Record]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            by_intent[row["intent"]].append(row["utterance"])
    for intent, wanted in OURS.items():
        found = [_read(text, actions).action in wanted for text in by_intent[intent]]
        yield _share(f"Bitext {intent} found", found, 0.8)
    others = [text for intent, texts in by_intent.items() if intent not in OURS for text in texts]
    harmless = [_read(text, actions).outcome is not Outcome.ACTION for text in others]
    yield _share("Bitext, not ours, no action", harmless, 0.95)


def _read(text: str, actions: list[Action]) -> Understood:
    return understand(text, actions, ACCOUNT)[0]


def _refused(understood: Understood) -> bool:
    return understood.outcome is Outcome.OUT_OF_SCOPE


def _share(name: str, right: list[bool], goal: float) -> Record:
    return Record(name, sum(right) / len(right), 1.0, "share", goal, "higher")
