"""Numbers of documents, given in the order of their series and without gaps."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, select

from billing.context import Context
from billing.models.invoices import NumberSeries
from billing.rules.numbering import format_number, series_name


def next_number(ctx: Context, prefix: str, on: date | None = None) -> str:
    """The next number of a series, without gaps: it is taken back with the transaction. RT-2026-0188."""
    series = series_name(prefix, (on or ctx.now.date()).year)
    row = ctx.session.exec(select(NumberSeries).where(NumberSeries.series == series).with_for_update()).first()
    if row is None:
        row = _first_of(ctx.session, series)
    row.last += 1
    ctx.session.add(row)
    ctx.session.flush()
    return format_number(series, row.last)


def _first_of(session: Session, series: str) -> NumberSeries:
    """The series' row, made by whoever comes first; the others wait for them."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        session.exec(insert(NumberSeries).values(series=series, last=0).on_conflict_do_nothing())
    else:
        session.add(NumberSeries(series=series, last=0))
        session.flush()
    statement = select(NumberSeries).where(NumberSeries.series == series).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
