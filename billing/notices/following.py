"""What people are told of when something happens, in the transaction in which it does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlmodel import col, select, update

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.notices import Notice, NoticeKind
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus, Refund, RefundAllocation, RefundTo
from billing.models.people import Contact
from billing.models.projects import Milestone, Project, TimeEntry, TimeEntryState
from billing.models.records import EventRecord
from billing.models.subscriptions import SubscriptionChange
from billing.notices.telling import News, settle, tell
from billing.registry import follows
from billing.rules.hours import said_hours

ALREADY_PAID = "already_paid"
THERE = timedelta(minutes=10)  # so long somebody who pays looks on and sees what comes of it
NAMED = 3  # so many invoices are named, more are counted


@follows("invoice.finalised")
@follows("credit_note.issued")
def tell_of_invoice(ctx: Context, event: EventRecord) -> None:
    """A new invoice, or a credit note."""
    invoice = ctx.session.exec(select(Invoice).where(Invoice.number == event.details["number"])).one()
    tell(ctx, invoice_news(invoice.customer_id, event.details["number"], invoice.title, invoice.total, invoice.currency,
                           credit=invoice.kind == InvoiceKind.CREDIT_NOTE, but=[who_did(ctx)]))  # fmt: skip


def invoice_news(
    customer_id: int,
    number: str,
    title: str,
    total: int,
    currency: str,
    *,
    credit: bool = False,
    but: Collection[int | None] = (),
) -> News:
    """A new invoice or credit note as news; what it comes to in minor units."""
    kind = NoticeKind.CREDIT_NEW if credit else NoticeKind.INVOICE_NEW
    details = {"title": title, "amount": abs(total), "currency": currency}
    return News(customer_id, kind, f"invoice/{number}", number, details, but=but)


@follows("payment.succeeded")
def tell_of_payment(ctx: Context, event: EventRecord) -> None:
    """Money that came in: by whom, where a person paid it."""
    payment, invoices = _paid(ctx, event.details["number"])
    payer = ctx.session.get(Contact, payment.contact_id) if payment.contact_id and not payment.off_session else None
    details = {
        "amount": payment.amount, "currency": payment.currency, "source": payment.method_label,
        "invoices": named(invoices), "by": payer.name if payer else "",
    }  # fmt: skip
    key = f"payment/{payment.number}"
    tell(ctx, News(payment.customer_id, NoticeKind.PAYMENT_RECEIVED, key, payment.number, details,
                   but=[payment.contact_id]))  # fmt: skip


@follows("payment.failed")
def tell_of_failure(ctx: Context, event: EventRecord) -> None:
    """A charge by itself that failed, to everybody; to who paid, where the bank said no after they had gone."""
    payment, invoices = _paid(ctx, event.details["number"])
    if payment.failure_code == ALREADY_PAID or payment.status != PaymentStatus.FAILED:
        return
    if not payment.off_session and (payment.contact_id is None or ctx.now - payment.created_at < THERE):
        return
    details = {"amount": payment.amount, "currency": payment.currency, "source": payment.method_label,
               "invoices": named(invoices)}  # fmt: skip
    only = None if payment.off_session else payment.contact_id
    key = f"payment-failed/{payment.number}"
    tell(ctx, News(payment.customer_id, NoticeKind.PAYMENT_FAILED, key, payment.number, details, only=only))


@follows("refund.succeeded")
def tell_of_refund(ctx: Context, event: EventRecord) -> None:
    """Money that goes back."""
    refund, payment = ctx.session.exec(
        select(Refund, Payment)
        .join(Payment, col(Payment.id) == col(Refund.payment_id))
        .where(Refund.number == event.details["number"])
    ).one()
    if refund.to == RefundTo.CREDIT and _by_notes(ctx, refund):
        return  # each credit note tells of itself
    ways = {
        RefundTo.CREDIT: "is credit now, for your next invoices",
        RefundTo.BANK: "goes back to your bank account",
        RefundTo.CARD: f"goes back to {payment.method_label or 'the card that paid'}",
    }
    details = {"amount": refund.amount, "currency": refund.currency, "payment": payment.number,
               "way": ways[RefundTo(refund.to)]}  # fmt: skip
    tell(ctx, News(refund.customer_id, NoticeKind.REFUNDED, f"refund/{refund.number}", payment.number, details,
                   but=[who_did(ctx)]))  # fmt: skip


def _by_notes(ctx: Context, refund: Refund) -> bool:
    notes = select(RefundAllocation.id).where(
        RefundAllocation.refund_id == refund.id, col(RefundAllocation.credit_note_id).is_not(None)
    )
    return ctx.session.exec(notes).first() is not None


@follows("subscription.changed")
def tell_of_change(ctx: Context, event: EventRecord) -> None:
    """A subscription that somebody else changed, or that changed by itself; each as its history says it."""
    if event.customer_id is None or "change" not in event.details:
        return
    change = ctx.session.exec(
        select(SubscriptionChange).where(SubscriptionChange.number == event.details["change"])
    ).one()
    details = {"what": change.sentence, "by": "" if ctx.actor.kind == "system" else change.actor}
    tell(ctx, News(event.customer_id, NoticeKind.SUBSCRIPTION_CHANGED, f"change/{change.number}",
                   event.details["number"], details, but=[who_did(ctx)]))  # fmt: skip


@follows("project.hours_logged")
def tell_of_hours(ctx: Context, event: EventRecord) -> None:
    """Hours that wait for the customer. What is added before anybody has read of the first is one notice."""
    entry, project = ctx.session.exec(
        select(TimeEntry, Project)
        .join(Project, col(Project.id) == col(TimeEntry.project_id))
        .where(TimeEntry.number == event.details["entry"])
    ).one()
    if not entry.billable or entry.state != TimeEntryState.LOGGED or not ctx.preferences.approve_work:
        return
    earlier = ctx.session.exec(
        select(Notice)
        .where(Notice.customer_id == project.customer_id, Notice.subject == project.number,
               Notice.kind == NoticeKind.HOURS_LOGGED.value, col(Notice.read_at).is_(None))
        .order_by(col(Notice.id))
    ).all()  # fmt: skip
    for notice in earlier:
        hours = Decimal(notice.details["figure"]) + entry.hours
        people = list(dict.fromkeys([*notice.details["each"], entry.person]))
        values = {"details": worked(project.name, hours, people), "at": ctx.contexts.clock.now()}
        ctx.session.exec(update(Notice).where(col(Notice.id) == notice.id).values(**values))
    details = worked(project.name, entry.hours, [entry.person])
    tell(ctx, News(project.customer_id, NoticeKind.HOURS_LOGGED, f"hours/{entry.number}", project.number, details,
                   but=[notice.contact_id for notice in earlier]))  # fmt: skip


def worked(project: str, hours: Decimal, people: Sequence[str]) -> dict[str, object]:
    """What the notice of waiting hours keeps: how many, and of whom."""
    said = people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
    return {"project": project, "hours": said_hours(hours), "figure": str(hours), "each": list(people), "people": said}


@follows("project.milestone_done")
def tell_of_milestone(ctx: Context, event: EventRecord) -> None:
    """A milestone that waits for the customer."""
    if not ctx.preferences.approve_work:
        return
    milestone, project = ctx.session.exec(
        select(Milestone, Project)
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(Project.number == event.details["number"], Milestone.position == event.details["milestone"])
    ).one()
    details = {"milestone": milestone.name, "project": project.name, "amount": milestone.amount,
               "currency": project.currency}  # fmt: skip
    key = f"milestone/{project.number}/{milestone.position}"
    tell(ctx, News(project.customer_id, NoticeKind.MILESTONE_DONE, key, project.number, details))


@follows("invoice.paid")
@follows("invoice.voided")
@follows("invoice.written_off")
def overdue_no_more(ctx: Context, event: EventRecord) -> None:
    """An invoice that is owed no more waits for nobody."""
    if event.customer_id is not None:
        settle(ctx, event.customer_id, [NoticeKind.INVOICE_OVERDUE], event.details["number"])


@follows("project.milestone_approved")
def milestone_approved(ctx: Context, event: EventRecord) -> None:
    """A milestone that somebody approved waits for nobody."""
    if event.customer_id is not None:
        settle(ctx, event.customer_id, [NoticeKind.MILESTONE_DONE], event.details["number"])


@follows("project.hours_approved")
def hours_approved(ctx: Context, event: EventRecord) -> None:
    """Once no hours of a project wait for the customer, its notices wait for nobody."""
    waiting = (
        select(TimeEntry.id)
        .join(Project, col(Project.id) == col(TimeEntry.project_id))
        .where(
            Project.number == event.details["number"], TimeEntry.state == TimeEntryState.LOGGED, col(TimeEntry.billable)
        )
        .limit(1)
    )
    if event.customer_id is not None and ctx.session.exec(waiting).first() is None:
        settle(ctx, event.customer_id, [NoticeKind.HOURS_LOGGED], event.details["number"])


def named(invoices: Sequence[str]) -> str:
    """RT-1, RT-2 and RT-3; more are counted."""
    if len(invoices) > NAMED:
        return f"{len(invoices)} invoices"
    return invoices[0] if len(invoices) == 1 else f"{', '.join(invoices[:-1])} and {invoices[-1]}" if invoices else ""


def who_did(ctx: Context) -> int | None:
    """The contact who acts, and so knows."""
    return ctx.actor.id if ctx.actor.kind == "contact" else None


def _paid(ctx: Context, number: str) -> tuple[Payment, list[str]]:
    rows = ctx.session.exec(
        select(Payment, Invoice.number)
        .outerjoin(PaymentAllocation, col(PaymentAllocation.payment_id) == col(Payment.id))
        .outerjoin(Invoice, col(Invoice.id) == col(PaymentAllocation.invoice_id))
        .where(Payment.number == number)
        .order_by(col(PaymentAllocation.id))
    ).all()
    return rows[0][0], [invoice for _, invoice in rows if invoice]
