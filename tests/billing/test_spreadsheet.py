"""What a spreadsheet is given: plain numbers, and no text that it would run."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.spreadsheet import decimals, safe, whole
from billing.money import to_decimal


@pytest.mark.parametrize(
    "text", ["=1+1", "+31 20 555", "-1", "@SUM(A1)", "\tx", "\r=1", " =cmd|' /C calc'!A0", "＝1+1", "|x", "%x"]
)
def test_a_text_is_never_run_as_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Hosting, Growth", "Möller & Kowalczyk", "株式会社", "3D tour = good", "a-b"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(amount=st.integers(-(10**15), 10**15), currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_is_a_plain_number_to_the_last_coin(amount: int, currency: str) -> None:
    written = decimals(currency)(amount)
    assert Decimal(written) == to_decimal(amount, currency)
    assert all(sign in "-.0123456789" for sign in written)


@given(rows=st.lists(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"])), min_size=2, max_size=4)))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    content = whole(rows)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == rows


def test_every_cell_is_quoted_so_that_no_other_sign_than_the_comma_parts_cells() -> None:
    file = whole([["Visit;=HYPERLINK(1)", "85.00"]]).decode()
    assert file == '\ufeff"Visit;=HYPERLINK(1)","85.00"\r\n'
