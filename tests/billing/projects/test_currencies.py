"""A whole invoice in currencies with no, two and three decimals: hours, taxes, credit, sums in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from tests.billing.projects.agency import figures, open_agency

CASES = {
    # 7.33 h at ¥8,150 are ¥59,739.5; 10 % of ¥59,740 are ¥5,974
    "JPY": ("JP", 8_150, "10", 59_740, 5_974, "Build, Ilse, 7.33 h × JP¥8,150 = JP¥59,740"),
    # 7.33 h at €81.51 are €597.4683; 21 % of €597.47 are €125.4687
    "EUR": ("NL", 81_51, "21", 597_47, 125_47, "Build, Ilse, 7.33 h × €81.51 = €597.47"),
    # 7.33 h at KWD 31.505 are 230.93165; 5 % of 230.932 are 11.5466
    "KWD": ("KW", 31_505, "5", 230_932, 11_547, "Build, Ilse, 7.33 h × KWD 31.505 = KWD 230.932"),
}


@pytest.mark.parametrize("currency", CASES)
def test_hours_and_a_milestone_are_exact_in(currency: str, engine: Engine, clock: SetClock, tmp_path: Path) -> None:
    country, rate, tax, net, taxed, words = CASES[currency]
    agency = open_agency(engine, clock, tmp_path, currency, country).on(date(2026, 3, 12))
    agency.start(budget=net * 10, rate=rate, tax_percent=tax)
    agency.log(date(2026, 3, 2), "3.33")
    agency.log(date(2026, 3, 3), "4")
    agency.customer("projects.approve_hours")

    hours = agency.invoice_hours()

    assert [amount for _, amount in figures(agency.previews[-1])] == [net, taxed, net + taxed]
    assert (hours.currency, hours.total, hours.due) == (currency, net + taxed, net + taxed)
    [line] = agency.lines(hours.invoice)
    assert (line.working, line.arithmetic["amount"]) == ([words], net)

    agency.step("Launch", net)
    agency.staff("projects.finish_milestone")
    agency.customer("projects.approve_milestone")
    step = agency.staff("projects.invoice_milestone")
    assert step.total == net + taxed
    row = agency.project()
    assert (row.billed, row.outstanding) == (2 * (net + taxed), 2 * (net + taxed))
    assert agency.differences() == []


def test_the_rounding_of_the_policy_holds_for_hours_too(engine: Engine, clock: SetClock, tmp_path: Path) -> None:
    agency = open_agency(engine, clock, tmp_path, "JPY", "JP").on(date(2026, 3, 12))
    agency.prefer("rounding", "down")
    agency.start(budget=1_000_000, rate=8_150, tax_percent="10")
    agency.log(date(2026, 3, 3), "7.33")
    agency.customer("projects.approve_hours")

    hours = agency.invoice_hours()

    assert [amount for _, amount in figures(agency.previews[-1])] == [59_739, 5_973, 65_712]
    assert hours.total == 65_712
    assert agency.differences() == []
