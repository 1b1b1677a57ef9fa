"""A charge that failed is tried again on the days that the admin chose, and in the end given up.

The days count from the first failure. A try is never earlier than the day after the one before: whoever was away for
a month does not ask a card five times within a minute. Meanwhile the subscriptions of the invoice are past due.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import col, select

from billing.charging.auto_charge import DAY, ask_on, dunning_of
from billing.context import Context
from billing.dunning.past_due import subscriptions_on
from billing.letters import Letters
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.payments import Dunning, DunningState, Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.models.records import EventRecord
from billing.models.subscriptions import Subscription, SubscriptionStatus
from billing.notifications import write_mail
from billing.registry import follows
from billing.rules.policy import CancellationPolicy
from billing.subscriptions.cancelling import cancel, end_as_planned, work_out_cancellation
from billing.subscriptions.held import Held, read_held
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.pausing import When, pause_as_planned

UNPAID = "not paid"
ALREADY_PAID = "already_paid"
ASKS_FIRST = "authentication_required"  # the bank does not let it go off session
KEPT = "Your subscriptions go on, and are past due until it is paid."
OUTCOMES = {"past_due": ("past_due", KEPT), "pause": ("paused", "What it is for is paused now: {names}."),
            "cancel": ("cancelled", "What it is for has ended now: {names}.")}  # fmt: skip


@follows("payment.failed")
def charge_failed(ctx: Context, event: EventRecord) -> None:
    """Notes that a charge by itself failed, in the transaction in which it ended: when it is tried again, or given up.

    The customer's row is locked.
    """
    invoices = ctx.session.exec(
        select(Invoice, Payment)
        .join(PaymentAllocation, col(PaymentAllocation.invoice_id) == col(Invoice.id))
        .join(Payment, col(Payment.id) == col(PaymentAllocation.payment_id))
        .where(
            Payment.number == event.details["number"], col(Payment.off_session), Payment.failure_code != ALREADY_PAID,
            Invoice.status == InvoiceStatus.OPEN,
        )
        .order_by(col(Invoice.id))
    ).all()  # fmt: skip
    for invoice, payment in invoices:
        if payment.status == PaymentStatus.CANCELLED and not payment.gateway_id:
            ask_on(ctx, invoice)
        elif payment.failure_code == ASKS_FIRST and payment.contact_id is not None:
            ask_on(ctx, invoice, DAY)
        else:
            try_failed(ctx, invoice, payment.failure_reason or payment.failure_code, payment.method_label)


def try_failed(ctx: Context, invoice: Invoice, failure: str, card: str) -> None:
    """Notes that an invoice could not be charged: the bank's word for it, and which card was asked."""
    customer = ctx.session.get_one(Customer, invoice.customer_id)
    acting = ctx.acting_for(customer)
    today = acting.today
    dunning = dunning_of(ctx, invoice, today)
    if not dunning.attempts:
        dunning.started_on = today
    dunning.attempts += 1
    dunning.last_failure = failure
    dunning.next_on = next_try(ctx.preferences.retry_days, dunning.started_on, dunning.attempts, today)
    ctx.session.add(dunning)
    for held in _held(acting, invoice, SubscriptionStatus.ACTIVE):
        before = state_of(held.subscription)
        held.subscription.status = SubscriptionStatus.PAST_DUE
        remember(acting, held, before, f"{held.product.name} is past due: {invoice.number} was not paid",
                 invoice_id=invoice.id)  # fmt: skip
    letters = Letters(ctx.preferences, ctx.settings.address)
    if dunning.next_on is None:
        _give_up(acting, dunning, invoice, letters)
    else:
        subject, text = letters.charge_failed(customer, invoice, card, dunning.next_on)
        write_mail(ctx, f"dunning/{invoice.number}/{dunning.attempts}", customer.email, subject, text)
    ctx.session.flush()


def next_try(schedule: str, first: date, attempts: int, today: date) -> date | None:
    """The day of the next try after so many; None when none is left."""
    days = [int(part) for part in schedule.split(",") if part.strip()]
    if attempts > len(days):
        return None
    return max(first + timedelta(days=days[attempts - 1]), today + DAY)


def _give_up(ctx: Context, dunning: Dunning, invoice: Invoice, letters: Letters) -> None:
    outcome, words = OUTCOMES[ctx.preferences.dunning_end]
    dunning.state, dunning.outcome = DunningState.ENDED, outcome
    ctx.session.add(dunning)
    held = _held(ctx, invoice, SubscriptionStatus.PAST_DUE) if outcome != "past_due" else []
    for each in held:
        if outcome == "paused":
            pause_as_planned(ctx, each, ctx.today, UNPAID)
        else:
            _end(ctx, each)
    subject, text = letters.given_up(ctx.customer, invoice, words.format(names=", ".join(h.name for h in held)))
    write_mail(ctx, f"dunning/{invoice.number}/given-up", ctx.customer.email, subject, text)


def _end(ctx: Context, held: Held) -> None:
    """Ends it today. What was served is still owed; a period that begins today is given back as for anybody."""
    if held.subscription.period_start < ctx.today:
        end_as_planned(ctx, held, ctx.today, UNPAID)
        return
    refunds = held.policy.cancellation is CancellationPolicy.REFUND
    cancel(ctx, work_out_cancellation(
        ctx, held, When.NOW, UNPAID, CancellationPolicy.CREDIT if refunds else None
    ))  # fmt: skip


def _held(ctx: Context, invoice: Invoice, status: SubscriptionStatus) -> list[Held]:
    ids = [subscription.id for subscription in subscriptions_on(ctx, invoice, status)]
    return read_held(ctx.session, [col(Subscription.id).in_(ids)], ctx.preferences.policy) if ids else []
