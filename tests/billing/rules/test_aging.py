"""How long what is owed has been due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.aging import Age, Aged, age_of, aged, first_due

ON = date(2026, 3, 31)
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("late", "age"),
    [
        (-400, Age.CURRENT), (-1, Age.CURRENT), (0, Age.CURRENT), (1, Age.DAYS_30), (30, Age.DAYS_30),
        (31, Age.DAYS_60), (60, Age.DAYS_60), (61, Age.DAYS_90), (90, Age.DAYS_90), (91, Age.OLDER), (4000, Age.OLDER),
    ],
)  # fmt: skip
def test_the_age_counts_days_after_the_due_date(late: int, age: Age) -> None:
    assert age_of(ON - timedelta(days=late), ON) is age


def test_what_is_owed_is_summed_by_age() -> None:
    owed = [(ON, 100), (ON - timedelta(days=1), 20), (ON - timedelta(days=30), 3), (ON - timedelta(days=95), 7)]
    assert aged(owed, ON) == Aged(current=100, days_30=23, older=7)
    assert aged(owed, ON).total == 130


@given(due_on=days, on=days)
def test_the_first_due_date_of_an_age_is_where_the_age_begins(due_on: date, on: date) -> None:
    age = age_of(due_on, on)
    first = first_due(age, on)
    assert first is None or first <= due_on
    if first is not None:
        assert age_of(first, on) is age and age_of(first - timedelta(days=1), on) is not age


@given(owed=st.lists(st.tuples(days, st.integers(0, 10**9))), on=days)
def test_every_amount_has_one_age(owed: list[tuple[date, int]], on: date) -> None:
    assert aged(owed, on).total == sum(amount for _, amount in owed)
