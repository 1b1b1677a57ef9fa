"""From an action that changes something to what the customer sees first: the exact effect, a card form, a question."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args

from billing import dispatch
from billing.access import access_payment_methods
from billing.errors import PortalError
from billing.payments.paying import card_label
from billing.registry import Action
from chat.blocks import Block, CardRequest, Proposal, QuickReply, RatingRequest
from chat.dialog.forms import form_for
from chat.dialog.memory import Pending
from chat.dialog.saying import buttons, person, question, text
from chat.dialog.turn import Turn
from chat.protocol import Status
from chat.understanding import Answer, Understood, ask_for, subscription_missing

NEW_CARD = "new"  # instead of a card's id: the customer wants to enter one
TELLS_ITSELF = ("support.talk_to_person", "support.rate")
_WHEN = {"renewal": "At the renewal", "term_end": "When the period ends"}
PAY, START, AUTOPAY = "invoices.pay", "subscriptions.start", "subscriptions.auto_charge"


def propose(turn: Turn, action_id: str, args: dict[str, Any]) -> list[Block]:
    """Shows the exact effect of an action with its buttons; nothing changes before the yes.

    What needs no yes is done at once. Missing fields are asked for, one question at a time.
    """
    action = turn.action(action_id)
    missing = [name for name, info in action.input.model_fields.items() if info.is_required() and name not in args]
    if stands := _autopay_stands(turn, action_id, args):
        return [text(stands)]
    if missing := missing or subscription_missing(action, args := dict(args), turn.account):
        return ask_slot(turn, action, missing[0], args)
    turn.memory = turn.memory.asking(None)
    if asked := form_for(turn, action, args):
        return asked
    if not action.asks:
        return _do(turn, action, args)
    if args.get("payment_method") == NEW_CARD:
        return _ask_card(turn, action, args)
    try:
        preview = dispatch.preview(turn.contexts, action_id, args, turn.actor, turn.channel)
    except PortalError as error:
        return _refused(turn, action, args, error)
    if action_id == PAY:
        turn.memory = turn.memory.showing("invoice", list(args["invoices"]))
    proposal = Proposal(
        action=action_id,
        input=args,
        effect=preview.effect,
        token=preview.token,
        exact_until=preview.exact_until,
    )
    blocks: list[Block] = [text("Here is what would happen. Nothing happens until you confirm."), proposal]
    if action_id == START and (held := _held_already(turn, args)):
        return [held[0], proposal, *held[1:]]
    return [*blocks, *_other_cards(turn, action, args)] if "payment_method" in action.input.model_fields else blocks


def _autopay_stands(turn: Turn, action_id: str, args: dict[str, Any]) -> str:
    """What is said where autopay is on or off already, as it was asked for; empty where there is something to do."""
    named, on = args.get("subscription"), args.get("on")
    rows = [s for s in turn.account.subscriptions if named in (None, s.number)]
    if action_id != AUTOPAY or on is None or not rows or any(s.auto_charge != on for s in rows):
        return ""
    return f"Autopay is {'on' if on else 'off'} already{f' for {rows[0].product}' if named else ''}."


def _held_already(turn: Turn, args: dict[str, Any]) -> list[Block]:
    """What is said of a start where the customer has a subscription of that product, and the button that changes it."""
    wanted = str(args.get("plan", "")).lower()
    plan = next((p for p in turn.account.plans if wanted in (p.name.lower(), f"{p.product} {p.name}".lower())), None)
    held = next((s for s in turn.account.subscriptions if plan and s.product == plan.product), None)
    if plan is None or held is None:
        return []
    said = f"You already have {held.product} {held.plan}".strip()
    changed = {"plan": plan.name} if plan.name != held.plan else {}
    changed |= {"seats": args["seats"]} if args.get("seats") and held.per_seat else {}
    replies = []
    if changed and turn.may("subscriptions.switch_plan"):
        change = {"subscription": held.number} | changed
        replies.append(QuickReply(label="Change the one I have", action="subscriptions.switch_plan", input=change))
    return [text(f"{said}. This starts another one. Nothing happens until you confirm."), *buttons(replies)]


def title_of(turn: Turn, action_id: str, args: dict[str, Any]) -> str:
    """What a change would be called in its proposal; the action's title where it can't be worked out."""
    try:
        return dispatch.preview(turn.contexts, action_id, args, turn.actor, turn.channel).effect.title
    except PortalError:
        return turn.action(action_id).title


def later_on(turn: Turn, requests: list[Understood]) -> list[Block]:
    """Further changes of the same message: each is proposed on its own, after the first is settled."""
    if not requests:
        return []
    titles = [title_of(turn, one.action or "", one.args) for one in requests]
    replies = [
        QuickReply(label=title, action=one.action, input=one.args) for title, one in zip(titles, requests, strict=True)
    ]
    return [text("You asked for more. I show it when you choose it."), *buttons(replies)]


def ask_slot(turn: Turn, action: Action, name: str, args: dict[str, Any]) -> list[Block]:
    """Asks for one field; the next message is taken as its answer."""
    if not turn.may(action.id):
        return propose_anyway(turn, action, args)
    if action.id == "support.rate" and name == "rating":
        turn.memory = turn.memory.asking(None)
        return [RatingRequest(title="How did this conversation go?", input=args)]
    turn.memory = turn.memory.asking(Pending(action=action.id, args=args, field=name))
    if name == "words":
        words = f"What do you want to say to {turn.preferences.business_name}? You can also leave it at the stars."
        return question(words, [Answer(label="Without words", send="Without words")])
    words, answers = ask_for(action, name, args, [], turn.account)
    if name == "rating":
        answers = [Answer(label=a.label, send=a.label) for a in answers]
    turn.memory = turn.memory.offering(answers)
    if not answers and name == "invoices" and turn.account.known and not turn.account.payable:
        turn.memory = turn.memory.asking(None)
    return question(words, answers)


def propose_anyway(turn: Turn, action: Action, args: dict[str, Any]) -> list[Block]:
    """The catalogue's own sentence on why this person may not."""
    try:
        dispatch.preview(turn.contexts, action.id, args, turn.actor, turn.channel)
    except PortalError as error:
        return [text(error.message), *buttons(person(turn.may("support.talk_to_person")))]
    return []


def _do(turn: Turn, action: Action, args: dict[str, Any]) -> list[Block]:
    """Does what needs no yes, such as asking for a person, and says what came of it."""
    try:
        result = dispatch.run(turn.contexts, action.id, args, turn.actor, turn.channel)
    except PortalError as error:
        return [text(error.message)]
    told = action.id in TELLS_ITSELF and (
        action.id != TELLS_ITSELF[0] or turn.conversation.status in (Status.BOT, Status.RESOLVED)
    )
    if told or (turn.actor.is_staff and action.id.startswith("support.")):
        return []
    sentence = getattr(result, "sentence", "")
    return [text(sentence or f"{action.title}: done.")]


def _refused(turn: Turn, action: Action, args: dict[str, Any], error: PortalError) -> list[Block]:
    """The catalogue's sentence, and what helps: a card form, the choices of the field that it is about."""
    if error.code == "no_card":
        return [text("There is no saved card yet."), *_ask_card(turn, action, args)]
    if (
        error.field in ("plan", "subscription", "seats")
        and error.field in action.input.model_fields
        and error.code in ("plan_not_offered", "invalid_input")
    ):
        rest = {name: value for name, value in args.items() if name != error.field}
        _, answers = ask_for(action, error.field, rest, [], turn.account)
        if answers:
            turn.memory = turn.memory.asking(Pending(action=action.id, args=rest, field=error.field))
            return question(error.message, answers)
    named = error.field if isinstance(args.get(error.field or ""), str) else None
    if named and (others := _other_values(turn, action, args, named)):
        return [text(error.message), *buttons(others)]
    if error.code in ("not_allowed", "switched_off"):
        return [text(error.message), *buttons(person(turn.may("support.talk_to_person")))]
    return [text(error.message)]


def _other_values(turn: Turn, action: Action, args: dict[str, Any], field: str) -> list[QuickReply]:
    """The other values of a choice that was refused, as buttons, as far as the action takes them."""
    kind = action.input.model_fields[field].annotation
    options = next((one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Enum)), None)
    found = []
    for value in (str(one.value) for one in options or () if one.value != args[field]):
        other = args | {field: value}
        try:
            dispatch.preview(turn.contexts, action.id, other, turn.actor, turn.channel)
        except PortalError:
            continue
        label = _WHEN.get(value, value.replace("_", " ").capitalize())
        found.append(QuickReply(label=label, action=action.id, input=other))
    return found


def _ask_card(turn: Turn, action: Action, args: dict[str, Any]) -> list[Block]:
    rest = {name: value for name, value in args.items() if name != "payment_method"}
    return [
        CardRequest(
            title="Enter a card. It is charged only after you have seen the amount and confirmed.",
            action=action.id,
            input=rest,
            currency=turn.account.currency,
        )
    ]


def _other_cards(turn: Turn, action: Action, args: dict[str, Any]) -> list[Block]:
    """The saved cards that aren't the one of the proposal, and a new one."""
    with turn.contexts.open(turn.actor, turn.channel) as ctx:
        cards = list(access_payment_methods(ctx))
    used = args.get("payment_method") or (cards[0].gateway_id if cards else None)
    others = [
        QuickReply(
            label=f"Use {card_label(card.brand, card.last4)}",
            action=action.id,
            input=args | {"payment_method": card.gateway_id},
        )
        for card in cards
        if card.gateway_id != used
    ]
    new = QuickReply(label="Use another card", action=action.id, input=args | {"payment_method": NEW_CARD})
    return buttons([*others[:3], new])
