"""Steps on subscriptions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from billing.effects import Effect
from tests.billing.engine.account import Account, shown_total
from tests.billing.engine.model import (
    PRICES,
    ZERO,
    Service,
    Thing,
    cents,
    with_tax,
)


class Services(Account):
    """Starts, switches, pauses, ends: each predicted to the cent."""

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
        self.charged(service, effect, done, total)

    def charged(self, service: Service, effect: Effect, done: Any, total: Decimal) -> None:
        """An invoice of that total was shown and made; credit came off by itself, and then the card where that does."""
        credit = min(self.model.credit, total)
        assert Decimal(effect.due_now or 0) == (total - credit) * 100, effect.lines
        assert shown_total(effect) == total
        paid = self.pays_itself(self.model.bill(done.invoice, total), [service])
        assert (done.due, done.credit_used) == ((total - credit - paid) * 100, credit * 100)
        assert done.paid == paid * 100
        shown = [fact.value for fact in effect.facts if fact.label == "Payment"]
        assert shown == ([f"€{paid:,.2f} will be charged to Visa ending 4242"] if paid else [])

    @precondition(lambda self: self.running("active", "paused", "ending"))
    @rule(place=st.integers(0, 9))
    def charge_by_itself(self, place: int) -> None:
        service = self.pick(self.running("active", "paused", "ending"), place)
        _, done = self.do("subscriptions.auto_charge", subscription=service.number, on=not service.by_itself)
        assert done.invoice is None
        service.by_itself = not service.by_itself

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
            self.charged(service, effect, done, total)
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
        self.charged(service, effect, done, total)
        kept = service.things.setdefault("backup", Thing(new, done.invoice))
        kept.whole, kept.bill = new, done.invoice
        service.billed_on.append(done.invoice)

    @precondition(lambda self: any(s.extras and not s.extras_end for s in self.running()))
    @rule(place=st.integers(0, 9))
    def remove_backup(self, place: int) -> None:
        service = self.pick([s for s in self.running() if s.extras and not s.extras_end], place)
        _, done = self.do("subscriptions.remove_add_on", subscription=service.number, add_on="Backup")
        assert (done.credit_note, done.takes_effect) == (None, service.end)
        service.extras_end = service.end

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
        self.charged(service, effect, done, with_tax(sum((cents(t.whole) for t in service.things.values()), ZERO)))

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
