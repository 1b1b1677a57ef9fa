"""The one question that is asked when something is missing, with at most five answers to choose from."""

from __future__ import annotations

import re
from datetime import date, timedelta

from babel.dates import format_date

from billing.money import format_money
from billing.registry import Action
from billing.telling import words_for
from chat.understanding.account import Account, KnownInvoice
from chat.understanding.candidates import candidates
from chat.understanding.choices import options_of
from chat.understanding.meaning import Answer, Outcome, Understood
from chat.understanding.mentions import Mentions
from chat.understanding.periods import coming
from chat.understanding.phrases import refers_to

MOST = 5
_MAY = {"view": "See everything", "pay": "Also pay and change plans", "own": "Also decide who signs in"}
_WHICH = {
    "subscriptions.cancel": "Which subscription do you want to cancel?",
    "subscriptions.pause": "Which subscription do you want to pause?",
    "subscriptions.resume": "Which subscription do you want to resume?",
    "subscriptions.reactivate": "Which subscription do you want to reactivate?",
    "subscriptions.redeem_coupon": "For which subscription is the coupon?",
    "subscriptions.auto_charge": "Which subscription do you mean?",
    "subscriptions.take_back": "For which subscription do you want to take back what is planned?",
    "subscriptions.add_add_on": "To which subscription?",
}
_QUESTIONS = {
    ("coupon", ""): "What is the coupon’s code?",
    ("amount", ""): "How much?",
    ("day", "until"): "Until which day?",
    ("day", ""): "Which day?",
    ("email", ""): "Which email address?",
    ("words", "question"): "What do you want to ask?",
    ("", "reason"): "For what reason?",
    ("", "reference"): "With which reference?",
}


def command_of(action: Action, args: dict[str, object]) -> str:
    """The command that asks for the action with that input."""
    return " ".join([action.slash, *(_written(name, value) for name, value in args.items())])


def ask_for(
    action: Action, missing: str, args: dict[str, object], unclear: list[str], account: Account
) -> tuple[str, list[Answer]]:
    """The question for a missing field, and its answers; each answer sends the action's command, complete."""
    to = refers_to(action, missing)
    start = command_of(action, args)
    if to == "invoice":
        return _which_invoice(action, start, unclear, account)
    if to == "plan":
        return _which_plan(action, start, args, unclear, account)
    if to == "subscription":
        fitting = candidates(action.id, args, account) or list(account.subscriptions)
        answers = [
            Answer(label=f"{s.product} {s.plan}".strip(), send=f"{start} subscription={s.number}")
            for s in fitting[:MOST]
        ]
        return _WHICH.get(action.id, "Which subscription?"), answers
    if to == "payment":
        answers = [
            Answer(
                label=f"{format_money(p.amount, p.currency, account.locale)}, {_day(p.on, account)}",
                send=f"{start} {p.number}",
            )
            for p in account.payments[:MOST]
        ]
        return "Which payment?", answers
    if to == "rating":
        labels = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
        return "How many stars, from 1 to 5?", [Answer(label=label, send=f"{start} {label[0]}") for label in labels]
    if to == "card":
        answers = [Answer(label=card.label, send=f"{start} {missing}={card.id}") for card in account.cards[:MOST]]
        return "Which card?", answers
    if to == "add_on":
        mine = {code for s in account.subscriptions for code in s.add_ons}
        offered = [a for a in account.add_ons if action.id != "subscriptions.remove_add_on" or a.code in mine]
        return "Which add-on?", [Answer(label=a.name, send=f"{start} add_on={a.code}") for a in offered[:MOST]]
    if to == "hours":
        waiting = [h for project in account.projects for h in project.waiting]
        return "Which hours?", [Answer(label=h.label, send=f"{start} {missing}={h.number}") for h in waiting[:MOST]]
    if to == "colleague":
        return "Who?", [Answer(label=p.name, send=f"{start} {missing}={p.email}") for p in account.people[:MOST]]
    if options := options_of(action.input.model_fields[missing]):
        return f"{action.title}: what may they do?" if missing == "may" else f"{action.title}: which one?", [
            Answer(label=_MAY.get(value) or words_for(value), send=f"{start} {missing}={value}") for value in options
        ]
    if to == "project":
        answers = [Answer(label=p.name, send=f"{start} {p.number}") for p in account.projects[:MOST]]
        return "Which project?", answers
    if action.input.model_fields[missing].annotation is bool:
        return f"{action.title}: on or off?", [
            Answer(label=label, send=f"{start} {missing}={label.lower()}") for label in ("On", "Off")
        ]
    if question := _QUESTIONS.get((to, missing)) or _QUESTIONS.get((to, "")):
        return question, []
    label = action.input.model_fields[missing].title or missing.replace("_", " ")
    return f"{action.title}: which {label}?", []


def told_wrong(
    action: Action, field: str, args: dict[str, object], problem: str, account: Account, sure: float
) -> Understood:
    """The question for a field of which something was said that can't be; of a card, with those that are saved."""
    rest = {name: value for name, value in args.items() if name != field}
    offered = refers_to(action, field) in ("card", "invoice")
    choices = ask_for(action, field, rest, [], account)[1] if offered else []
    return Understood(
        outcome=Outcome.CLARIFY, action=action.id, args=rest, missing=[field], question=problem, choices=choices,
        confidence=sure,
    )  # fmt: skip


def another_day(action: Action, mentions: Mentions, args: dict[str, object], account: Account) -> Understood | None:
    """The question where a change was asked for a day to come and can't wait for it; None where it needs none.

    A renewal's day is the renewal, so that "switch on 1 April" means that.
    """
    fields = action.input.model_fields
    wanted = _day_to_come(mentions, account)
    if wanted is None or ("until" in args and mentions.begins is None):
        return None
    if "invoices" in fields and re.search(r"\bdue (?:before|by|until|till|up to|on) (?:the )?\{day\}", mentions.text):
        return None
    if set(fields) & {"starts_on", "on", "worked_on", "due_on", "received_on"}:
        return None
    subscription = next((s for s in account.subscriptions if s.number == args.get("subscription")), None)
    choice, later = (
        ("starts", "renewal") if "starts" in fields else ("when", "term_end") if "when" in fields else ("", "")
    )
    if choice in args:
        return None
    if choice and subscription and subscription.renews_on in (wanted, wanted + timedelta(days=1)):
        args[choice] = later
        return None
    day = _day(wanted, account)
    if not choice:
        said = f"I can’t plan this for {day}: it happens once you confirm. Shall I show it?"
        choices = [Answer(label=action.title, send=command_of(action, args))]
    else:
        said = f"This can start now or when the paid period ends, not on {day}. Which one?"
        now = "today" if choice == "starts" else "now"
        choices = [
            Answer(label=label, send=command_of(action, args | {choice: value}))
            for label, value in (("Now", now), ("When the period ends", later))
        ]
    return Understood(outcome=Outcome.CLARIFY, question=said, choices=choices)


def _day_to_come(mentions: Mentions, account: Account) -> date | None:
    """The day after today on which something is to happen: one that was said, or the first of "in april"."""
    if mentions.begins is not None:
        wanted = coming(mentions.begins, account.today, with_year=False)
    elif mentions.day is not None:
        wanted = coming(mentions.day, account.today, with_year=mentions.day_year)
    elif mentions.months and re.search(r"\b(?:in|from|starting|as of) \{month\}", mentions.text):
        first = date(*mentions.months[0], 1)
        wanted = coming(first, account.today, with_year=first.year > account.today.year)
    else:
        return None
    return wanted if wanted > account.today else None


def _which_invoice(action: Action, start: str, unclear: list[str], account: Account) -> tuple[str, list[Answer]]:
    paying = action.moves_money
    rows = [i for n in unclear if (i := account.invoice(n))] or (account.payable if paying else account.bills)
    if paying:
        rows = [i for i in rows if i.due > 0]
    if not rows:
        return (
            "There is nothing left to pay." if paying and account.known else "Which invoice? Its number is enough."
        ), []
    answers = [Answer(label=_named(i, account, paying), send=f"{start} {i.number}") for i in rows[:MOST]]
    if paying and len(rows) > 1 and len({i.currency for i in rows}) == 1:
        total = format_money(sum(i.due for i in rows), rows[0].currency, account.locale)
        answers = [
            *answers[: MOST - 1],
            Answer(label=f"All {len(rows)}: {total}", send=" ".join([start, *(i.number for i in rows)])),
        ]
    return ("Which invoices do you want to pay?" if paying else "Which invoice?"), answers


def _which_plan(
    action: Action, start: str, args: dict[str, object], unclear: list[str], account: Account
) -> tuple[str, list[Answer]]:
    mine = {s.product: s for s in account.subscriptions}
    if action.id == "subscriptions.start":
        offers = [p for p in account.plans if p.product not in mine] or list(account.plans)
        names = (unclear or list(dict.fromkeys(f"{p.product} {p.name}" for p in offers)))[:MOST]
        return "Which plan do you want to start?", [Answer(label=name, send=f'{start} plan="{name}"') for name in names]
    wanted = next((s.product for s in account.subscriptions if s.number == args.get("subscription")), None)
    options = [p for p in account.plans if (p.product == wanted if wanted else p.product in mine or not account.known)]
    options = [p for p in options if p.product not in mine or mine[p.product].plan != p.name]
    products = {p.product for p in options}
    answers = [
        Answer(label=p.name if len(products) == 1 else f"{p.product} {p.name}", send=f"{start} {p.name}")
        for p in options[:MOST]
    ]
    return "Which plan do you want?" if answers else "Which plan, or how many seats, do you want?", answers


def _named(invoice: KnownInvoice, account: Account, paying: bool) -> str:
    amount = format_money(invoice.due if paying else invoice.total, invoice.currency, account.locale)
    return f"{invoice.number}, {_short(invoice.title)}: {amount}"


def _short(title: str) -> str:
    return title if len(title) <= 32 else f"{title[:30].rsplit(' ', 1)[0]} …"


def _day(day: object, account: Account) -> str:
    return format_date(day, "d MMMM y", locale=account.locale)  # type: ignore[arg-type]


def _written(name: str, value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'{name}="{text}"' if " " in text else f"{name}={text}"
