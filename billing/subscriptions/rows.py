"""A subscription and its history as pages, chat and shell tell them, with what one may do with it now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel

from billing.context import Context
from billing.models.subscriptions import Plan, SubscriptionChange, SubscriptionStatus
from billing.subscriptions.held import Held
from billing.subscriptions.period_lines import costs_of, next_costs_of
from billing.subscriptions.taking_back import Planned, TakingBack, name_of, planned_for

S = SubscriptionStatus
POSSIBLE: dict[SubscriptionStatus, tuple[str, ...]] = {
    S.SCHEDULED: ("redeem_coupon", "auto_charge", "cancel"),
    S.TRIALING: ("convert_trial", "add_add_on", "remove_add_on", "redeem_coupon", "auto_charge", "cancel"),
    S.ACTIVE: ("add_add_on", "remove_add_on", "redeem_coupon", "auto_charge", "pause", "cancel"),
    S.PAST_DUE: ("redeem_coupon", "auto_charge", "cancel"),
    S.PAUSED: ("resume", "redeem_coupon", "auto_charge", "cancel"),
    S.ENDING: ("cancel",),
    S.ENDED: ("reactivate",),
}


class PlannedRow(BaseModel):
    """Something that is planned: what it is, in words, and for which day. It can be taken back until then."""

    what: Planned
    name: str
    on: date


class ExtraRow(BaseModel):
    """An add-on that it has: how many, what one costs a period without tax, and until when, if it ends."""

    code: str
    name: str
    quantity: int
    unit_amount: int
    ends_on: date | None


class SubscriptionRow(BaseModel):
    """A subscription. `price` is minor units a period without tax, `price_with_tax` with it, both after discounts.

    `pending_*` say what a scheduled change brings on `pending_on`; `next_price_with_tax` is the next renewal's.
    `coupons` are the codes of those that count for the next invoice. `may` names the actions that it is ready for, so
    far as its own state goes: pause, resume, cancel, take_back, reactivate and so on.
    """

    number: str
    name: str
    product: str
    plan: str
    detail: str
    features: list[str]
    status: str
    seats: int | None
    unit_amount: int
    currency: str
    interval: str
    price: int
    price_with_tax: int
    next_price_with_tax: int
    discount_percent: str
    discount_label: str
    started_on: date
    period_start: date
    renews_on: date | None
    trial_end: date | None
    ends_on: date | None
    pending_plan: str | None
    pending_seats: int | None
    pending_on: date | None
    several_plans: bool
    paused_on: date | None = None
    resumes_on: date | None = None
    ended_on: date | None = None
    auto_charge: bool = False
    add_ons: list[ExtraRow] = []
    coupons: list[str] = []
    planned: list[PlannedRow] = []
    may: list[str] = []


class ChangeRow(BaseModel):
    """A change of a subscription, as its history tells it.

    `price` is what a period costs after it, minor units without tax; 0 where that was not written down. `undo` says
    what of it can be taken back now: cancellation, pause, plan or add_on; empty where nothing can.
    """

    number: str
    at: datetime
    actor: str
    channel: str
    sentence: str
    undone: bool
    price: int = 0
    currency: str = ""
    undo: str = ""


def subscription_row(ctx: Context, held: Held, options: Sequence[Plan]) -> SubscriptionRow:
    """The subscription in what pages, chat and shell show of it."""
    subscription, plan, now = held.subscription, held.plan, costs_of(held)
    pending_plan, pending_seats = held.pending or (None, None)
    planned = planned_for(ctx, held)
    return SubscriptionRow(
        number=subscription.number,
        name=held.name,
        product=held.product.name,
        plan=plan.name,
        detail=subscription.detail,
        features=plan.features,
        status=subscription.status,
        seats=held.seats,
        unit_amount=held.price.unit_amount,
        currency=plan.currency,
        interval=plan.interval,
        price=now.net,
        price_with_tax=now.total,
        next_price_with_tax=next_costs_of(held).total,
        discount_percent=format(subscription.discount_percent, "f"),
        discount_label=subscription.discount_label,
        started_on=subscription.started_on,
        period_start=subscription.period_start,
        renews_on=held.renews_on,
        trial_end=subscription.trial_end if subscription.status == S.TRIALING else None,
        ends_on=subscription.ends_on,
        pending_plan=pending_plan.name if pending_plan else None,
        pending_seats=pending_seats if pending_plan and pending_plan.per_seat else None,
        pending_on=subscription.pending_on,
        several_plans=len(options) > 1,
        paused_on=subscription.paused_on,
        resumes_on=subscription.resumes_on,
        ended_on=subscription.ended_on,
        auto_charge=subscription.auto_charge,
        add_ons=_extras(held, ctx.today),
        coupons=[c.coupon.code for c in held.coupons_on(subscription.period_end)],
        planned=[PlannedRow(what=one.what, name=name_of(one), on=one.on) for one in planned],
        may=_may(held, planned),
    )


def _extras(held: Held, today: date) -> list[ExtraRow]:
    """The recurring add-ons that it has, and those that are still to begin."""
    return [
        ExtraRow(
            code=a.add_on.code, name=a.add_on.name, quantity=a.row.quantity, unit_amount=a.row.unit_amount,
            ends_on=a.row.removed_on,
        )
        for a in held.add_ons
        if a.add_on.recurring and (not a.row.removed_on or a.row.removed_on > today)
    ]  # fmt: skip


def _may(held: Held, planned: Sequence[TakingBack]) -> list[str]:
    without = {"pause"} if held.subscription.pause_on else set()
    if not any(a.add_on.recurring and a.row.removed_on is None for a in held.add_ons):
        without.add("remove_add_on")
    found = [one for one in POSSIBLE[SubscriptionStatus(held.subscription.status)] if one not in without]
    return [*(["take_back"] if planned else []), *found]


def change_rows(ctx: Context, held: Held, changes: Sequence[SubscriptionChange]) -> list[ChangeRow]:
    """The history, newest first as given; the change that planned something which is still to come can be undone."""
    undo = {_made(changes, one): one.what.value for one in planned_for(ctx, held)}
    return [
        ChangeRow(
            number=c.number,
            at=c.at,
            actor=c.actor,
            channel=c.channel,
            sentence=c.sentence,
            undone=c.undone_at is not None,
            price=c.price,
            currency=c.currency,
            undo=undo.get(c.number, ""),
        )
        for c in changes
    ]


PLANNED_IN = {
    Planned.CANCELLATION: "ends_on",
    Planned.PAUSE: "pause_on",
    Planned.PLAN: "pending_on",
    Planned.ADD_ON: "add_on_ends",
}


def _made(changes: Sequence[SubscriptionChange], planned: TakingBack) -> str:
    """The number of the newest change that planned it."""
    name, day = PLANNED_IN[planned.what], planned.on.isoformat()
    found = (
        c.number for c in changes if c.undone_at is None and c.after.get(name) == day != c.before.get(name)
    )  # fmt: skip
    return next(found, "")
