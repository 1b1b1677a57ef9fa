"""Time passes over subscriptions: trials, renewals over month ends, planned changes, pauses, ends, each on its day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from billing.models.coupons import Coupon, Redemption
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.subscriptions import AddOn, Anchor, SubscriptionAddOn, SubscriptionStatus
from billing.verify import verify
from tests.billing.run.firm import Firm

S = SubscriptionStatus


def test_a_trial_becomes_a_subscription_that_renews_over_month_ends(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2024, 1, 17), trial_end=date(2024, 1, 31))

    assert firm.run(date(2024, 1, 30)).invoices == 0
    firm.run(date(2024, 1, 31))
    assert firm.subscription(number).status == S.ACTIVE
    firm.run_each_day(date(2024, 2, 27), date(2024, 3, 1))
    firm.run(date(2024, 5, 1))

    assert firm.periods(number) == [
        (date(2024, 1, 17), date(2024, 1, 31), "trial"),
        (date(2024, 1, 31), date(2024, 2, 29), "service"),
        (date(2024, 2, 29), date(2024, 3, 31), "service"),
        (date(2024, 3, 31), date(2024, 4, 30), "service"),
        (date(2024, 4, 30), date(2024, 5, 31), "service"),
    ]
    assert [(i.issued_on, i.total) for i in firm.invoices()] == [
        (start, 217_80) for start, _, kind in firm.periods(number) if kind == "service"
    ]
    assert firm.history(number) == ["The trial of Growth is over: it runs as Growth, Growth from 31 January 2024"]


def test_a_renewal_is_an_invoice_to_pay_with_a_link_and_happens_once(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2026, 2, 1))

    reports = [firm.run(date(2026, 3, 1)) for _ in range(3)]

    assert [report.renewals for report in reports] == [1, 0, 0]
    [invoice] = firm.invoices()
    assert (invoice.title, invoice.issued_on, invoice.due_on) == (
        "Growth, Growth, 1 to 31 March 2026", date(2026, 3, 1), date(2026, 3, 15),
    )  # fmt: skip
    assert (invoice.subscription_id, invoice.period_start, invoice.period_end) == (
        firm.subscription(number).id, date(2026, 3, 1), date(2026, 4, 1),
    )  # fmt: skip
    [mail] = firm.mails("invoice/")
    assert mail.subject == f"Invoice {invoice.number}: €217.80 to pay by 15 March 2026"
    assert f"/invoices/{invoice.number}" in mail.text


def test_what_renews_on_one_day_is_one_invoice_in_each_currency(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    firm.plan("Mail", 6_50, per_seat=True, most_seats=50)
    firm.plan("Tokyo", 4_600, currency="JPY", tax_rate=Decimal(10))
    for plan, fields in (("Growth", {}), ("Mail", {"seats": 18}), ("Tokyo", {})):
        firm.subscribe(plan, date(2026, 2, 1), **fields)
    firm.subscribe("Growth", date(2026, 2, 2))

    firm.run(date(2026, 3, 1))

    first, tokyo = firm.invoices()
    assert (first.title, first.total, tokyo.currency, tokyo.total) == (
        "Monthly services, 1 to 31 March 2026", 359_37, "JPY", 5_060,
    )  # fmt: skip
    assert [(line.description, line.amount) for line in firm.lines(first.number)] == [
        ("Growth, Growth", 180_00), ("Mail, Mail, 18 seats", 117_00),
    ]  # fmt: skip
    firm.run(date(2026, 3, 2))
    assert len(firm.invoices()) == 3


def test_a_customers_own_day_decides(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    auckland = firm.customer("AKL", "Pacific/Auckland")
    angeles = firm.customer("LAX", "America/Los_Angeles")
    for customer in (auckland, angeles):
        firm.subscribe("Growth", date(2026, 2, 1), customer=customer)

    firm.run(date(2026, 2, 28), hour=10)
    assert (len(firm.invoices(auckland)), len(firm.invoices(angeles))) == (0, 0)
    firm.run(date(2026, 2, 28), hour=11)  # midnight in Auckland
    assert (len(firm.invoices(auckland)), len(firm.invoices(angeles))) == (1, 0)
    firm.run(date(2026, 3, 1), hour=7)
    assert len(firm.invoices(angeles)) == 0
    firm.run(date(2026, 3, 1), hour=8)
    assert [i.issued_on for i in (*firm.invoices(auckland), *firm.invoices(angeles))] == [date(2026, 3, 1)] * 2


def test_a_planned_change_comes_with_the_renewal(firm: Firm) -> None:
    firm.plan("Growth", 180_00, product="Hosting")
    basic = firm.plan("Basic", 80_00, product="Hosting")
    number = firm.subscribe("Growth", date(2026, 2, 1))
    firm.change(number, pending_plan_id=basic.id, pending_seats=1, pending_on=date(2026, 3, 1))

    firm.run(date(2026, 2, 28))
    assert firm.subscription(number).plan_id != basic.id
    firm.run(date(2026, 3, 1))

    row = firm.subscription(number)
    assert (row.plan_id, row.pending_plan_id, row.pending_seats, row.pending_on) == (basic.id, None, None, None)
    assert [i.total for i in firm.invoices()] == [96_80]
    assert firm.history(number) == ["Hosting changed to Hosting, Basic on 1 March 2026, as planned"]


def test_a_yearly_plan_that_was_planned_runs_for_a_year(firm: Firm) -> None:
    firm.plan("Growth", 180_00, product="Hosting")
    yearly = firm.plan("Growth a year", 1_900_00, product="Hosting", interval="year")
    number = firm.subscribe("Growth", date(2026, 1, 31))
    firm.change(number, pending_plan_id=yearly.id, pending_on=date(2026, 2, 28))

    firm.run(date(2026, 3, 1))
    firm.run(date(2027, 3, 1))

    assert [(start, end) for start, end, _ in firm.periods(number)] == [
        (date(2026, 1, 31), date(2026, 2, 28)), (date(2026, 2, 28), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 29)),
    ]  # fmt: skip


def test_a_pause_starts_and_ends_on_its_days_and_nothing_is_billed_between(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2026, 2, 1))
    firm.change(number, pause_on=date(2026, 3, 1), resumes_on=date(2026, 4, 10))

    firm.run(date(2026, 3, 1))
    assert (firm.subscription(number).status, firm.invoices()) == (S.PAUSED, [])
    firm.run(date(2026, 4, 9))
    assert firm.subscription(number).status == S.PAUSED
    firm.run(date(2026, 4, 10))
    firm.run(date(2026, 5, 10))

    assert firm.periods(number) == [
        (date(2026, 2, 1), date(2026, 3, 1), "service"),
        (date(2026, 3, 1), date(2026, 4, 10), "pause"),
        (date(2026, 4, 10), date(2026, 5, 10), "service"),
        (date(2026, 5, 10), date(2026, 6, 10), "service"),
    ]
    assert [i.issued_on for i in firm.invoices()] == [date(2026, 4, 10), date(2026, 5, 10)]


def test_what_is_to_end_ends_and_is_billed_no_more(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2026, 2, 1))
    trial = firm.subscribe("Growth", date(2026, 2, 20), trial_end=date(2026, 3, 1))
    for each in (number, trial):
        firm.change(each, status=S.ENDING, ends_on=date(2026, 3, 1))

    report = firm.run(date(2026, 6, 1))

    assert (report.changes, report.invoices) == (2, 0)
    for each in (number, trial):
        row = firm.subscription(each)
        assert (row.status, row.ended_on, row.ends_on) == (S.ENDED, date(2026, 3, 1), None)


def test_what_was_scheduled_starts_on_its_day_with_its_trial(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    plain = firm.subscribe("Growth", date(2026, 3, 5), status=S.SCHEDULED)
    trial = firm.subscribe("Growth", date(2026, 3, 5), status=S.SCHEDULED)
    firm.change(trial, trial_end=date(2026, 3, 19), period_end=date(2026, 3, 19))

    firm.run(date(2026, 3, 4))
    assert firm.subscription(plain).status == S.SCHEDULED
    firm.run(date(2026, 3, 5))
    assert (firm.subscription(plain).status, firm.subscription(trial).status) == (S.ACTIVE, S.TRIALING)
    firm.run(date(2026, 3, 19))
    firm.run(date(2026, 4, 5))

    assert [i.issued_on for i in firm.invoices()] == [date(2026, 3, 5), date(2026, 3, 19), date(2026, 4, 5)]
    assert [kind for _, _, kind in firm.periods(trial)] == ["trial", "service"]


def test_an_anchor_on_a_fixed_day_keeps_it_after_the_trial(firm: Firm) -> None:
    firm.plan("Growth", 310_00)
    number = firm.subscribe("Growth", date(2026, 3, 1), trial_end=date(2026, 3, 17), anchor=Anchor.FIXED, anchor_day=1)

    firm.run(date(2026, 4, 1))

    assert [(start, end) for start, end, _ in firm.periods(number)] == [
        (date(2026, 3, 1), date(2026, 3, 17)), (date(2026, 3, 17), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 5, 1)),
    ]  # fmt: skip
    assert [i.subtotal for i in firm.invoices()] == [150_00, 310_00]  # 15 of 31 days, then all of April


def test_coupons_and_add_ons_are_billed_with_it_as_long_as_they_last(firm: Firm) -> None:
    plan = firm.plan("Growth", 100_00)
    number = firm.subscribe("Growth", date(2026, 1, 1))
    with firm.contexts.system(writes=True) as ctx:
        row = firm.subscription(number)
        coupon = Coupon(code="TWO", name="Two months", percent=Decimal(20), duration="periods", periods=2,
                        created_at=ctx.now)  # fmt: skip
        add_on = AddOn(code="backup", product_id=plan.product_id, name="Backups", currency="EUR", unit_amount=10_00)
        ctx.session.add_all([coupon, add_on])
        ctx.session.flush()
        ctx.session.add(Redemption(coupon_id=coupon.id or 0, customer_id=row.customer_id, subscription_id=row.id or 0,
                                   redeemed_on=date(2026, 1, 5), periods_left=2, created_at=ctx.now))  # fmt: skip
        ctx.session.add(SubscriptionAddOn(subscription_id=row.id or 0, add_on_id=add_on.id or 0, quantity=2,
                                          unit_amount=10_00, added_on=date(2026, 1, 5)))  # fmt: skip

    firm.run(date(2026, 4, 1))

    assert [i.subtotal for i in firm.invoices()] == [100_00, 100_00, 120_00]
    with firm.contexts.system() as ctx:
        redemption = ctx.session.exec(select(Redemption)).one()
    assert (redemption.periods_left, redemption.ended_on) == (0, date(2026, 4, 1))


@pytest.mark.parametrize("renewal_price, totals", [("kept", [100_00, 100_00]), ("latest", [100_00, 130_00])])
def test_a_renewal_costs_the_price_agreed_or_the_latest(firm: Firm, renewal_price: str, totals: list[int]) -> None:
    plan = firm.plan("Growth", 100_00, tax_rate=Decimal(0))
    firm.subscribe("Growth", date(2026, 1, 1))
    firm.account.prefer("renewal_price", renewal_price)
    firm.run(date(2026, 2, 1))
    with firm.contexts.system(writes=True) as ctx:
        plan.unit_amount, plan.version = 130_00, 2
        ctx.session.add(ctx.session.merge(plan))

    firm.run(date(2026, 3, 1))

    assert [i.total for i in firm.invoices()] == totals


def test_credit_comes_off_by_itself_the_oldest_first(firm: Firm) -> None:
    firm.plan("Growth", 100_00)
    firm.subscribe("Growth", date(2026, 2, 1))
    firm.on(date(2026, 2, 10))
    notes = [firm.account.credit_note(50_00), firm.account.credit_note(80_00)]

    firm.run(date(2026, 3, 1))

    [invoice] = firm.invoices()
    assert (invoice.status, invoice.credited, invoice.due) == (InvoiceStatus.PAID, 121_00, 0)
    with firm.contexts.system() as ctx:
        left = [ctx.session.exec(select(Invoice.credit_left).where(Invoice.number == n)).one() for n in notes]
    assert left == [0, 36_30]
    [mail] = firm.mails("invoice/")
    assert mail.subject == f"Invoice {invoice.number}: nothing to pay"


def test_credit_stays_where_the_business_says_so(firm: Firm) -> None:
    firm.plan("Growth", 100_00)
    firm.subscribe("Growth", date(2026, 2, 1))
    firm.account.prefer("use_credit", False)
    firm.on(date(2026, 2, 10)).account.credit_note(50_00)

    firm.run(date(2026, 3, 1))

    assert [i.due for i in firm.invoices()] == [121_00]


def test_catching_up_a_year_gives_the_same_invoices_as_running_each_day(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    firm.plan("Weekly", 9_00, interval="week")
    daily, later = firm.customer("DAILY"), firm.customer("LATER", "America/Los_Angeles")
    for day in (date(2025, 1, 15), date(2025, 1, 31)):
        firm.subscribe("Growth", day, customer=daily)
    firm.subscribe("Weekly", date(2025, 1, 29), customer=daily, trial_end=date(2025, 2, 3))
    for n in range(0, 365, 5):  # as often as a test can afford
        firm.on(date(2025, 2, 1) + timedelta(days=n)).bill()
    assert verify(firm.contexts) == []
    for day in (date(2025, 1, 15), date(2025, 1, 31)):
        firm.subscribe("Growth", day, customer=later)
    firm.subscribe("Weekly", date(2025, 1, 29), customer=later, trial_end=date(2025, 2, 3))

    firm.run(date(2026, 1, 28))

    def papers(customer: int) -> list[tuple[object, ...]]:
        return [(i.title, i.issued_on, i.due_on, i.total, i.period_start) for i in firm.invoices(customer)]

    assert papers(daily) == papers(later)
    assert len(papers(daily)) == 71  # 75 periods, on four days two of them
    numbers = [i.number for i in firm.invoices(later)]
    assert numbers == sorted(numbers, key=lambda n: (n or "").split("-")[1:])
