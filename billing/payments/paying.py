"""Paying invoices: works out who gets what, and carries it out up to the moment the gateway is asked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlmodel import col, select

from billing.access import access_invoices, access_payment_method
from billing.context import Context
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.gateways.base import largest_charge, least_charge
from billing.invoices.rows import status_words
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import Payment, PaymentAllocation, PaymentMethod, PaymentStatus
from billing.money import format_money
from billing.posting import apply_credit, next_number, usable_credit
from billing.rules.allocation import Share, allocate

NEW_CARD = "A new card"


@dataclass(frozen=True)
class Card:
    """The card that pays: the gateway's token and how it is shown."""

    token: str
    label: str


@dataclass(frozen=True)
class PaymentPlan:
    """Which invoice gets how much credit and money, oldest due first. Amounts are minor units."""

    invoices: tuple[Invoice, ...]
    shares: tuple[Share, ...]
    currency: str
    card: Card | None
    effect: Effect

    @property
    def credit(self) -> int:
        return sum(share.credit for share in self.shares)

    @property
    def money(self) -> int:
        return sum(share.money for share in self.shares)


def plan_payment(
    ctx: Context,
    numbers: list[str],
    payment_method: str | None,
    amount: int | None,
    use_credit: bool,
) -> PaymentPlan:
    """Works the payment out and writes nothing.

    Raises not_found, nothing_to_pay, not_payable, payment_pending, currencies_differ, amount_too_high, amount_too_low,
    no_card, below_card_least and above_card_most.
    """
    invoices = sorted(access_invoices(ctx, numbers), key=lambda i: (i.due_on or i.issued_on, i.id))
    check_payable(ctx, invoices)
    currency = invoices[0].currency
    dues = [invoice.due for invoice in invoices]
    if amount is not None:
        _check_part(ctx, invoices, amount)
    credit = 0
    if use_credit and amount is None and ctx.preferences.use_credit:
        replacing = [invoice.id or 0 for invoice in invoices]
        credit = usable_credit(ctx, invoices[0].customer_id, currency, replacing=replacing)
    shares = allocate(dues, credit, amount)
    money = sum(share.money for share in shares)
    card = card_of(ctx, payment_method, money, currency) if money else None
    return PaymentPlan(tuple(invoices), tuple(shares), currency, card, _effect(ctx, invoices, shares, currency, card))


def check_payable(ctx: Context, invoices: list[Invoice]) -> None:
    """Raises nothing_to_pay, not_payable, currencies_differ and payment_pending unless money can be taken for them."""
    for invoice in invoices:
        if invoice.status == InvoiceStatus.PAID and invoice.kind == InvoiceKind.INVOICE:
            raise PortalError("nothing_to_pay", number=invoice.number, field="invoices")
        if invoice.kind != InvoiceKind.INVOICE or invoice.status != InvoiceStatus.OPEN:
            is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
            words = "a credit note" if is_credit else status_words(invoice, ctx.today)[1].lower()
            raise PortalError("not_payable", number=invoice.number, status=words, field="invoices")
    if len({invoice.currency for invoice in invoices}) > 1:
        raise PortalError("currencies_differ", currency=invoices[0].currency, field="invoices")
    pending = ctx.session.exec(
        select(Invoice.number)
        .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == Invoice.id)
        .join(Payment, col(PaymentAllocation.payment_id) == Payment.id)
        .where(col(Invoice.id).in_([i.id for i in invoices]), Payment.status == PaymentStatus.PENDING)
    ).first()
    if pending:
        raise PortalError("payment_pending", number=pending, field="invoices")


def _check_part(ctx: Context, invoices: list[Invoice], amount: int) -> None:
    invoice = invoices[0]
    if len(invoices) > 1:
        raise PortalError("invalid_input", field="amount", problem="A part can be paid of one invoice at a time.")
    if amount <= 0:
        raise PortalError("amount_too_low", amount=_money(ctx, amount, invoice.currency), field="amount",
                          least=_money(ctx, 0, invoice.currency))  # fmt: skip
    if amount > invoice.due:
        raise PortalError("amount_too_high", amount=_money(ctx, amount, invoice.currency), field="amount",
                          due=_money(ctx, invoice.due, invoice.currency))  # fmt: skip


def default_card(ctx: Context) -> PaymentMethod | None:
    """The card that pays when none is named: the default one, else the newest."""
    return ctx.session.exec(
        select(PaymentMethod)
        .where(PaymentMethod.customer_id == ctx.actor.customer_id, col(PaymentMethod.removed_at).is_(None))
        .order_by(col(PaymentMethod.is_default).desc(), col(PaymentMethod.id).desc())
    ).first()


def card_label(brand: str, last4: str) -> str:
    """Visa ending 4417."""
    names = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}
    return f"{names.get(brand.lower(), brand.capitalize() or 'Card')} ending {last4}"


def card_of(ctx: Context, payment_method: str | None, amount: int, currency: str) -> Card:
    """The card that pays that much: the saved one of that id, a new one from the form, or else the default one.

    Raises below_card_least, above_card_most, no_card and not_found.
    """
    if amount < least_charge(currency):
        raise PortalError("below_card_least", amount=_money(ctx, amount, currency), field="amount",
                          least=_money(ctx, least_charge(currency), currency))  # fmt: skip
    if amount > largest_charge(currency):
        raise PortalError("above_card_most", amount=_money(ctx, amount, currency), field="amount",
                          most=_money(ctx, largest_charge(currency), currency))  # fmt: skip
    if payment_method is None:
        saved = default_card(ctx)
        if saved is None:
            raise PortalError("no_card", field="payment_method")
        return Card(saved.gateway_id, card_label(saved.brand, saved.last4))
    try:
        saved = access_payment_method(ctx, payment_method)
    except PortalError:
        if not payment_method.startswith("pm_") or _was_kept(ctx, payment_method):
            raise
        return Card(payment_method, NEW_CARD)
    return Card(saved.gateway_id, card_label(saved.brand, saved.last4))


def _was_kept(ctx: Context, gateway_id: str) -> bool:
    """Whether that is no new card but a saved one: removed since, or somebody else's."""
    known = select(PaymentMethod.id).where(PaymentMethod.gateway_id == gateway_id.strip())
    return ctx.session.exec(known).first() is not None


def _effect(ctx: Context, invoices: list[Invoice], shares: list[Share], currency: str, card: Card | None) -> Effect:
    credit, money = sum(s.credit for s in shares), sum(s.money for s in shares)
    lines = [EffectLine(label=i.number or "", note=i.title, amount=i.due) for i in invoices]
    if credit:
        lines.append(EffectLine(label="Your credit", amount=-credit))
    left = sum(share.left for share in shares)
    if left:
        lines.append(EffectLine(label="Left for later", amount=-left))
    lines.append(EffectLine(label="To pay now", amount=money, kind=LineKind.GRAND))
    facts = [EffectFact(label="From", value=card.label)] if card else []
    count = f"{len(invoices)} invoices" if len(invoices) > 1 else str(invoices[0].number)
    shown = _money(ctx, money, currency)
    return Effect(
        title=f"Pay {count}",
        currency=currency,
        lines=tuple(lines),
        facts=tuple(facts),
        confirm=f"Pay {shown}" if money else "Use the credit",
        due_now=money,
    )


def start_payment(ctx: Context, plan: PaymentPlan, save_card: bool) -> Payment | None:
    """Keeps the pending payment with its allocations; None where credit alone settles everything, at once."""
    if plan.card is None:
        for invoice, share in zip(plan.invoices, plan.shares, strict=True):
            apply_credit(ctx, invoice, share.credit)
        return None
    payment = new_card_payment(ctx, plan.invoices[0].customer_id, plan.money, plan.currency, plan.card, save_card)
    assert payment.id is not None
    for invoice, share in zip(plan.invoices, plan.shares, strict=True):
        assert invoice.id is not None
        ctx.session.add(
            PaymentAllocation(payment_id=payment.id, invoice_id=invoice.id, amount=share.money, credit=share.credit)
        )
    return payment


def new_card_payment(
    ctx: Context, customer_id: int, amount: int, currency: str, card: Card, save_card: bool
) -> Payment:
    """Keeps a pending payment by card; the gateway is asked once this is committed."""
    payment = Payment(
        number=next_number(ctx, "PAY"),
        customer_id=customer_id,
        contact_id=ctx.actor.id if ctx.actor.kind == "contact" else None,
        status=PaymentStatus.PENDING,
        currency=currency,
        amount=amount,
        method="card",
        method_label="" if card.label == NEW_CARD else card.label,
        method_token=card.token,
        save_method=save_card,
        idempotency_key=f"pay-{secrets.token_urlsafe(24)}",
        created_at=ctx.now,
    )
    ctx.session.add(payment)
    ctx.session.flush()
    ctx.emit("payment.started", "payments", "invoices", number=payment.number)
    return payment


def _money(ctx: Context, amount: int, currency: str) -> str:
    return format_money(amount, currency, ctx.customer.locale)
