"""Names in any script on paper, drawn with the fonts that Parley brings and no other."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from billing.documents.reading_order import direction, in_order
from billing.pdf import Renderer
from tests.billing.test_pdf import LINES, SHEET, program, said, text_of

SCRIPTS = {
    "Arabic": ("شركة النور للتجارة", "NotoSansArabic"),
    "Hebrew": ("חברת הדפוס של תל אביב", "NotoSansHebrew"),
    "Devanagari": ("राम वस्त्र भंडार", "NotoSansDevanagari"),
    "Thai": ("บริษัท กรุงเทพ จำกัด", "NotoSansThai"),
    "Bengali": ("ঢাকা বস্ত্রালয়", "NotoSansBengali"),
    "Tamil": ("சென்னை அச்சகம்", ""),
    "Georgian": ("თბილისის სახლი", "NotoSansGeorgian"),
    "Chinese": ("北京设计有限公司", "NotoSansCJK"),
    "Traditional Chinese": ("臺北設計股份有限公司", "NotoSansCJK"),
    "Japanese": ("株式会社東京デザインひろば", "NotoSansCJK"),
    "Korean": ("서울 디자인 주식회사", "NotoSansCJK"),
    "Greek": ("Ελληνικά Έπιπλα ΑΕ", "IBMPlexSans"),
    "Cyrillic": ("ТОВ «Київські меблі»", "IBMPlexSans"),
    "Vietnamese": ("Công ty Nội thất Việt", "IBMPlexSans"),
}
# Several letters of these are drawn as one sign, which no PDF of this program can be read back from.
DRAWN_AS_ONE = {"Arabic", "Devanagari", "Bengali", "Tamil", "Thai"}
every_script = pytest.mark.parametrize("script", SCRIPTS)


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return Renderer(tmp_path_factory.mktemp("pdf"), system_fonts=False)


def drawn(renderer: Renderer, name: str) -> bytes:
    return renderer.draw(replace(SHEET, bill_to=(name, "Keizersgracht 241"), lines=(said(LINES[0], name),)))


def letters(text: str) -> str:
    """The letters, in the forms in which they are typed."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] in "LN")


@every_script
def test_a_name_is_drawn_in_its_own_letters(renderer: Renderer, tmp_path: Path, script: str) -> None:
    name, font = SCRIPTS[script]
    content = drawn(renderer, name)
    fonts = program(tmp_path, content, "pdffonts")
    assert re.search(rf"{font}\S* .* yes +\w+ +yes ", fonts), fonts
    found = letters(text_of(tmp_path, content))
    if script in DRAWN_AS_ONE:
        assert sum(sign in found for sign in set(letters(name))) >= len(set(letters(name))) // 2
    else:
        assert all(found.count(letters(word)) >= 2 for word in name.split())
    assert "\ufffd" not in found


@every_script
def test_no_letter_of_it_is_missing(renderer: Renderer, tmp_path: Path, script: str) -> None:
    """What no font has is drawn alike: as nothing, or as a box."""
    found = sorted({sign for sign in SCRIPTS[script][0] if unicodedata.category(sign)[0] == "L"})
    missing, missing_too, *pictures = lines_drawn(renderer, tmp_path, ["\u0378", "\u0379", *found])
    assert missing == missing_too
    assert [sign for sign, picture in zip(found, pictures, strict=True) if picture == missing or not any(picture)] == []


def lines_drawn(renderer: Renderer, tmp_path: Path, texts: list[str]) -> list[bytes]:
    """Each text as it is drawn on a line of its own: dark is above zero."""
    box = "margin: 0; text-align: left; height: 40px; overflow: hidden"
    lines = "".join(f'<p style="{box}" dir="{direction(text)}">{in_order(text)}</p>' for text in texts)
    style = "margin: 0; font: 24px/40px IBM Plex Sans"
    path = tmp_path / "letters.pdf"
    path.write_bytes(renderer.draw_html(f'<meta charset="utf-8"><body style="{style}">{lines}'))
    # At 78 dots an inch the 40 pixels of a line, drawn at 1/1.3, are 25 rows of dots.
    drawn = subprocess.run(["pdftoppm", "-r", "78", "-gray", str(path)], capture_output=True, check=True).stdout
    size, rest = drawn.split(b"\n", 2)[1:]
    width = int(size.split()[0])
    dots = bytes(255 - dot for dot in rest.split(b"\n", 1)[1])
    return [dots[n * 25 * width : (n + 1) * 25 * width] for n in range(len(texts))]


def test_what_is_read_from_the_right_begins_there(renderer: Renderer, tmp_path: Path) -> None:
    name, _ = SCRIPTS["Hebrew"]
    path = tmp_path / "document.pdf"
    path.write_bytes(drawn(renderer, name))
    said = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>(.*?)</word>', said)
    first, last = (letters(name.split()[place]) for place in (0, -1))
    starts = [float(x) for x, _, word in words if letters(word) in (first, first[::-1])]
    ends = [float(x) for x, _, word in words if letters(word) in (last, last[::-1])]
    assert len(starts) == len(ends) == 2
    assert all(start > end for start, end in zip(starts, ends, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "شركة 118 شركة", "12211 الرياض", "قبل 15 مارس.", "شارع الملك فهد 118، الرياض",
        "النور (Hosting, Growth) 3 أشهر!",
        "شكرا لكم. RT-2026-0187 مدفوعة قبل 15 مارس.", "שלום, עולם! 12 (2026).", "Möller شركة النور.",
    ],
)  # fmt: skip
def test_nothing_is_drawn_over_its_neighbour(renderer: Renderer, tmp_path: Path, text: str) -> None:
    """The line is at least as wide as its words one by one."""
    whole, *words = lines_drawn(renderer, tmp_path, [text, *text.split()])
    assert ink(whole) >= sum(ink(word) for word in words)


def ink(line: bytes) -> int:
    """How many columns of dots lie from the first dark one to the last."""
    width = len(line) // 25
    dark = [column for column in range(width) if any(line[column::width])]
    return dark[-1] - dark[0] + 1
