"""Credit: where it comes from and went, using it on an invoice by choice, and goodwill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import and_, literal, or_, tuple_, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from billing.access import access_invoice, access_payment
from billing.context import Context
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import UNUSED, CreditApplication, Payment, Refund, RefundAllocation, RefundStatus, RefundTo
from billing.money import format_money
from billing.payments.paying import check_payable
from billing.posting import apply_credit, issue_credit_note, unused, usable_by_currency, usable_credit, use_credit
from billing.references import CreditNumber, Currency, InvoiceNumber, Name, Price
from billing.registry import Audience, Role, Ungated, action, query
from billing.rules.totals import NewLine

IN_ADVANCE_SHOWN = 50


class ListCredits(BaseModel):
    """Which page of credit notes: `cursor` is the `next` of the page before."""

    cursor: InvoiceNumber | None = None
    size: int = Field(default=25, ge=1, le=100)


class CreditUse(BaseModel):
    """Where some of it went: onto an invoice, or back as a refund (`pending` while the gateway works on it)."""

    kind: str
    reference: str
    on: date
    amount: int
    pending: bool = False


class CreditSource(BaseModel):
    """A credit note or money paid in advance; minor units. What is pending is still part of `left`."""

    kind: str
    number: str
    title: str
    on: date
    currency: str
    amount: int
    left: int
    uses: list[CreditUse]


class CreditTotal(BaseModel):
    """All the credit in one currency, and how much of it comes off the next payment; minor units."""

    currency: str
    amount: int
    usable: int


class Credits(BaseModel):
    """The credit there is, and where it comes from: money in advance that is left, then a page of credit notes.

    Later pages have credit notes alone.
    """

    totals: list[CreditTotal]
    sources: list[CreditSource]
    next: str | None = None


@query(
    "credits.list",
    title="See credit",
    help="Show the credit on the account: where it comes from, how much is left and where the rest went.",
    role=Role.VIEWER,
    gate="credits_shown",
    page="/statements",
    slash="/credits",
    icon="badge-percent",
    phrases=[
        "how much credit do I have",
        "where did my credit go",
        "show my credits",
        "list my credit notes and credit",
    ],
)
def list_credits(ctx: Context, input: ListCredits) -> Credits:
    """One page of credit notes; with the first one comes the money in advance that is not used up."""
    mine = ctx.customer.id or 0
    totals: list[CreditTotal] = []
    statement = select(Invoice).where(
        Invoice.customer_id == mine,
        Invoice.kind == InvoiceKind.CREDIT_NOTE,
        col(Invoice.status).in_([InvoiceStatus.OPEN, InvoiceStatus.PAID]),
    )
    payments: list[Payment] = []
    if input.cursor:
        after = access_invoice(ctx, input.cursor, field="cursor")
        statement = statement.where(tuple_(col(Invoice.issued_on), col(Invoice.id)) < (after.issued_on, after.id))
    else:
        comes_off = ctx.preferences.use_credit
        totals = [
            CreditTotal(currency=currency, amount=amount, usable=usable if comes_off else 0)
            for currency, (amount, usable) in usable_by_currency(ctx, mine).items()
        ]
        payments = list(
            ctx.session.exec(
                select(Payment)
                .where(Payment.customer_id == mine, UNUSED)
                .order_by(col(Payment.id).desc())
                .limit(IN_ADVANCE_SHOWN)
            ).all()
        )
    order = (col(Invoice.issued_on).desc(), col(Invoice.id).desc())
    found = list(ctx.session.exec(statement.order_by(*order).limit(input.size + 1)).all())
    notes = found[: input.size]
    uses = _uses(ctx, notes, payments)
    return Credits(
        totals=totals,
        sources=[*[_in_advance(ctx, p, uses) for p in payments], *[_note(n, uses) for n in notes]],
        next=notes[-1].number if len(found) > input.size else None,
    )


Uses = dict[tuple[str, int], list[CreditUse]]


def _uses(ctx: Context, notes: Iterable[Invoice], payments: Iterable[Payment]) -> Uses:
    of_notes, of_payments = [note.id for note in notes], [payment.id for payment in payments]
    application, part = CreditApplication, RefundAllocation
    applied: Any = (
        sql_select(
            literal("invoice").label("kind"),
            col(application.credit_note_id).label("note"),
            col(application.payment_id).label("payment"),
            col(Invoice.number).label("reference"),
            col(application.applied_at).label("at"),
            col(application.amount).label("amount"),
            literal(RefundStatus.SUCCEEDED.value).label("status"),
        )
        .join_from(application, Invoice, col(application.invoice_id) == Invoice.id)
        .where(or_(col(application.credit_note_id).in_(of_notes), col(application.payment_id).in_(of_payments)))
    )
    unused_money = and_(col(part.invoice_id).is_(None), col(part.credit_note_id).is_(None))
    refunded = (
        sql_select(
            literal("refund"),
            col(part.credit_note_id),
            col(Refund.payment_id),
            col(Refund.number),
            col(Refund.created_at),
            col(part.amount),
            col(Refund.status),
        )
        .join_from(part, Refund, col(part.refund_id) == Refund.id)
        .where(
            col(Refund.status) != RefundStatus.FAILED,
            or_(col(Refund.to) != RefundTo.CREDIT, col(part.credit_note_id).is_(None)),
            or_(col(part.credit_note_id).in_(of_notes), and_(unused_money, col(Refund.payment_id).in_(of_payments))),
        )
    )
    found: Uses = {}
    rows: Any = ctx.session.connection().execute(union_all(applied, refunded)).all()
    for row in sorted(rows, key=lambda row: row.at):
        source = ("note", row.note) if row.note else ("payment", row.payment)
        found.setdefault(source, []).append(
            CreditUse(
                kind=row.kind, reference=row.reference, on=_day(ctx, row.at), amount=row.amount,
                pending=row.status == RefundStatus.PENDING,
            )
        )  # fmt: skip
    return found


def _note(note: Invoice, uses: Uses) -> CreditSource:
    return CreditSource(
        kind="credit_note", number=note.number or "", title=note.title, on=note.issued_on, currency=note.currency,
        amount=-note.total, left=note.credit_left, uses=uses.get(("note", note.id or 0), []),
    )  # fmt: skip


def _in_advance(ctx: Context, payment: Payment, uses: Uses) -> CreditSource:
    return CreditSource(
        kind="in_advance", number=payment.number, title=f"Paid in advance, {payment.method_label}".rstrip(", "),
        on=_day(ctx, payment.settled_at or payment.created_at), currency=payment.currency, amount=payment.amount,
        left=payment.unallocated, uses=uses.get(("payment", payment.id or 0), []),
    )  # fmt: skip


class ApplyCredit(BaseModel):
    """The invoice, how much of the credit (all that fits without an amount), and which credit (the oldest first)."""

    invoice: InvoiceNumber
    amount: Price | None = None
    credit: CreditNumber | None = None


class CreditApplied(BaseModel):
    """What was used and what is left to pay, minor units."""

    invoice: str
    currency: str
    used: int
    due: int
    credit_left: int
    sentence: str = ""


@dataclass(frozen=True)
class ApplyingPlan:
    """How much credit is used on the invoice, of a source that was chosen or of the oldest."""

    invoice: Invoice
    giver: Invoice | Payment | None
    amount: int
    effect: Effect


def plan_applying(ctx: Context, input: ApplyCredit) -> ApplyingPlan:
    """Works it out. Raises not_found, nothing_to_pay, not_payable, payment_pending, no_credit and amount_too_high."""
    invoice = access_invoice(ctx, input.invoice, field="invoice")
    check_payable(ctx, [invoice])
    giver = _giver(ctx, input.credit) if input.credit else None
    there = usable_credit(ctx, invoice.customer_id, invoice.currency)
    if giver is not None:
        if giver.currency != invoice.currency:
            raise PortalError(
                "currency_differs", number=giver.number, currency=giver.currency, other=invoice.number,
                wanted=invoice.currency, field="credit",
            )  # fmt: skip
        there = min(there, unused(ctx, giver))
        if there <= 0:
            raise PortalError("credit_used", number=giver.number, field="credit")
    if there <= 0:
        raise PortalError("no_credit", currency=invoice.currency, field="invoice")
    most = min(there, invoice.due)
    amount = most if input.amount is None else input.amount
    if amount > most:
        raise PortalError("amount_too_high", amount=_money(ctx, amount, invoice.currency), field="amount",
                          due=_money(ctx, most, invoice.currency))  # fmt: skip
    shown = _money(ctx, amount, invoice.currency)
    effect = Effect(
        title=f"Use {shown} of credit on {invoice.number}",
        currency=invoice.currency,
        lines=(
            EffectLine(label=invoice.number or "", note=invoice.title, amount=invoice.due),
            EffectLine(label=f"Credit {giver.number}" if giver else "Credit, the oldest first", amount=-amount),
            EffectLine(label="Left to pay", amount=invoice.due - amount, kind=LineKind.GRAND),
        ),
        facts=(EffectFact(label="Credit left", value=_money(ctx, there - amount, invoice.currency)),),
        confirm=f"Use {shown}",
    )
    return ApplyingPlan(invoice, giver, amount, effect)


def _giver(ctx: Context, number: str) -> Invoice | Payment:
    try:
        found = access_invoice(ctx, number, field="credit")
    except PortalError:
        return access_payment(ctx, number, field="credit")
    if found.kind != InvoiceKind.CREDIT_NOTE:
        raise PortalError("not_found", thing="credit note", reference=number, field="credit")
    return found


@action(
    "credits.apply",
    title="Use credit on an invoice",
    help="Use credit notes or money paid in advance on one invoice, as much as you choose.",
    role=Role.BILLING,
    gate="use_credit",
    audience=Audience.BOTH,
    page="/invoices",
    slash="/use-credit",
    icon="badge-check",
    phrases=["use my credit on {invoice}", "apply my credit to {invoice}", "pay {invoice} with my credit"],
    plan=plan_applying,
    audit="{actor} confirmed “{effect}”.",
    moves_money=True,
)
def apply_chosen_credit(ctx: Context, input: ApplyCredit, plan: ApplyingPlan) -> CreditApplied:
    """Uses it."""
    invoice = plan.invoice
    if plan.giver is not None:
        used = use_credit(ctx, invoice, plan.giver, plan.amount)
    else:
        used = apply_credit(ctx, invoice, plan.amount)
    left = f"{_money(ctx, invoice.due, invoice.currency)} is left to pay" if invoice.due else "Nothing is left to pay"
    return CreditApplied(
        invoice=invoice.number or "", currency=invoice.currency, used=used, due=invoice.due,
        credit_left=usable_credit(ctx, invoice.customer_id, invoice.currency),
        sentence=f"{_money(ctx, used, invoice.currency)} of credit was used on {invoice.number}. {left}.",
    )  # fmt: skip


class GrantCredit(BaseModel):
    """How much goodwill, in minor units of the account's currency unless another is named, and why."""

    amount: Price
    reason: Name
    currency: Currency | None = None


class CreditGranted(BaseModel):
    """The credit note that was issued; minor units."""

    credit_note: str
    currency: str
    amount: int


@dataclass(frozen=True)
class GrantPlan:
    """Credit to be given."""

    amount: int
    currency: str
    effect: Effect


def plan_grant(ctx: Context, input: GrantCredit) -> GrantPlan:
    """The credit that would be given."""
    currency = input.currency or ctx.customer.currency
    shown = _money(ctx, input.amount, currency)
    effect = Effect(
        title=f"Give {ctx.customer.name} {shown} of credit",
        currency=currency,
        lines=(EffectLine(label="Credit", note=input.reason, amount=input.amount, kind=LineKind.GRAND),),
        facts=(EffectFact(label="Afterwards", value="It comes off the next payment"),),
        confirm=f"Give {shown}",
        warning="A credit note is final, like an invoice.",
    )
    return GrantPlan(input.amount, currency, effect)


@action(
    "credits.grant",
    title="Give credit",
    help="Give a customer credit out of goodwill, with a credit note that corrects no invoice.",
    role=Role.AGENT,
    gate=Ungated("Staff give goodwill as they see fit"),
    audience=Audience.STAFF,
    page="/invoices",
    slash="/goodwill",
    icon="gift",
    phrases=["give {amount} of credit", "grant {amount} of goodwill", "credit them {amount} for the trouble"],
    plan=plan_grant,
    audit="{actor} confirmed “{effect}” ({credit_note}): {reason}.",
    moves_money=True,
)
def grant_credit(ctx: Context, input: GrantCredit, plan: GrantPlan) -> CreditGranted:
    """Issues the credit note; it bears no tax, as nothing was sold or taken back."""
    assert ctx.actor.customer_id is not None
    draft = Invoice(
        customer_id=ctx.actor.customer_id, kind=InvoiceKind.CREDIT_NOTE, title=f"Credit: {input.reason}"[:200],
        currency=plan.currency, issued_on=ctx.today, created_at=ctx.now,
    )  # fmt: skip
    note = issue_credit_note(ctx, draft, [NewLine(input.reason, unit_amount=-plan.amount, amount=-plan.amount)])
    return CreditGranted(credit_note=note.number or "", currency=note.currency, amount=note.credit_left)


def _day(ctx: Context, at: datetime) -> date:
    return at.astimezone(ctx.zone).date()


def _money(ctx: Context, amount: int, currency: str) -> str:
    return format_money(amount, currency, ctx.customer.locale)
