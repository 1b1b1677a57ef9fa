"""Adds and removes what is sold beside a plan: for the rest of the period at once, or at its end, or only once.

More of an add-on that is there already is a change of it: what isn't used of the old number is given back, and the new
number is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, or_, select

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import AddOn, SubscriptionAddOn, SubscriptionStatus
from billing.rules.policy import Downgrade
from billing.rules.proration import Part, rest_of_period
from billing.rules.totals import NewLine
from billing.subscriptions.billed import ONCE, billed_now, charge_lines, given_back, running_add_ons
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.giving_back import GivingBack, facts, gets, hand_over, nothing_back, of_things
from billing.subscriptions.held import Held, HeldAddOn
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.papers import Paper, charge, issue, sum_lines, to_pay, yes_to
from billing.subscriptions.pausing import When
from billing.subscriptions.period_lines import Charged, add_on_charged, line_of, next_costs_of
from billing.subscriptions.standing import require, require_renewed

S = SubscriptionStatus
RUNS = {S.ACTIVE, S.TRIALING}


@dataclass(frozen=True)
class Adding:
    """An add-on to be added: how it will be on the subscription, what it replaces, and what it costs now."""

    held: Held
    new: HeldAddOn
    old: HeldAddOn | None
    paper: Paper

    @property
    def after(self) -> Held:
        others = tuple(a for a in self.held.add_ons if a is not self.old)
        return replace(self.held, add_ons=(*others, self.new))


def offered_add_ons(ctx: Context, held: Held) -> Sequence[AddOn]:
    """What may be added to the subscription: on sale, in its currency, for its product or any."""
    return ctx.session.exec(
        select(AddOn)
        .where(
            col(AddOn.offered),
            AddOn.currency == held.plan.currency,
            or_(col(AddOn.product_id).is_(None), AddOn.product_id == held.product.id),
        )
        .order_by(col(AddOn.id))
    ).all()


def _called(add_on: AddOn, name: str) -> bool:
    plain = name.strip().casefold().replace("-", " ")
    return plain in (add_on.code.replace("-", " "), add_on.name.casefold().replace("-", " "))


def work_out_adding(ctx: Context, held: Held, name: str, quantity: int = 1) -> Adding:
    """What adding so many of an add-on does, to the cent.

    A recurring one is charged for the rest of the period, one that is sold once in whole. In a trial nothing that
    recurs is charged before its end. Raises the sentence for a status, renewal_due, no_add_ons, and add_on_not_offered.
    """
    require(held, RUNS)
    require_renewed(ctx, held)
    offered = offered_add_ons(ctx, held)
    found = next((a for a in offered if _called(a, name)), None)
    if found is None:
        raise _not_offered(ctx, held, name, offered)
    part = _rest(ctx, held)
    first = part.first if part and found.recurring else ctx.today
    old = next((a for a in running_add_ons(ctx, held) if a.add_on.id == found.id), None) if found.recurring else None
    row = SubscriptionAddOn(
        subscription_id=held.subscription.id or 0,
        add_on_id=found.id or 0,
        quantity=quantity + (old.row.quantity if old else 0),
        unit_amount=found.unit_amount,
        added_on=first,
        removed_on=None if found.recurring else first,
    )
    new = HeldAddOn(row, found)
    return Adding(held, new, old, _cost(ctx, held, new, old, part))


def _not_offered(ctx: Context, held: Held, wanted: str, offered: Sequence[AddOn]) -> PortalError:
    if not offered:
        return PortalError("no_add_ons", field="subscription", subscription=held.product.name)
    known = ctx.session.exec(select(AddOn.name).where(AddOn.code == wanted)).first()
    return PortalError("add_on_not_offered", field="add_on", add_on=known or wanted, subscription=held.product.name,
                       offered=", ".join(a.name for a in offered))  # fmt: skip


def _rest(ctx: Context, held: Held) -> Part | None:
    """What is left of the period that is billed; None in a trial, where nothing is."""
    if held.subscription.status == S.TRIALING:
        return None
    return rest_of_period(held.period, ctx.today, held.policy, ctx.moment)


def _cost(ctx: Context, held: Held, new: HeldAddOn, old: HeldAddOn | None, part: Part | None) -> Paper:
    thing = add_on_charged(held, new)
    if not new.add_on.recurring:
        return charge(ctx, held, [_once(ctx, held, thing)])
    if part is None or not part.used:
        return Paper(held.plan.currency, held.policy)
    was = [t for t in billed_now(ctx, held) if old and t.add_on == old.add_on.code]
    back, less = given_back(held, was, part)
    lines, discounts = charge_lines(held, [thing], part)
    return charge(ctx, held, [*back, *lines], [*less, *discounts])


def _once(ctx: Context, held: Held, thing: Charged) -> NewLine:
    line = line_of(held, thing, ctx.today, ctx.today, None)
    return replace(line, arithmetic={**line.arithmetic, ONCE: True}, period_start=None, period_end=None)


def adding_effect(ctx: Context, adding: Adding) -> Effect:
    """The add-on as the person is shown it."""
    held, paper, add_on = adding.held, adding.paper, adding.new.add_on
    money = ctx.money_in(paper.currency)
    said = []
    if add_on.recurring:
        if adding.old:
            counts = f"{adding.new.row.quantity} instead of {adding.old.row.quantity}"
            said.append(EffectFact(label="You have then", value=counts))
        day = format_day(held.subscription.period_end)
        first = "First payment" if held.subscription.status == S.TRIALING else "Next renewal"
        said.append(EffectFact(label=first, value=f"{day}, {money(next_costs_of(adding.after).total)}"))
    else:
        said.append(EffectFact(label="Charged", value="once"))
    return Effect(
        title=f"Add {_counted(adding)} to {held.product.name}",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(*to_pay(ctx, paper, held), *said),
        confirm=yes_to(ctx, paper, held, "Add") if paper.due else f"Add {add_on.name}",
        due_now=paper.due,
    )


def _counted(adding: Adding) -> str:
    more = adding.new.row.quantity - (adding.old.row.quantity if adding.old else 0)
    return f"{more} × {adding.new.add_on.name}" if more != 1 else adding.new.add_on.name


def add(ctx: Context, adding: Adding) -> Changed:
    """Adds it, and bills what it costs now."""
    held = adding.held
    before = state_of(held.subscription)
    title = f"{held.product.name}: {_counted(adding)}"
    paper = issue(ctx, adding.paper, held, title)
    if adding.old is not None:
        adding.old.row.removed_on = adding.new.row.added_on
        ctx.session.add(adding.old.row)
        if adding.old.row.added_on == adding.new.row.added_on:
            ctx.session.delete(adding.old.row)
    ctx.session.add(adding.new.row)
    ctx.session.flush()
    sentence = f"{_counted(adding)} added to {held.product.name} on {said_day(ctx.today, ctx.today)}"
    more = {"add_on": adding.new.add_on.code, "add_on_quantity": adding.new.row.quantity}
    change = remember(ctx, adding.after, before, sentence, invoice_id=paper.id if paper else None, more=more)
    return changed(adding.after, change, adding.new.row.added_on, paper)


@dataclass(frozen=True)
class Removing:
    """An add-on to be removed: from which day it is not there, and what is given back."""

    held: Held
    old: HeldAddOn
    when: When
    first: date
    giving: GivingBack

    @property
    def after(self) -> Held:
        ended = HeldAddOn(SubscriptionAddOn(**self.old.row.model_dump() | {"removed_on": self.first}), self.old.add_on)
        return replace(self.held, add_ons=tuple(ended if a is self.old else a for a in self.held.add_ons))


def work_out_removing(ctx: Context, held: Held, name: str, when: When | None = None) -> Removing:
    """What removing an add-on does, to the cent: at the period's end, or now with credit for what isn't used.

    The policy for fewer seats says which, and a person may always choose the period's end. Raises the sentence for a
    status, renewal_due, add_on_not_there, add_on_ending, and policy_differs.
    """
    require(held, RUNS)
    require_renewed(ctx, held)
    there = running_add_ons(ctx, held)
    found = next((a for a in there if _called(a.add_on, name)), None)
    if found is None:
        names = ", ".join(a.add_on.name for a in there) or "there is none"
        raise PortalError("add_on_not_there", field="add_on", add_on=name, subscription=held.product.name, there=names)
    trial = held.subscription.status == S.TRIALING
    end = held.subscription.period_end
    at_once = held.policy.fewer_seats is Downgrade.TODAY or trial
    if when is When.NOW and not at_once:
        problem = f"An add-on ends with the paid period, on {format_day(end)}."
        raise PortalError("policy_differs", field="when", problem=problem, choice="the end of the period")
    when = When.NOW if trial else when or (When.NOW if at_once else When.TERM_END)
    if when is When.TERM_END:
        if found.row.removed_on is not None:
            raise PortalError("add_on_ending", field="add_on", add_on=found.add_on.name,
                              day=format_day(found.row.removed_on))  # fmt: skip
        return Removing(held, found, when, end, nothing_back(held))
    part = _rest(ctx, held)
    if part is None:
        return Removing(held, found, when, ctx.today, nothing_back(held))
    was = [t for t in billed_now(ctx, held) if t.add_on == found.add_on.code]
    return Removing(held, found, when, part.first, of_things(ctx, held, was, part))


def removing_effect(ctx: Context, removing: Removing) -> Effect:
    """The removal as the person is shown it."""
    held, paper, name = removing.held, removing.giving.paper, removing.old.add_on.name
    money = ctx.money_in(paper.currency)
    day = f"{format_day(removing.first)}{', at the end of the paid period' if removing.when is When.TERM_END else ''}"
    renewal = f"{format_day(held.subscription.period_end)}, {money(next_costs_of(removing.after).total)}"
    return Effect(
        title=f"Remove {name} from {held.product.name}",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(
            *to_pay(ctx, paper, held), *facts(ctx, removing.giving), EffectFact(label="Ends", value=day),
            EffectFact(label="Next renewal", value=renewal),
        ),
        confirm=f"Remove and {given}" if (given := gets(ctx, removing.giving)) else f"Remove {name}",
        decline=f"Keep {name}",
    )  # fmt: skip


def remove(ctx: Context, removing: Removing) -> Changed:
    """Removes it, or notes that it ends with the paid period."""
    held, row, name = removing.held, removing.old.row, removing.old.add_on.name
    before = state_of(held.subscription)
    note = hand_over(ctx, removing.giving, held, f"{held.product.name}: {name} removed")
    row.removed_on = removing.first
    ctx.session.add(row)
    more = {"add_on": removing.old.add_on.code}
    if removing.when is When.TERM_END:
        more |= {"add_on_ends": removing.first.isoformat()}
    verb = "ends" if removing.when is When.TERM_END else "was removed"
    sentence = f"{name} of {held.product.name} {verb} on {said_day(removing.first, ctx.today)}"
    change = remember(ctx, removing.after, before, sentence, invoice_id=note.id if note else None, more=more)
    return changed(removing.after, change, removing.first, note)
