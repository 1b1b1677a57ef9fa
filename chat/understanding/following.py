"""What follows from a request that was understood: what "it" stands for next, and the same for other records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from billing.registry import Action
from chat.understanding.account import Account, Shown
from chat.understanding.mentions import Mentions

FOR_EACH = ("invoices.show", "invoices.download")  # of several invoices, one answer each
MOST = 5


def shown_after(shown: Shown, action: Action, args: dict[str, Any], account: Account) -> Shown:
    """What has been shown once the request is answered."""
    numbers = args.get("invoices") or ([args["number"]] if "number" in args else [])
    if action.id == "invoices.list" and args.get("status") == "overdue":
        numbers = [i.number for i in account.overdue]
    elif action.id == "invoices.list" and args.get("status") == "to_pay":
        numbers = [i.number for i in account.payable]
    if isinstance(numbers, list) and numbers:
        return replace(shown, invoices=tuple(str(n) for n in numbers), last="invoice")
    return shown


def for_others(action: Action, mentions: Mentions, args: dict[str, Any]) -> list[dict[str, Any]]:
    """The inputs of the same request for the further records that were named."""
    if action.changes and "subscription" in args:
        return [args | {"subscription": n} for n in dict.fromkeys(mentions.subscriptions) if n != args["subscription"]]
    if action.id in FOR_EACH and "number" in args:
        return [args | {"number": n} for n in dict.fromkeys(mentions.invoices) if n != args["number"]][: MOST - 1]
    return []
