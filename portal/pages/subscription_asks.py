"""What may be done with a subscription in the dialog: each step is one declaration of its title and its questions.

A question is named as the action's input names it, so what was answered is what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from billing.actions.subscription_extras import AddOnChoices, AddOnOption
from billing.actions.subscriptions import PlanOption, SubscriptionDetail
from billing.dates import format_day, said_day
from billing.effects import Effect
from billing.price_list.price_words import PER
from billing.subscriptions.rows import SubscriptionRow
from portal.state import money

NOW, TERM_END, TODAY, RENEWAL = "now", "term_end", "today", "renewal"
# how an effect says that something waits
AT_THE_END = ("at renewal", "end of the p", "paid period")


class Kind(StrEnum):
    """How a question is drawn."""

    BOXES = "boxes"
    RADIOS = "radios"
    DATE = "date"
    NUMBER = "number"
    CODE = "code"
    WORDS = "words"


class Choice(BaseModel):
    """Something to choose. `price` stands under its name."""

    value: str
    name: str
    note: str = ""
    price: str = ""


class Ask(BaseModel):
    """A question as it is drawn, with its answer so far; `value` is what the person or the policy chose."""

    name: str
    kind: str
    label: str
    hint: str = ""
    value: str = ""
    choices: list[Choice] = []


@dataclass(frozen=True)
class About:
    """What questions are made from: the subscription, its plans, and what may be added where that was asked for."""

    detail: SubscriptionDetail
    today: date
    add_ons: AddOnChoices | None = None

    @property
    def row(self) -> SubscriptionRow:
        return self.detail.subscription

    @property
    def period_ends(self) -> str:
        """The day until which it is paid for, or its trial lasts, in words; empty where there is none."""
        ends = self.row.trial_end or self.row.renews_on
        return format_day(ends) if ends else ""


Question = Callable[[About], Ask | None]
Answers = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One thing to do with a subscription: the action of its name, or the one that `action` names.

    `waits_for` names an answer without which there is nothing to show yet; `by_policy` reads from the effect what
    came of the radios that were left open; `also` is input that isn't asked for; `nothing` is said where there's none.
    """

    title: str
    asks: tuple[Question, ...] = ()
    action: str = ""
    waits_for: str = ""
    by_policy: Callable[[Effect], str] | None = None
    also: Callable[[About], dict[str, Any]] = lambda about: {}
    nothing: str = ""


def _plan(about: About) -> Ask | None:
    options = about.detail.options
    if len(options) < 2:
        return None
    now = _now(about)
    return Ask(
        name="plan",
        kind=Kind.BOXES,
        label="Plan",
        hint=f"Price {PER[now.interval]}, before VAT",
        value=now.name,
        choices=[
            Choice(
                value=option.name,
                name=option.name,
                price=f"{money(option.unit_amount, option.currency)}{' a seat' if option.per_seat else ''}",
                note="Your plan now" if option.current else ", ".join(option.features),
            )
            for option in options
        ],
    )


def _now(about: About) -> PlanOption:
    return next((o for o in about.detail.options if o.current), about.detail.options[0])


def _seats(about: About) -> Ask | None:
    now, row = _now(about), about.row
    if not now.per_seat:
        return None
    hint = f"You have {row.seats}. From {now.least_seats} to {now.most_seats} are possible."
    return Ask(name="seats", kind=Kind.NUMBER, label="Seats", hint=hint, value=str(row.seats or ""))


def _starts(about: About) -> Ask | None:
    row = about.row
    if row.status != "active" or row.renews_on is None:
        return None
    choices = [
        Choice(value=TODAY, name="Today"),
        Choice(value=RENEWAL, name=f"At renewal, {said_day(row.renews_on, about.today)}"),
    ]
    return Ask(name="starts", kind=Kind.RADIOS, label="Starts", choices=choices)


def _when(label: str, later: str, value: Callable[[About], str] = lambda about: "") -> Question:
    def ask(about: About) -> Ask | None:
        if not about.period_ends:
            return None
        choices = [Choice(value=NOW, name="Today"), Choice(value=TERM_END, name=f"{later}{about.period_ends}")]
        return Ask(name="when", kind=Kind.RADIOS, label=label, value=value(about), choices=choices)

    return ask


def _ends(about: About) -> str:
    return NOW if about.row.status in ("paused", "ending") else TERM_END


def _until(about: About) -> Ask:
    hint = "Left empty, it stays paused until you resume it."
    return Ask(name="until", kind=Kind.DATE, label="Resumes", hint=hint)


def _reason(about: About) -> Ask:
    return Ask(name="reason", kind=Kind.WORDS, label="Why, if you like")


def _to_add(about: About) -> Ask:
    found = about.add_ons
    choices = [_add_on(option, found.interval) for option in found.options] if found else []
    return Ask(
        name="add_on", kind=Kind.BOXES, label="Add-on", hint="Prices before VAT", value=_first(choices), choices=choices
    )


def _add_on(option: AddOnOption, interval: str) -> Choice:
    price = f"{money(option.unit_amount, option.currency)} {PER[interval] if option.recurring else 'once'}"
    return Choice(
        value=option.code, name=option.name, note=price + (f", you have {option.there}" if option.there else "")
    )


def _quantity(about: About) -> Ask | None:
    return Ask(name="quantity", kind=Kind.NUMBER, label="How many", value="1") if _to_add(about).choices else None


def _to_remove(about: About) -> Ask:
    choices = [
        Choice(value=a.code, name=a.name, note=f"You have {a.quantity}.")
        for a in about.row.add_ons
        if a.ends_on is None
    ]
    return Ask(name="add_on", kind=Kind.BOXES, label="Add-on", value=_first(choices), choices=choices)


def _coupon(about: About) -> Ask:
    return Ask(name="coupon", kind=Kind.CODE, label="Code", hint="As it stands in the mail or on the card.")


def _planned(about: About) -> Ask | None:
    choices = [
        Choice(value=p.what.value, name=p.name[:1].upper() + p.name[1:], note=f"planned for {format_day(p.on)}")
        for p in about.row.planned
    ]
    if len(choices) < 2:
        return None
    return Ask(name="what", kind=Kind.BOXES, label="What is taken back", value=_first(choices), choices=choices)


def _first(choices: list[Choice]) -> str:
    return choices[0].value if choices else ""


def _by_policy(now: str, later: str) -> Callable[[Effect], str]:
    def read(effect: Effect) -> str:
        starts = " ".join(fact.value for fact in effect.facts if fact.label in ("Takes effect", "Pauses", "Ends"))
        return later if any(words in starts for words in AT_THE_END) else now

    return read


STEPS: dict[str, Step] = {
    "switch_plan": Step("Change {product}", (_plan, _seats, _starts), by_policy=_by_policy(TODAY, RENEWAL)),
    "change_seats": Step(
        "Change seats of {product}",
        (_seats, _plan, _starts),
        action="switch_plan",
        by_policy=_by_policy(TODAY, RENEWAL),
    ),
    "pause": Step(
        "Pause {product}",
        (_when("Pause", "At the end of the paid period, "), _until, _reason),
        by_policy=_by_policy(NOW, TERM_END),
    ),
    "resume": Step("Resume {product}"),
    "cancel": Step("Cancel {product}", (_when("End", "On ", _ends), _reason)),
    "take_back": Step("Take back what is planned", (_planned,)),
    "reactivate": Step("Reactivate {product}"),
    "convert_trial": Step("Start {product} now"),
    "add_add_on": Step("Add to {product}", (_to_add, _quantity), nothing="There is nothing to add here at the moment."),
    "remove_add_on": Step(
        "Remove from {product}",
        (_to_remove, _when("Ends", "At the end of the paid period, ")),
        by_policy=_by_policy(NOW, TERM_END),
        nothing="There is nothing to remove here at the moment.",
    ),
    "redeem_coupon": Step("Redeem a coupon on {product}", (_coupon,), waits_for="coupon"),
    "auto_charge": Step("Autopay for {product}", also=lambda about: {"on": not about.row.auto_charge}),
}


def questions(step: Step, about: About) -> list[Ask]:
    """The questions of a step, those that this subscription has no choice in left out."""
    return [ask for question in step.asks if (ask := question(about)) is not None]
