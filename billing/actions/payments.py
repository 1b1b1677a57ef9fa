"""Payments: paying one or many invoices, and what was paid before."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, Field, field_validator
from sqlmodel import col, select, tuple_

from billing.access import access_payment
from billing.context import Context, Contexts
from billing.documents.statements import midnight
from billing.errors import CATALOGUE, PortalError
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentMethod, PaymentStatus, Refund
from billing.models.people import Customer
from billing.payments.declines import NOT_CONFIRMED, advice
from billing.payments.paying import PaymentPlan, card_label, plan_payment, start_payment
from billing.payments.settlement import charge_payment
from billing.payments.stopping import Stop, stop_of
from billing.references import Amount, CardId, Day, InvoiceNumber, PaymentNumber, check_days
from billing.registry import Role, query
from billing.registry import action as register_action

STOPPING = (
    "It is to be stopped, and the payment system has not answered yet. We ask it until it does."
    " Please do not say yes at your bank."
)


class PayInvoices(BaseModel):
    """Which invoices, with which card; `amount` pays a part of a single one, in minor units."""

    invoices: list[InvoiceNumber] = Field(min_length=1, max_length=100)
    payment_method: CardId | None = None
    amount: Amount | None = None
    use_credit: bool = True
    save_card: bool = False

    @field_validator("invoices")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class PaidInvoice(BaseModel):
    """What one invoice got, minor units."""

    number: str
    title: str
    money: int
    credit: int
    left: int


class GivenBack(BaseModel):
    """A refund of a payment, minor units; `to` is card, bank or credit, `status` pending, succeeded or failed."""

    number: str
    at: datetime
    amount: int
    to: str
    status: str


class Receipt(BaseModel):
    """How a payment stands. `payment` is empty where credit alone paid. `failure` is the sentence for a failed one.

    `in_advance` is what of it is not used yet; `refunded` is what went back of it, and `refunds` how. `stop` says what
    came of stopping it.

    With requires_action the customer goes to `redirect_url`, their bank, and comes back.
    """

    payment: str
    status: PaymentStatus
    currency: str
    total: int
    credit: int
    card: str
    invoices: list[PaidInvoice]
    redirect_url: str = ""
    failure: str = ""
    at: datetime
    mailed_to: str = ""
    in_advance: int = 0
    refunded: int = 0
    refunds: list[GivenBack] = []
    stop: Stop = Stop.NOT_ASKED


class PaymentRow(BaseModel):
    """One payment in a list; minor units. `unconfirmed`: the bank asked, and whoever holds the card did not agree."""

    number: str
    at: datetime
    status: PaymentStatus
    amount: int
    refunded: int
    currency: str
    method: str
    invoices: list[str]
    failure: str = ""
    unconfirmed: bool = False
    stop: Stop = Stop.NOT_ASKED


class PaymentPage(BaseModel):
    rows: list[PaymentRow]
    next: str | None = None


class ListPayments(BaseModel):
    """Made between which days (both included), and which page: `cursor` is the `next` of the page before."""

    since: Day | None = None
    until: Day | None = None
    cursor: PaymentNumber | None = None
    size: int = Field(default=25, ge=1, le=100)


class OnePayment(BaseModel):
    payment: PaymentNumber


class ListCards(BaseModel):
    """Nothing to say."""


class SavedCard(BaseModel):
    """A saved card; `id` is what `invoices.pay` takes."""

    id: str
    label: str
    is_default: bool


class SavedCards(BaseModel):
    cards: list[SavedCard]


def plan_paying(ctx: Context, input: PayInvoices) -> PaymentPlan:
    """What the payment would do."""
    return plan_payment(ctx, input.invoices, input.payment_method, input.amount, input.use_credit)


def finish_paying(contexts: Contexts, receipt: Receipt) -> Receipt:
    """Asks the gateway for the money of a payment that has begun, and says how it stands now."""
    if not receipt.payment:
        return receipt
    with contexts.system() as ctx:
        payment_id = ctx.session.exec(select(Payment.id).where(Payment.number == receipt.payment)).one()
    assert payment_id is not None
    charge_payment(contexts, payment_id)
    with contexts.system() as ctx:
        return receipt_of(ctx, ctx.session.get_one(Payment, payment_id))


@register_action(
    "invoices.pay",
    title="Pay invoices",
    help="Pay one or more invoices by card; credit comes off first.",
    role=Role.BILLING,
    gate="pay_invoices",
    page="/invoices",
    slash="/pay",
    icon="wallet",
    phrases=["pay {invoices}", "I want to pay {invoices}", "pay what I owe", "settle {invoices} with my card"],
    plan=plan_paying,
    then=finish_paying,
    audit="{actor} confirmed “{effect}” for {invoices} (payment {payment}).",
    moves_money=True,
)
def pay_invoices(ctx: Context, input: PayInvoices, plan: PaymentPlan) -> Receipt:
    """Begins the payment; `finish_paying` asks the gateway once this is committed."""
    payment = start_payment(ctx, plan, input.save_card)
    if payment is not None:
        return receipt_of(ctx, payment)
    return Receipt(
        payment="",
        status=PaymentStatus.SUCCEEDED,
        currency=plan.currency,
        total=0,
        credit=plan.credit,
        card="",
        invoices=[
            PaidInvoice(number=i.number or "", title=i.title, money=0, credit=s.credit, left=i.due)
            for i, s in zip(plan.invoices, plan.shares, strict=True)
        ],
        at=ctx.now,
    )


def receipt_of(ctx: Context, payment: Payment) -> Receipt:
    """How a payment stands, with what each invoice got."""
    rows = ctx.session.exec(
        select(PaymentAllocation, Invoice)
        .join(Invoice, col(PaymentAllocation.invoice_id) == Invoice.id)
        .where(PaymentAllocation.payment_id == payment.id)
        .order_by(col(PaymentAllocation.id))
    ).all()
    customer = ctx.session.get_one(Customer, payment.customer_id)
    return Receipt(
        payment=payment.number,
        status=PaymentStatus(payment.status),
        currency=payment.currency,
        total=payment.amount,
        credit=sum(a.credit for a, _ in rows),
        card=payment.method_label,
        invoices=[
            PaidInvoice(number=i.number or "", title=i.title, money=a.amount, credit=a.credit, left=i.due)
            for a, i in rows
        ],
        redirect_url=payment.redirect_url,
        failure=failure_sentence(payment),
        at=payment.settled_at or payment.created_at,
        mailed_to=customer.email if payment.status == PaymentStatus.SUCCEEDED else "",
        in_advance=payment.unallocated,
        refunded=payment.refunded,
        stop=stop_of(payment),
    )


def unconfirmed(payment: Payment) -> bool:
    """Whether it failed because whoever holds the card did not agree when their bank asked."""
    return payment.status == PaymentStatus.FAILED and payment.failure_code in NOT_CONFIRMED


def failure_sentence(payment: Payment) -> str:
    """What to say of a payment that did not come in; empty for one that did."""
    if unconfirmed(payment):
        return PortalError("payment_not_confirmed").message
    if payment.status == PaymentStatus.FAILED:
        return PortalError("payment_declined", advice=advice(payment.failure_code, payment.failure_reason)).message
    if payment.status == PaymentStatus.CANCELLED:
        if payment.failure_code == "already_paid":
            return "An earlier payment came in first, so nothing more was taken."
        if stop_of(payment) is Stop.DONE:
            return "This payment was stopped. Nothing was taken."
        return "This payment was given up. Nothing was taken."
    if stop_of(payment) is Stop.ASKED:
        return STOPPING
    if payment.status == PaymentStatus.PENDING and payment.gateway_id:
        return "The bank is still working on it. We tell you when the money has arrived."
    if payment.status == PaymentStatus.PENDING:
        spec = CATALOGUE["gateway_unavailable"]
        return f"{spec.sentence} {spec.next_step}"
    return ""


@query(
    "payments.list",
    title="See payments",
    help="List what was paid, when, how, and for which invoices.",
    role=Role.VIEWER,
    gate="payments_shown",
    page="/payments",
    slash="/payments",
    icon="credit-card",
    phrases=["show my payments", "what did I pay last", "did my payment arrive", "payment history"],
)
def list_payments(ctx: Context, input: ListPayments) -> PaymentPage:
    """One page of payments, the newest first. Raises `invalid_input` for days out of order."""
    check_days(input.since, input.until)
    statement = select(Payment).where(Payment.customer_id == ctx.actor.customer_id)
    if input.since:
        statement = statement.where(Payment.created_at >= midnight(ctx, input.since))
    if input.until:
        statement = statement.where(Payment.created_at < midnight(ctx, input.until + timedelta(days=1)))
    if input.cursor:
        after = access_payment(ctx, input.cursor, field="cursor")
        place = tuple_(col(Payment.created_at), col(Payment.id))
        statement = statement.where(place < (after.created_at, after.id))
    statement = statement.order_by(col(Payment.created_at).desc(), col(Payment.id).desc()).limit(input.size + 1)
    found = list(ctx.session.exec(statement).all())
    rows = found[: input.size]
    paid = _invoices_of(ctx, [row.id or 0 for row in rows])
    return PaymentPage(
        rows=[
            PaymentRow(
                number=row.number,
                at=row.created_at,
                status=PaymentStatus(row.status),
                amount=row.amount,
                refunded=row.refunded,
                currency=row.currency,
                method=row.method_label,
                invoices=paid.get(row.id or 0, []),
                failure=failure_sentence(row),
                unconfirmed=unconfirmed(row),
                stop=stop_of(row),
            )
            for row in rows
        ],
        next=rows[-1].number if len(found) > input.size else None,
    )


def _invoices_of(ctx: Context, payments: list[int]) -> dict[int, list[str]]:
    rows = ctx.session.exec(
        select(PaymentAllocation.payment_id, Invoice.number)
        .join(Invoice, col(PaymentAllocation.invoice_id) == Invoice.id)
        .where(col(PaymentAllocation.payment_id).in_(payments))
        .order_by(col(PaymentAllocation.id))
    ).all()
    found: dict[int, list[str]] = {}
    for payment_id, number in rows:
        found.setdefault(payment_id, []).append(number or "")
    return found


@query(
    "payments.show",
    title="See one payment",
    help="Show a payment with the invoices it paid.",
    role=Role.VIEWER,
    gate="payments_shown",
    page="/payments",
    slash="/payment",
    icon="credit-card",
    phrases=["show payment {payment}", "what was {payment} for", "the receipt of {payment}"],
)
def show_payment(ctx: Context, input: OnePayment) -> Receipt:
    """The payment in full, with what went back of it. Raises `not_found`."""
    payment = access_payment(ctx, input.payment)
    refunds = ctx.session.exec(select(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id))).all()
    receipt = receipt_of(ctx, payment)
    receipt.refunds = [
        GivenBack(number=r.number, at=r.created_at, amount=r.amount, to=r.to, status=r.status) for r in refunds
    ]
    return receipt


@query(
    "payments.cards",
    title="See saved cards",
    help="List the cards that are kept for paying.",
    role=Role.VIEWER,
    gate="payments_shown",
    page="/payments",
    slash="/cards",
    icon="credit-card",
    phrases=["which cards do you have", "show my cards", "what card is on file"],
)
def list_cards(ctx: Context, input: ListCards) -> SavedCards:
    """The saved cards, the default one first."""
    rows = ctx.session.exec(
        select(PaymentMethod)
        .where(PaymentMethod.customer_id == ctx.actor.customer_id, col(PaymentMethod.removed_at).is_(None))
        .order_by(col(PaymentMethod.is_default).desc(), col(PaymentMethod.id).desc())
    ).all()
    return SavedCards(
        cards=[
            SavedCard(id=row.gateway_id, label=card_label(row.brand, row.last4), is_default=row.is_default)
            for row in rows
        ]
    )
