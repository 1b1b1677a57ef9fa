"""The only way to a row that belongs to a customer. Somebody else's is not found, exactly like one that isn't there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select as sql_select
from sqlalchemy import union_all
from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.payments import Payment, PaymentMethod
from billing.models.people import Customer
from billing.models.projects import Project, TimeEntry
from billing.models.subscriptions import Plan, Product, Subscription, SubscriptionStatus


def _owner(ctx: Context) -> int:
    if ctx.actor.customer_id is None:
        raise PortalError("no_account")
    return ctx.actor.customer_id


def clean_number(text: str) -> str:
    """A record's number as people write it (" rt-2026-0187 "), in the form in which it is kept."""
    return text.strip().lstrip("#").upper().replace(" ", "")


def lock_customer(ctx: Context) -> Customer:
    """The customer's row, locked until the end of the transaction.

    Whatever changes a customer's money takes this lock first, so that two changes at once wait for each other. Rows
    that only refer to the customer (a chat message's event) may be written meanwhile: hence `key_share`.
    """
    statement = select(Customer).where(Customer.id == _owner(ctx)).with_for_update(key_share=True)
    return ctx.session.exec(statement.execution_options(populate_existing=True)).one()


def access_invoice(ctx: Context, number: str, *, field: str = "number") -> Invoice:
    """The customer's final invoice or credit note of that number. Raises `not_found`; drafts are not found."""
    row = ctx.session.exec(
        select(Invoice).where(
            Invoice.customer_id == _owner(ctx),
            Invoice.number == clean_number(number),
            Invoice.status != InvoiceStatus.DRAFT,
        )
    ).first()
    if row is None:
        raise PortalError("not_found", thing="invoice", reference=number.strip(), field=field)
    return row


def access_invoices(ctx: Context, numbers: list[str], *, field: str = "invoices") -> list[Invoice]:
    """Several invoices, in the order asked for, each once. Raises `not_found` for the first that isn't theirs."""
    wanted = list(dict.fromkeys(clean_number(n) for n in numbers))
    rows = ctx.session.exec(
        select(Invoice).where(
            Invoice.customer_id == _owner(ctx),
            Invoice.number.in_(wanted),  # type: ignore[union-attr]
            Invoice.status != InvoiceStatus.DRAFT,
        )
    ).all()
    found = {row.number: row for row in rows}
    for number in wanted:
        if number not in found:
            raise PortalError("not_found", thing="invoice", reference=number, field=field)
    return [found[number] for number in wanted]


def access_subscription(ctx: Context, number: str, *, field: str = "subscription") -> Subscription:
    """The customer's subscription of that number. Raises `not_found`."""
    row = ctx.session.exec(
        select(Subscription).where(Subscription.customer_id == _owner(ctx), Subscription.number == clean_number(number))
    ).first()
    if row is None:
        raise PortalError("not_found", thing="subscription", reference=number.strip(), field=field)
    return row


def access_payment(ctx: Context, number: str, *, field: str = "payment") -> Payment:
    """The customer's payment of that number. Raises `not_found`."""
    row = ctx.session.exec(
        select(Payment).where(Payment.customer_id == _owner(ctx), Payment.number == clean_number(number))
    ).first()
    if row is None:
        raise PortalError("not_found", thing="payment", reference=number.strip(), field=field)
    return row


def access_payment_method(ctx: Context, gateway_id: str, *, field: str = "payment_method") -> PaymentMethod:
    """The customer's saved card. Raises `not_found`, also for one that was removed."""
    row = ctx.session.exec(
        select(PaymentMethod).where(
            PaymentMethod.customer_id == _owner(ctx),
            PaymentMethod.gateway_id == gateway_id.strip(),
            PaymentMethod.removed_at == None,  # noqa: E711
        )
    ).first()
    if row is None:
        raise PortalError("not_found", thing="card", reference=gateway_id.strip(), field=field)
    return row


def access_final_invoices(ctx: Context, numbers: Sequence[str]) -> Sequence[Invoice]:
    """Those of the numbers that are the customer's; the others are left out without a word."""
    wanted = {clean_number(number) for number in numbers}
    return ctx.session.exec(
        select(Invoice).where(
            Invoice.customer_id == _owner(ctx), col(Invoice.number).in_(wanted), Invoice.status != InvoiceStatus.DRAFT
        )
    ).all()


def access_open_invoices(ctx: Context, most: int) -> Sequence[Invoice]:
    """The invoices with something left to pay, the longest due first, at most `most`."""
    return ctx.session.exec(
        select(Invoice)
        .where(
            Invoice.customer_id == _owner(ctx),
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.status == InvoiceStatus.OPEN,
        )
        .order_by(col(Invoice.due_on), col(Invoice.id))
        .limit(most)
    ).all()


def access_newest_invoices(ctx: Context, most: int) -> Sequence[Invoice]:
    """The newest final invoices and credit notes, at most `most`, read along an index for each kind and status."""
    final = [status for status in InvoiceStatus if status != InvoiceStatus.DRAFT]
    piles = [
        sql_select(col(Invoice.issued_on), col(Invoice.id))
        .where(col(Invoice.customer_id) == _owner(ctx), col(Invoice.kind) == kind, col(Invoice.status) == status)
        .order_by(col(Invoice.issued_on).desc(), col(Invoice.id).desc())
        .limit(most)
        .subquery()
        for kind in InvoiceKind
        for status in final
    ]
    every = union_all(*[sql_select(pile.c.issued_on, pile.c.id) for pile in piles]).subquery()
    newest = sql_select(every.c.id).order_by(every.c.issued_on.desc(), every.c.id.desc()).limit(most).subquery()
    return ctx.session.exec(
        select(Invoice)
        .join(newest, col(Invoice.id) == newest.c.id)
        .order_by(col(Invoice.issued_on).desc(), col(Invoice.id).desc())
    ).all()


def access_newest_payments(ctx: Context, most: int) -> Sequence[Payment]:
    """The newest payments, at most `most`."""
    return ctx.session.exec(
        select(Payment)
        .where(Payment.customer_id == _owner(ctx))
        .order_by(col(Payment.created_at).desc(), col(Payment.id).desc())
        .limit(most)
    ).all()


def access_payment_methods(ctx: Context) -> Sequence[PaymentMethod]:
    """The customer's saved cards, the default one first."""
    return ctx.session.exec(
        select(PaymentMethod)
        .where(PaymentMethod.customer_id == _owner(ctx), col(PaymentMethod.removed_at).is_(None))
        .order_by(col(PaymentMethod.is_default).desc(), col(PaymentMethod.id))
    ).all()


def access_subscriptions(ctx: Context) -> Sequence[tuple[Subscription, Plan, Product]]:
    """The customer's subscriptions that have not ended, with plan and product, by number."""
    return ctx.session.exec(
        select(Subscription, Plan, Product)
        .join(Plan, col(Plan.id) == Subscription.plan_id)
        .join(Product, col(Product.id) == Plan.product_id)
        .where(Subscription.customer_id == _owner(ctx), Subscription.status != SubscriptionStatus.ENDED)
        .order_by(col(Subscription.number))
    ).all()


def access_project(ctx: Context, number: str | None, *, field: str = "project") -> Project:
    """The customer's project of that number; without one, the only project that is open.

    Raises `not_found`, and `invalid_input` where it has to be said which. The account's row comes along: the context
    need not ask for it again.
    """
    theirs = (
        select(Project, Customer)
        .join(Customer, col(Customer.id) == Project.customer_id)
        .where(Project.customer_id == _owner(ctx))
    )
    if number is not None:
        found = ctx.session.exec(theirs.where(Project.number == clean_number(number))).first()
        if found is None:
            raise PortalError("not_found", thing="project", reference=number.strip(), field=field)
        assert ctx.customer is found[1]
        return found[0]
    rows = ctx.session.exec(theirs.where(col(Project.closed_on).is_(None)).limit(2)).all()
    if len(rows) == 1:
        assert ctx.customer is rows[0][1]
        return rows[0][0]
    problem = "Say which project." if rows else "There is no open project in this account."
    raise PortalError("invalid_input", field=field, problem=problem)


def access_hours(
    ctx: Context, numbers: Sequence[str], *, field: str = "entries"
) -> Sequence[tuple[TimeEntry, Project]]:
    """Logged hours with their project, in the order asked for, each once. Raises `not_found`."""
    wanted = list(dict.fromkeys(clean_number(n) for n in numbers))
    rows = ctx.session.exec(
        select(TimeEntry, Project)
        .join(Project, col(Project.id) == TimeEntry.project_id)
        .where(Project.customer_id == _owner(ctx), col(TimeEntry.number).in_(wanted))
    ).all()
    found = {entry.number: (entry, project) for entry, project in rows}
    for number in wanted:
        if number not in found:
            raise PortalError("not_found", thing="entry of hours", reference=number, field=field)
    return [found[number] for number in wanted]
