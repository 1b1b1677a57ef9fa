"""Built pages as browsers keep them: packed, and asked for again with what they were known by."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.applications import Starlette
from starlette.testclient import TestClient

SCRIPT = "document.title = 'Invoices'"
PAGE = f"<!doctype html><title>…</title><script>{SCRIPT}</script>"
ALLOWED = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"


@pytest.fixture
def browser(http: Starlette, tmp_path: Path) -> Iterator[TestClient]:
    """Parley's HTTP with built pages behind it, as Reflex mounts them."""
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "index.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    http.mount("", PrecompressedStaticFiles(directory=tmp_path, html=True, encodings=["gzip"]))
    with TestClient(http, base_url="http://127.0.0.1:8000") as made:
        yield made


@pytest.mark.parametrize("encoding", ["gzip", "identity", "gzip, deflate, br, zstd"])
def test_a_page_runs_its_script_however_it_is_packed(browser: TestClient, encoding: str) -> None:
    answer = browser.get("/", headers={"accept-encoding": encoding})
    assert answer.text == PAGE
    assert answer.headers.get("content-encoding") == ("gzip" if "gzip" in encoding else None)
    assert ALLOWED in answer.headers["content-security-policy"]


def test_a_page_that_the_browser_kept_keeps_the_policy_that_came_with_it(browser: TestClient) -> None:
    first = browser.get("/")
    again = browser.get("/", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" not in again.headers
