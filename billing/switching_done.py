"""Carries a worked-out switch out: the subscription, its history, and the invoice or credit note."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from billing.context import Context
from billing.dates import format_day
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.subscriptions import Plan, Subscription, SubscriptionChange
from billing.money import format_money
from billing.posting import apply_credit, finalise_invoice, issue_credit_note, next_number
from billing.rules.proration import Priced
from billing.rules.totals import NewLine
from billing.subscriptions import plan_name, priced
from billing.switch_effect import describe, sentence_of, title_of, working
from billing.switching import Starts, Switching


class PlanSwitched(BaseModel):
    """A switch that was made or scheduled. Amounts are minor units, tax included.

    `invoice` is the number of the invoice for a switch that costs, with `due` left to pay after `credit_used`;
    `credit_note` that of one that gives `credited` back. `next_price` is what the renewal on `renews_on` costs.
    """

    change: str
    sentence: str
    subscription: str
    product: str
    plan: str
    seats: int | None
    starts: Starts
    starts_on: date
    currency: str
    invoice: str | None = None
    due: int = 0
    credit_used: int = 0
    credit_note: str | None = None
    credited: int = 0
    renews_on: date
    next_price: int


def carry_out(ctx: Context, switching: Switching) -> PlanSwitched:
    """Makes the switch in the caller's transaction: now, or noted for the renewal, with a row in the history."""
    target, held = switching.target, switching.target.held
    subscription = held.subscription
    before = _state(subscription)
    paper = _paper(ctx, switching)
    if switching.starts is Starts.RENEWAL:
        subscription.pending_plan_id, subscription.pending_seats = target.plan.id, target.seats
        subscription.pending_on = switching.on
    else:
        subscription.plan_id, subscription.seats = target.plan.id or 0, target.seats
        subscription.pending_plan_id = subscription.pending_seats = subscription.pending_on = None
    ctx.session.add(subscription)
    change = SubscriptionChange(
        number=next_number(ctx, "CHG", ctx.today),
        subscription_id=subscription.id or 0,
        at=ctx.now,
        actor=ctx.actor.name,
        channel=ctx.channel,
        sentence=sentence_of(switching),
        before=before,
        after=_state(subscription),
        invoice_id=paper.id if paper else None,
    )
    ctx.session.add(change)
    ctx.emit("subscription.changed", "subscriptions", number=subscription.number, change=change.number)
    gives = paper is not None and paper.kind == InvoiceKind.CREDIT_NOTE
    return PlanSwitched(
        change=change.number,
        sentence=change.sentence,
        subscription=subscription.number,
        product=held.product.name,
        plan=target.plan.name,
        seats=target.seats if target.plan.per_seat else None,
        starts=switching.starts,
        starts_on=switching.on,
        currency=switching.currency,
        invoice=paper.number if paper and not gives else None,
        due=paper.due if paper and not gives else 0,
        credit_used=paper.credited if paper and not gives else 0,
        credit_note=paper.number if paper and gives else None,
        credited=-paper.total if paper and gives else 0,
        renews_on=subscription.period_end,
        next_price=target.costs.total,
    )


def _state(subscription: Subscription) -> dict[str, Any]:
    pending = subscription.pending_on
    return {
        "plan_id": subscription.plan_id,
        "seats": subscription.seats,
        "pending_plan_id": subscription.pending_plan_id,
        "pending_seats": subscription.pending_seats,
        "pending_on": pending.isoformat() if pending else None,
    }


def _paper(ctx: Context, switching: Switching) -> Invoice | None:
    """The invoice for what the switch costs, its credit taken off, or the credit note for what it gives back."""
    if switching.change is None or not switching.total:
        return None
    target, held = switching.target, switching.target.held
    gives = switching.total < 0
    what = title_of(switching).removeprefix("Switch ")
    invoice = Invoice(
        customer_id=ctx.customer.id or 0,
        kind=InvoiceKind.CREDIT_NOTE if gives else InvoiceKind.INVOICE,
        title=f"Credit note: {what}" if gives else f"Switch of plan: {what}",
        currency=switching.currency,
        issued_on=ctx.today,
        due_on=None if gives else ctx.today,
        subscription_id=held.subscription.id,
        created_at=ctx.now,
    )
    old = priced(held.plan, held.subscription.seats, held.subscription)
    new = priced(target.plan, target.seats, held.subscription)
    lines = [
        _line(ctx, switching, held.plan, old, -switching.change.credit),
        _line(ctx, switching, target.plan, new, switching.change.charge),
    ]
    if gives:
        issue_credit_note(ctx, invoice, lines)
    else:
        finalise_invoice(ctx, invoice, lines)
        if switching.credit_used:
            apply_credit(ctx, invoice, switching.credit_used)
    if invoice.total != switching.total or (not gives and invoice.due != switching.due):
        raise RuntimeError(f"{invoice.number} came to {invoice.total}, and {switching.total} was shown")
    return invoice


def _line(ctx: Context, switching: Switching, plan: Plan, what: Priced, amount: int) -> NewLine:
    held, change = switching.target.held, switching.change
    assert change is not None

    def money(minor: int) -> str:
        return format_money(minor, switching.currency, ctx.customer.locale)

    seats = what.quantity if plan.per_seat else 1
    name = plan_name(held.product, plan)
    last = format_day(held.subscription.period_end - date.resolution)
    arithmetic = working(money, what, change.part, held.subscription.period_end)
    unused = amount < 0
    return NewLine(
        description=f"{name}, not used" if unused else f"{name}{_with_seats(plan, seats)}",
        detail=f"{format_day(change.part.first, year=False)} to {last}, {change.part.days} of {change.part.of} days",
        unit_amount=-what.unit_amount if unused else what.unit_amount,
        amount=amount,
        quantity=Decimal(seats),
        unit="seats" if plan.per_seat else "",
        tax_rate=plan.tax_rate,
        working=(f"{arithmetic} = {money(abs(amount))}", "The day of the change counts for the new plan."),
    )


def _with_seats(plan: Plan, seats: int) -> str:
    return f", {describe(plan, seats).removeprefix(f'{plan.name} with ')}" if plan.per_seat else ""
