"""Which subscriptions a change can mean when none was named: those whose state it fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from billing.registry import Action
from chat.understanding.account import Account, KnownSubscription

Args = Mapping[str, Any]
Fits = Callable[[KnownSubscription, Args, Account], bool]
TAKE_BACK, RESUME, REACTIVATE = "subscriptions.take_back", "subscriptions.resume", "subscriptions.reactivate"
RUNS = ("active", "trialing", "past_due")


def _has_status(*statuses: str) -> Fits:
    return lambda sub, args, account: sub.status in statuses


def _takes_add_on(sub: KnownSubscription, args: Args, account: Account) -> bool:
    sold_for = [a.product for a in account.add_ons if a.code == args.get("add_on")]
    return sub.status in RUNS and (not sold_for or sold_for[0] in ("", sub.product))


_FITS: dict[str, Fits] = {
    "subscriptions.pause": _has_status("active"),
    "subscriptions.resume": _has_status("paused"),
    "subscriptions.cancel": _has_status("scheduled", "paused", *RUNS),
    "subscriptions.convert_trial": _has_status("trialing"),
    "subscriptions.extend_trial": _has_status("trialing"),
    "subscriptions.take_back": lambda sub, args, account: sub.planned,
    "subscriptions.reactivate": _has_status("ending", "ended"),
    "subscriptions.redeem_coupon": _has_status(*RUNS),
    "subscriptions.auto_charge": lambda sub, args, account: sub.auto_charge != args.get("on"),
    "subscriptions.add_add_on": _takes_add_on,
    "subscriptions.remove_add_on": lambda sub, args, account: args.get("add_on") in sub.add_ons,
}


def candidates(action: str, args: Args, account: Account) -> list[KnownSubscription]:
    """Those that the action fits, as far as the account tells; where it fits none, the only one there is.

    The action itself has the last word: it refuses what it can't do, with the reason.
    """
    every = [*account.subscriptions, *(account.ended if action == "subscriptions.reactivate" else ())]
    fits = _FITS.get(action)
    found = [sub for sub in every if fits is None or fits(sub, args, account)]
    return found or (every if len(every) == 1 else [])


def as_things_stand(action: str, args: Args, account: Account) -> str:
    """The action that undoes a pause or an end as they stand now.

    What has begun can't be taken back: a pause is resumed, what has ended is reactivated. A pause that is only planned
    can't be resumed: it is taken back.
    """
    named, what = args.get("subscription"), args.get("what")
    running = [s for s in account.subscriptions if named in (None, s.number)]
    paused = any(s.status == "paused" for s in running)
    planned = any(s.planned and s.status != "paused" for s in running)
    if action == TAKE_BACK and paused and not planned and (what == "pause" or (named and what is None)):
        return RESUME
    if action == TAKE_BACK and what == "cancellation" and not planned and not paused:
        return REACTIVATE if any(named in (None, s.number) for s in account.ended) else action
    return TAKE_BACK if action == RESUME and planned and not paused else action


def subscription_missing(action: Action, args: dict[str, Any], account: Account) -> list[str]:
    """Puts in the only subscription that the change can mean; gives the field's name where there are several."""
    fields = action.input.model_fields
    if not action.changes or "subscription" not in fields or "plan" in fields or "subscription" in args:
        return []
    if fields["subscription"].is_required():
        return []
    found = candidates(action.id, args, account)
    if len(found) == 1:
        args["subscription"] = found[0].number
    return ["subscription"] if len(found) > 1 else []
