"""The story's documents over HTTP, as a signed-in customer gets them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

from billing.clock import SetClock
from billing.config import Settings
from billing.context import Contexts
from billing.models.records import PreferenceRecord, StoredFile
from portal.bootstrap import build
from portal.http import create_http
from portal.seeds import seed_story
from tests.fixtures.time import STORY_NOW
from tests.portal.conftest import ADDRESS, ANIA

INVOICE = "/documents/invoices/RT-2026-0187.pdf"
STRANGER = "eleni@papadopoulou.example"


@pytest.fixture(scope="module")
def story(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contexts]:
    data = tmp_path_factory.mktemp("story")
    shutil.copyfile(sqlite_template, data / "parley.db")
    settings = Settings(demo=True, test_clock=True, data=data, secret_key="s" * 40)
    contexts = build(settings, clock=SetClock(STORY_NOW))
    seed_story(contexts)
    yield contexts
    contexts.engine.dispose()


@pytest.fixture
def client(story: Contexts) -> Iterator[TestClient]:
    with TestClient(create_http(story), base_url=ADDRESS, follow_redirects=False) as made:
        yield made


def sign_in(client: TestClient, story: Contexts, email: str) -> None:
    known = json.loads((story.settings.data / "demo_logins").read_text())
    form = {"email": email, "password": known[email]}
    assert client.post("/auth/login", data=form, headers={"origin": ADDRESS}).status_code == 303


def text_of(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


def test_the_invoice_of_the_story_is_downloaded_and_read_back(
    client: TestClient, story: Contexts, tmp_path: Path
) -> None:
    sign_in(client, story, ANIA)
    answer = client.get(INVOICE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert "RT-2026-0187.pdf" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"].startswith("private")
    text = text_of(answer.content, tmp_path)
    assert "Invoice RT-2026-0187" in text and "Möller & Kowalczyk Interiors B.V." in text
    assert text.count("For the attention of") == 1 and "For the attention of Ania Kowalczyk" in text
    assert "Spaarnwouderstraat 118 zw, 2011 AE Haarlem" in text and "The Netherlands" in text
    assert "VAT NL987654321B01" in text and "VAT VAT" not in text
    assert re.search(r"Hosting, Growth +1 +€180\.00 +21% +€180\.00", text)
    assert re.search(r"Extra support in February +3\.5 h +€85\.00 +21% +€297\.50", text)
    assert re.search(r"Subtotal without VAT +€816\.54", text)
    assert re.search(r"VAT 21% of €816\.54 +€171\.47", text)
    assert re.search(r"Total +€988\.01", text)


def test_it_is_drawn_once(client: TestClient, story: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(client, story, ANIA)
    first = client.get(INVOICE).content

    def never(_: object) -> bytes:
        pytest.fail("It was drawn a second time.")

    monkeypatch.setattr(story.renderer, "draw", never)
    assert client.get(INVOICE).content == first
    with story.system() as ctx:
        kept = select(func.count()).select_from(StoredFile).where(StoredFile.name == "RT-2026-0187.pdf")
        assert ctx.session.exec(kept).one() == 1


def test_a_credit_note_reads_as_one(client: TestClient, story: Contexts, tmp_path: Path) -> None:
    sign_in(client, story, ANIA)
    text = text_of(client.get("/documents/invoices/CN-2026-0011.pdf").content, tmp_path)
    assert "Credit note CN-2026-0011" in text and re.search(r"Total +−€40\.00", text)
    assert "Pay to" not in text and "Nothing to pay" in text


@pytest.mark.parametrize("number", ["RT-2026-0187", "RT-2099-0001"])
def test_somebody_elses_invoice_is_like_one_that_is_not_there(client: TestClient, story: Contexts, number: str) -> None:
    sign_in(client, story, STRANGER)
    answer = client.get(f"/documents/invoices/{number}.pdf")
    assert answer.status_code == 404
    assert f"There is no invoice “{number}” in this account." in answer.text


def test_where_downloads_are_switched_off_the_door_is_too(client: TestClient, story: Contexts) -> None:
    sign_in(client, story, ANIA)
    with story.system(writes=True) as ctx:
        off = PreferenceRecord(name="invoice_download", value=False, changed_at=ctx.now)
        ctx.session.add(off)
    assert client.get(INVOICE).status_code == 403
    with story.system(writes=True) as ctx:
        ctx.session.delete(off)
    assert client.get(INVOICE).status_code == 200


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_invoice_comes_as_rows_too(client: TestClient, story: Contexts) -> None:
    sign_in(client, story, ANIA)
    answer = client.get("/documents/invoices/RT-2026-0187.csv")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    head, *rows = rows_of(answer.content)
    assert {"description", "quantity", "amount", "currency"} <= set(head)
    said = {row[head.index("description")]: row[head.index("amount")] for row in rows}
    assert said["Hosting, Growth"] == "180.00" and said["Total"] == "988.01" and said["VAT 21%"] == "171.47"


def test_a_receipt_says_what_was_paid_and_for_what(client: TestClient, story: Contexts, tmp_path: Path) -> None:
    sign_in(client, story, ANIA)
    answer = client.get("/documents/receipts/PAY-2026-0004.pdf")
    text = text_of(answer.content, tmp_path)
    assert answer.status_code == 200 and "Receipt PAY-2026-0004" in text and "Paid on" in text
    head, *rows = rows_of(client.get("/documents/receipts/PAY-2026-0004.csv").content)
    total = rows[-1][head.index("paid")]
    assert rows[-1][head.index("description")] == "Total"
    assert re.search(rf"\n *Paid +€{float(total):,.2f}", text)
    assert sum(float(row[head.index("paid")]) for row in rows[:-1]) == pytest.approx(float(total))


def test_a_statement_opens_moves_and_closes(client: TestClient, story: Contexts, tmp_path: Path) -> None:
    sign_in(client, story, ANIA)
    printed = client.get("/documents/statements/2026-01-01_2026-03-12_EUR.pdf")
    assert printed.headers["content-disposition"].endswith("renotech-statement-CUS-1001-2026-01-01-to-2026-03-12.pdf")
    text = text_of(printed.content, tmp_path)
    month = client.get("/documents/statements/2026-02-01_2026-02-28_EUR.csv")
    assert month.headers["content-disposition"].endswith("renotech-statement-CUS-1001-2026-02.csv")
    head, *rows = rows_of(client.get("/documents/statements/2026-01-01_2026-03-12_EUR.csv").content)
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    balance = Decimal(cells[0]["balance"])
    for row in cells[1:-1]:
        balance += Decimal(row["charged"] or 0) - Decimal(row["paid or credited"] or 0)
        assert Decimal(row["balance"]) == balance
        assert Decimal(row["to pay"]) - Decimal(row["credit"]) == balance
        assert row["description"] in re.sub(r"\s+", " ", text) or len(row["description"]) > 40
    assert Decimal(cells[-1]["balance"]) == balance and len(cells) > 5
    assert f"Balance on 12 March 2026 €{balance:,.2f}" in re.sub(r" +", " ", text)
    assert "Over 90 days" in text


@pytest.mark.parametrize("days", ["1767225600_1773273600_EUR", "2026-01-01T00:00:00_2026-03-12_eur%20"])
def test_days_written_another_way_give_the_same_statement(client: TestClient, story: Contexts, days: str) -> None:
    sign_in(client, story, ANIA)
    usual = client.get("/documents/statements/2026-01-01_2026-03-12_EUR.csv")
    other = client.get(f"/documents/statements/{days}.csv")
    assert (other.status_code, other.content) == (200, usual.content)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("statements/2026-03-12_2026-01-01_EUR.csv", 422),
        ("statements/2026-03-01_2026-04-01_EUR.pdf", 422),
        ("statements/2026-01-01_2026-03-12_USD.csv", 422),
        ("statements/yesterday_today_EUR.csv", 422),
        ("statements/2026-01-01_2026-13-12_EUR.csv", 422),
        ("statements/2026-01-01_2026-03-12_EUR%20EUR.csv", 422),
        ("receipts/PAY-1999-0001.pdf", 404),
    ],
)
def test_what_there_is_not_gets_a_sentence(client: TestClient, story: Contexts, path: str, status: int) -> None:
    sign_in(client, story, ANIA)
    answer = client.get(f"/documents/{path}", headers={"accept": "application/json"})
    assert answer.status_code == status and answer.json()["error"]["message"].endswith(".")


def test_somebody_elses_receipt_is_like_one_that_is_not_there(client: TestClient, story: Contexts) -> None:
    sign_in(client, story, STRANGER)
    assert client.get("/documents/receipts/PAY-2026-0004.pdf").status_code == 404


@pytest.mark.parametrize(
    "kind", ["invoices/RT-2026-0187", "receipts/PAY-2026-0004", "statements/2026-01-01_2026-03-12_EUR"]
)
@pytest.mark.parametrize("format", ["pdf", "csv"])
def test_who_is_not_signed_in_is_sent_to_do_so(client: TestClient, kind: str, format: str) -> None:
    answer = client.get(f"/documents/{kind}.{format}")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/login")
