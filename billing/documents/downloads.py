"""Documents that can be fetched: as PDF, drawn once and kept, or as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum

from pydantic import BaseModel

from billing.context import Context
from billing.documents import spreadsheet
from billing.documents.sheets import Sheet
from billing.tokens import digest

PDF = "application/pdf"


class Format(StrEnum):
    PDF = "pdf"
    CSV = "csv"


class Document(BaseModel):
    """A file that is ready: its name, its type, where to fetch it, and its key among the files that are kept.

    Without a key it is not kept: it is written while it is fetched.
    """

    key: str
    name: str
    media_type: str
    url: str


def drawn(ctx: Context, kind: str, number: str, sheet: Sheet) -> Document:
    """The sheet's PDF, drawn the first time and kept for as long as the sheet says the same."""
    key = f"{kind}/{number}/{digest(asdict(sheet))[:16]}"
    return _kept(ctx, key, kind, f"{number}.pdf", PDF, lambda: ctx.renderer.draw(sheet))


def tabled(ctx: Context, kind: str, number: str, rows: Iterable[Sequence[str]]) -> Document:
    """The rows as a CSV file, kept as long as they say the same; their texts must be `spreadsheet.safe`."""
    content = spreadsheet.whole(rows)
    key = f"{kind}/{number}/{digest(content.decode())[:16]}"
    return _kept(ctx, key, kind, f"{number}.csv", spreadsheet.MEDIA_TYPE, lambda: content)


def _kept(ctx: Context, key: str, kind: str, name: str, media_type: str, make: Callable[[], bytes]) -> Document:
    ctx.files.keep(key, make, name=name, media_type=media_type, customer_id=ctx.actor.customer_id)
    return Document(key=key, name=name, media_type=media_type, url=address(kind, name))


def address(kind: str, name: str) -> str:
    """Where a document of that kind and name is fetched."""
    return f"/documents/{kind}s/{name}"
