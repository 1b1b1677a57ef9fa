"""A worked-out switch in the words and sums of a preview."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.invoices.line_words import said, sum_of, taken_off
from billing.models.subscriptions import Plan, SubscriptionStatus
from billing.money import MoneyFormat
from billing.price_list.price_words import PER
from billing.rules.coupons import Off, off_document
from billing.rules.totals import NewLine
from billing.subscriptions.papers import closing_lines, to_pay, yes_to
from billing.subscriptions.period_lines import charged, costs_of
from billing.subscriptions.switching import ADVERB, Starts, Switching


def percent(rate: Decimal) -> str:
    """A rate as people write it: 21%, 5.5%."""
    return f"{format(rate.normalize(), 'f')}%"


def describe(plan: Plan, seats: int) -> str:
    """What one is on: Growth, Growth with 5 seats, 16 seats."""
    counted = describe_seats(seats) if plan.per_seat else ""
    return f"{plan.name} with {counted}" if plan.name and counted else plan.name or counted


def title_of(switching: Switching) -> str:
    """What the change is: “Switch Hosting to Business”, “Team mail: 18 seats to 16”."""
    target, held = switching.target, switching.target.held
    if switching.keeps:
        return f"{held.product.name} stays at {describe(held.plan, held.subscription.seats)}"
    if target.same_plan:
        return f"{held.name}: {describe_seats(held.subscription.seats)} to {target.seats}"
    return f"Switch {held.product.name} to {_new(switching)}"


def _new(switching: Switching) -> str:
    """What it is switched to: Growth with 5 seats, and how often that is billed where it is another interval."""
    target = switching.target
    said = describe(target.plan, target.seats) or target.held.product.name
    return f"{said} {ADVERB[target.plan.interval]}" if target.other_interval else said


def describe_seats(seats: int) -> str:
    """1 seat, 18 seats."""
    return f"{seats} seat{'s' if seats != 1 else ''}"


def effect_of(ctx: Context, switching: Switching) -> Effect:
    """The exact effect: the sum of today and the price from the next renewal."""
    money, held = ctx.money_in(switching.currency), switching.target.held
    keep = held.plan.name or (describe_seats(held.seats) if held.seats else held.name)
    due = switching.paper.due
    base = Effect(title=title_of(switching), currency=switching.currency, decline=f"Keep {keep}", due_now=due)
    if switching.keeps:
        scheduled = format_day(held.subscription.pending_on or held.subscription.period_end)
        taken_back = EffectFact(label="Taken back", value=f"the change planned for {scheduled}")
        return base.model_copy(update={"facts": (taken_back, _today(money, 0)), "confirm": "Take it back"})
    if switching.change is None:
        said = {"lines": _price_lines(money, switching), "facts": _later_facts(money, switching)}
        return base.model_copy(update=said | {"confirm": _later(switching), "decline": "Not now"})
    payment = to_pay(ctx, switching.paper, held)
    said = {"lines": _switch_lines(ctx, switching), "facts": (*payment, *_renewal_facts(money, switching))}
    return base.model_copy(update=said | {"confirm": _confirm(ctx, switching)})


def _confirm(ctx: Context, switching: Switching) -> str:
    paper, target = switching.paper, switching.target
    words = f"Change to {describe_seats(target.seats)}" if target.same_plan else "Switch"
    if paper.due:
        return yes_to(ctx, paper, target.held, words)
    if paper.given:
        return f"{words} and get {ctx.money_in(paper.currency)(paper.given)} credit"
    return f"{words} now"


def _later(switching: Switching) -> str:
    target = switching.target
    return f"Change to {describe_seats(target.seats)}" if target.same_plan else "Confirm change"


def _switch_lines(ctx: Context, switching: Switching) -> tuple[EffectLine, ...]:
    target, held, change = switching.target, switching.target.held, switching.change
    assert change is not None
    money = ctx.money_in(switching.currency)
    was = describe(held.plan, held.subscription.seats) or held.name
    to = describe(target.plan, target.seats) or held.name
    lines = [_line(money, f"Credit: {_what(line, was)}, not used", line) for line in change.back]
    lines += [_line(money, f"Charge: {_what(line, to)}", line) for line in change.charged]
    return (*lines, *closing_lines(ctx, change.paper, total="Total for the switch"))


def _what(line: NewLine, plan: str) -> str:
    return str(line.arithmetic["of"]) if line.arithmetic["add_on"] else plan


def _line(money: MoneyFormat, label: str, line: NewLine) -> EffectLine:
    return EffectLine(label=label, amount=line.amount, working=said(line.arithmetic, money))


def _price_lines(money: MoneyFormat, switching: Switching) -> tuple[EffectLine, ...]:
    target, then, costs = switching.target, switching.then, switching.next_costs
    day, per = then.subscription.period_end, PER[target.plan.interval]
    lines = []
    for thing in charged(then, day):
        full = sum_of(thing.priced, money) if target.plan.per_seat and not thing.add_on else ""
        label = full or (thing.name if thing.add_on else target.plan.name)
        amount = thing.priced.for_part(None, then.policy.round)
        percents = [Off("", then.subscription.discount_percent)] if not thing.add_on else []
        taken = [taken_off(off, money) for off in (*percents, *thing.priced.offs) if off.percent or off.amount]
        lines.append(EffectLine(label=label, amount=amount, note=f"less {', '.join(taken)}" if taken else ""))
    amounts = [line.amount for line in lines]
    discounts = off_document(amounts, then.off_invoice(day), rounded=then.policy.round)
    lines += [EffectLine(label=discount.label, amount=-discount.amount) for discount in discounts]
    lines += [EffectLine(label=t.tax.name, amount=t.added, note="included" if t.tax.inclusive else "")
              for t in costs.taxes]  # fmt: skip
    return (*lines, EffectLine(label=f"New price {per}", amount=costs.total, kind=LineKind.GRAND))


def _today(money: MoneyFormat, amount: int) -> EffectFact:
    return EffectFact(label="To pay today", value=money(amount))


def _later_facts(money: MoneyFormat, switching: Switching) -> tuple[EffectFact, ...]:
    subscription = switching.target.held.subscription
    starts = f"{format_day(switching.on)}, {'at renewal' if switching.starts is Starts.RENEWAL else 'today'}"
    facts = [_today(money, 0), EffectFact(label="Takes effect", value=starts)]
    if subscription.status == SubscriptionStatus.TRIALING:
        ends = f"{format_day(subscription.period_end)}, when the trial ends"
        facts.append(EffectFact(label="First payment", value=ends))
    if subscription.status == SubscriptionStatus.SCHEDULED:
        facts.append(
            EffectFact(label="First payment", value=f"{format_day(subscription.period_start)}, when it starts")
        )
    return (*facts, _price_now(money, switching, ""))


def _price_now(money: MoneyFormat, switching: Switching, tax: str) -> EffectFact:
    """What a period costs now, and how much more or less that will be."""
    held = switching.target.held
    now, then, per = costs_of(held).total, switching.next_costs.total, PER[held.plan.interval]
    if switching.target.other_interval:
        after = f"{money(then)}{tax} {PER[switching.target.plan.interval]}"
        return EffectFact(label="Price now", value=f"{money(now)}{tax} {per}, then {after}")
    if tax:
        return EffectFact(label="Price now", value=f"{money(now)}{tax}{_difference(money, then - now)} {per}")
    return EffectFact(label="Price now", value=f"{money(now)} {per}{_difference(money, then - now)}")


def _difference(money: MoneyFormat, more: int) -> str:
    if not more:
        return ", so the same"
    return f", so {money(abs(more))} {'more' if more > 0 else 'less'}"


def _renewal_facts(money: MoneyFormat, switching: Switching) -> tuple[EffectFact, ...]:
    change, then = switching.change, switching.next_costs
    tax = " with VAT" if then.tax else ""
    facts = []
    for invoice, amount in change.giving.comes_off if change else ():
        facts.append(EffectFact(label=f"Comes off {invoice.number}", value=money(amount)))
    day = format_day(switching.then.subscription.period_end)
    facts.append(EffectFact(label=f"Next renewal, {day}", value=f"{money(then.total)}{tax}"))
    return (*facts, _price_now(money, switching, tax))


def sentence_of(switching: Switching, today: date) -> str:
    """What happened, for the receipt and the history: “Team mail changes to 16 seats on 1 April”."""
    held, to = switching.target.held, _new(switching)
    if switching.keeps:
        return title_of(switching)
    if switching.starts is Starts.RENEWAL:
        return f"{held.product.name} changes to {to} on {said_day(switching.on, today)}"
    was = describe(held.plan, held.subscription.seats) or held.name
    return f"{held.product.name} changed from {was} to {to} on {said_day(switching.on, today)}"
