"""The billing run: day by day, what is due to subscriptions happens, for many customers in one transaction.

What is due on an earlier day comes first, for everybody, so that numbers follow dates; each customer's own day counts.
Whoever runs locks the customers first, in the order of their ids, and looks at the subscriptions only then: the
end of the period that is already there says what has been done. Customers that somebody else holds are left for the
end of the day, and waited for. A batch that fails is done again customer by customer, so that one stops nobody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

import structlog
from sqlmodel import Session, col

from billing.charging.auto_charge import charge_by_itself, settle_new
from billing.context import Context, Contexts
from billing.letters import Letters
from billing.models.people import Customer
from billing.models.subscriptions import PeriodKind, Subscription, SubscriptionStatus
from billing.notices.following import invoice_news
from billing.notices.telling import News, tell
from billing.posting.books import Books, Document
from billing.posting.numbers import lock_series
from billing.posting.rows import ChangedRows
from billing.rules.numbering import series_name
from billing.run.due import Days, customers_due, has_its_turn, lock_customers, turn_of
from billing.run.renewing import Renewed, SameTerms, joint_invoice, renew
from billing.subscriptions.cancelling import end_as_planned
from billing.subscriptions.held import Held, read_held
from billing.subscriptions.history import remember
from billing.subscriptions.many_held import read_many
from billing.subscriptions.pausing import pause_as_planned, resume, work_out_resume
from billing.subscriptions.starting import start_as_planned

BATCH = 1_000
S = SubscriptionStatus
TOPICS = ["invoices", "subscriptions"]
Together = tuple[int, str, bool]  # what stands on one invoice: of a customer, in a currency, charged by itself or not
PERIOD = ("price_version", "period_start", "period_end")
RENEWED = (
    "status", "plan_id", "seats", "price_version", "anchor_day", "period_start", "period_end", "pending_plan_id",
    "pending_version", "pending_seats", "pending_on",
)  # fmt: skip

log = structlog.get_logger(__name__)


@dataclass
class Billed:
    """What a run did: invoices written, subscriptions renewed, other planned changes made, customers that failed.

    `charges` are the ids of payments to be asked for at the gateway.
    """

    invoices: int = 0
    renewals: int = 0
    changes: int = 0
    failed: set[int] = field(default_factory=set)
    charges: list[int] = field(default_factory=list)

    def add(self, other: Billed) -> None:
        self.invoices += other.invoices
        self.renewals += other.renewals
        self.changes += other.changes
        self.failed |= other.failed
        self.charges += other.charges


def bill_day(contexts: Contexts, day: date, days: Days) -> Billed:
    """Does what is due to subscriptions on that day or before, of every customer for whom that day has come."""
    with contexts.system() as ctx:
        due = customers_due(ctx.session, day, days)
    done, held_elsewhere = Billed(), []
    for first in range(0, len(due), BATCH):
        batch = due[first : first + BATCH]
        locked = _bill_some(contexts, batch, day, days, done, waits=False)
        held_elsewhere += [each for each in batch if each not in locked]
    for first in range(0, len(held_elsewhere), BATCH):
        _bill_some(contexts, held_elsewhere[first : first + BATCH], day, days, done, waits=True)
    return done


def _bill_some(
    contexts: Contexts, batch: Sequence[int], day: date, days: Days, done: Billed, *, waits: bool
) -> set[int]:
    """Bills these customers in one transaction, or each in its own where that fails; gives those it could lock."""
    try:
        some, locked = _bill_batch(contexts, batch, day, days, waits)
    except Exception as error:
        if len(batch) > 1:
            log.warning("billing_batch_failed", customers=len(batch), problem=str(error)[:300])
            return {each for one in batch for each in _bill_some(contexts, [one], day, days, done, waits=waits)}
        log.exception("billing_failed", customer=batch[0])
        some, locked = Billed(failed=set(batch)), set(batch)
    done.add(some)
    return locked


def _bill_batch(
    contexts: Contexts, batch: Sequence[int], day: date, days: Days, waits: bool
) -> tuple[Billed, set[int]]:
    with contexts.system(writes=True) as ctx:
        customers = {c.id or 0: c for c in lock_customers(ctx.session, batch, waits=waits)}
        where = [col(Subscription.customer_id).in_(customers), has_its_turn(day)]
        held = read_many(ctx.session, where, customers, ctx.preferences.policy) if customers else []
        turns = Turns(ctx, customers, days)
        while waiting := [(turn, h) for h in held if (turn := turn_of(h.subscription)) is not None and turn <= day]:
            first = min(turn for turn, _ in waiting)
            held = [h for turn, h in waiting if turn > first]
            held += turns.take(first, [h for turn, h in waiting if turn == first])
        return turns.done, set(customers)


@dataclass
class Turns:
    """The turns of some customers' subscriptions, in one transaction."""

    ctx: Context
    customers: dict[int, Customer]
    days: Days
    done: Billed = field(default_factory=Billed)

    def take(self, day: date, held: Sequence[Held]) -> list[Held]:
        """Does what is due to these on that day; gives them as they are then."""
        plain: list[Held] = []
        special: list[Held] = []
        for each in held:
            (plain if _renews(each.subscription, day) else special).append(each)
        if special:
            _lock_series(self.ctx, day)
        for each in special:
            self._change(each, day)
        changed = self._read_again([h.subscription.id or 0 for h in special]) if special else []
        renewed = self._renew(plain, day) if plain else []
        return [*changed, *(r.held for r in renewed)]

    def _read_again(self, ids: Sequence[int]) -> list[Held]:
        self.ctx.session.flush()
        return read_held(self.ctx.session, [col(Subscription.id).in_(ids)], self.ctx.preferences.policy)

    def _change(self, held: Held, day: date) -> None:
        """A start, an end, a pause or its end that was planned for that day."""
        ctx, subscription = self._acting_for(held.customer, day), held.subscription
        if subscription.status == S.SCHEDULED:
            done = start_as_planned(ctx, held, day)
        elif subscription.status == S.PAUSED:
            done = resume(ctx, work_out_resume(ctx, held, day))
        elif subscription.status == S.ENDING:
            done = end_as_planned(ctx, held, day)
        else:
            done = pause_as_planned(ctx, held, day)
        self.done.changes += 1
        if done.invoice:
            self.done.invoices += 1
            self._settle(done.invoice, held.customer, charge_by_itself(held.customer, subscription))

    def _acting_for(self, customer: Customer, day: date) -> Context:
        """The same transaction, for one customer, at the moment when it was due."""
        return self.ctx.acting_for(customer, self.days.moment(day, customer.time_zone))

    def _renew(self, held: Sequence[Held], day: date) -> list[Renewed]:
        """Renews them: one invoice a customer and currency, and of its own what waits where the rest is charged."""
        groups: dict[Together, list[Renewed]] = defaultdict(list)
        same_terms = SameTerms()
        for each in held:
            renewed = renew(each, day, same_terms)
            groups[_together(self.customers, renewed)].append(renewed)
        _write_subscriptions(self.ctx.session, [r for group in groups.values() for r in group])
        self._issue(groups, day)
        self.done.renewals += len(held)
        return [r for group in groups.values() for r in group]

    def _issue(self, groups: dict[Together, list[Renewed]], day: date) -> None:
        ctx, preferences = self.ctx, self.ctx.preferences
        books, policy = Books(ctx.session), preferences.policy
        books.read_accounts({customer_id for customer_id, *_ in groups})
        letters = Letters(preferences, ctx.settings.address)
        special: list[tuple[Document, list[Renewed], bool]] = []
        news: list[News] = []
        for (customer_id, currency, by_itself), group in groups.items():
            customer = self.customers[customer_id]
            document = joint_invoice(
                customer, group, books.give_number(preferences.invoice_series, day), day,
                self.days.moment(day, customer.time_zone), preferences.payment_terms_days, policy,
            )  # fmt: skip
            credit = books.credit_of(customer_id, currency) if preferences.use_credit else 0
            books.post([document])
            for r in group:
                books.add_period(r.held.subscription.id or 0, *r.span, PeriodKind.SERVICE, document.id)
            books.add_event(ctx.now, "invoice.finalised", customer_id, TOPICS, {"number": document.number})
            news.append(invoice_news(customer_id, document.number, document.title, document.total, currency))
            if by_itself or credit or any(r.sentence for r in group):
                special.append((document, group, by_itself))
            elif customer.email:
                total, due_on = document.total, document.due_on or day
                subject, text = letters.invoice(
                    customer, document.number, document.title, currency, total, total, due_on
                )
                books.add_mail(f"invoice/{document.number}", customer.email, subject, text, ctx.now)
        books.close()
        tell(ctx, *news)
        self.done.invoices += len(groups)
        for document, group, by_itself in special:
            customer = self.customers[document.customer_id]
            self._settle(document.number, customer, by_itself)
            acting = self._acting_for(customer, day)
            for r in group:
                if r.sentence:
                    remember(acting, r.held, r.before or {}, r.sentence, invoice_id=document.id)

    def _settle(self, number: str, customer: Customer, by_itself: bool) -> None:
        """Uses credit on a new invoice, mails it, and starts its charge where that goes by itself."""
        payment = settle_new(self.ctx, customer, number, by_itself=by_itself)
        if payment is not None:
            self.done.charges.append(payment)


def _together(customers: dict[int, Customer], renewed: Renewed) -> Together:
    row = renewed.held.subscription
    return row.customer_id, renewed.held.plan.currency, charge_by_itself(customers[row.customer_id], row)


def _renews(subscription: Subscription, day: date) -> bool:
    """Whether its period is over and another one follows, rather than a start, a pause or an end."""
    ends_on, pause_on = subscription.ends_on, subscription.pause_on
    stops = (ends_on is not None and ends_on <= day) or (pause_on is not None and pause_on <= day)
    return not stops and subscription.status in (S.ACTIVE, S.TRIALING, S.PAST_DUE, S.ENDING)


def _lock_series(ctx: Context, day: date) -> None:
    """Takes the number series in the order in which every other change takes them, so that nobody waits in a ring."""
    preferences = ctx.preferences
    for prefix in (preferences.invoice_series, preferences.credit_note_series, "CHG"):
        for year in sorted({day.year, ctx.now.year}):
            lock_series(ctx.session, series_name(prefix, year))


def _write_subscriptions(session: Session, renewed: Sequence[Renewed]) -> None:
    """Writes the rows' new values at once: of most only the period is another one."""
    for columns, some in (
        (PERIOD, [r for r in renewed if r.before is None]),
        (RENEWED, [r for r in renewed if r.before is not None]),
    ):
        values = itemgetter(*columns, "id")
        ChangedRows(session, Subscription, columns).write([values(vars(r.held.subscription)) for r in some])
