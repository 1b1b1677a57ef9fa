"""Invoices on paper: drawn by the real wkhtmltopdf and read back with pdftotext."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing import pdf
from billing.documents.sheets import Column, Sheet, SheetLine, pages_of
from billing.errors import PortalError
from billing.pdf import Renderer

LINES = (
    SheetLine(("Hosting, Growth", "1", "€180.00", "21%", "€180.00"), "1 to 31 March 2026"),
    SheetLine(("Team mail, 18 seats", "18", "€6.50", "21%", "€117.00"), "1 to 31 March 2026"),
    SheetLine(("Loyalty discount", "1", "−€24.00", "21%", "−€24.00"), "10% of Site care, Standard"),
)
SHEET = Sheet(
    kind="Invoice",
    number="RT-2026-0187",
    title="Monthly services, March 2026",
    business="RenoTech",
    letterhead=("RenoTech Solutions B.V.", "Keizersgracht 241, 1016 EA Amsterdam"),
    bill_to=("Möller & Kowalczyk Interiors B.V.", "Spaarnwouderstraat 118 zw, 2011 AE Haarlem"),
    headline="Total, due 15 March 2026",
    total="€330.33",
    facts=(("Invoice date", "1 March 2026"), ("Pay to", "NL91 ABNA 0417 1643 00")),
    columns=(Column("What", 318, figures=False), *(Column(h, 87) for h in ("Quantity", "Price", "VAT", "Amount"))),
    lines=LINES,
    sums=(("Subtotal without VAT", "€273.00"), ("VAT 21% of €273.00", "€57.33")),
    notes=(("Questions about this invoice?", "Open it online for the working behind each line."),),
    foot="Pay within 14 days.",
)


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return Renderer(tmp_path_factory.mktemp("pdf"))


def program(tmp_path: Path, content: bytes, *command: str) -> str:
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    return subprocess.run([*command, str(path), *(["-"] if command[0] == "pdftotext" else [])],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip


def text_of(tmp_path: Path, content: bytes) -> str:
    return program(tmp_path, content, "pdftotext", "-layout")


def page_texts(tmp_path: Path, content: bytes) -> list[str]:
    return text_of(tmp_path, content).removesuffix("\f").split("\f")


def test_an_invoice_reads_as_it_was_issued(renderer: Renderer, tmp_path: Path) -> None:
    text = text_of(tmp_path, renderer.draw(SHEET))
    assert "Invoice RT-2026-0187" in text
    assert "Möller & Kowalczyk Interiors B.V." in text
    assert re.search(r"Team mail, 18 seats +18 +€6\.50 +21% +€117\.00", text)
    assert re.search(r"Loyalty discount +1 +−€24\.00 +21% +−€24\.00", text)
    assert re.search(r"Subtotal without VAT +€273\.00", text)
    assert re.search(r"VAT 21% of €273\.00 +€57\.33", text)
    assert re.search(r"\n *Total +€330\.33", text)
    assert "Page 1 of 1" in text


def test_it_is_one_a4_page_in_our_own_fonts(renderer: Renderer, tmp_path: Path) -> None:
    content = renderer.draw(SHEET)
    facts = program(tmp_path, content, "pdfinfo")
    assert re.search(r"Pages: +1\n", facts) and "A4" in facts
    assert "IBMPlexSans" in program(tmp_path, content, "pdffonts")


def said(line: SheetLine, words: str) -> SheetLine:
    return replace(line, cells=(words, *line.cells[1:]))


def many(count: int) -> Sheet:
    return replace(
        SHEET,
        lines=tuple(said(LINES[n % 3], f"Work package {n + 1} of {count}") for n in range(count)),
    )


@pytest.mark.parametrize("count", [0, 1, 8, 9, 10, 11, 12, 30, 150])
def test_long_invoices_lose_no_line_and_each_page_has_its_head(renderer: Renderer, tmp_path: Path, count: int) -> None:
    pages = page_texts(tmp_path, renderer.draw(many(count)))
    assert len(pages) == len(pages_of(many(count)))
    text = "".join(pages)
    assert re.findall(r"Work package (\d+) of", text) == [str(n + 1) for n in range(count)]
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert re.search(r"What +Quantity +Price +VAT +Amount", page)
    assert "€57.33" in pages[-1] and "Questions about this invoice?" in pages[-1]


@pytest.mark.parametrize("words", ["a" * 3000, "lorem ipsum " * 250, "Длинное описание " * 150, "W" * 3000])
def test_words_without_end_are_all_printed(renderer: Renderer, tmp_path: Path, words: str) -> None:
    sheet = replace(SHEET, lines=(replace(said(LINES[0], words), detail=words), *LINES[1:]))
    pages = page_texts(tmp_path, renderer.draw(sheet))
    printed = re.sub(r"\s", "", "".join(pages))
    wanted = re.sub(r"\s", "", words)
    assert printed.count(wanted[0]) >= 2 * wanted.count(wanted[0])
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1))
    assert "€57.33" in pages[-1]


class Listener:
    """Counts who connects to a port of this machine."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def test_what_a_customer_wrote_is_never_markup(renderer: Renderer, tmp_path: Path, listener: Listener) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of this machine")
    hostile = (
        f'<script>document.body.innerHTML = "taken over"</script><img src="{listener.address}/a.png">'
        f'<iframe src="file://{secret}"></iframe><meta name="pdfkit-page-size" content="A3"></style><b>&lt;'
    )
    line = SheetLine((hostile, "1", "€1.00", "21%", "€1.00"), hostile)
    sheet = replace(SHEET, title=hostile, number="X-1", bill_to=(hostile, hostile), lines=(line,), foot="Pay.")
    content = renderer.draw(sheet)
    text = text_of(tmp_path, content)
    assert "<script>" in re.sub(r"\s", "", text) and "the secret of this machine" not in text
    assert not re.search(r"^\s*taken over\s*$", text, re.MULTILINE)
    assert "A4" in program(tmp_path, content, "pdfinfo")
    assert listener.calls == 0


def test_even_markup_of_our_own_fetches_nothing_and_runs_nothing(
    renderer: Renderer, tmp_path: Path, listener: Listener
) -> None:
    content = renderer.draw_html(
        f'<img src="{listener.address}/a.png"><script>document.write("written by a script")</script><p>Only this</p>'
    )
    text = text_of(tmp_path, content)
    assert "Only this" in text and "script" not in text
    assert listener.calls == 0


def test_even_markup_of_our_own_reads_no_file(renderer: Renderer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("the secret of this machine")
    with pytest.raises(PortalError, match="could not be made"):
        renderer.draw_html(f'<iframe src="file://{secret}" width="500" height="500"></iframe><p>Only this</p>')


def test_without_the_program_the_sentence_says_what_to_do(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PortalError, match="could not be made just now"):
        renderer.draw(SHEET)


def test_a_drawing_that_takes_too_long_is_given_up(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS_TO_DRAW", 0.001)
    with pytest.raises(PortalError, match="could not be made just now"):
        renderer.draw(SHEET)
