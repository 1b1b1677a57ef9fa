"""Numbers of documents, given in the order of their series and without gaps."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlmodel import Session, select

from billing.context import Context
from billing.models.invoices import NumberSeries
from billing.rules.numbering import format_number, series_name

FIRST = text("INSERT INTO number_series (series, last) VALUES (:series, 0) ON CONFLICT DO NOTHING")


def next_number(ctx: Context, prefix: str, on: date | None = None) -> str:
    """The next number of a series, without gaps: it is taken back with the transaction. RT-2026-0188."""
    series = series_name(prefix, (on or ctx.now.date()).year)
    row = lock_series(ctx.session, series)
    row.last += 1
    ctx.session.add(row)
    ctx.session.flush()
    return format_number(series, row.last)


def lock_series(session: Session, series: str) -> NumberSeries:
    """The series' row, locked until the transaction ends; made by whoever comes first, for whom the others wait."""
    statement = select(NumberSeries).where(NumberSeries.series == series).with_for_update()
    statement = statement.execution_options(populate_existing=True)
    row = session.exec(statement).first()
    if row is None:
        session.connection().execute(FIRST, {"series": series})
        row = session.exec(statement).one()
    return row
