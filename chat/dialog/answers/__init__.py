"""What each query of the catalogue is answered with: a sentence first, then the figures."""

from __future__ import annotations

from collections.abc import Callable

from chat.blocks import Block, Link
from chat.dialog.answers import invoices, overview, payments, services
from chat.dialog.saying import text
from chat.dialog.turn import Turn
from chat.understanding import Understood

Answering = Callable[[Turn, Understood], list[Block]]

ANSWERS: dict[str, Answering] = {
    "home.show": overview.show_home,
    "invoices.list": invoices.list_invoices,
    "invoices.show": invoices.show_invoice,
    "invoices.download": invoices.download_invoice,
    "payments.list": payments.list_payments,
    "payments.show": payments.show_payment,
    "payments.cards": payments.list_cards,
    "subscriptions.list": services.list_subscriptions,
    "subscriptions.show": services.show_subscription,
    "subscriptions.plans": services.list_plans,
    "reviews.list": services.list_reviews,
    "projects.list": services.list_projects,
}


def show(turn: Turn, understood: Understood) -> list[Block]:
    """The answer to a query. One that has no words of its own yet leads to its page. Raises what the query refuses."""
    assert understood.action is not None
    answering = ANSWERS.get(understood.action)
    if answering is not None:
        return answering(turn, understood)
    action = turn.action(understood.action)
    turn.ask(action.id, understood.args)
    return [text(f"{action.title}: {action.help}"), Link(label=f"Open {action.title.lower()}", href=action.page)]
