"""How credit and money are spread: never more than is due, nothing lost, the oldest first."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.allocation import allocate
from billing.rules.numbering import format_number, series_name
from billing.rules.search_terms import terms_of, words_of
from billing.rules.tax import taxes_of, vat

AMOUNTS = st.integers(0, 10**12)


@given(st.lists(AMOUNTS, min_size=1, max_size=12), AMOUNTS)
def test_credit_then_money_settle_everything(dues: list[int], credit: int) -> None:
    shares = allocate(dues, credit)

    assert all(share.left == 0 and share.credit >= 0 and share.money >= 0 for share in shares)
    assert sum(share.credit for share in shares) == min(credit, sum(dues))
    assert [share.due for share in shares] == dues


@given(st.lists(AMOUNTS, min_size=1, max_size=12), st.data())
def test_a_part_is_spread_from_the_first_on(dues: list[int], data: st.DataObject) -> None:
    money = data.draw(st.integers(0, sum(dues)))

    shares = allocate(dues, 0, money)

    assert sum(share.money for share in shares) == money
    unpaid = [place for place, share in enumerate(shares) if share.left]
    assert all(share.money == 0 for place, share in enumerate(shares) if unpaid and place > unpaid[0])


def test_more_than_is_due_is_refused() -> None:
    with pytest.raises(ValueError, match="more than is due"):
        allocate([100], 0, 101)


def test_tax_is_rounded_once_a_rate() -> None:
    lines = [(vat(Decimal(rate)), amount) for rate, amount in (("21", 10_02), ("21", 10_02), ("5.5", 99), ("0", 500))]

    assert [(t.base, t.amount) for t in taxes_of(lines)] == [(99, 5), (20_04, 4_21)]
    assert [(t.base, t.amount) for t in taxes_of([(vat(Decimal(21)), -10_02)])] == [(-10_02, -2_10)]


def test_numbers_grow_beyond_four_digits() -> None:
    series = series_name("RT", 2026)
    assert [format_number(series, n) for n in (1, 187, 12345)] == ["RT-2026-0001", "RT-2026-0187", "RT-2026-12345"]


def test_words_lose_accents_and_case_and_keep_every_script() -> None:
    assert words_of("Möbel, 3D-Tour: ÇA (Straße)") == ["mobel", "3d", "tour", "ca", "strasse"]
    assert words_of("Фотосъёмка 写真") == ["фотосъемка", "写真"]
    assert terms_of("RT-2026-0187", "Monthly services", 988_01) == {
        "monthly", "services", "#rt-2026-0187", "0187", "187", "=98801",
    }  # fmt: skip
