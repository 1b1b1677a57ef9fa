"""A worked-out switch in the words and sums of a preview."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from billing.context import Context
from billing.dates import format_day, format_days
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.models.subscriptions import Plan, SubscriptionStatus
from billing.money import format_money
from billing.rules.proration import Part, Priced
from billing.subscriptions import PER, plan_name, priced
from billing.switching import Starts, Switching, Target

Money = Callable[[int], str]


def percent(rate: Decimal) -> str:
    """A rate as people write it: 21%, 5.5%."""
    return f"{format(rate.normalize(), 'f')}%"


def describe(plan: Plan, seats: int) -> str:
    """What one is on: Growth, Growth with 5 seats, 16 seats."""
    counted = f"{seats} seat{'s' if seats != 1 else ''}" if plan.per_seat else ""
    return f"{plan.name} with {counted}" if plan.name and counted else plan.name or counted


def title_of(switching: Switching) -> str:
    """What the change is: “Switch Hosting to Business”, “Team mail: 18 seats to 16”."""
    target, held = switching.target, switching.target.held
    if switching.keeps:
        return f"{held.product.name} stays at {describe(held.plan, held.subscription.seats)}"
    if target.same_plan:
        return f"{held.name}: {describe_seats(held.subscription.seats)} to {target.seats}"
    return f"Switch {held.product.name} to {describe(target.plan, target.seats)}"


def describe_seats(seats: int) -> str:
    """1 seat, 18 seats."""
    return f"{seats} seat{'s' if seats != 1 else ''}"


def working(money: Money, what: Priced, part: Part, end: date) -> str:
    """The arithmetic of a line for a part of a period: €180.00 × 20 of 31 days, 12–31 March."""
    seats = f"{what.quantity} × " if what.quantity != 1 else ""
    discount = f" − {percent(what.discount_percent)}" if what.discount_percent else ""
    days = f"{part.days} of {part.of} days, {format_days(part.first, end)}"
    return f"{seats}{money(what.unit_amount)}{discount} × {days}"


def effect_of(ctx: Context, switching: Switching) -> Effect:
    """The exact effect: the sum of today and the price from the next renewal."""

    def money(amount: int) -> str:
        return format_money(amount, switching.currency, ctx.customer.locale)

    held = switching.target.held
    keep = held.plan.name or (describe_seats(held.seats) if held.seats else held.name)
    base = Effect(title=title_of(switching), currency=switching.currency, decline=f"Keep {keep}", due_now=switching.due)
    if switching.keeps:
        scheduled = format_day(held.subscription.pending_on or held.subscription.period_end)
        taken_back = EffectFact(label="Taken back", value=f"the change planned for {scheduled}")
        return base.model_copy(update={"facts": (taken_back, _today(money, 0)), "confirm": "Take it back"})
    if switching.change is None:
        said = {"lines": _price_lines(money, switching.target), "facts": _later_facts(money, switching)}
        return base.model_copy(update=said | {"confirm": "Confirm change", "decline": "Not now"})
    said = {"lines": _switch_lines(money, switching), "facts": _renewal_facts(money, switching)}
    return base.model_copy(update=said | {"confirm": _confirm(money, switching)})


def _confirm(money: Money, switching: Switching) -> str:
    if switching.due:
        return f"Switch for {money(switching.due)}"
    if switching.total < 0:
        return f"Switch and get {money(-switching.total)} credit"
    return "Switch now"


def _switch_lines(money: Money, switching: Switching) -> tuple[EffectLine, ...]:
    target, held, change = switching.target, switching.target.held, switching.change
    assert change is not None
    subscription, end = held.subscription, held.subscription.period_end
    old, new = priced(held.plan, subscription.seats, subscription), priced(target.plan, target.seats, subscription)
    lines = [
        EffectLine(
            label=f"Credit: {describe(held.plan, subscription.seats) or held.name}, not used",
            amount=-change.credit,
            working=working(money, old, change.part, end),
        ),
        EffectLine(
            label=f"Charge: {describe(target.plan, target.seats) or held.name}",
            amount=change.charge,
            working=working(money, new, change.part, end),
        ),
    ]
    lines += [EffectLine(label=f"{t.tax.label} of {money(t.base)}", amount=t.added) for t in switching.taxes]
    if switching.total < 0:
        return (*lines, EffectLine(label="Credit you get", amount=switching.total, kind=LineKind.GRAND))
    if switching.credit_used:
        lines.append(EffectLine(label="Total for the switch", amount=switching.total, kind=LineKind.TOTAL))
        lines.append(EffectLine(label="Your account credit", amount=-switching.credit_used))
    return (*lines, EffectLine(label="To pay today", amount=switching.due, kind=LineKind.GRAND))


def _price_lines(money: Money, target: Target) -> tuple[EffectLine, ...]:
    costs, plan = target.costs, target.plan
    per = PER[plan.interval]
    label = f"{describe_seats(target.seats)} × {money(plan.unit_amount)}" if plan.per_seat else plan.name
    discount = target.held.subscription.discount_percent
    lines = [EffectLine(label=label, amount=costs.net, note=f"less {percent(discount)}" if discount else "")]
    if plan.tax_rate:
        lines.append(EffectLine(label=f"VAT {percent(plan.tax_rate)}", amount=costs.tax))
    return (*lines, EffectLine(label=f"New price {per}", amount=costs.total, kind=LineKind.GRAND))


def _today(money: Money, amount: int) -> EffectFact:
    return EffectFact(label="To pay today", value=money(amount))


def _later_facts(money: Money, switching: Switching) -> tuple[EffectFact, ...]:
    target, subscription = switching.target, switching.target.held.subscription
    now, then, per = target.held.now_costs.total, target.costs.total, PER[target.held.plan.interval]
    trial = subscription.status == SubscriptionStatus.TRIALING
    starts = f"{format_day(switching.on)}, {'at renewal' if switching.starts is Starts.RENEWAL else 'today'}"
    facts = [_today(money, 0), EffectFact(label="Takes effect", value=starts)]
    if trial:
        ends = f"{format_day(subscription.period_end)}, when the trial ends"
        facts.append(EffectFact(label="First payment", value=ends))
    facts.append(EffectFact(label="Price now", value=f"{money(now)} {per}{_difference(money, then - now)}"))
    return tuple(facts)


def _difference(money: Money, more: int) -> str:
    if not more:
        return ", so the same"
    return f", so {money(abs(more))} {'more' if more > 0 else 'less'}"


def _renewal_facts(money: Money, switching: Switching) -> tuple[EffectFact, ...]:
    target, held = switching.target, switching.target.held
    now, then, per = held.now_costs.total, target.costs.total, PER[held.plan.interval]
    tax = " with VAT" if target.plan.tax_rate else ""
    day = format_day(held.subscription.period_end)
    return (
        EffectFact(label=f"Next renewal, {day}", value=f"{money(then)}{tax}"),
        EffectFact(
            label="Price now",
            value=f"{money(now)}{tax}{_difference(money, then - now)} {per}",
        ),
    )


def sentence_of(switching: Switching) -> str:
    """What happened, for the receipt and the history: “Team mail changes to 16 seats on 1 April”."""
    target, held = switching.target, switching.target.held
    to = describe(target.plan, target.seats) or plan_name(held.product, target.plan)
    if switching.keeps:
        return title_of(switching)
    if switching.starts is Starts.RENEWAL:
        return f"{held.product.name} changes to {to} on {format_day(switching.on, year=False)}"
    was = describe(held.plan, held.subscription.seats) or held.name
    return f"{held.product.name} changed from {was} to {to} on {format_day(switching.on, year=False)}"
