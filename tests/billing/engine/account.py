"""One customer of the business, and how they and staff ask: the ground of random histories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from sqlmodel import col, select

from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.effects import Effect, LineKind
from billing.errors import PortalError
from billing.models.coupons import Coupon, Duration
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentMethod
from billing.models.people import Contact, Customer, Membership, Staff
from billing.models.subscriptions import AddOn, Plan, Product
from billing.price_list.plans import add_plan
from billing.registry import Channel, Role
from tests.billing.engine.model import (
    PRICES,
    TEAM_BASE,
    TEAM_INCLUDED,
    ZERO,
    Bill,
    Model,
    Service,
)

VISA = "pm_card_visa"
LEAST_BY_CARD = Decimal("0.50")  # card networks take no less
START = date(2027, 1, 1)
AMOUNTS = st.integers(1, 60_000).map(lambda minor: Decimal(minor) / 100)


@dataclass
class Business:
    """What all histories of a test share: the parts, what is sold, and who works there."""

    contexts: Contexts
    clock: SetClock
    staff: Actor
    histories: int = 0
    transfers: int = 0


def open_business(contexts: Contexts, clock: SetClock) -> Business:
    """Puts the model's plans, add-on and coupon on sale."""
    with contexts.system(writes=True) as ctx:
        product = Product(name="Service")
        ctx.session.add(product)
        ctx.session.flush()
        for name, price in PRICES.items():
            team = name == "Team"
            plan = Plan(
                product_id=0, name=name, currency="EUR", unit_amount=int(price * 100), tax_rate=Decimal(21),
                per_seat=team, least_seats=1, most_seats=50 if team else 1,
                base_amount=int(TEAM_BASE * 100) if team else 0, included_seats=TEAM_INCLUDED if team else 0,
            )  # fmt: skip
            add_plan(ctx.session, product, plan, ctx.now)
        ctx.session.add(AddOn(code="backup", name="Backup", currency="EUR", unit_amount=495, tax_rate=Decimal(21)))
        ctx.session.add(
            Coupon(code="TEN", name="Ten percent", percent=Decimal(10), duration=Duration.FOREVER, created_at=ctx.now)
        )
        rio = Staff(email="rio@business.example", name="Rio", role=Role.ADMIN, created_at=ctx.now)
        ctx.session.add(rio)
        ctx.session.flush()
        return Business(contexts, clock, Actor("staff", rio.id, "Rio", rio.email, Role.ADMIN))


class Account(RuleBasedStateMachine):
    """Asks the product through the catalogue, with the model kept beside it."""

    business: ClassVar[Business]

    @initialize(day=st.integers(0, 730))
    def open_account(self, day: int) -> None:
        self.model = Model(START + timedelta(days=day))
        b = self.business
        b.histories += 1
        self.noon()
        with b.contexts.system(writes=True) as ctx:
            customer = Customer(number=f"C-{b.histories}", name="Möller", currency="EUR", created_at=ctx.now)
            contact = Contact(email=f"ania{b.histories}@example.com", name="Ania", created_at=ctx.now)
            ctx.session.add_all([customer, contact])
            ctx.session.flush()
            ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
            self.ania = Actor("contact", contact.id, "Ania", contact.email, Role.OWNER, customer.id)
            customer.gateway_id = b.contexts.gateway.ensure_customer(reference=customer.number, name="Möller", email="")
            card = b.contexts.gateway.attach_payment_method(customer.gateway_id, VISA)
            ctx.session.add(
                PaymentMethod(customer_id=customer.id or 0, gateway_id=card.id, brand=card.brand, last4=card.last4,
                              exp_month=4, exp_year=2039, is_default=True, created_at=ctx.now)
            )  # fmt: skip
            self.rio = replace(b.staff, customer_id=customer.id)

    def noon(self) -> None:
        self.business.clock.set(datetime.combine(self.model.today, time(12), UTC))

    def do(self, action: str, *, staff: bool = False, **asked: Any) -> tuple[Effect, Any]:
        """Previews, confirms, and holds the preview against what was done."""
        actor, contexts = (self.rio if staff else self.ania), self.business.contexts
        preview = dispatch.preview(contexts, action, asked, actor, Channel.PORTAL)
        result = dispatch.run(contexts, action, asked, actor, Channel.PORTAL, token=preview.token)
        again = dispatch.run(contexts, action, asked, actor, Channel.PORTAL, token=preview.token)
        assert again == result, f"{action} confirmed twice gave two results"
        return preview.effect, result

    def refused(self, action: str, *codes: str, staff: bool = False, **asked: object) -> None:
        actor = self.rio if staff else self.ania
        try:
            dispatch.preview(self.business.contexts, action, asked, actor, Channel.PORTAL)
        except PortalError as error:
            assert error.code in codes, f"{action} {asked}: {error.code} {error.message}"
        else:
            raise AssertionError(f"{action} {asked} was not refused")

    def ask(self, action: str, **asked: object) -> Any:
        return dispatch.run(self.business.contexts, action, asked, self.ania, Channel.PORTAL)

    def papers(self) -> list[Invoice]:
        with self.business.contexts.system() as ctx:
            rows = ctx.session.exec(
                select(Invoice).where(Invoice.customer_id == self.ania.customer_id).order_by(col(Invoice.id))
            ).all()
            return list(rows)

    def pays_itself(self, bill: Bill, services: list[Service]) -> Decimal:
        """What the card pays at once of a new bill for these: all that is due, where each is charged by itself."""
        due = bill.due
        if due < LEAST_BY_CARD or not all(s.by_itself for s in services):
            return ZERO
        with self.business.contexts.system() as ctx:
            [payment] = ctx.session.exec(
                select(Payment)
                .join(PaymentAllocation, col(PaymentAllocation.payment_id) == col(Payment.id))
                .join(Invoice, col(Invoice.id) == col(PaymentAllocation.invoice_id))
                .where(Invoice.number == bill.number)
            ).all()
        assert (payment.status, Decimal(payment.amount), payment.off_session) == ("succeeded", due * 100, True)
        self.model.receive(payment.number, due, [bill.number])
        return due

    def pick(self, choices: list[Any], place: int) -> Any:
        return choices[place % len(choices)]

    def running(self, *statuses: str) -> list[Service]:
        return [s for s in self.model.services.values() if s.status in (statuses or ("active",))]

    def open_bills(self) -> list[Bill]:
        return [b for b in self.model.bills.values() if b.due > 0 and not b.void]


def shown_total(effect: Effect) -> Decimal:
    """What the lines of a preview come to, before credit comes off."""
    kinds = [line.kind for line in effect.lines]
    end = kinds.index(LineKind.TOTAL) if LineKind.TOTAL in kinds else kinds.index(LineKind.GRAND)
    total = sum(line.amount for line in effect.lines[:end])
    assert total == effect.lines[end].amount, "the lines do not add up to their total"
    return Decimal(total) / 100
