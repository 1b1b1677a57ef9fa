"""A business whose customers have subscriptions, and what time does to them: `run` is `parley jobs run` on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from billing.context import Contexts
from billing.jobs import Report, run_due
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine
from billing.models.payments import Dunning, Payment, PaymentMethod
from billing.models.people import Customer
from billing.models.records import Mail
from billing.models.subscriptions import (
    PeriodKind,
    Plan,
    Product,
    Subscription,
    SubscriptionChange,
    SubscriptionPeriod,
    SubscriptionStatus,
)
from billing.price_list.plans import add_plan
from billing.rules.renewal import next_start
from billing.verify import verify
from tests.billing.paying.account import Account

VAT = Decimal(21)


@dataclass
class Firm:
    """The business of the account's customer, and of as many more as a test wants."""

    account: Account
    _plans: dict[str, Plan] = field(default_factory=dict)

    @property
    def contexts(self) -> Contexts:
        return self.account.contexts

    @property
    def ania(self) -> int:
        return self.account.ania.customer_id or 0

    def on(self, day: date, hour: int = 12) -> Firm:
        self.account.clock.set(datetime.combine(day, time(hour), UTC))
        return self

    def run(self, day: date | None = None, hour: int = 12) -> Report:
        """Does what is due, at noon UTC of that day; afterwards the books are right."""
        if day is not None:
            self.on(day, hour)
        report = self.bill()
        assert verify(self.contexts) == []
        return report

    def bill(self) -> Report:
        """Does what is due now, and leaves it to the caller to look whether the books are right."""
        report = run_due(self.contexts)
        assert report.failed == 0
        return report

    def run_each_day(self, first: date, last: date) -> list[Report]:
        return [self.run(first + timedelta(days=n)) for n in range((last - first).days + 1)]

    def plan(self, name: str, price: int, **fields: Any) -> Plan:
        """A plan of a product of its own unless `product` names one."""
        product_name = fields.pop("product", name)
        with self.contexts.system(writes=True) as ctx:
            product = ctx.session.exec(select(Product).where(Product.name == product_name)).first()
            if product is None:
                product = Product(name=product_name)
                ctx.session.add(product)
                ctx.session.flush()
            plan = Plan(product_id=0, name=name, currency="EUR", unit_amount=price, tax_rate=VAT)
            for key, value in fields.items():
                setattr(plan, key, value)
            self._plans[name] = add_plan(ctx.session, product, plan, ctx.now)
        return self._plans[name]

    def customer(self, number: str, zone: str = "Europe/Amsterdam", **fields: Any) -> int:
        with self.contexts.system(writes=True) as ctx:
            row = Customer(number=number, name=number, email=f"{number.lower()}@example.com", currency="EUR",
                           time_zone=zone, created_at=ctx.now, **fields)  # fmt: skip
            ctx.session.add(row)
            ctx.session.flush()
            return row.id or 0

    def subscribe(self, plan: str, since: date, *, customer: int | None = None, **fields: Any) -> str:
        """A subscription whose running period began on that day and is paid for elsewhere; gives its number."""
        with self.contexts.system(writes=True) as ctx:
            count = len(ctx.session.exec(select(Subscription.id)).all())
            row = Subscription(
                number=f"S-{count + 1}", customer_id=customer or self.ania, plan_id=self._plans[plan].id or 0,
                started_on=since, anchor_day=since.day, period_start=since,
                period_end=next_start(since, self._plans[plan].interval, since.day), created_at=ctx.now,
            )  # fmt: skip
            for key, value in fields.items():
                setattr(row, key, value)
            if row.trial_end:
                row.status, row.period_end = SubscriptionStatus.TRIALING, row.trial_end
            ctx.session.add(row)
            ctx.session.flush()
            if row.status != SubscriptionStatus.SCHEDULED:
                kind = PeriodKind.TRIAL if row.trial_end else PeriodKind.SERVICE
                ctx.session.add(
                    SubscriptionPeriod(subscription_id=row.id or 0, start=since, end=row.period_end, kind=kind)
                )
            return row.number

    def card(self, payment_method: str, customer: int | None = None) -> None:
        """Makes that the card that is asked: pm_card_visa pays, pm_card_chargeCustomerFail does not."""
        with self.contexts.system(writes=True) as ctx:
            for old in ctx.session.exec(
                select(PaymentMethod).where(PaymentMethod.customer_id == (customer or self.ania))
            ).all():
                ctx.session.delete(old)
            ctx.session.flush()
            ctx.session.add(
                PaymentMethod(customer_id=customer or self.ania, gateway_id=payment_method, brand="visa", last4="4242",
                              exp_month=4, exp_year=2031, is_default=True, created_at=ctx.now)
            )  # fmt: skip

    def add_card(self, customer: int, place: int) -> None:
        """A card that pays, of its own."""
        token = self.account.card("4242424242424242")
        with self.contexts.system(writes=True) as ctx:
            ctx.session.add(
                PaymentMethod(customer_id=customer, gateway_id=token, brand="visa", last4="4242", exp_month=4,
                              exp_year=2031, is_default=True, created_at=ctx.now)
            )  # fmt: skip

    def change(self, number: str, **fields: Any) -> None:
        with self.contexts.system(writes=True) as ctx:
            row = ctx.session.exec(select(Subscription).where(Subscription.number == number)).one()
            for key, value in fields.items():
                setattr(row, key, value)
            ctx.session.add(row)

    def subscription(self, number: str) -> Subscription:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Subscription).where(Subscription.number == number)).one()

    def periods(self, number: str) -> list[tuple[date, date | None, str]]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(SubscriptionPeriod)
                .join(Subscription, col(Subscription.id) == col(SubscriptionPeriod.subscription_id))
                .where(Subscription.number == number)
                .order_by(col(SubscriptionPeriod.start))
            ).all()
            return [(row.start, row.end, row.kind) for row in rows]

    def history(self, number: str) -> list[str]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(SubscriptionChange)
                .join(Subscription, col(Subscription.id) == col(SubscriptionChange.subscription_id))
                .where(Subscription.number == number)
                .order_by(col(SubscriptionChange.id))
            ).all()
            return [row.sentence for row in rows]

    def invoices(self, customer: int | None = None) -> Sequence[Invoice]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(
                select(Invoice)
                .where(Invoice.customer_id == (customer or self.ania), Invoice.kind == InvoiceKind.INVOICE)
                .order_by(col(Invoice.issued_on), col(Invoice.id))
            ).all()

    def lines(self, number: str | None) -> Sequence[InvoiceLine]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(
                select(InvoiceLine)
                .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
                .where(Invoice.number == number)
                .order_by(col(InvoiceLine.position))
            ).all()

    def payments(self) -> Sequence[Payment]:
        return self.account.payments()

    def dunning(self) -> Sequence[Dunning]:
        with self.contexts.system() as ctx:
            return ctx.session.exec(select(Dunning).order_by(col(Dunning.invoice_id))).all()

    def mails(self, about: str = "") -> Sequence[Mail]:
        with self.contexts.system() as ctx:
            rows = ctx.session.exec(select(Mail).order_by(col(Mail.id))).all()
            return [row for row in rows if row.key.startswith(about)]
