"""Finds documents by words of their title, their number or their amount, newest first, page by page.

Every term of a document is a row of `invoice_term`, in the order in which the results are shown. A search walks along
the rows of its rarest word and looks, for each, whether the others are there too. One page walks over a thousand rows
at most, however many documents there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, tuple_, union
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceTerm
from billing.money import parse_amount
from billing.rules.search_terms import amount_term, number_term, words_of

WALK = 1_000
MOST_COMPLETIONS = 64
MOST_WORDS = 8
LONGEST_SEARCH = 200
LAST_SIGN = "\uffff"
Place = tuple[date, int]
_FIGURE = re.compile(r"[^\w\s]?[\d.,\u2009\u00a0]*\d[\d.,]*[^\w\s]?")
_NUMBER = re.compile(r"#?(?=\w*[^\W\d_])[^\W_]{1,10}-(\d[\d-]*)?")


@dataclass(frozen=True)
class FoundPart:
    """Rows in the order shown, and whether there is more beyond them.

    `edge` is set where the walk ended before the page was full: the place to go on from.
    """

    rows: list[Invoice]
    more: bool
    edge: Place | None = None


def found_part(
    ctx: Context,
    search: str,
    wanted: Sequence[ColumnElement[bool]],
    after: Place | None,
    size: int,
    *,
    backward: bool,
) -> FoundPart:
    """Up to `size` documents that match every word of the search and are `wanted`, beyond the place `after`.

    Every final document has terms, so that nothing `wanted` means all of them.
    """
    search = search[:LONGEST_SEARCH]
    if _NUMBER.fullmatch(search):
        reach = WALK if wanted else size + 1
        walk, matching = _walk_numbers(ctx, number_term(search), after, backward, reach), list(wanted)
    else:
        wishes = [terms for chunk in search.split()[:MOST_WORDS] for terms in _terms_for(ctx, chunk)]
        if not wishes or not all(wishes):
            return FoundPart([], False)
        rarest = min(wishes, key=lambda terms: _how_many(ctx, terms)) if len(wishes) > 1 else wishes[0]
        matching = [*wanted, *[_has(ctx, terms) for terms in wishes if terms is not rarest]]
        reach = WALK if matching else size + 1
        walk = _walk(ctx, rarest, after, backward, reach)
    reached = walk.subquery()
    place = reached.c.place if "place" in reached.c else reached.c.issued_on
    order = [c.asc() if backward else c.desc() for c in (place, reached.c.invoice_id)]
    found = list(
        ctx.session.exec(
            select(Invoice)
            .join(reached, col(Invoice.id) == reached.c.invoice_id)
            .where(*matching)
            .order_by(*order)
            .limit(size + 1)
        ).all()
    )
    rows = found[:size][::-1] if backward else found[:size]
    if len(found) > size or not matching:
        return FoundPart(rows, len(found) > size)
    edge = ctx.session.connection().execute(walk.offset(WALK - 1)).first()
    return FoundPart(rows, edge is not None, (edge.issued_on, edge.invoice_id) if edge else None)


def _way(columns: Any, backward: bool) -> list[Any]:
    both = (columns.issued_on, columns.invoice_id)
    return [c.asc() if backward else c.desc() for c in both]


def _terms_for(ctx: Context, chunk: str) -> list[list[str]]:
    """What a document must have for one chunk of the search: of each inner list, one term."""
    if _NUMBER.fullmatch(chunk) and (numbers := _completions(ctx, number_term(chunk))):
        return [numbers]
    if _FIGURE.fullmatch(chunk):
        return [_figure_terms(ctx, chunk)]
    return _word_terms(ctx, chunk)


def _word_terms(ctx: Context, chunk: str) -> list[list[str]]:
    return [[word] if word.isdigit() else _completions(ctx, word) for word in words_of(chunk)]


def _figure_terms(ctx: Context, chunk: str) -> list[str]:
    """A figure is an amount, the last part of a number, or a figure in the title; never the beginning of one."""
    found = words_of(chunk) if len(words_of(chunk)) == 1 else []
    with suppress(ValueError):
        found.append(amount_term(parse_amount(chunk, ctx.customer.currency)))
    return found


def _completions(ctx: Context, prefix: str) -> list[str]:
    """The customer's own terms that begin so, each found with one step along the index."""
    mine, further = aliased(InvoiceTerm), aliased(InvoiceTerm)

    def least(table: Any, *conditions: ColumnElement[bool]) -> Any:
        own = [table.customer_id == ctx.actor.customer_id, table.term < prefix + LAST_SIGN]
        return select(func.min(table.term)).where(*own, *conditions).scalar_subquery()

    steps = select(least(mine, col(mine.term) >= prefix).label("term"), literal(1).label("place")).cte(recursive=True)
    beyond = least(further, col(further.term) > steps.c.term)
    steps = steps.union_all(
        select(beyond, steps.c.place + 1).where(steps.c.term.is_not(None), steps.c.place < MOST_COMPLETIONS)
    )
    return list(ctx.session.exec(select(steps.c.term).where(steps.c.term.is_not(None))).all())


def _how_many(ctx: Context, terms: list[str]) -> int:
    """How many rows those terms have, counted up to the length of a walk."""
    rows = select(col(InvoiceTerm.invoice_id)).where(*_of(ctx, InvoiceTerm, terms)).limit(WALK).subquery()
    return int(ctx.session.exec(select(func.count()).select_from(rows)).one())


def _of(ctx: Context, terms_table: Any, terms: list[str]) -> list[ColumnElement[bool]]:
    return [terms_table.customer_id == ctx.actor.customer_id, terms_table.term.in_(terms)]


def _places(*columns: Any) -> Select[Any]:
    return sql_select(*columns)


def _walk(ctx: Context, terms: list[str], after: Place | None, backward: bool, reach: int) -> Select[Any]:
    """The places of the next `reach` documents with one of the terms, each once."""
    parts = []
    for term in terms:
        each = aliased(InvoiceTerm)
        day, number = col(each.issued_on), col(each.invoice_id)
        part = _places(day.label("issued_on"), number.label("invoice_id")).where(*_of(ctx, each, [term]))
        if after is not None:
            here = tuple_(day, number)
            part = part.where(here > after if backward else here < after)
        parts.append(part.order_by(*_way(each, backward)).limit(reach))
    if len(parts) == 1:
        return parts[0]
    limited = [select(found.c.issued_on, found.c.invoice_id) for found in (part.subquery() for part in parts)]
    every = union(*limited).subquery()
    return select(every.c.issued_on, every.c.invoice_id).order_by(*_way(every.c, backward)).limit(reach)


def _walk_numbers(ctx: Context, prefix: str, after: Place | None, backward: bool, reach: int) -> Select[Any]:
    """The next `reach` documents whose number begins so, the highest number first."""
    number = col(InvoiceTerm.term)
    walk = _places(
        col(InvoiceTerm.issued_on).label("issued_on"),
        col(InvoiceTerm.invoice_id).label("invoice_id"),
        number.label("place"),
    ).where(col(InvoiceTerm.customer_id) == ctx.actor.customer_id, number >= prefix, number < prefix + LAST_SIGN)
    last = ctx.session.get(Invoice, after[1]) if after else None
    if last is not None:
        there = number_term(last.number or "")
        walk = walk.where(number > there if backward else number < there)
    return walk.order_by(number.asc() if backward else number.desc()).limit(reach)


def _has(ctx: Context, terms: list[str]) -> ColumnElement[bool]:
    """Whether the document has one of the terms, looked up for each; EXISTS might be joined from the wrong end."""
    other = aliased(InvoiceTerm)
    found = (
        select(literal(1))
        .where(*_of(ctx, other, terms), other.issued_on == Invoice.issued_on, other.invoice_id == Invoice.id)
        .limit(1)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return func.coalesce(found, 0) == 1
