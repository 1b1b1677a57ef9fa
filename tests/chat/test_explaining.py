"""“How was this calculated?” is answered with the arithmetic of each line."""

from __future__ import annotations

from chat.blocks import Link, Table
from tests.chat.story_chat import Talk
from tests.chat.test_dialog import ania, told, world

__all__ = ["ania", "told", "world"]


def test_the_arithmetic_of_an_invoice_down_to_its_total(ania: Talk) -> None:
    said = ania.say("how was RT-2026-0187 calculated?")

    assert said.text == "RT-2026-0187 comes to €988.01. This is how."
    [table] = said.of(Table)
    assert [[cell.text for cell in row.cells] for row in table.rows][1:] == [
        ["Team mail, 18 seats: 18 × €6.50", "€117.00"],
        ["Team mail, 2 seats added: 2 × €3.02", "€6.04"],
        ["Site care, Standard", "€240.00"],
        ["Loyalty discount", "−€24.00"],
        ["Extra support in February: 3.5 h × €85.00", "€297.50"],
        ["€180.00 + €117.00 + €6.04 + €240.00 − €24.00 + €297.50", "€816.54"],
        ["VAT 21% of €816.54", "€171.47"],
        ["Total: €816.54 + €171.47", "€988.01"],
    ]
    assert [link.href for link in said.of(Link)] == ["/invoices?open=RT-2026-0187"]


def test_one_line_of_it(ania: Talk) -> None:
    assert ania.say("/why RT-2026-0187 line=6").text == "Line 6 of RT-2026-0187 comes to €297.50. This is how."
    assert "no line “9”" in ania.say("/why RT-2026-0187 line=9").text
