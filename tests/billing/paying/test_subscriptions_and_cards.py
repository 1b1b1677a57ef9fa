"""Where a subscription meets the card: a refund at its end, and charges that make themselves."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

import billing.actions.subscription_cancel
import billing.actions.subscription_extras
import billing.actions.subscription_start  # noqa: F401
from billing import dispatch
from billing.effects import Preview
from billing.errors import PortalError
from billing.models.payments import PaymentMethod, Refund
from billing.models.records import PreferenceRecord
from billing.models.subscriptions import Plan, Product
from billing.price_list.plans import add_plan
from billing.registry import Channel
from billing.subscriptions.changed import Changed
from tests.billing.paying.account import VAT, Account


def sell(account: Account) -> None:
    with account.contexts.system(writes=True) as ctx:
        product = Product(name="Hosting")
        ctx.session.add(product)
        ctx.session.flush()
        for name, price in (("Growth", 180_00), ("Business", 260_00)):
            plan = Plan(product_id=product.id or 0, name=name, currency="EUR", unit_amount=price, tax_rate=VAT)
            add_plan(ctx.session, product, plan, ctx.now)


def prefer(account: Account, name: str, value: object) -> None:
    with account.contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name=name, value=value, changed_at=ctx.now))


def saved_card(account: Account, there: bool) -> None:
    with account.contexts.system(writes=True) as ctx:
        for card in ctx.session.exec(select(PaymentMethod)).all():
            card.removed_at = None if there else ctx.now
            ctx.session.add(card)


def do(account: Account, action: str, **asked: object) -> tuple[Preview, Changed]:
    preview = dispatch.preview(account.contexts, action, asked, account.ania, Channel.PORTAL)
    done = dispatch.run(account.contexts, action, asked, account.ania, Channel.PORTAL, token=preview.token)
    assert isinstance(done, Changed)
    return preview, done


def refunds(account: Account) -> list[tuple[str, str, int]]:
    with account.contexts.system() as ctx:
        rows = ctx.session.exec(select(Refund).order_by(col(Refund.id))).all()
        return [(row.to, row.status, row.amount) for row in rows]


def test_what_was_paid_of_the_unused_part_goes_back_to_the_card(account: Account) -> None:
    sell(account)
    prefer(account, "cancellation", "refund")
    _, started = do(account.on(date(2026, 3, 1)), "subscriptions.start", plan="Hosting Growth")
    account.pay(str(started.invoice), card=account.card("4242424242424242"))
    account.on(date(2026, 3, 12))

    preview, done = do(account, "subscriptions.cancel", subscription=started.subscription, when="now")

    assert [(fact.label, fact.value) for fact in preview.effect.facts] == [
        ("Goes back as you paid it", "€133.49"), ("Ends", "12 March 2026, today"),
    ]  # fmt: skip
    assert preview.effect.confirm == "Cancel and get €133.49 back"
    assert (done.refunded, len(done.refunds)) == (133_49, 1)
    assert refunds(account) == [("card", "succeeded", 133_49)]
    assert account.balance() == (0, 0)


def test_what_was_not_paid_with_money_stays_as_credit(account: Account) -> None:
    sell(account)
    prefer(account, "cancellation", "refund")
    account.on(date(2026, 3, 1)).credit_note(100_00)
    _, started = do(account, "subscriptions.start", plan="Hosting Growth")
    account.pay(str(started.invoice), card=account.card("4242424242424242"))
    account.on(date(2026, 3, 12))

    preview, _ = do(account, "subscriptions.cancel", subscription=started.subscription, when="now")

    assert [(fact.label, fact.value) for fact in preview.effect.facts][:2] == [
        ("Goes back as you paid it", "€96.80"), ("Stays on your account as credit", "€36.69"),
    ]  # fmt: skip
    assert refunds(account) == [("card", "succeeded", 96_80)]
    assert account.balance() == (0, 36_69)


def test_an_open_invoice_is_reduced_before_anything_goes_back(account: Account) -> None:
    sell(account)
    prefer(account, "cancellation", "refund")
    _, started = do(account.on(date(2026, 3, 1)), "subscriptions.start", plan="Hosting Growth")
    account.on(date(2026, 3, 12))

    do(account, "subscriptions.cancel", subscription=started.subscription, when="now")

    assert refunds(account) == []
    assert account.balance() == (84_31, 0)


def test_automatic_charges_are_switched_on_for_a_saved_card_and_off_again(account: Account) -> None:
    sell(account)
    do(account.on(date(2026, 3, 1)), "subscriptions.start", plan="Hosting Growth")
    saved_card(account, False)
    with pytest.raises(PortalError) as refused:
        do(account, "subscriptions.auto_charge", on=True)
    assert (refused.value.code, refused.value.field) == ("no_card_saved", "on")
    saved_card(account, True)

    preview, _ = do(account, "subscriptions.auto_charge", on=True)

    assert preview.effect.facts[0].value == "is charged to Visa ending 4242"
    with pytest.raises(PortalError) as refused:
        do(account, "subscriptions.auto_charge", on=True)
    assert refused.value.message == "Hosting is on autopay already. Nothing needs to be done."
    _, done = do(account, "subscriptions.auto_charge", on=False)
    assert done.sentence == "Hosting is not on autopay any more"
