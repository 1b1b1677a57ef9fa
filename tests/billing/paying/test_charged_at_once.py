"""What a change bills now is charged at once where that goes by itself: shown before, done once, told as paid."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

import billing.actions.subscription_cancel
import billing.actions.subscription_extras
import billing.actions.subscription_pause
import billing.actions.subscription_start
import billing.actions.subscriptions  # noqa: F401
from billing import dispatch
from billing.effects import Preview
from billing.jobs import run_due
from billing.models.payments import Dunning, Payment, PaymentMethod, PaymentStatus
from billing.models.people import Customer
from billing.models.subscriptions import AddOn, Plan, Product
from billing.price_list.plans import add_plan
from billing.registry import Channel
from billing.verify import verify
from tests.billing.gateways.running import RunningSandbox
from tests.billing.paying.account import VAT, Account, die_doing

ASKS = "pm_card_authenticationRequired"
REFUSES = "pm_card_chargeCustomerFail"
FIRST, LATER = date(2026, 3, 1), date(2026, 3, 16)


@pytest.fixture
def charged(account: Account) -> Account:
    """An account whose invoices are charged by themselves, and what it can buy."""
    with account.contexts.system(writes=True) as ctx:
        customer = ctx.session.get_one(Customer, account.ania.customer_id)
        customer.auto_charge = True
        ctx.session.add(customer)
        product = Product(name="Hosting")
        ctx.session.add(product)
        ctx.session.flush()
        for name, price, (most, trial) in (
            ("Growth", 180_00, (1, 0)), ("Business", 260_00, (1, 0)), ("Tried", 100_00, (1, 14)),
            ("Team", 10_00, (50, 0)),
        ):  # fmt: skip
            plan = Plan(product_id=product.id or 0, name=name, currency="EUR", unit_amount=price, tax_rate=VAT,
                        per_seat=most > 1, most_seats=most, trial_days=trial)  # fmt: skip
            add_plan(ctx.session, product, plan, ctx.now)
        ctx.session.add(AddOn(code="backup", name="Backup", currency="EUR", unit_amount=20_00, tax_rate=VAT))
    return account.on(FIRST)


def use_card(account: Account, token: str) -> None:
    with account.contexts.system(writes=True) as ctx:
        [card] = ctx.session.exec(select(PaymentMethod).where(col(PaymentMethod.removed_at).is_(None))).all()
        card.gateway_id = token
        ctx.session.add(card)


def do(account: Account, action: str, **asked: object) -> tuple[Preview, Any]:
    """Previews and confirms twice: the second yes changes nothing and says the same."""
    preview = dispatch.preview(account.contexts, f"subscriptions.{action}", asked, account.ania, Channel.PORTAL)
    done, again = (
        dispatch.run(account.contexts, f"subscriptions.{action}", asked, account.ania, Channel.PORTAL,
                     token=preview.token) for _ in range(2)
    )  # fmt: skip
    assert again == done
    return preview, done


def said(preview: Preview) -> list[str]:
    """What the preview says of the payment."""
    return [fact.value for fact in preview.effect.facts if fact.label == "Payment"]


def paid(preview: Preview, done: Any) -> int:
    """What a change took from the card, after the preview has said exactly that."""
    assert preview.effect.due_now == done.paid
    euros = f"€{done.paid // 100}.{done.paid % 100:02}"
    assert said(preview) == [f"{euros} will be charged to Visa ending 4242"]
    assert (done.due, done.payment_status, done.card, done.not_paid) == (0, "succeeded", "Visa ending 4242", "")
    return int(done.paid)


def dunning(account: Account) -> Sequence[Dunning]:
    with account.contexts.system() as ctx:
        return ctx.session.exec(select(Dunning).order_by(col(Dunning.invoice_id))).all()


def payments(account: Account) -> list[tuple[str, int]]:
    with account.contexts.system() as ctx:
        return [(p.status, p.amount) for p in ctx.session.exec(select(Payment).order_by(col(Payment.id))).all()]


def status(account: Account, number: str) -> str:
    return str(account.ask("subscriptions.show", subscription=number).subscription.status)


def test_a_start_a_switch_an_add_on_and_a_resumption_are_each_paid_at_once(charged: Account) -> None:
    started = do(charged, "start", plan="Growth")
    number = started[1].subscription
    switched = do(charged.on(LATER), "switch_plan", subscription=number, plan="Business")
    added = do(charged, "add_add_on", subscription=number, add_on="Backup")
    do(charged.on(date(2026, 3, 20)), "pause", subscription=number)
    charged.on(date(2026, 4, 10))
    resumed = do(charged, "resume", subscription=number)

    taken = [paid(*started), paid(*switched), paid(*added), paid(*resumed)]

    assert taken[:3] == [217_80, 49_96, 12_49]
    assert sorted(charged.taken()) == sorted(taken)
    assert charged.balance()[0] == 0
    with charged.contexts.system() as ctx:
        assert {p.contact_id for p in ctx.session.exec(select(Payment)).all()} == {charged.ania.id}


def test_a_trial_that_is_ended_early_more_seats_and_a_new_term_are_paid_at_once(charged: Account) -> None:
    tried = do(charged, "start", plan="Tried")
    assert (said(tried[0]), tried[1].payment, charged.taken()) == ([], None, [])
    converted = do(charged.on(date(2026, 3, 5)), "convert_trial", subscription=tried[1].subscription)
    team = do(charged, "start", plan="Team", seats=2)
    more = do(charged.on(date(2026, 3, 20)), "switch_plan", subscription=team[1].subscription, seats=5)
    do(charged, "cancel", subscription=tried[1].subscription, when="term_end")
    charged.on(date(2026, 4, 6))
    run_due(charged.contexts)
    before = sum(charged.taken())
    again = do(charged.on(date(2026, 4, 20)), "reactivate", subscription=tried[1].subscription)

    assert [paid(*converted), paid(*team), paid(*again)] == [121_00, 24_20, 121_00]
    assert paid(*more) > 0
    assert sum(charged.taken()) == before + 121_00


def test_where_nothing_goes_by_itself_it_is_left_to_pay(charged: Account) -> None:
    with charged.contexts.system(writes=True) as ctx:
        customer = ctx.session.get_one(Customer, charged.ania.customer_id)
        customer.auto_charge = False
        ctx.session.add(customer)

    preview, done = do(charged, "start", plan="Growth")

    assert (said(preview), done.due, done.payment, charged.taken()) == ([], 217_80, None, [])
    do(charged, "auto_charge", subscription=done.subscription, on=True)
    paid(*do(charged.on(LATER), "switch_plan", subscription=done.subscription, plan="Business"))
    assert charged.due(str(done.invoice)) == 217_80


def test_without_a_card_it_is_left_to_pay(charged: Account) -> None:
    with charged.contexts.system(writes=True) as ctx:
        for card in ctx.session.exec(select(PaymentMethod)).all():
            ctx.session.delete(card)

    preview, done = do(charged, "start", plan="Growth")

    assert (said(preview), done.due, done.payment, payments(charged)) == ([], 217_80, None, [])


def test_credit_comes_off_before_the_card_is_asked(charged: Account) -> None:
    charged.credit_note(100_00)

    preview, done = do(charged, "start", plan="Growth")

    assert (paid(preview, done), done.credit_used, charged.taken()) == (96_80, 121_00, [96_80])


def test_what_is_too_little_for_a_card_is_not_asked_for(charged: Account) -> None:
    charged.credit_note(179_75)

    preview, done = do(charged, "start", plan="Growth")

    assert (said(preview), done.due, payments(charged)) == ([], 30, [])
    assert (status(charged, done.subscription), dunning(charged)) == ("active", [])


def test_a_card_that_refuses_leaves_it_past_due_and_is_asked_again_like_for_a_renewal(charged: Account) -> None:
    use_card(charged, REFUSES)

    preview, done = do(charged, "start", plan="Growth")

    assert said(preview) == ["€217.80 will be charged to Visa ending 4242"]
    assert (done.payment_status, done.paid, done.due, done.status) == ("failed", 0, 217_80, "past_due")
    assert done.not_paid.startswith("Your bank declined the payment. Nothing was taken.")
    assert [(d.attempts, d.next_on) for d in dunning(charged)] == [(1, date(2026, 3, 2))]
    other, second = do(charged, "start", plan="Team", seats=2)
    assert said(other) == ["€24.20 will be charged to Visa ending 4242 tomorrow: it said no today"]
    assert second.not_paid.startswith("Visa ending 4242 said no today. It is asked again tomorrow")
    assert (second.due, second.payment, second.status, len(payments(charged))) == (24_20, None, "active", 1)
    use_card(charged, "pm_card_visa")
    run_due(charged.on(date(2026, 3, 2)).contexts)

    assert sorted(charged.taken()) == [24_20, 217_80]
    assert {status(charged, n) for n in (done.subscription, second.subscription)} == {"active"}


def test_where_the_bank_asks_first_the_invoice_waits_to_be_paid_by_hand(charged: Account) -> None:
    use_card(charged, ASKS)

    _, done = do(charged, "start", plan="Growth")

    assert (done.due, done.status) == (217_80, "active")
    assert done.not_paid == "Your bank wants to ask you first. Nothing was taken. Pay now and stay for its question."
    assert [(d.attempts, d.next_on) for d in dunning(charged)] == [(0, date(2026, 3, 2))]
    charged.pay(str(done.invoice), payment_method=charged.card("4242424242424242"))
    run_due(charged.on(date(2026, 3, 2)).contexts)
    assert (charged.taken(), status(charged, done.subscription)) == ([217_80], "active")


def test_nobody_who_answers_the_bank_makes_it_past_due_the_next_day(charged: Account) -> None:
    use_card(charged, ASKS)
    _, done = do(charged, "start", plan="Growth")

    run_due(charged.on(date(2026, 3, 2)).contexts)

    assert (status(charged, done.subscription), [d.attempts for d in dunning(charged)]) == ("past_due", [1])


def test_a_gateway_that_does_not_answer_is_asked_again_and_takes_the_money_once(charged: Account) -> None:
    for kind in ("cut_before", "cut_after"):
        charged.sandbox.switch(faults=[{"kind": kind, "on": "POST /v1/payment_intents", "times": 1}])
        preview = dispatch.preview(
            charged.contexts, "subscriptions.start", {"plan": "Growth"}, charged.ania, Channel.PORTAL
        )
        done = dispatch.run(
            charged.contexts, "subscriptions.start", {"plan": "Growth"}, charged.ania, Channel.PORTAL,
            token=preview.token,
        )  # fmt: skip
        assert (done.payment_status, done.due) == ("pending", 217_80)
        assert done.not_paid.startswith("The payment system did not answer.")
        charged.later(minutes=5)
        run_due(charged.contexts)
        assert charged.due(str(done.invoice)) == 0

    assert charged.taken() == [217_80, 217_80]
    assert payments(charged) == [(PaymentStatus.SUCCEEDED, 217_80)] * 2
    assert verify(charged.contexts) == []


def test_two_tabs_that_say_yes_at_once_start_one_subscription_and_one_charge(charged: Account) -> None:
    asked = {"plan": "Growth"}
    preview = dispatch.preview(charged.contexts, "subscriptions.start", asked, charged.ania, Channel.PORTAL)

    def confirm(_: int) -> Any:
        return dispatch.run(charged.contexts, "subscriptions.start", asked, charged.ania, Channel.PORTAL,
                            token=preview.token)  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(confirm, range(8)))

    assert {one.subscription for one in done} == {done[0].subscription}
    assert (charged.taken(), payments(charged)) == ([217_80], [("succeeded", 217_80)])
    assert charged.due(str(done[0].invoice)) == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_around_the_charge_leaves_one_payment(
    charged: Account, sandbox: RunningSandbox, tmp_path: Path, moment: str
) -> None:
    die_doing(charged, sandbox, tmp_path, moment, "subscriptions.start", plan="Growth")

    assert payments(charged) == [(PaymentStatus.PENDING, 217_80)]
    charged.clock.set(datetime.now(UTC))
    run_due(charged.later(minutes=2).contexts)
    run_due(charged.later(minutes=2).contexts)
    assert (payments(charged), charged.taken()) == ([(PaymentStatus.SUCCEEDED, 217_80)], [217_80])
    assert charged.balance() == (0, 0)
