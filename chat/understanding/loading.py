"""The account that a message may speak of, read in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select

from billing.access import (
    access_final_invoices,
    access_newest_invoices,
    access_newest_payments,
    access_open_invoices,
    access_payment_methods,
)
from billing.auth.memberships import people_of, shown_name
from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind, NumberSeries
from billing.models.projects import Milestone, Project, TimeEntry, TimeEntryState
from billing.models.subscriptions import AddOn, Plan, Product, SubscriptionStatus
from billing.payments.paying import card_label
from billing.subscriptions.held import Held, held_subscriptions
from billing.subscriptions.taking_back import planned_for
from chat.understanding.account import (
    Account,
    KnownAddOn,
    KnownCard,
    KnownHours,
    KnownInvoice,
    KnownMilestone,
    KnownPayment,
    KnownPerson,
    KnownPlan,
    KnownProject,
    KnownSubscription,
)

OPEN_READ = 200
NEWEST_READ = 60
PAYMENTS_READ = 20
PROJECTS_READ = 20
HOURS_READ = 50
PEOPLE_READ = 100
ENDED_READ = 20


def load_account(ctx: Context) -> Account:
    """The account that the actor acts on, or only the plans on offer when there is none."""
    business = ctx.preferences.business_name
    plans, add_ons = _plans(ctx), _add_ons(ctx)
    if ctx.actor.customer_id is None:
        return Account(
            ctx.now.date(),
            business=business,
            plans=plans,
            add_ons=add_ons,
            staff=ctx.actor.is_staff,
            series=_series(ctx),
        )
    open_ones = access_open_invoices(ctx, OPEN_READ)
    newest = access_newest_invoices(ctx, NEWEST_READ)
    rows = {row.number: row for row in (*open_ones, *newest)}
    held = held_subscriptions(ctx)

    def find(numbers: Iterable[str]) -> list[KnownInvoice]:
        with ctx.contexts.open(ctx.actor, ctx.channel) as later:
            return [_invoice(row) for row in access_final_invoices(later, list(numbers))]

    return Account(
        today=ctx.today,
        currency=ctx.customer.currency,
        locale=ctx.customer.locale,
        business=business,
        invoices=tuple(_invoice(row) for row in rows.values()),
        subscriptions=tuple(_subscription(ctx, one) for one in held if not _ended(one)),
        ended=tuple(_subscription(ctx, one) for one in reversed(held) if _ended(one))[:ENDED_READ],
        plans=plans,
        add_ons=add_ons,
        projects=_projects(ctx),
        payments=tuple(
            KnownPayment(p.number, p.amount, p.currency, p.created_at.astimezone(ctx.zone).date())
            for p in access_newest_payments(ctx, PAYMENTS_READ)
        ),
        cards=tuple(
            KnownCard(c.gateway_id, c.brand, c.last4, card_label(c.brand, c.last4)) for c in access_payment_methods(ctx)
        ),
        country=ctx.customer.country,
        people=tuple(KnownPerson(shown_name(p, m), p.email) for p, m in people_of(ctx, ctx.customer)),
        series=_series(ctx),
        known=True,
        staff=ctx.actor.is_staff,
        find=find,
    )


def _invoice(row: Invoice) -> KnownInvoice:
    return KnownInvoice(
        number=row.number or "",
        title=row.title,
        currency=row.currency,
        issued_on=row.issued_on,
        due_on=row.due_on,
        due=row.due,
        total=row.total,
        credit_note=row.kind == InvoiceKind.CREDIT_NOTE,
    )


def _ended(held: Held) -> bool:
    return held.subscription.status == SubscriptionStatus.ENDED


def _subscription(ctx: Context, held: Held) -> KnownSubscription:
    row = held.subscription
    return KnownSubscription(
        number=row.number,
        product=held.product.name,
        plan=held.plan.name,
        seats=row.seats,
        per_seat=held.plan.per_seat,
        status=row.status,
        planned=bool(planned_for(ctx, held)),
        auto_charge=row.auto_charge,
        renews_on=row.period_end if row.status != SubscriptionStatus.SCHEDULED else None,
        add_ons=tuple(a.add_on.code for a in held.add_ons),
    )


def _plans(ctx: Context) -> tuple[KnownPlan, ...]:
    rows = ctx.session.exec(
        select(Plan, Product)
        .join(Product, Product.id == Plan.product_id)  # type: ignore[arg-type]
        .where(Plan.offered)
        .order_by(Product.name, Plan.position, Plan.name)  # type: ignore[arg-type]
    ).all()
    currency = ctx.customer.currency if ctx.actor.customer_id is not None else ""
    own = {(product.name, p.name): _monthly(p) for p, product in rows if p.currency == currency}
    found = [
        KnownPlan(
            product.name, p.name, p.per_seat, p.least_seats, p.most_seats,
            own.get((product.name, p.name)) or _monthly(p),
        )
        for p, product in rows if p.name
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def _monthly(plan: Plan) -> int:
    """About what it costs a month, a seat where it is sold by the seat."""
    weeks = {"week": 1, "month": 52 / 12, "quarter": 13, "year": 52}[plan.interval]
    return round((plan.base_amount + plan.unit_amount) * 52 / 12 / weeks)


def _add_ons(ctx: Context) -> tuple[KnownAddOn, ...]:
    """What is sold beside plans; where it is sold in several currencies, in the account's."""
    rows = ctx.session.exec(
        select(AddOn, col(Product.name))
        .join(Product, col(Product.id) == AddOn.product_id, isouter=True)
        .where(col(AddOn.offered))
        .order_by(col(AddOn.id))
    ).all()
    currency = ctx.customer.currency if ctx.actor.customer_id is not None else ""
    mine: dict[tuple[str, str], KnownAddOn] = {}
    for add_on, product in sorted(rows, key=lambda row: row[0].currency != currency):
        mine.setdefault((product or "", add_on.name), KnownAddOn(add_on.code, add_on.name, product or ""))
    return tuple(mine.values())


def _projects(ctx: Context) -> tuple[KnownProject, ...]:
    """The account's open projects: three more queries where there are any."""
    projects = ctx.session.exec(
        select(Project)
        .where(Project.customer_id == ctx.actor.customer_id, col(Project.closed_on).is_(None))
        .order_by(col(Project.id).desc())
        .limit(PROJECTS_READ)
    ).all()
    if not projects:
        return ()
    ids = [project.id for project in projects]
    steps = ctx.session.exec(
        select(Milestone).where(col(Milestone.project_id).in_(ids)).order_by(col(Milestone.position))
    ).all()
    waiting = ctx.session.exec(
        select(TimeEntry)
        .where(
            col(TimeEntry.project_id).in_(ids),
            TimeEntry.state == TimeEntryState.LOGGED,
            col(TimeEntry.invoice_id).is_(None),
            col(TimeEntry.billable),
        )
        .order_by(col(TimeEntry.worked_on).desc(), col(TimeEntry.id).desc())
        .limit(HOURS_READ)
    ).all()
    people = ctx.session.exec(
        select(TimeEntry.project_id, TimeEntry.person)
        .where(col(TimeEntry.project_id).in_(ids))
        .group_by(col(TimeEntry.project_id), col(TimeEntry.person))
        .order_by(col(TimeEntry.person))
        .limit(PEOPLE_READ)
    ).all()
    return tuple(
        KnownProject(
            number=project.number,
            name=project.name,
            milestones=tuple(
                KnownMilestone(step.position, step.name, step.state) for step in steps if step.project_id == project.id
            ),
            waiting=tuple(
                KnownHours(
                    entry.number, f"{entry.task}, {entry.hours.normalize():f} h, {entry.worked_on:%-d %B}", entry.person
                )
                for entry in waiting
                if entry.project_id == project.id
            ),
            people=tuple(person for project_id, person in people if project_id == project.id),
        )
        for project in projects
    )


def _series(ctx: Context) -> tuple[str, ...]:
    names = ctx.session.exec(select(NumberSeries.series)).all()
    return tuple(sorted(names, key=lambda name: name.rsplit("-", 1)[-1], reverse=True))
