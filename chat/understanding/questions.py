"""The one question that is asked when something is missing, with at most five answers to choose from."""

from __future__ import annotations

from babel.dates import format_date

from billing.money import format_money
from billing.registry import Action
from chat.understanding.account import Account, KnownInvoice
from chat.understanding.meaning import Answer
from chat.understanding.phrases import refers_to

MOST = 5


def ask_for(
    action: Action, missing: str, args: dict[str, object], unclear: list[str], account: Account
) -> tuple[str, list[Answer]]:
    """The question for a missing field, and its answers; each answer sends the action's command, complete."""
    to = refers_to(action, missing)
    start = " ".join([action.slash, *(_written(name, value) for name, value in args.items())])
    if to == "invoice":
        return _which_invoice(action, start, unclear, account)
    if to == "plan":
        return _which_plan(start, args, account)
    if to == "subscription":
        answers = [
            Answer(label=f"{s.product} {s.plan}".strip(), send=f"{start} {s.number}")
            for s in account.subscriptions[:MOST]
        ]
        return "Which subscription?", answers
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
    label = action.input.model_fields[missing].title or missing.replace("_", " ")
    return f"{action.title}: which {label}?", []


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


def _which_plan(start: str, args: dict[str, object], account: Account) -> tuple[str, list[Answer]]:
    mine = {s.product: s for s in account.subscriptions}
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
