"""The lines of an invoice for one subscription: its plan, its add-ons and its coupons, for a period or part of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.dates import format_span
from billing.invoices.line_words import said, unit_of
from billing.money import format_money
from billing.rules.arithmetic import arithmetic_of
from billing.rules.coupons import Off, after, off_document
from billing.rules.proration import Part, Priced, all_of
from billing.rules.tax import Taxes
from billing.rules.totals import Discount, NewLine, Totals, document_totals
from billing.subscriptions.held import Held, HeldAddOn, plan_name

Lines = tuple[list[NewLine], list[Discount]]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Charged:
    """What a subscription is charged a period for one thing: its plan, or the add-on of that code."""

    name: str
    priced: Priced
    taxes: Taxes
    unit: str = ""
    add_on: str = ""
    off_invoice: tuple[Off, ...] = ()
    invoice_id: int | None = None  # the invoice that it was charged on
    since: date | None = None  # the first day that it was charged for there

    @property
    def left(self) -> Priced:
        """The price with what comes off the invoice taken off the line."""
        return replace(self.priced, offs=(*self.priced.offs, *self.off_invoice))


def lines_for(held: Held, start: date, end: date, part: Part | None = None) -> Lines:
    """The lines for the days [start, end), and what coupons take off the invoice: for a renewal, a start, a resumption.

    A stub (a period up to the anchor day) is priced as the part that it is of a whole one; `part` says another part.
    Each line is rounded once by the policy and keeps its arithmetic. Minor units, before tax that is added.
    """
    things = charged(held, start)
    if part is None:
        part = all_of(held.period_of(start, end), held.policy)
    part = None if part.whole else part
    lines = [line_of(held, thing, start, end, part) for thing in things]
    offs = held.off_invoice(start)
    fraction = part.fraction if part else Fraction(1)
    amounts = [line.amount for line in lines]
    return lines, off_document(amounts, offs, fraction, held.policy.round, held.subscription.id)


def charged(held: Held, day: date) -> list[Charged]:
    """What a whole period costs that begins on that day: the plan first, then the add-ons."""
    plan = Charged(
        plan_name(held.product, held.plan), held.priced(day), held.taxes.on(held.plan.tax_rate),
        "seats" if held.plan.per_seat else "",
    )  # fmt: skip
    things = [plan, *(add_on_charged(held, add_on) for add_on in held.add_ons_on(day))]
    return _shared(things, held.off_invoice(day))


def add_on_charged(held: Held, add_on: HeldAddOn) -> Charged:
    """What an add-on costs a period."""
    priced = Priced(add_on.row.unit_amount, add_on.row.quantity)
    return Charged(add_on.add_on.name, priced, held.taxes.on(add_on.add_on.tax_rate), add_on=add_on.add_on.code)


def _shared(things: Sequence[Charged], offs: Sequence[Off]) -> list[Charged]:
    """Shares out among the plan and its add-ons what comes off the invoice: amounts by what each costs.

    What is for the plan alone comes off the plan.
    """
    if not offs:
        return list(things)
    own = [off for off in offs if off.of_plan]
    prices = [after(thing.priced.exact(), () if thing.add_on else own) for thing in things]
    whole = sum(prices, Fraction(0))
    shares = [price / whole for price in prices] if whole else [Fraction(not n) for n in range(len(things))]
    return [
        replace(
            thing,
            off_invoice=tuple(
                off if off.of_plan else replace(off, amount=off.amount * share)
                for off in offs
                if not (off.of_plan and thing.add_on)
            ),
        )
        for thing, share in zip(things, shares, strict=True)
    ]


def line_of(
    held: Held, thing: Charged, start: date, end: date, part: Part | None, *, gives_back: bool = False
) -> NewLine:
    """One line for the days [start, end), whole or a part: charged, or given back as not used."""
    policy, priced = held.policy, thing.priced
    data = arithmetic_of(
        priced, part, of=thing.name, unit=thing.unit, rounding=policy.rounding, gives_back=gives_back,
        off_invoice=thing.off_invoice,
    )  # fmt: skip
    data["add_on"] = thing.add_on
    seats = f", {_counted(priced.quantity, thing.unit)}" if thing.unit and not gives_back else ""
    return NewLine(
        description=f"{thing.name}, not used" if gives_back else f"{thing.name}{seats}",
        detail=_detail(held, start, end, part),
        unit_amount=-priced.unit_amount if gives_back else priced.unit_amount,
        amount=data["amount"],
        quantity=Decimal(priced.quantity),
        unit=thing.unit,
        working=_working(held, data),
        taxes=thing.taxes,
        arithmetic=data,
        subscription_id=held.subscription.id,
        period_start=start,
        period_end=end,
    )


def _counted(quantity: Decimal | int, unit: str) -> str:
    return f"{quantity} {unit.removesuffix('s') if quantity == 1 else unit}"


def _detail(held: Held, start: date, end: date, part: Part | None) -> str:
    days = format_span(start, end) if start < end else ""
    counted = f"{part.used:,} of {part.of:,} {unit_of(part)}" if part else ""
    return ", ".join(words for words in (days, counted, held.subscription.detail) if words)


def _working(held: Held, data: dict[str, Any]) -> tuple[str, ...]:
    def money(minor: int) -> str:
        return format_money(minor, held.plan.currency, held.customer.locale)

    arithmetic, result = said(data, money), money(abs(data["amount"]))
    return () if arithmetic == result else (f"{arithmetic} = {result}",)


def costs_of(held: Held, start: date | None = None) -> Totals:
    """What a whole period costs as it is, with add-ons, coupons and tax; of the one that runs unless a start is given.

    Coupons are those that count for a period which begins on that day.
    """
    first = start or held.subscription.period_start
    things = charged(held, first)
    lines = [
        NewLine(t.name, t.priced.unit_amount, t.priced.for_part(None, held.policy.round), taxes=t.taxes) for t in things
    ]
    amounts = [line.amount for line in lines]
    discounts = off_document(amounts, held.off_invoice(first), rounded=held.policy.round)
    return sums_of(held, (lines, discounts))


def renewed(held: Held) -> Held:
    """The subscription as it renews: a scheduled change made, at the price that was agreed with it.

    Where the policy says so it is the newest price instead.
    """
    after = held.on_plan(*held.pending, held.pending_price) if held.pending else held
    return after.at_latest_price() if after.policy.renews_at_latest else after


def next_costs_of(held: Held) -> Totals:
    """What the next renewal costs, a scheduled change included."""
    return costs_of(renewed(held), held.subscription.period_end)


def sums_of(held: Held, lines: Lines) -> Totals:
    """What a document of these lines comes to under the subscription's policy."""
    return document_totals(held.policy, *lines)
