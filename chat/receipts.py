"""What was done, or why not, as a block: from the effect that was confirmed and the action's result."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, select

from billing import dispatch
from billing.actions.payments import failure_sentence
from billing.context import Context
from billing.dates import format_day
from billing.effects import LineKind
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.models.subscriptions import SubscriptionStatus
from billing.money import format_money
from billing.payments.stopping import is_stopping, too_late, was_stopped
from billing.registry import Action
from chat.blocks import Outcome, Proposal, QuickReplies, QuickReply, Receipt, ReceiptLine, Reply

REFERENCES = ("change", "payment", "number", "reference", "invoice", "credit_note")
ENDS = (SubscriptionStatus.ENDING, SubscriptionStatus.ENDED, SubscriptionStatus.PAUSED)
TAKE_BACK, STOP = "subscriptions.take_back", "payments.stop"
STOPPING = "I tell you here what came of it. Please do not say yes at your bank."
PLANNED = {
    "subscriptions.cancel": "cancellation",
    "subscriptions.pause": "pause",
    "subscriptions.switch_plan": "plan",
    "subscriptions.remove_add_on": "add_on",
}
_DONE = {
    "credits.grant": "{amount} of credit was given, with {credit_note}",
    "credits.void": "{credit_note} over {amount} was cancelled",
    "invoices.create": "{invoice} over {total} was issued",
    "invoices.issue": "{invoice} over {total} was issued",
    "invoices.credit": "{total} of {invoice} was credited, with {credit_note}",
    "invoices.discard": "{draft} was thrown away",
    "invoices.void": "{invoice} over {amount} was cancelled",
    "invoices.uncollectible": "{invoice} was given up: {amount} is asked for no more",
    "invoices.write_off": "{amount} of {invoice} was written off",
    "invoices.draft": "{draft} over {total} was kept as a draft",
    "payments.record": "{total} was recorded as {payment}",
    "payments.refund": "{amount} of {payment} goes back",
}
_SUMS, _NAMES = ("amount", "total"), re.compile(r"\{(\w+)\}")
_SENTENCES = re.compile(r"(?<=[^\s.][a-z\d”)])\.\s+(?=[A-Z€“])")  # no abbreviation: “B.V. here”
_STOP = re.compile(r"(?<=[a-z\d”)])\.$")
ENDED = (PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CANCELLED)


def receipt_of(ctx: Context, action: Action, proposal: Proposal, result: BaseModel) -> Reply:
    """The receipt of an action that was done within the transaction."""
    found = result.model_dump()
    title, sentence = _told(str(found.get("sentence") or "") or _past(ctx, action, found) or proposal.effect.title)
    if "subscription" in found and "change" in found:
        sentence = f"{sentence} {_afterwards(ctx, found)}".strip()
    receipt = Receipt(
        title=title,
        reference=_reference(found),
        words=sentence,
        currency=proposal.effect.currency,
        lines=tuple(
            ReceiptLine(label=line.label, amount=line.amount, line=line.kind)
            for line in proposal.effect.lines
            if line.kind is LineKind.GRAND
        ),
        at=ctx.now,
        by=ctx.actor.name,
        href=action.page if "{" not in action.page else None,
    )
    replies = (*_still_to_pay(ctx, found), *_way_back(ctx, action, found))
    blocks = (receipt, QuickReplies(replies=replies)) if replies else (receipt,)
    return Reply(blocks=blocks, text=f"{title}. {sentence}".strip())


def _past(ctx: Context, action: Action, found: dict[str, Any]) -> str:
    """What staff did, where the result has no sentence of its own; empty for what isn't known here."""
    if found.get("failure"):
        return f"{action.title} did not go through. {found['failure']}"
    pattern, currency = _DONE.get(action.id, ""), str(found.get("currency") or "")
    shown = {name: format_money(found[name], currency, ctx.customer.locale) for name in _SUMS if found.get(name)}
    return pattern.format_map(found | shown) if pattern and all(found.get(n) for n in _NAMES.findall(pattern)) else ""


def _told(sentence: str) -> tuple[str, str]:
    """What was done, as the receipt's title, and what else was said of it."""
    first, *rest = _SENTENCES.split(sentence.strip(), maxsplit=1)
    return _STOP.sub("", first), " ".join(rest)


def _afterwards(ctx: Context, found: dict[str, Any]) -> str:
    """What a change of a subscription brings: credit, money that goes back, the next renewal."""
    currency, locale = str(found.get("currency") or ""), ctx.customer.locale
    said = [str(found["not_paid"])] if found.get("not_paid") else []
    if found.get("payment"):
        said = [f"{format_money(found['due'], currency, locale)} is charged to {found['card']} now."]
    if note := found.get("credit_note"):
        kept = (found.get("credited") or 0) - (found.get("refunded") or 0)
        if kept > 0:
            said.append(f"{format_money(kept, currency, locale)} of credit is on your account ({note}).")
        if refunded := found.get("refunded"):
            said.append(f"{format_money(refunded, currency, locale)} goes back to you.")
    if (day := found.get("renews_on")) and found.get("next_price") and found.get("status") not in ENDS:
        said.append(f"Next renewal on {format_day(day)}: {format_money(found['next_price'], currency, locale)}.")
    return " ".join(said)


def _way_back(ctx: Context, action: Action, found: dict[str, Any]) -> tuple[QuickReply, ...]:
    """The button that takes back what is only planned: an end, a pause, a change that starts on a later day."""
    what, starts = PLANNED.get(action.id), found.get("takes_effect") or found.get("starts_on")
    back = ctx.contexts.registry.actions.get(TAKE_BACK)
    if (
        not what
        or not isinstance(starts, date)
        or starts <= ctx.today
        or back is None
        or not dispatch.allowed(ctx, back)
    ):
        return ()
    return (
        QuickReply(label="Take it back", action=TAKE_BACK, input={"subscription": found["subscription"], "what": what}),
    )


def _still_to_pay(ctx: Context, found: dict[str, Any]) -> tuple[QuickReply, ...]:
    """The button that pays what the action has just billed."""
    invoice, due = found.get("invoice"), found.get("due") or 0
    pay = ctx.contexts.registry.actions.get("invoices.pay")
    if not invoice or due <= 0 or found.get("payment") or pay is None or not dispatch.allowed(ctx, pay):
        return ()
    label = f"Pay {format_money(due, found['currency'], ctx.customer.locale)}"
    return (QuickReply(label=label, action=pay.id, input={"invoices": [invoice]}),)


def _reference(found: dict[str, Any]) -> str:
    values = (found.get(name) for name in REFERENCES)
    return next((value for value in values if isinstance(value, str) and value), "")


def payment_of(ctx: Context, result: BaseModel) -> Payment | None:
    """The payment that the result speaks of, if it was one."""
    numbers = [value for name in REFERENCES if isinstance(value := getattr(result, name, None), str)]
    if not numbers or ctx.actor.customer_id is None:
        return None
    return ctx.session.exec(
        select(Payment).where(Payment.customer_id == ctx.actor.customer_id, col(Payment.number).in_(numbers))
    ).first()


def payment_stage(payment: Payment) -> str:
    """What can be told of the payment now: started, bank (the customer has to confirm there), stopping or ended."""
    if payment.status in ENDED:
        return "ended"
    if is_stopping(payment):
        return "stopping"
    return "bank" if payment.status == PaymentStatus.REQUIRES_ACTION else "started"


def payment_receipt(ctx: Context, payment: Payment, proposal: Proposal) -> Reply:
    """How the payment stands: on its way, waiting for the customer's bank, paid, or declined and why."""
    total = format_money(payment.amount, payment.currency, ctx.customer.locale)
    way = f" from {payment.method_label}" if payment.method_label else ""
    stage = payment_stage(payment)
    paid = payment.status == PaymentStatus.SUCCEEDED
    if paid:
        title, outcome = f"{total} paid{way}", Outcome.DONE
        words = f"The receipt goes to {ctx.customer.email}." if ctx.customer.email else ""
        if too_late(payment):
            words = f"It was too late to stop it: your bank had agreed. {words}".strip()
    elif was_stopped(payment):
        title, words, outcome = f"{total} is not taken", failure_sentence(payment), Outcome.DONE
    elif stage == "stopping":
        title, words, outcome = f"Stopping the payment of {total}", STOPPING, Outcome.WAITING
    elif stage == "ended":
        title, outcome = f"{total} was not paid", Outcome.FAILED
        words = failure_sentence(payment)
    elif stage == "bank":
        title, outcome = f"Your bank asks you to confirm {total}", Outcome.WAITING
        words = "Nothing is paid until you have confirmed."
    else:
        title, words, outcome = f"Paying {total}{way}", "I tell you here when your bank has answered.", Outcome.WAITING
    receipt = Receipt(
        title=title,
        outcome=outcome,
        reference=payment.number,
        words=words,
        currency=payment.currency,
        lines=_paid_lines(proposal, payment) if paid else (),
        at=ctx.now,
        by=ctx.actor.name if ctx.actor.kind == "contact" else "",
        href="/payments" if paid else None,
        continue_url=payment.redirect_url or None if stage == "bank" else None,
    )
    text = f"{title}. {words}".strip()
    if stage == "bank" and (stop := _stop(ctx, payment)):
        return Reply(blocks=(receipt, QuickReplies(replies=stop)), text=text)
    if outcome is Outcome.FAILED and payment.off_session:
        replies = _pay_by_hand(ctx, payment)
        return Reply(blocks=(receipt, QuickReplies(replies=replies)) if replies else (receipt,), text=text)
    if outcome is Outcome.FAILED:
        another = proposal.input | {"payment_method": "new"}
        again = QuickReply(label="Use another card", action=proposal.action, input=another)
        person = QuickReply(label="Talk to a person", action="support.talk_to_person")
        return Reply(blocks=(receipt, QuickReplies(replies=(again, person))), text=text)
    return Reply(blocks=(receipt,), text=text)


def _stop(ctx: Context, payment: Payment) -> tuple[QuickReply, ...]:
    """The button that stops a payment while it waits for the bank."""
    stop = ctx.contexts.registry.actions.get(STOP)
    if stop is None or not dispatch.allowed(ctx, stop):
        return ()
    return (QuickReply(label="Stop this payment", action=STOP, input={"payment": payment.number}),)


def _pay_by_hand(ctx: Context, payment: Payment) -> tuple[QuickReply, ...]:
    """The button that pays what could not be charged by itself."""
    rows = ctx.session.exec(
        select(Invoice)
        .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == col(Invoice.id))
        .where(PaymentAllocation.payment_id == payment.id)
    ).all()
    billed = {"invoice": rows[0].number, "due": rows[0].due, "currency": payment.currency} if rows else {}
    return _still_to_pay(ctx, billed)


def _paid_lines(proposal: Proposal, payment: Payment) -> tuple[ReceiptLine, ...]:
    """The sum that was confirmed; the payment alone where the gateway took another amount."""
    grand = ReceiptLine(label="Paid", amount=payment.amount, line=LineKind.GRAND)
    if proposal.effect.due_now != payment.amount:
        return (grand,)
    shown = (line for line in proposal.effect.lines if line.kind is not LineKind.GRAND)
    return (*(ReceiptLine(label=line.label, amount=line.amount, line=line.kind) for line in shown), grand)
