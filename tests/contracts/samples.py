"""One input for each action on the story's account, and the same with a record of somebody else's."""

from __future__ import annotations

from typing import Any

OPEN, SUBSCRIPTION, PAYMENT, CONVERSATION = "RT-2026-0187", "SUB-2023-0001", "PAY-2026-0004", "{conversation}"
PROJECT, HOURS = "PRJ-2025-0001", "TIME-2026-0014"

SAMPLES: dict[str, dict[str, Any]] = {
    "home.show": {},
    "invoices.list": {"status": "to_pay"},
    "invoices.show": {"number": OPEN},
    "invoices.download": {"number": OPEN},
    "invoices.why": {"number": OPEN},
    "invoices.pay": {"invoices": [OPEN, "RT-2026-0162"]},
    "invoices.create": {"title": "Visit", "lines": [{"description": "Visit", "unit_amount": 8500, "tax_rate": "21"}]},
    "invoices.credit": {"invoice": OPEN, "amount": 1210, "reason": "A visit was late."},
    "invoices.void": {"invoice": "RT-2026-0162", "reason": "Billed twice."},
    "invoices.write_off": {"invoice": OPEN, "amount": 100, "reason": "Too little to ask for."},
    "invoices.uncollectible": {"invoice": OPEN, "reason": "The company is closed."},
    "payments.list": {},
    "payments.advance": {"amount": 5000},
    "payments.record": {"amount": 20000, "reference": "NL91ABNA-778", "invoices": [OPEN], "received_on": "2026-03-11"},
    "payments.refund": {"payment": PAYMENT, "amount": 5000, "to": "bank", "reason": "Paid twice."},
    "credits.list": {},
    "credits.apply": {"invoice": OPEN},
    "credits.grant": {"amount": 2500, "reason": "A visit was late."},
    "account.balance": {"on": "2026-02-28"},
    "account.ledger": {},
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
    "projects.show": {"project": PROJECT, "month": "2026-03"},
    "projects.create": {"name": "Photo shop", "budget": 480000, "hourly_rate": 8500, "tax_percent": "21"},
    "projects.add_milestone": {"project": PROJECT, "name": "Aftercare", "amount": 60000, "due_on": "2026-05-29"},
    "projects.finish_milestone": {"project": PROJECT, "milestone": 3},
    "projects.close": {"project": "PRJ-2026-0001"},
    "projects.log_hours": {"project": PROJECT, "task": "Configurator", "hours": "3.5", "worked_on": "2026-03-11"},
    "projects.correct_hours": {"entry": HOURS, "hours": "2"},
    "projects.question_hours": {"entry": HOURS, "question": "What was this for?"},
    "projects.approve_hours": {"project": PROJECT, "entries": [HOURS]},
    "projects.approve_milestone": {"project": PROJECT, "milestone": 3},
    "projects.invoice_milestone": {"project": PROJECT, "milestone": 3},
    "projects.invoice_hours": {"project": PROJECT, "until": "2026-03-12"},
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
FINISH = ("projects.finish_milestone", {"project": PROJECT, "milestone": 3})
APPROVE = ("projects.approve_milestone", {"project": PROJECT, "milestone": 3})
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "projects.close": [("projects.create", {"name": "Photo shop", "budget": 480000})],
    "projects.approve_milestone": [FINISH],
    "projects.invoice_milestone": [FINISH, APPROVE],
}

# the field that names a record, for the customers' own actions
NAMES_A_RECORD = {
    "invoices.show": "number",
    "invoices.download": "number",
    "invoices.why": "number",
    "invoices.pay": "invoices",
    "payments.show": "payment",
    "credits.apply": "invoice",
    "payments.receipt": "payment",
    "subscriptions.show": "subscription",
    "subscriptions.plans": "subscription",
    "subscriptions.switch_plan": "subscription",
    "projects.show": "project",
    "projects.approve_hours": "entries",
    "projects.question_hours": "entry",
    "projects.approve_milestone": "project",
}
