"""Taking back a credit note that nobody has used."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from sqlmodel import col, select

from billing.access import access_invoice
from billing.context import Context
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.subscriptions import Plan, Product, Subscription
from billing.money import format_money
from billing.posting import unused, usable_credit, void_credit_note
from billing.references import CreditNumber, Name
from billing.registry import Audience, Role, Ungated, action


class VoidCredit(BaseModel):
    """The credit note, and why it is taken back; the customer sees the reason."""

    credit_note: CreditNumber
    reason: Name


class CreditVoided(BaseModel):
    """A credit note that gives nothing any more. `amount` is what it would have given, minor units."""

    credit_note: str
    currency: str
    amount: int
    status: str


@dataclass(frozen=True)
class VoidingPlan:
    """A credit note of which nothing is used or promised."""

    note: Invoice
    effect: Effect


def plan_voiding(ctx: Context, input: VoidCredit) -> VoidingPlan:
    """What the customer has less of. Raises not_found, not_correctable, credit_of_change and credit_in_use."""
    note = access_invoice(ctx, input.credit_note, field="credit_note")
    if note.kind != InvoiceKind.CREDIT_NOTE:
        raise PortalError("not_found", thing="credit note", reference=input.credit_note, field="credit_note")
    if note.status == InvoiceStatus.VOID:
        raise PortalError("not_correctable", number=note.number, status="cancelled", field="credit_note")
    if name := _changed(ctx, note):
        raise PortalError("credit_of_change", number=note.number, subscription=name, field="credit_note")
    amount = -note.total
    there = usable_credit(ctx, note.customer_id, note.currency)
    free = min(unused(ctx, note), there)
    if free < amount or not amount:
        shown = format_money(amount - free, note.currency, ctx.customer.locale)
        raise PortalError("credit_in_use", number=note.number, amount=shown, field="credit_note")
    effect = Effect(
        title=f"Cancel the credit note {note.number}",
        currency=note.currency,
        lines=(
            EffectLine(label="Credit that can be used now", amount=there),
            EffectLine(label=note.number or "", note=note.title, amount=-amount),
            EffectLine(label="Credit left", amount=there - amount, kind=LineKind.GRAND),
        ),
        facts=(EffectFact(label="Reason", value=input.reason), *_corrected(ctx, note)),
        confirm=f"Cancel {note.number}",
        decline="Keep it",
        warning="It keeps its number and can't be given again.",
        danger=True,
    )
    return VoidingPlan(note, effect)


def _changed(ctx: Context, note: Invoice) -> str | None:
    """The product whose pause, end or switch made the note: that would have given for nothing."""
    return ctx.session.exec(
        select(Product.name)
        .join(Plan, col(Plan.product_id) == col(Product.id))
        .join(Subscription, col(Subscription.plan_id) == col(Plan.id))
        .where(Subscription.id == note.subscription_id)
    ).first()


def _corrected(ctx: Context, note: Invoice) -> tuple[EffectFact, ...]:
    invoice = ctx.session.get(Invoice, note.corrects_id) if note.corrects_id else None
    return (EffectFact(label=f"Of {invoice.number}", value="nothing is credited by it any more"),) if invoice else ()


@action(
    "credits.void",
    title="Cancel a credit note",
    help="Take back a credit note of which nothing was used; it gives nothing any more and keeps its number.",
    role=Role.AGENT,
    gate=Ungated("what staff gave by mistake they take back"),
    audience=Audience.STAFF,
    page="/invoices",
    slash="/cancel-credit",
    icon="ban",
    phrases=(
        "cancel the credit note {credit_note}",
        "void the credit {credit_note}",
        "take back the credit {credit_note}",
    ),
    plan=plan_voiding,
    audit="{actor} cancelled {credit_note}: {reason}.",
    moves_money=True,
)
def void_credit(ctx: Context, input: VoidCredit, plan: VoidingPlan) -> CreditVoided:
    """Cancels it."""
    note = plan.note
    void_credit_note(ctx, note, input.reason)
    return CreditVoided(credit_note=note.number or "", currency=note.currency, amount=-note.total, status=note.status)
