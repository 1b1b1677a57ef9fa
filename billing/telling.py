"""Any result of the catalogue as facts and tables, where nothing was written for it by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from billing.dates import format_day
from billing.money import format_money

# the names under which results give minor units of their `currency`
MONEY = frozenset((
    "amount", "total", "subtotal", "tax", "discount", "due", "paid", "credited", "credit", "credit_used", "credit_left",
    "price", "price_with_tax", "net", "gross", "next_price", "next_price_with_tax", "unit_amount", "base_amount",
    "balance", "receivable", "opening", "closing", "budget", "billed", "outstanding", "rate", "refunded", "left",
    "unallocated", "written_off", "debit", "charged", "taken_off", "in_advance", "to_pay", "overdue", "usable", "used",
    "settled", "worked_out", "credit_after", "to_pay_after", "ready_amount", "waiting_amount", "hourly_rate", "money",
    "budget_without_tax", "current", "days_1_30", "days_31_60", "days_61_90", "over_90", "base",
))  # fmt: skip
# the names under which results give a word of the program's own: past_due, requires_action
CODED = frozenset(("status", "state", "kind", "interval", "channel", "payment_status", "what"))
# what only a page or a program needs of a result
FOR_PAGES = frozenset(("currency", "mark", "payable", "redirect_url"))
LABELS = {"status_words": "Status", "on": "Day", "at": "When"}
CODE = re.compile(r"[a-z][a-z_]*")
MOST_ROWS = 200


def words_for(name: str) -> str:
    """A field's name as people read it: payment_method is Payment method."""
    return name.replace("_", " ").capitalize()


class Fact(BaseModel):
    """A value with its name."""

    label: str
    value: str


class Table(BaseModel):
    """Records of one kind, in columns."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def facts_of(result: BaseModel) -> list[Fact]:
    """The single values of a result, in its order, each once; empty ones and what only pages need are left out."""
    return list({(fact.label, fact.value): fact for fact in _facts(result, "")}.values())


def _facts(result: BaseModel, around: str) -> Iterator[Fact]:
    currency = _currency(result) or around
    for name, value in result:
        if isinstance(value, list | tuple | dict | BaseModel) or not _told(result, name):
            continue
        if said := said_of(name, value, currency):
            yield Fact(label=LABELS.get(name) or words_for(name), value=said)
    for _, value in result:
        if isinstance(value, BaseModel):
            yield from _facts(value, currency)


def _currency(result: BaseModel) -> str:
    """That of a result's amounts: its own, or that of the record in it."""
    own = str(getattr(result, "currency", "") or "")
    inner = (str(getattr(value, "currency", "") or "") for _, value in result if isinstance(value, BaseModel))
    return own or next(filter(None, inner), "")


def _told(result: BaseModel, name: str) -> bool:
    if name == "status" and hasattr(result, "status_words"):
        return False
    return name not in FOR_PAGES


def tables_of(result: BaseModel) -> list[Table]:
    """The lists of records in a result, each a table of at most 200 rows."""
    return list(_tables(result, _currency(result)))


def _tables(result: BaseModel, currency: str) -> Iterator[Table]:
    for name, value in result:
        if isinstance(value, BaseModel):
            yield from _tables(value, str(getattr(value, "currency", "") or currency))
        if not isinstance(value, list | tuple) or not value or not isinstance(value[0], BaseModel):
            continue
        rows = list(value[:MOST_ROWS])
        fields = type(rows[0]).model_fields
        names = [n for n in fields if _told(rows[0], n) and any(_shown(row, n) for row in rows)]
        yield Table(
            title=words_for(name),
            columns=[LABELS.get(n) or words_for(n) for n in names],
            rows=[
                [said_of(n, getattr(r, n), str(getattr(r, "currency", "") or currency)) for n in names] for r in rows
            ],
        )


def _shown(row: BaseModel, name: str) -> bool:
    value = getattr(row, name)
    return value not in (None, "", [], {}) and not isinstance(value, BaseModel | dict)


def said_of(name: str, value: Any, currency: str) -> str:
    """A value as people read it; empty where there is nothing to say."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int) and currency and name in MONEY:
        return format_money(value, currency)
    if isinstance(value, datetime):
        return f"{format_day(value.date())}, {value:%H:%M}"
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, Enum):
        return words_for(str(value.value))
    if name in CODED and isinstance(value, str) and CODE.fullmatch(value):
        return words_for(value)
    if isinstance(value, list | tuple):
        return ", ".join(said_of(name, one, currency) for one in value if not isinstance(one, BaseModel | dict))
    return str(value)
