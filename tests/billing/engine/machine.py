"""Random histories of one account, through the catalogue's actions, with the model kept beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import col, select

from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.effects import Effect, LineKind
from billing.errors import PortalError
from billing.jobs import run_due
from billing.models.coupons import Coupon, Duration
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.people import Contact, Customer, Membership, Staff
from billing.models.subscriptions import AddOn, Plan, Product, Subscription, SubscriptionPeriod
from billing.price_list.plans import add_plan
from billing.registry import Channel, Role
from billing.verify import verify
from tests.billing.engine.model import (
    PRICES,
    TEAM_BASE,
    TEAM_INCLUDED,
    ZERO,
    Bill,
    Model,
    Service,
    Thing,
    cents,
    with_tax,
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


class History(RuleBasedStateMachine):
    """One customer's life. Each step is done twice: by the product and by the model; then both are compared."""

    business: ClassVar[Business]

    # --- how things are asked -----------------------------------------------------------------------------------

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

    def pick(self, choices: list[Any], place: int) -> Any:
        return choices[place % len(choices)]

    def running(self, *statuses: str) -> list[Service]:
        return [s for s in self.model.services.values() if s.status in (statuses or ("active",))]

    def open_bills(self) -> list[Bill]:
        return [b for b in self.model.bills.values() if b.due > 0 and not b.void]

    # --- subscriptions ------------------------------------------------------------------------------------------

    @rule(plan=st.sampled_from(sorted(PRICES)), seats=st.integers(1, 50))
    def start(self, plan: str, seats: int) -> None:
        if len(self.model.services) >= 4:
            return
        seats = seats if plan == "Team" else 1
        effect, done = self.do("subscriptions.start", plan=plan, seats=seats if plan == "Team" else None)
        today = self.model.today
        service = Service(done.subscription, plan, seats, today, today, today + timedelta(days=1))
        total = with_tax(cents(service.plan_price()))
        service.begin(today, done.invoice)
        self.model.services[service.number] = service
        self.charged(effect, done, total)

    def charged(self, effect: Effect, done: Any, total: Decimal) -> None:
        """An invoice of that total was shown and made; credit came off by itself."""
        credit = min(self.model.credit, total)
        assert Decimal(effect.due_now or 0) == (total - credit) * 100, effect.lines
        assert shown_total(effect) == total
        self.model.bill(done.invoice, total)
        assert (done.due, done.credit_used) == ((total - credit) * 100, credit * 100)

    @precondition(lambda self: self.running())
    @rule(place=st.integers(0, 9), plan=st.sampled_from(["Basic", "Plus", "Max"]))
    def switch_plan(self, place: int, plan: str) -> None:
        service = self.pick(self.running(), place)
        if service.pending_seats is not None:
            return
        if service.plan == plan:
            self.refused("subscriptions.switch_plan", "plan_unchanged", subscription=service.number, plan=plan)
            return
        effect, done = self.do("subscriptions.switch_plan", subscription=service.number, plan=plan)
        self.switched(service, plan, 1, effect, done)

    def switched(self, service: Service, plan: str, seats: int, effect: Effect, done: Any) -> None:
        """The rest of the period, today in it, on the new plan instead of the old one."""
        days = service.left(self.model.today)
        old, new = service.things["plan"], service.plan_price(plan, seats)
        total = with_tax(service.part(new, days) - service.part(old.whole, days))
        service.plan, service.seats = plan, seats
        if total >= 0:
            self.charged(effect, done, total)
            service.things["plan"].bill = done.invoice
            service.billed_on.append(done.invoice)
        else:
            assert (shown_total(effect), done.credited) == (total, -total * 100)
            self.model.give_for(service, done.credit_note, -total)
            service.things["plan"].bill = None
        service.things["plan"].whole = new

    @precondition(lambda self: any(s.plan == "Team" for s in self.running()))
    @rule(place=st.integers(0, 9), seats=st.integers(1, 50))
    def change_seats(self, place: int, seats: int) -> None:
        service = self.pick([s for s in self.running() if s.plan == "Team"], place)
        if seats == service.seats or service.pending_seats is not None:
            return
        effect, done = self.do("subscriptions.switch_plan", subscription=service.number, seats=seats)
        if service.plan_price(seats=seats) < service.plan_price():
            assert (done.invoice, done.credit_note, done.starts_on) == (None, None, service.end)
            service.pending_seats = seats
        else:
            self.switched(service, "Team", seats, effect, done)

    @precondition(lambda self: self.running())
    @rule(place=st.integers(0, 9), quantity=st.integers(1, 5))
    def add_backup(self, place: int, quantity: int) -> None:
        service = self.pick(self.running(), place)
        if service.extras_end or service.pending_seats is not None:
            return
        asked: dict[str, Any] = {"subscription": service.number, "add_on": "Backup", "quantity": quantity}
        effect, done = self.do("subscriptions.add_add_on", **asked)
        days, old = service.left(self.model.today), service.things.get("backup")
        service.extras += quantity
        new = service.wholes()["backup"]
        total = with_tax(service.part(new, days) - (service.part(old.whole, days) if old else ZERO))
        self.charged(effect, done, total)
        kept = service.things.setdefault("backup", Thing(new, done.invoice))
        kept.whole, kept.bill = new, done.invoice
        service.billed_on.append(done.invoice)

    @precondition(lambda self: any(s.extras and not s.extras_end for s in self.running()))
    @rule(place=st.integers(0, 9))
    def remove_backup(self, place: int) -> None:
        service = self.pick([s for s in self.running() if s.extras and not s.extras_end], place)
        _, done = self.do("subscriptions.remove_add_on", subscription=service.number, add_on="Backup")
        assert (done.credit_note, done.takes_effect) == (None, service.end)
        service.extras_end = True

    @precondition(lambda self: any(not s.coupon for s in self.running()))
    @rule(place=st.integers(0, 9))
    def redeem(self, place: int) -> None:
        service = self.pick([s for s in self.running() if not s.coupon], place)
        _, done = self.do("subscriptions.redeem_coupon", subscription=service.number, coupon="TEN")
        assert done.invoice is None and done.credit_note is None
        service.coupon = True

    @precondition(lambda self: self.running())
    @rule(place=st.integers(0, 9))
    def pause(self, place: int) -> None:
        service = self.pick(self.running(), place)
        effect, done = self.do("subscriptions.pause", subscription=service.number, reason="A quiet month")
        self.stopped(service, effect, done)
        service.status = "paused"
        service.paused_from = max(self.model.today + timedelta(days=1), service.start)

    def stopped(self, service: Service, effect: Effect, done: Any) -> None:
        total = self.model.unused(service)
        if not total:
            assert done.credit_note is None
            return
        assert (shown_total(effect), done.credited) == (-total, total * 100)
        self.model.give_for(service, done.credit_note, total)

    @precondition(lambda self: self.running("paused"))
    @rule(place=st.integers(0, 9))
    def resume(self, place: int) -> None:
        service = self.pick(self.running("paused"), place)
        effect, done = self.do("subscriptions.resume", subscription=service.number)
        assert service.paused_from is not None
        first = max(self.model.today, service.paused_from)
        service.status, service.first, service.paused_from = "active", first, None
        service.begin(first, done.invoice)
        self.charged(effect, done, with_tax(sum((cents(t.whole) for t in service.things.values()), ZERO)))

    @precondition(lambda self: self.running("active", "paused"))
    @rule(place=st.integers(0, 9))
    def cancel_now(self, place: int) -> None:
        service = self.pick(self.running("active", "paused"), place)
        effect, done = self.do("subscriptions.cancel", subscription=service.number, when="now", reason="Moving")
        if service.status == "paused":
            assert done.credit_note is None
        else:
            self.stopped(service, effect, done)
        service.status = "ended"

    @precondition(lambda self: self.running())
    @rule(place=st.integers(0, 9), keep=st.booleans())
    def cancel_at_term_end(self, place: int, keep: bool) -> None:
        """Planned, and where it is taken back everything is as it was before."""
        service = self.pick(self.running(), place)
        before = self.told(service)
        self.do("subscriptions.cancel", subscription=service.number, when="term_end")
        if keep:
            self.do("subscriptions.take_back", subscription=service.number, what="cancellation")
            assert self.told(service) == before
        else:
            service.status = "ending"

    @precondition(lambda self: self.running("ending"))
    @rule(place=st.integers(0, 9))
    def reactivate(self, place: int) -> None:
        service = self.pick(self.running("ending"), place)
        _, done = self.do("subscriptions.reactivate", subscription=service.number)
        assert done.invoice is None
        service.status = "active"

    @precondition(lambda self: any(s.pending_seats is not None for s in self.running()))
    @rule(place=st.integers(0, 9))
    def take_back_seats(self, place: int) -> None:
        service = self.pick([s for s in self.running() if s.pending_seats is not None], place)
        self.do("subscriptions.take_back", subscription=service.number, what="plan")
        service.pending_seats = None
        assert self.told(service)["pending_on"] is None

    def told(self, service: Service) -> dict[str, Any]:
        found = self.ask("subscriptions.show", subscription=service.number)
        row: dict[str, Any] = found.subscription.model_dump()
        return row

    # --- money --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.open_bills())
    @rule(places=st.lists(st.integers(0, 9), min_size=1, max_size=4), use_credit=st.booleans())
    def pay(self, places: list[int], use_credit: bool) -> None:
        bills = list({b.number: b for b in (self.pick(self.open_bills(), p) for p in places)}.values())
        due = sum((b.due for b in bills), ZERO)
        credit = min(self.model.credit, due) if use_credit else ZERO
        asked: dict[str, Any] = {
            "invoices": [b.number for b in bills],
            "payment_method": VISA,
            "use_credit": use_credit,
        }
        effect, done = self.do("invoices.pay", **asked)
        assert effect.due_now == (due - credit) * 100
        assert (done.total, done.credit) == ((due - credit) * 100, credit * 100)
        if due == credit:
            for bill in self.by_due_day(bills):
                self.model.use_credit(bill, bill.due)
            return
        assert done.status == "succeeded"
        ordered = self.by_due_day(bills)
        shares, left = {}, credit
        for bill in ordered:
            used = min(bill.due, left)
            shares[bill.number], left = used, left - used
        for bill in ordered:
            self.model.use_credit(bill, shares[bill.number])
        self.model.receive(done.payment, due - credit, [b.number for b in ordered])

    def by_due_day(self, bills: list[Bill]) -> list[Bill]:
        days = {p.number: (p.due_on, p.id) for p in self.papers()}
        return sorted(bills, key=lambda b: days[b.number])

    @rule(amount=AMOUNTS, places=st.lists(st.integers(0, 9), max_size=3))
    def record_transfer(self, amount: Decimal, places: list[int]) -> None:
        bills = self.open_bills()
        chosen = list(dict.fromkeys(self.pick(bills, p).number for p in places)) if bills else []
        self.business.transfers += 1
        reference = f"bank {self.business.transfers}"
        asked: dict[str, Any] = {"amount": int(amount * 100), "reference": reference, "invoices": chosen}
        _, done = self.do("payments.record", staff=True, **asked)
        self.refused("payments.record", "recorded_before", staff=True, **asked)
        ordered = self.by_due_day([self.model.bills[n] for n in chosen])
        self.model.receive(done.payment, amount, [b.number for b in ordered])

    @rule(amount=AMOUNTS)
    def pay_in_advance(self, amount: Decimal) -> None:
        if amount < LEAST_BY_CARD:
            return
        _, done = self.do("payments.advance", amount=int(amount * 100), payment_method=VISA)
        self.model.receive(done.payment, amount, [])

    @rule(amount=AMOUNTS)
    def grant_goodwill(self, amount: Decimal) -> None:
        _, done = self.do("credits.grant", staff=True, amount=int(amount * 100), reason="A slow answer")
        self.model.give(done.credit_note, amount)

    @precondition(lambda self: self.open_bills() and self.model.credit)
    @rule(place=st.integers(0, 9))
    def apply_credit(self, place: int) -> None:
        bill = self.pick(self.open_bills(), place)
        self.do("credits.apply", invoice=bill.number)
        self.model.use_credit(bill, bill.due)

    @rule(price=st.integers(2, 30_000), quantity=st.sampled_from(["1", "2.5", "0.333"]))
    def bill_once(self, price: int, quantity: str) -> None:
        lines = [{"description": "Audit", "unit_amount": price, "quantity": quantity, "tax_rate": "21"}]
        _, done = self.do("invoices.create", staff=True, title="Audit", lines=lines)
        self.model.bill(done.invoice, with_tax(cents(Decimal(price) / 100 * Decimal(quantity))), use_credit=False)

    @precondition(lambda self: any(not b.touched and b.due for b in self.one_offs()))
    @rule(place=st.integers(0, 9))
    def void(self, place: int) -> None:
        bill = self.pick([b for b in self.one_offs() if not b.touched and b.due], place)
        self.do("invoices.void", staff=True, invoice=bill.number, reason="Billed twice")
        bill.due, bill.void = ZERO, True
        self.refused("invoices.pay", "not_payable", invoices=[bill.number], payment_method=VISA)

    def one_offs(self) -> list[Bill]:
        on_services = {t.bill for s in self.model.services.values() for t in s.things.values()}
        return [b for b in self.model.bills.values() if b.number not in on_services and not b.void]

    @precondition(lambda self: any(b.due for b in self.one_offs()))
    @rule(place=st.integers(0, 9), part=st.integers(1, 99))
    def write_off(self, place: int, part: int) -> None:
        """Of one-off bills: what was given up of a subscription's is not given back when it stops."""
        bill = self.pick([b for b in self.one_offs() if b.due], place)
        amount = cents(bill.due * part / 100)
        if not 0 < amount < bill.due:
            return
        self.do("invoices.write_off", staff=True, invoice=bill.number, amount=int(amount * 100), reason="A dispute")
        bill.due, bill.touched = bill.due - amount, True
        too_much = int(bill.due * 100) + 1
        self.refused("invoices.write_off", "amount_too_high", "write_off_too_high", staff=True,
                     invoice=bill.number, amount=too_much, reason="x")  # fmt: skip

    @precondition(lambda self: any(p.unused or any(p.shares.values()) for p in self.model.payments.values()))
    @rule(place=st.integers(0, 9), part=st.integers(1, 100))
    def refund_so_that_it_is_owed_again(self, place: int, part: int) -> None:
        paid = self.pick([p for p in self.model.payments.values() if p.unused or any(p.shares.values())], place)
        most = paid.unused + sum(paid.shares.values(), ZERO)
        amount = cents(most * part / 100)
        if not amount:
            return
        asked: dict[str, Any] = {
            "payment": paid.number,
            "amount": int(amount * 100),
            "invoices": "owed_again",
            "reason": "Asked for",
        }
        _, done = self.do("payments.refund", staff=True, **asked)
        assert (done.status, done.amount) == ("succeeded", amount * 100)
        free = min(paid.unused, amount)
        paid.unused, left = paid.unused - free, amount - free
        for number, share in reversed(paid.shares.items()):
            back = min(share, left)
            paid.shares[number], left = share - back, left - back
            self.model.bills[number].due += back
        self.refused("payments.refund", "refund_too_high", "nothing_to_refund", staff=True, payment=paid.number,
                     amount=int((most - amount) * 100) + 1)  # fmt: skip

    # --- time ---------------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 45), twice=st.booleans())
    def let_time_pass(self, days: int, twice: bool) -> None:
        """Some days go by; what is due is done, and once, however often it is asked for."""
        known = {p.number for p in self.papers()}
        self.model.today += timedelta(days=days)
        self.noon()
        for _ in range(1 + twice):
            report = run_due(self.business.contexts)
            assert report.failed == 0
        fresh = [p for p in self.papers() if p.number not in known]
        while due := self.model.days_that_bill(self.model.today):
            day, services = due[0]
            total = self.model.renew(day, services)
            if total is None:
                continue
            paper = fresh.pop(0)
            assert (paper.issued_on, Decimal(paper.total)) == (day, total * 100), f"{paper.number}: {paper.title}"
            self.model.bill(paper.number or "", total)
            self.model.billed_on(paper.number or "", services, day)
        assert not fresh, f"{[p.title for p in fresh]} were billed and should not have been"

    # --- always -------------------------------------------------------------------------------------------------

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "ania"):
            return
        rows = self.ask("account.balance").balances
        told = (rows[0].to_pay, rows[0].credit) if rows else (0, 0)
        assert told == (self.model.owed * 100, self.model.credit * 100)
        for paper in self.papers():
            if paper.kind == InvoiceKind.INVOICE:
                assert paper.due == self.model.bills[paper.number or ""].due * 100, paper.number
                assert paper.due >= 0 and (paper.status == InvoiceStatus.VOID) <= (paper.due == 0)

    def teardown(self) -> None:
        if not hasattr(self, "ania"):
            return
        wrong = [str(found) for found in verify(self.business.contexts)]
        assert not wrong, "; ".join(wrong)
        self.statements_chain()
        self.periods_tile()

    def statements_chain(self) -> None:
        """The closing of one statement is the opening of the next, and the last closing is the balance."""
        last, closing = START, 0
        while last <= self.model.today:
            until = min(last + timedelta(days=61), self.model.today)
            shown = self.ask("statements.show", since=last, until=until)
            assert shown.opening.balance == closing, f"{last}: opens at {shown.opening.balance}, closed at {closing}"
            parts = shown.ageing.model_dump(exclude={"total"}).values()
            assert sum(parts) == shown.ageing.total == shown.closing.to_pay, f"{shown.ageing} of {shown.closing}"
            last, closing = until + timedelta(days=1), shown.closing.balance
        assert closing == (self.model.owed - self.model.credit) * 100

    def periods_tile(self) -> None:
        with self.business.contexts.system() as ctx:
            for service in self.model.services.values():
                shown = self.ask("subscriptions.show", subscription=service.number).subscription
                rows = ctx.session.exec(
                    select(SubscriptionPeriod)
                    .where(SubscriptionPeriod.subscription_id == _id_of(ctx, service.number))
                    .order_by(col(SubscriptionPeriod.start))
                ).all()
                assert rows[0].start == shown.started_on
                for before, after in pairwise(rows):
                    assert before.end == after.start, f"{service.number}: {before.end} and {after.start}"
                if service.status in ("active", "ending"):
                    assert (rows[-1].start, rows[-1].end) == (service.start, service.end)


def _id_of(ctx: Any, number: str) -> int:
    return int(ctx.session.exec(select(Subscription.id).where(Subscription.number == number)).one())


def shown_total(effect: Effect) -> Decimal:
    """What the lines of a preview come to, before credit comes off."""
    kinds = [line.kind for line in effect.lines]
    end = kinds.index(LineKind.TOTAL) if LineKind.TOTAL in kinds else kinds.index(LineKind.GRAND)
    total = sum(line.amount for line in effect.lines[:end])
    assert total == effect.lines[end].amount, "the lines do not add up to their total"
    return Decimal(total) / 100
