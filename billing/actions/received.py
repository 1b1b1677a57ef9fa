"""Money that comes in before or beside an invoice's own payment: in advance by card, or outside, recorded by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, Field, field_validator
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from billing.access import access_invoices
from billing.actions.payments import PaidInvoice, Receipt, finish_paying, receipt_of
from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.money import format_money
from billing.notifications import mail_receipt
from billing.payments.paying import Card, card_of, check_payable, new_card_payment
from billing.posting import next_number, record_payment
from billing.references import CardId, Currency, Day, InvoiceNumber, Name, Price
from billing.registry import Audience, Role, Ungated, action
from billing.rules.allocation import Share, allocate
from billing.tokens import digest

A_YEAR = timedelta(days=366)


class PayInAdvance(BaseModel):
    """How much is paid before there is an invoice, in minor units of the account's currency, and with which card."""

    amount: Price
    payment_method: CardId | None = None
    save_card: bool = False


@dataclass(frozen=True)
class AdvancePlan:
    """A card payment for no invoice yet."""

    amount: int
    currency: str
    card: Card
    effect: Effect


def plan_advance(ctx: Context, input: PayInAdvance) -> AdvancePlan:
    """What paying in advance would do. Raises below_card_least, above_card_most, no_card and not_found."""
    currency = ctx.customer.currency
    card = card_of(ctx, input.payment_method, input.amount, currency)
    shown = _money(ctx, input.amount, currency)
    effect = Effect(
        title=f"Pay {shown} in advance",
        currency=currency,
        lines=(EffectLine(label="To pay now", amount=input.amount, kind=LineKind.GRAND),),
        facts=(
            EffectFact(label="From", value=card.label),
            EffectFact(label="Afterwards", value="It is kept on your account and comes off your next invoices"),
        ),
        confirm=f"Pay {shown}",
        due_now=input.amount,
    )
    return AdvancePlan(input.amount, currency, card, effect)


@action(
    "payments.advance",
    title="Pay in advance",
    help="Take a payment by card before there is an invoice; it is kept and comes off the next ones.",
    role=Role.BILLING,
    gate="pay_in_advance",
    page="/payments",
    slash="/pay-in-advance",
    icon="piggy-bank",
    phrases=["pay {amount} in advance", "I want to prepay {amount}", "top up my account with {amount}"],
    plan=plan_advance,
    then=finish_paying,
    audit="{actor} confirmed “{effect}” (payment {payment}).",
    moves_money=True,
)
def pay_in_advance(ctx: Context, input: PayInAdvance, plan: AdvancePlan) -> Receipt:
    """Begins the payment; the gateway is asked once this is committed."""
    assert ctx.actor.customer_id is not None
    payment = new_card_payment(ctx, ctx.actor.customer_id, plan.amount, plan.currency, plan.card, input.save_card)
    return receipt_of(ctx, payment)


class Way(StrEnum):
    """How money came in outside."""

    BANK_TRANSFER = "bank_transfer"
    BANK_DEBIT = "bank_debit"
    CASH = "cash"
    CHEQUE = "cheque"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class RecordPayment(BaseModel):
    """Money that arrived: how much (minor units), the bank's own reference, on which day, for which invoices.

    The invoices that are due first get it first. What they don't need is kept as money in advance, and so is all of it
    where no invoice is named. The currency is theirs, or the account's.
    """

    amount: Price
    reference: Name
    invoices: list[InvoiceNumber] = Field(default=[], max_length=500)
    received_on: Day | None = None
    way: Way = Way.BANK_TRANSFER
    currency: Currency | None = None

    @field_validator("invoices")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class PaymentRecorded(BaseModel):
    """A payment that was recorded: what each invoice got, and what is kept in advance; minor units."""

    payment: str
    currency: str
    total: int
    invoices: list[PaidInvoice]
    in_advance: int


@dataclass(frozen=True)
class RecordingPlan:
    """Which invoice gets how much of the money."""

    invoices: tuple[Invoice, ...]
    shares: tuple[Share, ...]
    currency: str
    received_on: date
    key: str
    in_advance: int
    effect: Effect


def plan_recording(ctx: Context, input: RecordPayment) -> RecordingPlan:
    """Works it out.

    Raises recorded_before, day_ahead, day_out_of_order, currency_differs, nothing_to_pay and not_payable.
    """
    key = f"received-{digest({'reference': ''.join(input.reference.upper().split())})}"
    if ctx.session.exec(select(Payment.id).where(Payment.idempotency_key == key)).first() is not None:
        raise PortalError("recorded_before", reference=input.reference, field="reference")
    day = input.received_on or ctx.today
    if day > ctx.today:
        raise PortalError("day_ahead", day=format_day(day), field="received_on")
    if day < (earliest := _earliest(ctx)):
        raise PortalError("day_out_of_order", day=format_day(day), earliest=format_day(earliest), field="received_on")
    invoices = sorted(access_invoices(ctx, input.invoices), key=lambda i: (i.due_on or i.issued_on, i.id))
    if invoices:
        check_payable(ctx, invoices)
    currency = invoices[0].currency if invoices else input.currency or ctx.customer.currency
    if input.currency and input.currency != currency:
        raise PortalError(
            "currency_differs", number=invoices[0].number, currency=currency, other="the payment",
            wanted=input.currency, field="currency",
        )  # fmt: skip
    dues = [invoice.due for invoice in invoices]
    shares = allocate(dues, 0, min(input.amount, sum(dues)))
    rest = input.amount - sum(share.money for share in shares)
    lines = [
        EffectLine(label=i.number or "", note=i.title, amount=s.money) for i, s in zip(invoices, shares, strict=True)
    ]
    if rest:
        lines.append(EffectLine(label="Kept as money in advance", amount=rest))
    left = [
        EffectFact(label=i.number or "", value=f"{_money(ctx, s.left, currency)} stay to be paid")
        for i, s in zip(invoices, shares, strict=True)
        if s.left
    ]
    shown = _money(ctx, input.amount, currency)
    effect = Effect(
        title=f"Record {shown} that arrived",
        currency=currency,
        lines=(*lines, EffectLine(label="Arrived", amount=input.amount, kind=LineKind.GRAND)),
        facts=(
            EffectFact(label="By", value=f"{input.way.words}, {input.reference}"),
            EffectFact(label="On", value=format_day(day)),
            *left,
        ),
        confirm=f"Record {shown}",
    )
    return RecordingPlan(tuple(invoices), tuple(shares), currency, day, key, rest, effect)


def _earliest(ctx: Context) -> date:
    """A year before the account's first paper, or before the account was opened, whichever came first."""
    papers = select(func.min(Invoice.issued_on)).where(Invoice.customer_id == ctx.actor.customer_id)
    opened = ctx.customer.created_at.astimezone(ctx.zone).date()
    return min(ctx.session.exec(papers).one() or opened, opened) - A_YEAR


@action(
    "payments.record",
    title="Record a payment",
    help="Record money that arrived outside the portal, such as a bank transfer, for invoices or in advance.",
    role=Role.AGENT,
    gate=Ungated("Staff record what arrives at the bank"),
    audience=Audience.STAFF,
    page="/payments",
    slash="/record-payment",
    icon="landmark",
    phrases=[
        "record a payment of {amount}",
        "{amount} arrived for {invoices}",
        "a bank transfer came in for {invoices}",
    ],
    plan=plan_recording,
    audit="{actor} recorded {payment}: “{effect}”, reference {reference}.",
    moves_money=True,
)
def record_received(ctx: Context, input: RecordPayment, plan: RecordingPlan) -> PaymentRecorded:
    """Books it."""
    assert ctx.actor.customer_id is not None
    payment = Payment(
        number=next_number(ctx, "PAY"), customer_id=ctx.actor.customer_id, status=PaymentStatus.SUCCEEDED,
        currency=plan.currency, amount=input.amount, method=input.way, method_label=input.way.words,
        reference=input.reference, received_on=plan.received_on, idempotency_key=plan.key, created_at=ctx.now,
        settled_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(payment)
    try:
        ctx.session.flush()
    except IntegrityError:  # recorded for another account at the same moment
        raise PortalError("recorded_before", reference=input.reference, field="reference") from None
    assert payment.id is not None
    shares = [
        (i, PaymentAllocation(payment_id=payment.id, invoice_id=i.id or 0, amount=s.money))
        for i, s in zip(plan.invoices, plan.shares, strict=True)
        if s.money
    ]
    record_payment(ctx, payment, shares)
    mail_receipt(ctx, payment, [invoice for invoice, _ in shares])
    return PaymentRecorded(
        payment=payment.number,
        currency=payment.currency,
        total=payment.amount,
        invoices=[
            PaidInvoice(number=i.number or "", title=i.title, money=s.money, credit=0, left=i.due)
            for i, s in zip(plan.invoices, plan.shares, strict=True)
        ],
        in_advance=payment.unallocated,
    )


def _money(ctx: Context, amount: int, currency: str) -> str:
    return format_money(amount, currency, ctx.customer.locale)
