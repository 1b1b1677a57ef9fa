"""Answers about subscriptions, plans, projects and reviews."""

from __future__ import annotations

from billing.actions.reviews import ReviewList
from billing.actions.subscription_extras import AddOnChoices
from billing.actions.subscriptions import PlanChoices, PlanOption, SubscriptionDetail, SubscriptionList
from billing.subscriptions.rows import SubscriptionRow
from chat.blocks import Block, Cell, QuickReply
from chat.dialog.answers.coming import next_due, regular_invoice, trial_ends
from chat.dialog.answers.doubled import billed_lately
from chat.dialog.saying import buttons, counted, day, joined, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/subscriptions"


def list_subscriptions(turn: Turn, understood: Understood) -> list[Block]:
    """Everything the customer has; asked for the renewal, the next regular invoice."""
    found: SubscriptionList = turn.ask("subscriptions.list", understood.args)
    rows = [row for row in found.rows if row.status != "ended"]
    if not rows:
        return [text("You have no subscriptions.")]
    if understood.about == "seats":
        turn.memory = turn.memory.showing("subscription", [row.number for row in rows if row.seats])
        return _seats(rows)
    turn.memory = turn.memory.showing("subscription", [row.number for row in rows])
    if understood.about == "due":
        return next_due(turn, found)
    if understood.about == "trial":
        return trial_ends(turn, rows)
    if understood.about == "autopay":
        return _autopay(rows)
    if understood.about == "renewal":
        return _renewal(turn, found, rows)
    lines = [
        (
            Cell(text=row.name, href=PAGE),
            _renews(turn, row),
            f"{money(row.price_with_tax, row.currency, turn.account)} {_every(row.interval)}",
        )
        for row in rows
    ]
    return [
        text(f"You have {counted(len(rows), 'subscription')}. Prices include VAT."),
        table(("Service", "Renews", "Price"), lines, href=PAGE),
    ]


def _seats(rows: list[SubscriptionRow]) -> list[Block]:
    """How many seats there are of what is sold by the seat."""
    said = [f"{row.name} has {counted(row.seats, 'seat')}." for row in rows if row.seats]
    return [text(" ".join(said) or "Nothing that you have is counted by seats.")]


def _autopay(rows: list[SubscriptionRow]) -> list[Block]:
    """Which subscriptions are charged by themselves."""
    on, off = ([row.name for row in rows if row.auto_charge is wanted] for wanted in (True, False))
    if not on:
        return [text("Autopay is off: each invoice waits until you pay it.")]
    rest = f" and off for {joined(off)}" if off else ""
    return [text(f"Autopay is on for {joined(on)}{rest}.")]


def _renewal(turn: Turn, found: SubscriptionList, rows: list[SubscriptionRow]) -> list[Block]:
    coming = sorted((row for row in rows if row.renews_on), key=lambda row: (row.renews_on, row.name))
    if found.next_invoice is None or not coming:
        return [text("Nothing renews by itself at the moment.")]
    regular = found.next_invoice
    said, total = regular_invoice(turn, regular)
    ending = [row for row in coming if row.trial_end and row.trial_end <= regular.on]
    said += "".join(f" The trial of {row.name} ends on {day(row.trial_end, turn.account)}." for row in ending)
    lines = [
        (row.name, day(row.renews_on, turn.account), money(row.next_price_with_tax, row.currency, turn.account))
        for row in coming
    ]
    return [text(said, total), table(("Service", "Renews", "Price with VAT"), lines, href=PAGE)]


def _renews(turn: Turn, row: SubscriptionRow) -> str:
    if row.trial_end:
        return f"Trial ends {day(row.trial_end, turn.account)}"
    if row.ends_on:
        return f"Ends {day(row.ends_on, turn.account)}"
    if row.pending_on:
        what = row.pending_plan or (f"{row.pending_seats} seats" if row.pending_seats else "changes")
        return f"{day(row.renews_on, turn.account)}, then {what}"
    return day(row.renews_on, turn.account)


def _every(interval: str) -> str:
    return f"a {interval}"


def show_subscription(turn: Turn, understood: Understood) -> list[Block]:
    """One subscription: what it is, what it costs, when it renews, and its newest changes."""
    found: SubscriptionDetail = turn.ask("subscriptions.show", understood.args)
    row = found.subscription
    turn.memory = turn.memory.showing("subscription", [row.number])
    price = f"{money(row.price_with_tax, row.currency, turn.account)} {_every(row.interval)} with VAT"
    if understood.about == "seats":
        seated = f"{row.name} has {counted(row.seats, 'seat')}" if row.seats else f"{row.name} is not sold by the seat"
        return [text(f"{seated}, {price}." if row.seats else f"{seated}: it is {price}.", price)]
    if understood.about == "trial":
        return trial_ends(turn, [row])
    if understood.about == "billed":
        return billed_lately(turn, row)
    plan = f", {row.plan}" if row.plan and row.plan not in row.name else ""
    seats = f", {counted(row.seats, 'seat')}" if row.seats else ""
    blocks: list[Block] = [text(f"{row.name}{plan}{seats}: {price}. {_coming(turn, row)}".strip(), price)]
    if found.changes:
        lines = [(f"{c.sentence}", day(c.at.date(), turn.account)) for c in found.changes[:5]]
        blocks.append(table(("What changed", "When"), lines, href=PAGE))
    if len([o for o in found.options if not o.current]) > 0 and turn.may("subscriptions.switch_plan"):
        blocks += buttons(
            [QuickReply(label="Show plans", action="subscriptions.plans", input={"subscription": row.number})]
        )
    return blocks


def _coming(turn: Turn, row: SubscriptionRow) -> str:
    if row.trial_end:
        return f"The trial ends on {day(row.trial_end, turn.account)}."
    if row.ends_on:
        return f"It ends on {day(row.ends_on, turn.account)}."
    return f"It renews on {day(row.renews_on, turn.account)}." if row.renews_on else ""


def list_plans(turn: Turn, understood: Understood) -> list[Block]:
    """The plans that each subscription may be switched to; the ones that were named, if any was."""
    found: PlanChoices = turn.ask("subscriptions.plans", understood.args)
    choices = [choice for choice in found.rows if len(choice.options) > 1] or found.rows
    if not choices:
        return [text("There is no other plan that you could switch to.")]
    blocks: list[Block] = [text("These are the plans you can choose from. Prices are without VAT.")]
    switch: list[QuickReply] = []
    for choice in choices[:4]:
        lines = [
            (
                option.name + (", your plan now" if option.current else ""),
                ", ".join(option.features),
                _price(turn, option),
            )
            for option in choice.options
        ]
        blocks.append(table((choice.product, "With", "Price"), lines, href=PAGE))
        switch += [
            QuickReply(
                label=f"Switch to {option.name}",
                action="subscriptions.switch_plan",
                input={"subscription": choice.subscription, "plan": option.name},
            )
            for option in choice.options
            if not option.current
        ]
    return [*blocks, *(buttons(switch) if turn.may("subscriptions.switch_plan") else [])]


def _price(turn: Turn, option: PlanOption) -> str:
    seat = " a seat" if option.per_seat else ""
    return f"{money(option.unit_amount, option.currency, turn.account)}{seat} {_every(option.interval)}"


def list_add_ons(turn: Turn, understood: Understood) -> list[Block]:
    """What may be added to a subscription, and what of it is there."""
    found: AddOnChoices = turn.ask("subscriptions.add_ons", understood.args)
    if not found.options:
        return [text(f"There is nothing to add to {found.product}.")]
    there = [f"{one.there} × {one.name}" if one.there > 1 else one.name for one in found.options if one.there]
    have = f"{found.product} has {joined(there)}. " if there else ""
    rows = [
        (one.name, str(one.there) if one.there else "", f"{money(one.unit_amount, one.currency, turn.account)} "
         + (_every(found.interval) if one.recurring else "once"))
        for one in found.options
    ]  # fmt: skip
    add = [
        QuickReply(
            label=f"Add {one.name.lower()}",
            action="subscriptions.add_add_on",
            input={"subscription": found.subscription, "add_on": one.code},
        )
        for one in found.options
    ]
    said = f"{have}This can be added to {found.product}. Prices are without VAT."
    offered = buttons(add) if turn.may("subscriptions.add_add_on") else []
    return [text(said), table(("Add-on", "You have", "Price"), rows, href=PAGE), *offered]


def list_reviews(turn: Turn, understood: Understood) -> list[Block]:
    """What this account's people have said."""
    found: ReviewList = turn.ask("reviews.list", understood.args)
    leave = buttons([QuickReply(label="Leave a review", action="reviews.leave")]) if turn.may("reviews.leave") else []
    if not found.rows:
        return [text("You have not left a review yet."), *leave]
    lines = [
        (
            day(r.at.date(), turn.account),
            r.words or "No words",
            f"{r.rating} of 5{'' if r.yours else ', by a colleague'}",
        )
        for r in found.rows
    ]
    return [
        text(f"You have left {counted(len(found.rows), 'review')}."),
        table(("When", "Words", "Stars"), lines, href="/reviews"),
    ]
