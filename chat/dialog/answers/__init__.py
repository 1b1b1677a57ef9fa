"""What each query of the catalogue is answered with: a sentence first, then the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import BaseModel

from billing.documents.downloads import Document
from billing.telling import facts_of, tables_of
from chat.blocks import Block, Link
from chat.dialog.answers import (
    account,
    explaining,
    hours,
    invoices,
    news,
    overview,
    payments,
    people,
    projects,
    services,
)
from chat.dialog.saying import table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

MOST_FACTS, MOST_ROWS, MOST_COLUMNS = 20, 10, 5
Answering = Callable[[Turn, Understood], list[Block]]

ANSWERS: dict[str, Answering] = {
    "account.balance": account.show_balance,
    "account.show": people.show_account,
    "coupons.check": account.check_coupon,
    "credits.list": account.list_credits,
    "statements.show": account.show_statement,
    "statements.totals": account.show_totals,
    "home.show": overview.show_home,
    "invoices.list": invoices.list_invoices,
    "invoices.show": invoices.show_invoice,
    "invoices.why": explaining.explain_invoice,
    "invoices.download": invoices.download_invoice,
    "payments.list": payments.list_payments,
    "payments.show": payments.show_payment,
    "payments.cards": payments.list_cards,
    "subscriptions.list": services.list_subscriptions,
    "subscriptions.show": services.show_subscription,
    "subscriptions.add_ons": services.list_add_ons,
    "subscriptions.plans": services.list_plans,
    "notifications.list": news.list_news,
    "notifications.settings": news.show_settings,
    "reviews.list": services.list_reviews,
    "projects.list": projects.list_projects,
    "projects.show": projects.show_project,
    "projects.hours": hours.show_hours,
}


def show(turn: Turn, understood: Understood) -> list[Block]:
    """The answer to a query. One that has no words of its own is told field by field. Raises what it refuses."""
    assert understood.action is not None
    answering = ANSWERS.get(understood.action)
    if answering is not None:
        return answering(turn, understood)
    action = turn.action(understood.action)
    result = turn.ask(action.id, understood.args)
    if isinstance(result, Document):
        return [
            text(f"Here is {_paper(action.id, understood)}."),
            Link(label=result.name, href=result.url, download=result.name),
        ]
    told = list(_told(result)) or [text(f"{action.title}: there is nothing to show yet.")]
    page = [Link(label=f"Open {action.title.lower()}", href=action.page)] if "{" not in action.page else []
    return [*told, *page]


def _paper(action: str, understood: Understood) -> str:
    """What a document is called: the statement, the receipt of PAY-2026-0031."""
    kind = action.partition(".")[0].removesuffix("s")
    of = understood.args.get("payment")
    return f"the receipt of {str(of).upper()}" if of else f"your {kind}"


def _told(result: BaseModel) -> Iterator[Block]:
    """A result's facts, then its records, as tables that fit a message."""
    facts = facts_of(result)
    if facts:
        yield table(("", ""), [(fact.label, fact.value) for fact in facts[:MOST_FACTS]])
    for found in tables_of(result):
        rows = [tuple(row[:MOST_COLUMNS]) for row in found.rows[:MOST_ROWS]]
        yield text(found.title if len(found.rows) <= MOST_ROWS else f"{found.title}, the first {MOST_ROWS}")
        yield table(tuple(found.columns[:MOST_COLUMNS]), rows)
