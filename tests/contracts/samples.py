"""One input for each action on the story's account, and the same with a record of somebody else's."""

from __future__ import annotations

from typing import Any

OPEN, SUBSCRIPTION, PAYMENT, CONVERSATION = "RT-2026-0187", "SUB-2023-0001", "PAY-2026-0004", "{conversation}"

SAMPLES: dict[str, dict[str, Any]] = {
    "home.show": {},
    "invoices.list": {"status": "to_pay"},
    "invoices.show": {"number": OPEN},
    "invoices.download": {"number": OPEN},
    "invoices.pay": {"invoices": [OPEN, "RT-2026-0162"]},
    "payments.list": {},
    "payments.show": {"payment": PAYMENT},
    "payments.cards": {},
    "payments.receipt": {"payment": PAYMENT},
    "statements.show": {"since": "2026-01-01", "until": "2026-03-12"},
    "statements.download": {"since": "2026-01-01", "until": "2026-03-12"},
    "subscriptions.list": {},
    "subscriptions.show": {"subscription": SUBSCRIPTION},
    "subscriptions.plans": {"subscription": SUBSCRIPTION},
    "subscriptions.switch_plan": {"subscription": SUBSCRIPTION, "plan": "Business"},
    "projects.list": {},
    "reviews.leave": {"rating": 5, "words": "Quick and friendly."},
    "reviews.list": {},
    "support.talk_to_person": {"reason": "A visit was a repair."},
    "support.rate": {"rating": 4, "words": "Good."},
    "support.take": {"conversation": CONVERSATION},
    "support.hand_back": {"conversation": CONVERSATION},
    "support.resolve": {"conversation": CONVERSATION},
    "support.note": {"conversation": CONVERSATION, "words": "Same fault as before."},
    "support.queue": {},
    "support.show": {"conversation": CONVERSATION},
    "preferences.show": {},
    "preferences.change": {"changes": {"pay_invoices": False, "payment_terms_days": 30}},
}

# what has to be done first on the fresh story, for the sample to make sense: the actions with their inputs, in order
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {}

# the field that names a record, for the customers' own actions
NAMES_A_RECORD = {
    "invoices.show": "number",
    "invoices.download": "number",
    "invoices.pay": "invoices",
    "payments.show": "payment",
    "payments.receipt": "payment",
    "subscriptions.show": "subscription",
    "subscriptions.plans": "subscription",
    "subscriptions.switch_plan": "subscription",
}
