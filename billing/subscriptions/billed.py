"""What a subscription was charged for the period that runs, and giving the part of it back that isn't used.

A credit is for what was billed: at that price, with those coupons and taxes, whatever they are now. Where the records
say nothing of it (what was brought from elsewhere) it is for what the period costs now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceLine, InvoiceStatus
from billing.models.subscriptions import SubscriptionPeriod
from billing.rules.arithmetic import off_in, priced_in
from billing.rules.policy import Granularity
from billing.rules.proration import Part, part_from, rest_of_period
from billing.rules.tax import taxes_in
from billing.rules.totals import Discount
from billing.subscriptions.credited_before import ALL, CreditedBefore, credited_before, less
from billing.subscriptions.held import Held, HeldAddOn
from billing.subscriptions.period_lines import Charged, Lines, add_on_charged, charged, line_of

DAY = timedelta(days=1)
ONCE = "once"  # marks the arithmetic of what is charged once, and never given back
Parts = Sequence[tuple[Charged, Part | None]]


def billed_now(ctx: Context, held: Held) -> list[Charged]:
    """What the period that runs was charged with, the plan first; of several lines for one thing the newest counts.

    What was credited by hand since, written off or on a void invoice counts no more; where a change is taken away so,
    what it had given back counts again. Two statements.
    """
    lines = _lines_of_period(ctx, held)
    gone = credited_before(ctx.session, {i.id: i for _, i in lines}.values()) if lines else CreditedBefore()
    found = []
    for thing in _things(ctx, held):
        own = [line for line, _ in lines if line.arithmetic.get("add_on") == thing.add_on]
        counted = _what_counts(own, gone)
        if counted is None:
            found.append(thing)
        else:
            found.extend(less(_charged(line), ALL - part) for line, part in counted)
    return found


def _what_counts(lines: Sequence[InvoiceLine], gone: CreditedBefore) -> list[tuple[InvoiceLine, Fraction]] | None:
    """The lines that charged for one thing, with the part of each that counts; None where nothing charged for it.

    A change gives back what was charged before on the document that charges anew: as far as that was credited, the
    line before counts; where the records have none, what the change says that it gave back.
    """
    charges = [line for line in lines if line.arithmetic.get("sign") == 1 and not line.arithmetic.get(ONCE)]
    found, open_part = [], ALL
    for place, line in reversed(list(enumerate(charges))):
        if part := open_part * (ALL - gone.share(line)):
            found.append((line, part))
        back = [b for b in lines if b.invoice_id == line.invoice_id and b.arithmetic.get("sign") == -1]
        if not place:
            found += [(b, part) for b in back if (part := open_part * gone.share(b))]
        whole = sum(b.amount for b in back)
        open_part *= sum((gone.share(b) * b.amount for b in back), Fraction(0)) / whole if whole else Fraction(0)
    return found if charges else None


def coupons_billed(ctx: Context, held: Held) -> set[str] | None:
    """The codes of coupons that the period that runs was billed with, on any plan; None where nothing was billed."""
    lines = [
        line.arithmetic for line, _ in _lines_of_period(ctx, held)
        if line.arithmetic.get("sign") == 1 and not line.arithmetic["add_on"]
    ]  # fmt: skip
    return (
        {off["code"] for kept in lines for off in (*kept["discounts"], *kept.get("off_invoice", ()))} if lines else None
    )


def _lines_of_period(ctx: Context, held: Held) -> Sequence[tuple[InvoiceLine, Invoice]]:
    return ctx.session.exec(
        select(InvoiceLine, Invoice)
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(*charged_in_period(held), Invoice.status != InvoiceStatus.DRAFT)
        .order_by(col(InvoiceLine.id))
    ).all()


def charged_in_period(held: Held) -> tuple[ColumnElement[bool], ...]:
    """Whether a line, joined to its invoice, is for the period that runs; found by way of the invoices' indexes."""
    row = held.subscription
    periods = select(SubscriptionPeriod.invoice_id).where(
        SubscriptionPeriod.subscription_id == row.id, col(SubscriptionPeriod.start) >= row.period_start
    )
    return (
        or_(col(Invoice.subscription_id) == row.id, col(Invoice.id).in_(periods)),
        col(InvoiceLine.subscription_id) == row.id,
        col(InvoiceLine.period_end) == row.period_end,
        col(InvoiceLine.period_start) >= row.period_start,
    )


def _things(ctx: Context, held: Held) -> list[Charged]:
    """The plan, and the add-ons of this period that were not removed, at what they cost now."""
    plan, *add_ons = charged(held, held.subscription.period_start)
    begun = {thing.add_on: thing for thing in add_ons}
    there = [a for a in running_add_ons(ctx, held) if a.row.added_on < held.subscription.period_end]
    return [plan, *(begun.get(a.add_on.code) or add_on_charged(held, a) for a in there)]


def running_add_ons(ctx: Context, held: Held) -> list[HeldAddOn]:
    """The recurring add-ons that it has, those that begin tomorrow too; not those of which the rest was given back."""
    day = _day_of_change(ctx, held)
    return [a for a in held.add_ons if a.add_on.recurring and (a.row.removed_on is None or a.row.removed_on > day)]


def _day_of_change(ctx: Context, held: Held) -> date:
    """The first day for which a change that is made now counts, as long as that is in the period that runs."""
    end = held.subscription.period_end
    if ctx.today >= end:
        return ctx.today
    return min(rest_of_period(held.period, ctx.today, held.policy, ctx.moment).first, end - DAY)


def _charged(line: InvoiceLine) -> Charged:
    kept: Mapping[str, Any] = line.arithmetic
    offs = line.arithmetic.get("off_invoice", ())
    return Charged(
        str(kept["of"]), priced_in(line.arithmetic), taxes_in(line.taxes), str(kept["unit"]),
        str(kept["add_on"]), tuple(off_in(off) for off in offs), line.invoice_id, line.period_start,
    )  # fmt: skip


def given_back(held: Held, things: Sequence[Charged], part: Part) -> Lines:
    """Lines below zero for a part of what was charged: of each thing at most the days that it was charged for.

    Coupons on the invoice come off each line. Where tax comes before coupons they stay discounts of the document,
    below zero.
    """
    first = held.policy.taxes_first
    parts = [(thing, own) for thing in things if (own := _charged_part(held, thing, part)).used]
    shown = parts if first else [(replace(t, priced=t.left, off_invoice=()), own) for t, own in parts]
    lines = [line_of(held, thing, own.first, own.end, own, gives_back=True) for thing, own in shown]
    return lines, coupons_of(held, parts, -1) if first else []


def _charged_part(held: Held, thing: Charged, part: Part) -> Part:
    """The part without days before those that the thing was charged for, as when it began tomorrow."""
    later = thing.since is not None and thing.since > part.first and part.counted is Granularity.DAY
    return part_from(held.period, thing.since, held.policy) if later and thing.since else part


def coupons_of(held: Held, parts: Parts, sign: int = 1) -> list[Discount]:
    """What coupons on the invoice take off parts of what is charged: each rounded once, below zero with sign -1."""
    taken: dict[tuple[str, str], Fraction] = {}
    for thing, part in parts:
        left = thing.priced.exact()
        for off in thing.off_invoice:
            key = (off.code, off.label)
            taken[key] = taken.get(key, Fraction(0)) + off.of(left) * (part.fraction if part else Fraction(1))
            left -= off.of(left)
    amounts = [(code, label, held.policy.round(exact)) for (code, label), exact in taken.items()]
    return [Discount(code, label, sign * amount) for code, label, amount in amounts if amount]


def charge_lines(held: Held, things: Sequence[Charged], part: Part | None) -> Lines:
    """Lines for a part of a period that a change charges; coupons on the invoice come off as `given_back` has them."""
    period = held.subscription
    start, end = (part.first, part.end) if part else (period.period_start, period.period_end)
    if part is not None and not part.used:
        return [], []
    first = held.policy.taxes_first
    shown = things if first else [replace(t, priced=t.left, off_invoice=()) for t in things]
    lines = [line_of(held, thing, start, end, part) for thing in shown]
    return lines, coupons_of(held, [(thing, part) for thing in things]) if first else []
