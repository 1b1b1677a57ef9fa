"""Coupons: whether one may be redeemed on a subscription, what it takes off, and redeeming it, once for each use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import col, func, select

from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.coupons import Coupon, CouponScope, Duration, Redemption
from billing.models.subscriptions import Plan, Product, SubscriptionStatus
from billing.price_list.price_words import PER
from billing.rules.coupons import may_join
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.held import Held, HeldCoupon, plan_name
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.period_lines import next_costs_of
from billing.subscriptions.standing import require

S = SubscriptionStatus
REDEEMABLE = {S.SCHEDULED, S.TRIALING, S.ACTIVE, S.PAST_DUE, S.PAUSED}
DAY = timedelta(days=1)


def find_coupon(ctx: Context, code: str, *, lock: bool = False) -> Coupon:
    """The coupon of that code, whatever the case it is written in. With `lock` nobody else redeems it meanwhile.

    Raises coupon_unknown.
    """
    statement = select(Coupon).where(Coupon.code == code.strip().upper())
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = ctx.session.exec(statement).first()
    if found is None:
        raise PortalError("coupon_unknown", field="coupon", coupon=code.strip())
    return found


class CouponFacts:
    """What has to be read to judge a coupon, each once however many subscriptions it is judged for."""

    def __init__(self, ctx: Context, coupon: Coupon, used: int | None = None) -> None:
        self._ctx, self._coupon = ctx, coupon
        self._used = used
        self._plans = ""

    @property
    def used(self) -> int:
        """How often the customer has redeemed it."""
        if self._used is None:
            self._used = _used_by(self._ctx, self._coupon)
        return self._used

    @property
    def plans(self) -> str:
        """The names of the plans that it is for."""
        self._plans = self._plans or _names(self._ctx, self._coupon.plans)
        return self._plans


def read_coupon(ctx: Context, code: str) -> tuple[Coupon, CouponFacts]:
    """The coupon of that code with how often the customer used it, in one statement. Raises coupon_unknown."""
    used = (
        select(func.count())
        .where(col(Redemption.coupon_id) == col(Coupon.id), Redemption.customer_id == ctx.actor.customer_id)
        .scalar_subquery()
    )
    found = ctx.session.exec(select(Coupon, used).where(Coupon.code == code.strip().upper())).first()
    if found is None:
        raise PortalError("coupon_unknown", field="coupon", coupon=code.strip())
    return found[0], CouponFacts(ctx, found[0], int(found[1]))


def check_coupon(
    ctx: Context,
    coupon: Coupon,
    plan: Plan,
    name: str,
    present: Sequence[HeldCoupon] = (),
    facts: CouponFacts | None = None,
) -> None:
    """Raises the sentence that says why the coupon can't be redeemed on that plan, beside the coupons present."""
    code, facts = coupon.code, facts or CouponFacts(ctx, coupon)
    if not coupon.offered:
        raise PortalError("coupon_withdrawn", field="coupon", coupon=code)
    if coupon.redeem_by is not None and ctx.today > coupon.redeem_by:
        raise PortalError("coupon_over", field="coupon", coupon=code, day=format_day(coupon.redeem_by))
    if coupon.most_uses is not None and coupon.uses >= coupon.most_uses:
        raise PortalError("coupon_used_up", field="coupon", coupon=code)
    if coupon.plans and plan.code not in coupon.plans:
        raise PortalError("coupon_other_plan", field="coupon", coupon=code, subscription=name,
                          plans=facts.plans)  # fmt: skip
    if not coupon.percent and coupon.currency != plan.currency:
        raise PortalError("coupon_other_currency", field="coupon", coupon=code, subscription=name,
                          currency=coupon.currency, other=plan.currency)  # fmt: skip
    if any(held.coupon.id == coupon.id for held in present):
        raise PortalError("coupon_redeemed", field="coupon", coupon=code, subscription=name)
    if coupon.most_uses_per_customer is not None and facts.used >= coupon.most_uses_per_customer:
        raise PortalError("coupon_used_by_you", field="coupon", coupon=code)
    if not may_join([held.off for held in present], held_coupon(ctx, coupon, ctx.today).off):
        beside = " or ".join(held.coupon.code for held in present)
        raise PortalError("coupon_alone", field="coupon", coupon=code, beside=beside)


def _names(ctx: Context, codes: Sequence[str]) -> str:
    rows = ctx.session.exec(select(Product, Plan).where(Plan.product_id == Product.id, col(Plan.code).in_(codes))).all()
    return " or ".join(sorted({plan_name(product, plan) for product, plan in rows})) or "other plans"


def _used_by(ctx: Context, coupon: Coupon) -> int:
    statement = select(func.count()).where(
        Redemption.coupon_id == coupon.id, Redemption.customer_id == ctx.actor.customer_id
    )
    return int(ctx.session.exec(statement).one())


def held_coupon(ctx: Context, coupon: Coupon, on: date, subscription_id: int = 0) -> HeldCoupon:
    """The coupon as it will be on a subscription from that day on; nothing is written."""
    left = {Duration.ONCE: 1, Duration.PERIODS: coupon.periods, Duration.FOREVER: None}[Duration(coupon.duration)]
    redemption = Redemption(
        coupon_id=coupon.id or 0,
        customer_id=ctx.customer.id or 0,
        subscription_id=subscription_id,
        redeemed_on=on,
        periods_left=left,
        created_at=ctx.now,
    )
    return HeldCoupon(redemption, coupon)


def keep_redemption(ctx: Context, new: HeldCoupon, plan: Plan, name: str, present: Sequence[HeldCoupon] = ()) -> None:
    """Writes a redemption and counts it. The coupon is locked and checked again: one use is one use, whoever asks."""
    coupon = find_coupon(ctx, new.coupon.code, lock=True)
    check_coupon(ctx, coupon, plan, name, present)
    coupon.uses += 1
    ctx.session.add_all([coupon, new.redemption])
    ctx.session.flush()


def takes_off(ctx: Context, coupon: Coupon) -> str:
    """What a coupon takes off: 20% off, €10.00 off the invoice."""
    percent = f"{format(coupon.percent.normalize(), 'f')}%" if coupon.percent else ""
    amount = percent or ctx.money_in(coupon.currency)(coupon.amount)
    return f"{amount} off{' the invoice' if coupon.scope == CouponScope.INVOICE else ''}"


def lasts(coupon: Coupon) -> str:
    """For how long: on the next invoice, on the next 3 invoices, on every invoice."""
    if coupon.duration == Duration.FOREVER:
        return "on every invoice"
    count = coupon.periods if coupon.duration == Duration.PERIODS else 1
    return "on the next invoice" if count == 1 else f"on the next {count} invoices"


@dataclass(frozen=True)
class Redeeming:
    """A redemption worked out: the coupon as it will be on the subscription."""

    held: Held
    new: HeldCoupon

    @property
    def after(self) -> Held:
        return replace(self.held, coupons=(*self.held.coupons, self.new))


def present_on(held: Held) -> list[HeldCoupon]:
    """The coupons that a new one would stand beside: those that count for the next invoice or a later one."""
    after = held.subscription.period_end
    return [c for c in held.coupons if c.redemption.ended_on is None or c.redemption.ended_on > after]


def work_out_redemption(ctx: Context, held: Held, code: str) -> Redeeming:
    """What redeeming the coupon does. It counts from the next invoice on: what was billed stays as it is.

    Raises the sentence for a status that nothing is billed in any more, and for each reason why a coupon doesn't fit.
    """
    require(held, REDEEMABLE)
    subscription = held.subscription
    coupon = find_coupon(ctx, code)
    check_coupon(ctx, coupon, held.plan, held.product.name, present_on(held))
    billed = subscription.status in (S.ACTIVE, S.PAST_DUE)
    counts = max(ctx.today, subscription.period_start + DAY) if billed else ctx.today
    return Redeeming(held, held_coupon(ctx, coupon, counts, subscription.id or 0))


def redemption_effect(ctx: Context, redeeming: Redeeming) -> Effect:
    """The redemption as the person is shown it: the next invoice without and with it."""
    held, coupon = redeeming.held, redeeming.new.coupon
    before, after = next_costs_of(held).total, next_costs_of(redeeming.after).total
    paused = held.subscription.status == S.PAUSED
    day = "" if paused else f", {format_day(held.subscription.period_end)}"
    label = "The first invoice after the pause" if paused else f"Next invoice{day}"
    return Effect(
        title=f"Redeem {coupon.code} on {held.product.name}",
        currency=held.plan.currency,
        lines=(
            EffectLine(label=f"{held.name}, {PER[held.plan.interval]} with VAT", amount=before),
            EffectLine(label=coupon.name or coupon.code, amount=after - before, note=takes_off(ctx, coupon)),
            EffectLine(label=label, amount=after, kind=LineKind.GRAND),
        ),
        facts=(
            EffectFact(label="To pay today", value=ctx.money_in(held.plan.currency)(0)),
            EffectFact(label="Counts", value=lasts(coupon)),
        ),
        confirm=f"Redeem {coupon.code}",
        due_now=0,
    )


def redeem(ctx: Context, redeeming: Redeeming) -> Changed:
    """Redeems it."""
    held, coupon = redeeming.held, redeeming.new.coupon
    before = state_of(held.subscription)
    keep_redemption(ctx, redeeming.new, held.plan, held.product.name, present_on(held))
    sentence = f"{held.product.name} has the coupon {coupon.code}: {takes_off(ctx, coupon)} {lasts(coupon)}"
    change = remember(ctx, redeeming.after, before, sentence, more={"coupon": coupon.code})
    return changed(redeeming.after, change, ctx.today)
