"""Amounts as people read them."""

from __future__ import annotations

import pytest

from billing.money import format_money, parse_amount


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "said"),
    [
        (1_234_567, "KWD", "en_GB", "KWD\u00a01,234.567"),
        (-1_250, "AED", "en_GB", "\u2212AED\u00a012.50"),
        (1_250, "CHF", "nl_NL", "CHF\u00a012,50"),
        (420_641, "EUR", "en_GB", "€4,206.41"),
        (420_641, "USD", "en_GB", "US$4,206.41"),
        (420_641, "PLN", "pl_PL", "4\u00a0206,41\u00a0zł"),
    ],
)
def test_letters_stand_apart_from_figures_and_signs_beside_them(
    amount: int, currency: str, locale: str, said: str
) -> None:
    assert format_money(amount, currency, locale) == said


@pytest.mark.parametrize("currency", ["KWD", "AED", "EUR", "JPY", "CHF"])
def test_what_is_said_in_english_can_be_typed_again(currency: str) -> None:
    assert parse_amount(format_money(1_234_560, currency), currency) == 1_234_560
