"""Changes that are said as a step from what there is: the next larger plan, two more of the seats that were shown."""

from __future__ import annotations

import re

from chat.understanding.account import Account, KnownPlan, KnownSubscription, Shown
from chat.understanding.mentions import Mentions

_UP = r"bigger|larger|higher|better|upper|more expensive"
_DOWN = r"smaller|cheaper|lower|lesser|more basic"
_CHANGE = re.compile(
    r"\b(?:switch|change|move|go|upgrade|downgrade|put|bump|bring|take|step|get|give|want|need|raise|lower|drop)\b"
)
_A_ONE = re.compile(r"\bone\b(?: up| down)?$")
_SWITCH = re.compile(r"\b(?:switch|upgrade|downgrade)\b")
_TO_PLAN = re.compile(
    rf"\b(?:to |for |on |onto )?(?:the |an? |our |your )?(?:next |one )?"
    rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<next>next)) "
    r"(?:plan|one|package|tier|level|version|subscription)\b(?: (?P<way>up|down))?"
)
_BY_ONE = re.compile(
    r"\b(?:by |to |for )?(?:one|1|an?|the next) (?:plan |size )?(?:step|level|tier|notch|size)\b"
    r"(?: (?P<way>up|down|higher|lower|bigger|smaller))?"
)
_ONE_LEFT = re.compile(rf"^(?:(?P<up>{_UP})|(?P<down>{_DOWN}))$")
_RUNS = ("active", "trialing", "past_due")
_BY = re.compile(
    r"(?:(?:and|ok|okay|then|now|please|can you|could you|we need|i need|we want|i want|actually|also)\b[\s,]*)*"
    r"(?P<verb>add|remove|drop|take off|take away|take|get|give us|give me|order|buy|make it)? ?(?:me |us )?"
    r"(?P<rel>another |extra )?(?P<n>\d{1,4}|one|two|three|four|five)(?: (?P<rel2>more|extra|additional|fewer|less))?"
    r"(?: of (?:them|those|these)| for (?:them|us|me))?(?:[\s,]*(?:please|then|too|as well|now))*[\s.!]*"
)
_FEW = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def read_step(mentions: Mentions, account: Account) -> None:
    """The plan next to the one that there is: "switch hosting to the bigger plan", "downgrade hosting one step".

    Where that could be of several subscriptions, or there is none, the plan stays open.
    """
    text = mentions.text
    left = _ONE_LEFT.match(mentions.unknown_plan)
    found = None if left else _TO_PLAN.search(text) or _BY_ONE.search(text)
    if mentions.plan or not _CHANGE.search(text) or not (left or found):
        return
    if found and _A_ONE.search(found[0]) and not (mentions.subscriptions or _SWITCH.search(text)):
        return
    said = (left or found).groupdict()  # type: ignore[union-attr]
    down = bool(said.get("down") or said.get("way") in ("down", "lower", "smaller")) or (
        not (said.get("up") or said.get("way")) and re.search(r"\b(?:downgrade|lower|drop|down)\b", text) is not None
    )
    if left:
        mentions.unknown_plan = ""
    elif found:
        mentions.text = re.sub(r"\s+", " ", f"{text[: found.start()]} to {{plan}} {text[found.end() :]}").strip()
    running = [s for s in account.subscriptions if s.status in _RUNS]
    named = [s for s in running if s.number in mentions.subscriptions]
    steps = [(s, plan) for s in named or running if (plan := _next_to(s, account, down=down))]
    if len(steps) == 1:
        mentions.subscriptions, mentions.plan = [steps[0][0].number], steps[0][1].name
    elif len(named) == 1:
        size = "smaller" if down else "larger"
        mentions.no_step = f"There is no {size} plan than {named[0].plan} for {named[0].product}."


def _next_to(sub: KnownSubscription, account: Account, *, down: bool) -> KnownPlan | None:
    """The next larger or smaller plan of the same product, by what they cost."""
    ladder = sorted((p for p in account.plans if p.product == sub.product), key=lambda plan: plan.monthly)
    at = next((n for n, plan in enumerate(ladder) if plan.name == sub.plan), None)
    if at is None:
        return None
    beyond = ladder[at - 1 :: -1] if down and at else [] if down else ladder[at + 1 :]
    return beyond[0] if beyond else None


def read_more_of_shown(mentions: Mentions, account: Account, shown: Shown) -> None:
    """Seats without the word, right after those of one subscription were shown: "add 2 more", "3 fewer"."""
    if shown.last != "subscription" or mentions.seats is not None or mentions.seats_by is not None:
        return
    seated = [s for s in account.subscriptions if s.per_seat and s.number in shown.subscriptions]
    found = _BY.fullmatch(mentions.text)
    if len(seated) != 1 or found is None or mentions.subscriptions not in ([], [seated[0].number]):
        return
    less = found["rel2"] in ("fewer", "less") or found["verb"] in ("remove", "drop", "take off", "take away")
    more = bool(found["rel"] or found["rel2"]) or found["verb"] == "add"
    if not (less or more):
        return
    number = _FEW.get(found["n"]) or int(found["n"])
    mentions.seats_by = -number if less else number
    mentions.subscriptions = [seated[0].number]
    mentions.text = f"{'remove' if less else 'add'} {{seats}}"
