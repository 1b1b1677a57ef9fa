"""Works out what starting a subscription does, and does it: now or later, with a trial, seats, an anchor, a coupon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import and_, col, or_, select

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import (
    Anchor,
    Interval,
    PeriodKind,
    Plan,
    Product,
    Subscription,
    SubscriptionPeriod,
    SubscriptionStatus,
)
from billing.posting import next_number
from billing.price_list.price_words import PER
from billing.price_list.taxes import tax_rules
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.coupons import check_coupon, find_coupon, held_coupon, keep_redemption, lasts, takes_off
from billing.subscriptions.held import Held, HeldCoupon, latest_price, plan_name
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.new_period import NewPeriod, keep_period, new_period
from billing.subscriptions.papers import Paper, sum_lines, to_pay, yes_to
from billing.subscriptions.period_lines import costs_of
from billing.subscriptions.periods import first_stretch, open_period
from billing.subscriptions.plans_asked_for import names_of, plain, seats_on

DAY = timedelta(days=1)
S = SubscriptionStatus
FURTHEST = timedelta(days=731)  # how far ahead a start, or the end of a pause, may be planned


@dataclass(frozen=True)
class Wanted:
    """What is to be started. Without a day it is today; `anchor_day` is the fixed day of the month, or none."""

    plan: str
    seats: int | None = None
    starts_on: date | None = None
    trial: bool = True
    anchor_day: int | None = None
    coupon: str | None = None


@dataclass(frozen=True)
class Starting:
    """A start worked out: the subscription as it will be, and its first period where that is billed at once."""

    held: Held
    first: NewPeriod | None
    coupon: HeldCoupon | None = None

    @property
    def paper(self) -> Paper:
        return self.first.paper if self.first else Paper(self.held.plan.currency, self.held.policy)

    @property
    def status(self) -> SubscriptionStatus:
        return SubscriptionStatus(self.held.subscription.status)


def find_plan(ctx: Context, wanted: str) -> tuple[Plan, Product]:
    """The plan on sale in the customer's currency that goes by that code or name: Growth, Hosting Growth.

    Raises plan_not_sold with what there is, and invalid_input that names the choices when several fit.
    """
    rows = ctx.session.exec(
        select(Plan, Product)
        .join(Product, col(Product.id) == col(Plan.product_id))
        .where(Plan.currency == ctx.customer.currency, col(Plan.offered))
        .order_by(col(Product.id), col(Plan.position), col(Plan.id))
    ).all()
    fits = [(p, of) for p, of in rows if p.code == wanted.strip().casefold()] or [
        (p, of) for p, of in rows if plain(wanted) in {*names_of(of, p), plain(of.name)}
    ]
    if not fits:
        products = ", ".join(dict.fromkeys(of.name for _, of in rows)) or "nothing is on sale"
        raise PortalError("plan_not_sold", field="plan", plan=wanted.strip(), offered=products)
    if len(fits) > 1:
        monthly = [one for one in fits if one[0].interval == Interval.MONTH]
        if len(monthly) == 1 and len({of.id for _, of in fits}) == 1:
            return monthly[0]
        names = " or ".join(f"{of.name} {p.name}".strip() + f" ({p.code})" for p, of in fits)
        raise PortalError("invalid_input", field="plan", problem=f"Which one do you mean: {names}?")
    return fits[0]


def work_out_start(ctx: Context, wanted: Wanted) -> Starting:
    """What the start does, to the cent.

    A later start and a trial bill nothing now. Raises plan_not_sold, seats_not_sold, seats_out_of_range,
    day_out_of_order, and what a coupon is refused for.
    """
    plan, product = find_plan(ctx, wanted.plan)
    name = f"{product.name} {plan.name}".strip()
    seats = seats_on(product, plan, wanted.seats)
    on = _first_day(ctx, wanted.starts_on)
    if wanted.anchor_day is not None and plan.interval == Interval.WEEK:
        raise PortalError("invalid_input", field="anchor_day", problem=f"{name} is billed by the week: leave it out.")
    anchor = Anchor.FIXED if wanted.anchor_day else Anchor.START_DAY
    anchor_day = wanted.anchor_day or on.day
    trial = plan.trial_days if wanted.trial and not _tried(ctx, product) else 0
    end = on + timedelta(days=trial) if trial else first_stretch(on, plan.interval, anchor, anchor_day)[1]
    row = Subscription(
        number="",
        customer_id=ctx.customer.id or 0,
        plan_id=plan.id or 0,
        seats=seats,
        status=S.SCHEDULED if on > ctx.today else S.TRIALING if trial else S.ACTIVE,
        started_on=on,
        anchor=anchor,
        anchor_day=anchor_day,
        period_start=on,
        period_end=end,
        trial_end=end if trial else None,
        price_version=plan.version,
        created_at=ctx.now,
    )
    policy = ctx.preferences.policy
    held = Held(
        row, ctx.customer, plan, product, latest_price(plan), policy.overridden(plan.policy),
        taxes=tax_rules(ctx.session, ctx.customer), business_policy=policy,
    )  # fmt: skip
    coupon = _coupon(ctx, held, wanted.coupon, name)
    if coupon:
        held = replace(held, coupons=(coupon,))
    return Starting(held, new_period(ctx, held, on) if row.status == S.ACTIVE else None, coupon)


def _first_day(ctx: Context, wanted: date | None) -> date:
    """The day on which it starts: today unless another one is wanted. Raises day_out_of_order and invalid_input."""
    today = ctx.today
    on = wanted or today
    if on < today:
        raise PortalError("day_out_of_order", field="starts_on", day=format_day(on), earliest=format_day(today))
    if on - today > FURTHEST:
        raise PortalError("invalid_input", field="starts_on", problem="A start can be planned two years ahead at most.")
    return on


def _tried(ctx: Context, product: Product) -> bool:
    """Whether the customer has had, or is to have, a trial of the product: there is one. Staff may give another."""
    if ctx.actor.is_staff:
        return False
    trials = select(SubscriptionPeriod.subscription_id).where(SubscriptionPeriod.kind == PeriodKind.TRIAL)
    waits = and_(col(Subscription.status) == S.SCHEDULED, col(Subscription.trial_end).is_not(None))
    found = ctx.session.exec(
        select(Subscription.id)
        .join(Plan, col(Plan.id) == col(Subscription.plan_id))
        .where(
            Subscription.customer_id == ctx.actor.customer_id,
            Plan.product_id == product.id,
            or_(col(Subscription.id).in_(trials), waits),
        )
        .limit(1)
    ).first()
    return found is not None


def _coupon(ctx: Context, held: Held, code: str | None, name: str) -> HeldCoupon | None:
    if not code:
        return None
    coupon = find_coupon(ctx, code)
    check_coupon(ctx, coupon, held.plan, name)
    return held_coupon(ctx, coupon, ctx.today)


def start_effect(ctx: Context, starting: Starting) -> Effect:
    """The start as the person is shown it."""
    held, paper, row = starting.held, starting.paper, starting.held.subscription
    money = ctx.money_in(paper.currency)
    said = []
    later = starting.status is S.SCHEDULED
    if later:
        said.append(EffectFact(label="Starts", value=format_day(row.started_on)))
    if row.trial_end:
        said.append(EffectFact(label="Free trial", value=f"until {format_day(row.trial_end - DAY)}"))
        said.append(EffectFact(label="First payment", value=f"{format_day(row.trial_end)}, {_price(ctx, held)}"))
    elif later:
        said.append(EffectFact(label="First payment", value=f"{format_day(row.started_on)}, {_price(ctx, held)}"))
    elif starting.first:
        renewal = f"{format_day(starting.first.end)}, {money(starting.first.next_total)}"
        said.append(EffectFact(label="Next renewal", value=renewal))
    if starting.coupon:
        coupon = starting.coupon.coupon
        said.append(EffectFact(label=f"Coupon {coupon.code}", value=f"{takes_off(ctx, coupon)}, {lasts(coupon)}"))
    name = plan_name(held.product, held.plan)
    return Effect(
        title=f"Start {name}" + (f" with {row.seats} seat{'s' if row.seats != 1 else ''}" if held.seats else ""),
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(*to_pay(ctx, paper, held), *said),
        confirm=yes_to(ctx, paper, held, "Start") if paper.due else _confirm(ctx, held),
        due_now=paper.due,
    )


def _price(ctx: Context, held: Held) -> str:
    row = held.subscription
    first = row.trial_end or row.started_on
    total = ctx.money_in(held.plan.currency)(costs_of(held, first).total)
    return f"{total} {PER[held.plan.interval]}"


def _confirm(ctx: Context, held: Held) -> str:
    if held.subscription.status == S.SCHEDULED:
        return f"Start on {said_day(held.subscription.started_on, ctx.today)}"
    return "Start the free trial" if held.subscription.trial_end else f"Start {held.product.name}"


def start(ctx: Context, starting: Starting) -> Changed:
    """Starts it: the subscription with its number, its first period and invoice, its coupon, and its history."""
    held, row = starting.held, starting.held.subscription
    row.number = next_number(ctx, "SUB", ctx.today)
    ctx.session.add(row)
    ctx.session.flush()
    if starting.coupon:
        starting.coupon.redemption.subscription_id = row.id or 0
        keep_redemption(ctx, starting.coupon, held.plan, held.product.name)
    invoice = None
    if starting.first:
        invoice = keep_period(ctx, row, starting.first)
    elif starting.status is S.TRIALING:
        open_period(ctx, row, row.period_start, row.period_end, PeriodKind.TRIAL)
    said = f" on {said_day(row.started_on, ctx.today)}"
    trial = f", free until {said_day(row.trial_end - DAY, ctx.today)}" if row.trial_end else ""
    verb = "starts" if starting.status is S.SCHEDULED else "started"
    change = remember(
        ctx, held, {}, f"{held.name} {verb}{said}{trial}", invoice_id=invoice.id if invoice else None,
        more={"coupon": starting.coupon.coupon.code} if starting.coupon else None,
    )  # fmt: skip
    return changed(held, change, row.started_on, invoice)


def start_as_planned(ctx: Context, held: Held, on: date) -> Changed:
    """Starts what was scheduled for that day: its trial, or its first period, which is billed."""
    row = held.subscription
    before = state_of(row)
    if row.trial_end:
        row.status = S.TRIALING
        open_period(ctx, row, row.period_start, row.period_end, PeriodKind.TRIAL)
        return changed(held, remember(ctx, held, before, f"{held.name} started on {said_day(on, ctx.today)}"), on)
    row.status = S.ACTIVE
    invoice = keep_period(ctx, row, new_period(ctx, held, on))
    sentence = f"{held.name} started on {said_day(on, ctx.today)}"
    change = remember(ctx, held, before, sentence, invoice_id=invoice.id if invoice else None)
    return changed(held, change, on, invoice)
