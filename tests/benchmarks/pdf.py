"""An invoice as PDF beside bare wkhtmltopdf on the same HTML: drawn for the first time, and asked for again."""

from __future__ import annotations

import functools
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from billing.clock import SystemClock
from billing.db import make_engine
from billing.documents.sheets import Column, Sheet, SheetLine
from billing.files import Files
from billing.pdf import Renderer
from tests.benchmarks.records import Record
from tests.fixtures.databases import prepare_database

ROUNDS = 15
SHEET = Sheet(
    kind="Invoice",
    number="RT-2026-0187",
    title="Monthly services, March 2026",
    business="RenoTech",
    letterhead=("RenoTech Solutions B.V.", "Keizersgracht 241, 1016 EA Amsterdam"),
    bill_to=("Möller & Kowalczyk Interiors B.V.", "Spaarnwouderstraat 118 zw, 2011 AE Haarlem"),
    headline="Total, due 15 March 2026",
    total="€1,306.80",
    facts=(("Invoice date", "1 March 2026"), ("Pay to", "NL91 ABNA 0417 1643 00")),
    columns=(Column("What", 318, figures=False), *(Column(h, 87) for h in ("Quantity", "Price", "VAT", "Amount"))),
    lines=tuple(SheetLine((f"Hosting {n}", "1", "€180.00", "21%", "€180.00"), "1 to 31 March 2026") for n in range(6)),
    sums=(("Subtotal without VAT", "€1,080.00"), ("VAT 21% of €1,080.00", "€226.80")),
    notes=(("Questions about this invoice?", "Open it online for the working behind each line."),),
    foot="Pay within 14 days.",
)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bench_pdf() -> Iterator[Record]:
    """Takes turns, so that whatever else the machine does falls on all alike; gives the medians."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        url = f"sqlite:///{data / 'parley.db'}"
        prepare_database(url)
        engine = make_engine(url)
        renderer, files = Renderer(data / "pdf"), Files(data / "files", engine, SystemClock())
        page = data / "invoice.html"
        page.write_text(renderer.html(SHEET), encoding="utf-8")
        bare = ["wkhtmltopdf", "--quiet", "--page-size", "A4", str(page), str(data / "bare.pdf")]

        def ours(key: str) -> bytes:
            files.keep(key, lambda: renderer.draw(SHEET), name="invoice.pdf", media_type="application/pdf")
            return files.read(key)

        def theirs() -> None:
            subprocess.run(bare, env=renderer.environment, check=True, capture_output=True)

        ours("warm")
        theirs()
        baseline, cold, cached = [], [], []
        for turn in range(ROUNDS):
            baseline.append(seconds(theirs))
            cold.append(seconds(functools.partial(ours, f"invoice/{turn}")))
            cached.append(seconds(functools.partial(ours, f"invoice/{turn}")))
        engine.dispose()
    beside = statistics.median(baseline)
    yield Record("PDF, cold", statistics.median(cold), beside, "s", 1.15, "lower")
    yield Record("PDF, from the cache", statistics.median(cached), beside, "s", 0.05, "lower")
