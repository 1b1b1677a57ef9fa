"""“Undo that”: the change that would bring back how it was before the last one here, or else of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from billing.context import Context
from billing.documents.statements import midnight
from billing.models.subscriptions import Plan, Subscription, SubscriptionChange, SubscriptionStatus
from chat.blocks import Block, ProposalState, Receipt, load_blocks
from chat.dialog.lately import said_lately
from chat.dialog.proposals import propose
from chat.dialog.saying import buttons, person, text
from chat.dialog.settling import no, open_proposal
from chat.dialog.turn import Turn

S = SubscriptionStatus
LOOKED_AT = 40
PLANNED = {"pause_on": "pause", "ends_on": "cancellation", "pending_on": "plan"}
Way = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Done:
    """A change that was carried out: what it is called, and the number it is kept under."""

    title: str
    reference: str


def undo(turn: Turn) -> list[Block]:
    """Folds the proposal that stands open; else proposes the way back from what was done last. Nothing is done yet."""
    found = open_proposal(turn)
    if found and found[2]:
        return no(turn) or []
    with turn.contexts.open(turn.actor, turn.channel) as ctx:
        done = _done_last(ctx, turn) or _done_today(ctx)
        way = _way_back(ctx, done.reference) if done else None
    if done is None:
        return [text("You changed nothing here today that could be undone. Say what you would like instead.")]
    if way is None or not turn.may(way[0]):
        said = f"I can’t undo “{done.title}” here. A person at {turn.preferences.business_name} can look at it."
        return [text(said), *buttons(person(turn.may("support.talk_to_person")))]
    return propose(turn, *way)


def was_just_done(turn: Turn) -> bool:
    """Whether the last thing that was said is that something was done."""
    with turn.contexts.open(turn.actor, turn.channel) as ctx:
        newest = next(iter(said_lately(ctx, turn, 1)), None)
        return newest is not None and any(isinstance(block, Receipt) for block in load_blocks(newest.blocks))


def _done_today(ctx: Context) -> Done | None:
    """The newest change of a subscription that this person made today, in whatever conversation or on whatever page."""
    newest = ctx.session.exec(
        select(SubscriptionChange)
        .join(Subscription, col(Subscription.id) == col(SubscriptionChange.subscription_id))
        .where(
            Subscription.customer_id == ctx.actor.customer_id,
            SubscriptionChange.actor == ctx.actor.name,
            SubscriptionChange.at >= midnight(ctx, ctx.today),
        )
        .order_by(col(SubscriptionChange.id).desc())
        .limit(1)
    ).first()
    return Done(newest.sentence.rstrip("."), newest.number) if newest else None


def _done_last(ctx: Context, turn: Turn) -> Done | None:
    """The receipt of the newest change that was carried out in this conversation."""
    for message in said_lately(ctx, turn, LOOKED_AT):
        receipts = [block for block in load_blocks(message.blocks) if isinstance(block, Receipt)]
        if receipts and message.settles_state == ProposalState.CONFIRMED:
            return Done(receipts[0].title, receipts[0].reference)
    return None


def _way_back(ctx: Context, reference: str) -> Way | None:
    """The action with its input; None for what has no way back, such as a payment or a coupon."""
    row = ctx.session.exec(
        select(SubscriptionChange, Subscription)
        .join(Subscription, col(Subscription.id) == col(SubscriptionChange.subscription_id))
        .where(Subscription.customer_id == ctx.actor.customer_id, SubscriptionChange.number == reference)
    ).first()
    if row is None or row[0].undone_at is not None:
        return None
    change, subscription = row
    named = {"subscription": subscription.number}
    before, after = change.before, change.after

    def became(name: str) -> Any:
        """What a field is since then, if that change made it so and nothing else has come since."""
        now = getattr(subscription, name)
        same = after.get(name) == (now.isoformat() if hasattr(now, "isoformat") else now)
        return now if same and before.get(name) != after.get(name) else None

    if became("status") == S.PAUSED:
        return "subscriptions.resume", named
    if became("status") == S.ENDED:
        return "subscriptions.reactivate", named
    for field, what in PLANNED.items():
        if became(field):
            return "subscriptions.take_back", named | {"what": what}
    if before.get("ends_on") and not after.get("ends_on") and subscription.ends_on is None:  # its end was taken back
        return "subscriptions.cancel", named
    if before.get("status") == S.PAUSED and became("status") == S.ACTIVE:
        return "subscriptions.pause", named
    if before.get("auto_charge") is not None and before.get("auto_charge") != after.get("auto_charge"):
        return "subscriptions.auto_charge", named | {"on": bool(before["auto_charge"])}
    if not before:
        return "subscriptions.cancel", named | {"when": "now"}
    return _plan_before(ctx, subscription, before, after, named) or _add_on_before(after, named)


def _plan_before(
    ctx: Context, subscription: Subscription, before: dict[str, Any], after: dict[str, Any], named: dict[str, Any]
) -> Way | None:
    if (before.get("plan_id"), before.get("seats")) == (after.get("plan_id"), after.get("seats")):
        return None
    if (subscription.plan_id, subscription.seats) != (after.get("plan_id"), after.get("seats")):
        return None
    was: dict[str, Any] = {}
    if before.get("plan_id") != after.get("plan_id"):
        plan = ctx.session.get_one(Plan, before["plan_id"])
        was = {"plan": plan.name, "interval": plan.interval}
        if ctx.session.get_one(Plan, after["plan_id"]).interval == plan.interval:
            del was["interval"]
    if before.get("seats") != after.get("seats"):
        was["seats"] = before["seats"]
    return "subscriptions.switch_plan", named | was


def _add_on_before(after: dict[str, Any], named: dict[str, Any]) -> Way | None:
    code = after.get("add_on")
    if not code:
        return None
    if "add_on_ends" in after:
        return "subscriptions.take_back", named | {"what": "add_on"}
    if "add_on_quantity" not in after:
        return "subscriptions.add_add_on", named | {"add_on": code}
    added_one = after["add_on_quantity"] == 1  # of more, how many came with this change isn't known
    return ("subscriptions.remove_add_on", named | {"add_on": code}) if added_one else None
