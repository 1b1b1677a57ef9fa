"""The first page: what is to pay, what it was, and that its cost does not grow."""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy import event

from billing.actions.home import Autopay, HomeSummary
from billing.models.payments import PaymentMethod
from tests.billing.actions.subscriber import World
from tests.billing.gateways.conftest import sandbox
from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account

__all__ = ["account", "sandbox"]


def home(account: Account) -> HomeSummary:
    return cast(HomeSummary, account.ask("home.show"))


def test_what_is_to_pay_comes_by_due_date_with_words(account: Account) -> None:
    late = account.on(date(2026, 2, 16)).invoice(2400_00, "Milestone 2 of 4")
    far = account.on(date(2026, 2, 24)).invoice(640_00, "Photography", days=30)
    soon = account.on(date(2026, 3, 1)).invoice(816_54, "Monthly services, March")
    account.pay(soon, amount=460_00)
    account.credit_note(33_06)

    summary = home(account.on(date(2026, 3, 12)))

    [due] = summary.due
    assert (due.to_pay, due.overdue, due.count, due.overdue_count) == (4206_41, 2904_00, 3, 1)
    assert [(row.invoice.number, row.words, row.invoice.due) for row in summary.to_pay] == [
        (late, "Overdue 10 days", 2904_00), (soon, "Due in 3 days", 528_01), (far, "Due in 14 days", 774_40),
    ]  # fmt: skip
    assert summary.credit == [("EUR", 40_00)]
    assert summary.last_payment is not None
    assert (summary.last_payment.on, summary.last_payment.amount) == (date(2026, 3, 1), 460_00)


def test_twelve_months_are_shown_settled_and_to_pay(account: Account) -> None:
    account.on(date(2025, 3, 31)).invoice(1_00)
    january = account.on(date(2026, 1, 12)).invoice(100_00)
    account.pay(january)
    account.on(date(2026, 3, 1)).invoice(200_00)

    months = home(account.on(date(2026, 3, 12))).months

    assert [month.first for month in months][0::11] == [date(2025, 4, 1), date(2026, 3, 1)]
    assert [(m.first.month, m.settled, m.to_pay) for m in months if m.settled or m.to_pay] == [
        (1, 121_00, 0), (3, 0, 242_00),
    ]  # fmt: skip


def test_an_account_with_nothing_yet_has_an_overview_too(account: Account) -> None:
    summary = home(account)

    assert (summary.due, summary.to_pay, summary.credit, summary.last_payment) == ([], [], [], None)


def test_the_number_of_statements_stays_the_same(account: Account) -> None:
    account.on(date(2026, 3, 1))

    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(account.contexts.engine, "before_cursor_execute", note)
        home(account)
        event.remove(account.contexts.engine, "before_cursor_execute", note)
        return len([one for one in seen if one.startswith("SELECT") and "preference" not in one])

    few = statements()
    for _ in range(8):
        account.invoice(100_00)

    assert few <= statements() <= 14


def test_it_says_which_subscriptions_are_on_autopay(world: World) -> None:
    hosting = world.on(date(2026, 3, 1)).do("subscriptions.start", plan="Hosting Growth")[1].subscription
    mail = world.do("subscriptions.start", plan="Team mail", seats=2)[1].subscription
    with world.contexts.system(writes=True) as ctx:
        ctx.session.add(PaymentMethod(customer_id=world.ania.customer_id or 0, gateway_id="pm_1", brand="visa",
                                      last4="4242", exp_month=1, exp_year=2031, created_at=ctx.now))  # fmt: skip
    assert world.ask("home.show").autopay == Autopay(every=False, names=[])

    world.do("subscriptions.auto_charge", subscription=hosting, on=True)
    assert world.ask("home.show").autopay == Autopay(every=False, names=["Hosting"])

    world.do("subscriptions.auto_charge", subscription=mail, on=True)
    assert world.ask("home.show").autopay == Autopay(every=True, names=["Hosting", "Team mail"])
