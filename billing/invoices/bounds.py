"""Between which days and amounts documents are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from billing.models.invoices import Invoice, InvoiceKind


@dataclass(frozen=True)
class Bounds:
    """Days of issue and totals, all included; None leaves that side open.

    Totals are in the minor unit of `currency`, and only documents in it are found; a credit note counts by what it
    gives. Amounts leave credit notes out unless they alone are asked for.
    """

    since: date | None = None
    until: date | None = None
    at_least: int | None = None
    at_most: int | None = None
    currency: str = ""

    def __bool__(self) -> bool:
        return self.days or self.amounts

    @property
    def days(self) -> bool:
        return bool(self.since or self.until)

    @property
    def amounts(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """What a document of that kind must fulfil."""
        return [*self._within("issued_on", *self._span("issued_on", kind)), *self._of_totals(kind)]

    def beyond(self, kind: str, column: str, *, above: bool) -> list[ColumnElement[bool]]:
        """The same, where a place in the list bounds one side of the column already; `above` keeps the lower one."""
        other = "total" if column == "issued_on" else "issued_on"
        least, most = self._span(column, kind)
        half = self._within(column, least if above else None, None if above else most)
        money = [col(Invoice.currency) == self.currency] if self.amounts else []
        return [*half, *self._within(other, *self._span(other, kind)), *money]

    def _of_totals(self, kind: str) -> list[ColumnElement[bool]]:
        if not self.amounts:
            return []
        return [col(Invoice.currency) == self.currency, *self._within("total", *self._span("total", kind))]

    def _span(self, column: str, kind: str) -> tuple[Any, Any]:
        if column != "total":
            return self.since, self.until
        if kind != InvoiceKind.CREDIT_NOTE:
            return self.at_least, self.at_most
        return tuple(None if bound is None else -bound for bound in (self.at_most, self.at_least))  # type: ignore[return-value]

    def _within(self, column: str, least: Any, most: Any) -> list[ColumnElement[bool]]:
        named = getattr(Invoice, column)
        found = [] if least is None else [named >= least]
        return found if most is None else [*found, named <= most]


ALWAYS = Bounds()
