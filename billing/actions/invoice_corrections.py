"""What staff do to an invoice that is not right: credit it, cancel it, or give up what is owed of it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, Field, model_validator
from sqlmodel import col, select

from billing.access import access_invoice
from billing.context import Context
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.invoices.crediting import FINAL, Correction, Wanted, correct_amount, correct_lines, issue_correction
from billing.invoices.rows import status_words
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.money import format_money
from billing.posting import void_invoice, write_off
from billing.references import InvoiceNumber, Name, Price, Words
from billing.registry import Audience, Role, Ungated, action

STAFF_ONLY = Ungated("Staff put right what the business billed")


class CreditLine(BaseModel):
    """A line of the invoice by its place from 1, and how much of it without tax; all that is left without one."""

    line: int = Field(ge=1, le=10_000)
    amount: Price | None = None


class CreditInvoice(BaseModel):
    """Credits an amount with tax, or lines without tax, or where neither is named all that is left of the invoice."""

    invoice: InvoiceNumber
    amount: Price | None = None
    lines: list[CreditLine] = Field(default=[], max_length=500)
    reason: Words = ""

    @model_validator(mode="after")
    def _one_way(self) -> CreditInvoice:
        if self.lines and self.amount is not None:
            raise ValueError("Name an amount or lines, not both.")
        if len({one.line for one in self.lines}) < len(self.lines):
            raise ValueError("Name each line once.")
        return self


class CreditNoteIssued(BaseModel):
    """A credit note. `taken_off` came off its invoice, `credit` can be used on others; minor units, with tax."""

    credit_note: str
    invoice: str
    currency: str
    total: int
    tax: int
    taken_off: int
    credit: int


class EndInvoice(BaseModel):
    """An invoice, and why it is owed no more; the customer sees the reason."""

    invoice: InvoiceNumber
    reason: Name


class WriteOffPart(BaseModel):
    """How much of an invoice is given up, minor units, and why."""

    invoice: InvoiceNumber
    amount: Price
    reason: Name


class InvoiceEnded(BaseModel):
    """How an invoice stands after it; `amount` is what is owed no more, minor units."""

    invoice: str
    status: str
    currency: str
    amount: int
    due: int
    write_off: str = ""


@dataclass(frozen=True)
class CorrectionPlan:
    """A credit note that is worked out."""

    correction: Correction
    effect: Effect


@dataclass(frozen=True)
class EndingPlan:
    """An invoice of which that much will be owed no more."""

    invoice: Invoice
    amount: int
    effect: Effect


def plan_credit(ctx: Context, input: CreditInvoice) -> CorrectionPlan:
    """The credit note. Raises not_found, not_correctable, nothing_to_credit, credit_too_high and invalid_input."""
    invoice = access_invoice(ctx, input.invoice, field="invoice")
    if input.lines:
        correction = correct_lines(ctx, invoice, [Wanted(one.line, one.amount) for one in input.lines])
    else:
        correction = correct_amount(ctx, invoice, input.amount, input.reason or f"Credit for {invoice.number}")
    return CorrectionPlan(correction, correction_effect(ctx, correction))


def correction_effect(ctx: Context, correction: Correction) -> Effect:
    """The credit note as it will be, and where its credit goes."""
    invoice, sums = correction.invoice, correction.sums
    lines = [EffectLine(label=line.description, note=line.detail, amount=-line.amount) for line in correction.lines]
    lines += [EffectLine(label=f"Less its share of {d.label}", amount=d.amount) for d in correction.discounts]
    lines += [EffectLine(label=t.tax.name, amount=-t.amount) for t in sums.taxes if not t.tax.inclusive and t.amount]
    lines.append(EffectLine(label="Credited", amount=correction.total, kind=LineKind.GRAND))
    facts = []
    if correction.taken_off:
        facts.append(EffectFact(label=f"Comes off {invoice.number}", value=_money(ctx, correction.taken_off, invoice)))
    if correction.total > correction.taken_off:
        rest = _money(ctx, correction.total - correction.taken_off, invoice)
        facts.append(EffectFact(label="Stays on the account as credit", value=rest))
    shown = _money(ctx, correction.total, invoice)
    return Effect(
        title=f"Credit {shown} of {invoice.number}",
        currency=invoice.currency,
        lines=tuple(lines),
        facts=tuple(facts),
        confirm=f"Credit {shown}",
        warning="A credit note is final, like an invoice.",
    )


@action(
    "invoices.credit",
    title="Credit an invoice",
    help="Issue a credit note on an invoice, for an amount, for some of its lines, or for all that is left of it.",
    role=Role.AGENT,
    gate=STAFF_ONLY,
    audience=Audience.STAFF,
    page="/invoices",
    slash="/credit-invoice",
    icon="file-minus",
    phrases=["credit {invoice}", "issue a credit note for {invoice}", "credit {amount} of {invoice}"],
    plan=plan_credit,
    audit="{actor} credited {invoice} with {credit_note}: “{effect}”.",
    moves_money=True,
)
def credit_invoice(ctx: Context, input: CreditInvoice, plan: CorrectionPlan) -> CreditNoteIssued:
    """Issues the credit note and takes it off the invoice as far as that is still owed."""
    correction = plan.correction
    title = f"Credit note: {input.reason}" if input.reason else f"Credit note for {correction.invoice.number}"
    taken_off = correction.taken_off
    note = issue_correction(ctx, correction, title[:200])
    return CreditNoteIssued(
        credit_note=note.number or "",
        invoice=correction.invoice.number or "",
        currency=note.currency,
        total=-note.total,
        tax=-note.tax,
        taken_off=taken_off,
        credit=note.credit_left,
    )


def _open_invoice(ctx: Context, number: str) -> Invoice:
    """An open invoice with no payment on its way. Raises not_found, not_payable and payment_pending."""
    invoice = access_invoice(ctx, number, field="invoice")
    if invoice.kind != InvoiceKind.INVOICE or invoice.status != InvoiceStatus.OPEN:
        is_note = invoice.kind == InvoiceKind.CREDIT_NOTE
        words = "a credit note" if is_note else status_words(invoice, ctx.today)[1].lower()
        raise PortalError("not_open", number=invoice.number, status=words, field="invoice")
    pending = ctx.session.exec(
        select(Payment.id)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == Payment.id)
        .where(PaymentAllocation.invoice_id == invoice.id, Payment.status == PaymentStatus.PENDING)
    ).first()
    if pending is not None:
        raise PortalError("payment_pending", number=invoice.number, field="invoice")
    return invoice


def plan_void(ctx: Context, input: EndInvoice) -> EndingPlan:
    """The cancelling of an invoice of which nothing was settled. Raises settled_in_part, not_open and others."""
    invoice = _open_invoice(ctx, input.invoice)
    note = select(Invoice.id).where(Invoice.corrects_id == invoice.id, col(Invoice.status).in_(FINAL))
    if invoice.due != invoice.total or ctx.session.exec(note).first() is not None:
        raise PortalError("settled_in_part", number=invoice.number, field="invoice")
    shown = _money(ctx, invoice.due, invoice)
    return EndingPlan(
        invoice,
        invoice.due,
        Effect(
            title=f"Cancel {invoice.number} of {shown}",
            currency=invoice.currency,
            lines=(
                EffectLine(label=invoice.number or "", note=invoice.title, amount=invoice.due),
                EffectLine(label="Owed no more", amount=-invoice.due),
                EffectLine(label="Left to pay", amount=0, kind=LineKind.GRAND),
            ),
            facts=(EffectFact(label="Reason", value=input.reason),),
            confirm=f"Cancel {invoice.number}",
            decline="Keep it",
            warning="It keeps its number and can't be opened again.",
            danger=True,
        ),
    )


@action(
    "invoices.void",
    title="Cancel an invoice",
    help="Cancel an invoice of which nothing was paid or credited; it is owed no more and keeps its number.",
    role=Role.AGENT,
    gate=STAFF_ONLY,
    audience=Audience.STAFF,
    page="/invoices",
    slash="/void",
    icon="ban",
    phrases=["void {invoice}", "cancel invoice {invoice}", "{invoice} was a mistake, take it back"],
    plan=plan_void,
    audit="{actor} cancelled {invoice}: {reason}.",
    moves_money=True,
)
def void(ctx: Context, input: EndInvoice, plan: EndingPlan) -> InvoiceEnded:
    """Cancels it."""
    void_invoice(ctx, plan.invoice, input.reason)
    return _ended(plan)


def plan_uncollectible(ctx: Context, input: EndInvoice) -> EndingPlan:
    """The giving up of all that is owed. Raises not_found, not_open and payment_pending."""
    invoice = _open_invoice(ctx, input.invoice)
    return EndingPlan(invoice, invoice.due, _given_up(ctx, invoice, invoice.due, input.reason, whole=True))


@action(
    "invoices.uncollectible",
    title="Mark an invoice as uncollectible",
    help="Write off what is owed of an invoice that nobody will pay any more.",
    role=Role.ADMIN,
    gate=STAFF_ONLY,
    audience=Audience.STAFF,
    page="/invoices",
    slash="/uncollectible",
    icon="circle-slash",
    phrases=["{invoice} is uncollectible", "mark {invoice} as uncollectible", "nobody will pay {invoice}"],
    plan=plan_uncollectible,
    audit="{actor} marked {invoice} as uncollectible ({write_off}): {reason}.",
    moves_money=True,
)
def mark_uncollectible(ctx: Context, input: EndInvoice, plan: EndingPlan) -> InvoiceEnded:
    """Writes off what is due and expects nothing more."""
    record = write_off(ctx, plan.invoice, plan.amount, input.reason, whole=True)
    return _ended(plan, record.number)


def plan_write_off(ctx: Context, input: WriteOffPart) -> EndingPlan:
    """The giving up of a part. Raises not_found, not_open, payment_pending and amount_too_high."""
    invoice = _open_invoice(ctx, input.invoice)
    if input.amount > invoice.due:
        raise PortalError("amount_too_high", amount=_money(ctx, input.amount, invoice), field="amount",
                          due=_money(ctx, invoice.due, invoice))  # fmt: skip
    return EndingPlan(invoice, input.amount, _given_up(ctx, invoice, input.amount, input.reason, whole=False))


@action(
    "invoices.write_off",
    title="Write off a part of an invoice",
    help="Give up a part of what is owed of an invoice; the rest stays to be paid.",
    role=Role.ADMIN,
    gate=STAFF_ONLY,
    audience=Audience.STAFF,
    page="/invoices",
    slash="/write-off",
    icon="eraser",
    phrases=["write off {amount} of {invoice}", "write off the rest of {invoice}", "give up {amount} of {invoice}"],
    plan=plan_write_off,
    audit="{actor} wrote off a part of {invoice} ({write_off}): {reason}.",
    moves_money=True,
)
def write_off_part(ctx: Context, input: WriteOffPart, plan: EndingPlan) -> InvoiceEnded:
    """Writes it off."""
    record = write_off(ctx, plan.invoice, plan.amount, input.reason)
    return _ended(plan, record.number)


def _given_up(ctx: Context, invoice: Invoice, amount: int, reason: str, *, whole: bool) -> Effect:
    shown, left = _money(ctx, amount, invoice), invoice.due - amount
    return Effect(
        title=f"Write off {shown} of {invoice.number}",
        currency=invoice.currency,
        lines=(
            EffectLine(label=invoice.number or "", note=invoice.title, amount=invoice.due),
            EffectLine(label="Written off", amount=-amount),
            EffectLine(label="Left to pay", amount=left, kind=LineKind.GRAND),
        ),
        facts=(
            EffectFact(label="Reason", value=reason),
            *([EffectFact(label="Afterwards", value="Uncollectible: nothing more is expected")] if whole else []),
        ),
        confirm=f"Write off {shown}",
        decline="Keep it",
        warning="This can't be taken back.",
        danger=True,
    )


def _ended(plan: EndingPlan, number: str = "") -> InvoiceEnded:
    invoice = plan.invoice
    return InvoiceEnded(
        invoice=invoice.number or "", status=invoice.status, currency=invoice.currency, amount=plan.amount,
        due=invoice.due, write_off=number,
    )  # fmt: skip


def _money(ctx: Context, amount: int, invoice: Invoice) -> str:
    return format_money(amount, invoice.currency, ctx.customer.locale)
