"""A person's own notices: how many are unread, a page of them, and marking them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, update
from sqlalchemy import select as sql_select
from sqlmodel import and_, col, func, or_, select

from billing.context import Context
from billing.models.notices import Notice
from billing.notices.topics import kinds_for

COUNTED = 99  # more than these are not counted
UNREAD = literal_column("read_at").is_(None)  # word for word as the index has it


def count_unread(ctx: Context, most: int = COUNTED + 1) -> int:
    """How many notices the acting person has not read, of those that they may see; at most `most`."""
    some = sql_select(col(Notice.id)).where(*_own(ctx), UNREAD).limit(most).subquery()
    return int(ctx.session.exec(select(func.count()).select_from(some)).one())


def page_of(ctx: Context, *, unread: bool, after: Notice | None, size: int) -> Sequence[Notice]:
    """The newest notices of the acting person, those older than `after`."""
    statement = select(Notice).where(*_own(ctx))
    if unread:
        statement = statement.where(UNREAD)
    if after is not None:
        older = or_(col(Notice.at) < after.at, and_(Notice.at == after.at, col(Notice.id) < after.id))
        statement = statement.where(older)
    return ctx.session.exec(statement.order_by(col(Notice.at).desc(), col(Notice.id).desc()).limit(size)).all()


def own_notice(ctx: Context, key: str) -> Notice | None:
    """The acting person's notice of that name, where they may see it."""
    return ctx.session.exec(select(Notice).where(*_own(ctx), Notice.key == key)).first()


def mark_read(ctx: Context, notice: Notice) -> int:
    """Notes that a notice was read; one that was keeps its moment."""
    return _mark(ctx, Notice.id == notice.id)


def mark_all_read(ctx: Context, until: datetime) -> int:
    """Notes that all that was there at that moment was read; how many that changed."""
    return _mark(ctx, col(Notice.at) <= until)


def _mark(ctx: Context, which: ColumnElement[bool] | bool) -> int:
    statement = update(Notice).where(*_own(ctx), UNREAD, which)  # type: ignore[arg-type]
    return int(ctx.session.exec(statement.values(read_at=ctx.now)).rowcount)


def _own(ctx: Context) -> list[ColumnElement[bool]]:
    """Only one's own, for the account that is open: staff and machinery have none."""
    who = ctx.actor.id if ctx.actor.kind == "contact" else None
    return [
        col(Notice.contact_id) == who, col(Notice.customer_id) == ctx.actor.customer_id,
        col(Notice.kind).in_([kind.value for kind in kinds_for(ctx)]),
    ]  # fmt: skip
