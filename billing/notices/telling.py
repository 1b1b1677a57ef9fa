"""Writes notices: a row for each person of the account, once, in the transaction of what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from billing.context import Actor, Context
from billing.models.notices import Notice, NoticeKind
from billing.models.people import Contact, Customer, Membership
from billing.notices.topics import TOPIC_OF, TOPICS, may_see
from billing.notices.words import Said, link_of
from billing.notifications import write_mail
from billing.registry import Role


@dataclass(frozen=True)
class News:
    """What happened to one customer. `key` names it, so that nobody is told twice; `subject` is a record's number.

    `but` are the contacts who did it or know, `only` is the one whom alone it concerns.
    """

    customer_id: int
    kind: NoticeKind
    key: str
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    but: Collection[int | None] = ()
    only: int | None = None


@dataclass(frozen=True)
class Reader:
    """A person of an account, as far as telling them goes."""

    id: int
    name: str
    email: str
    role: int
    mailed: Collection[str]


def tell(ctx: Context, *news: News) -> int:
    """Tells everybody whom it concerns, also by mail who asked for that; gives how many notices were meant.

    Who has not opened the account yet is told nothing. What somebody was told already is not said again.
    """
    readers = readers_of(ctx.session, {each.customer_id for each in news})
    told = [(each, reader) for each in news for reader in readers.get(each.customer_id, ()) if _concerns(each, reader)]
    if not told:
        return 0
    now = ctx.contexts.clock.now()
    _insert(ctx.session, [
        {"customer_id": each.customer_id, "contact_id": reader.id, "kind": each.kind.value, "key": each.key,
         "subject": each.subject, "at": now, "details": dict(each.details)}
        for each, reader in told
    ])  # fmt: skip
    for each, reader in told:
        if TOPIC_OF[each.kind] in reader.mailed:
            _mail(ctx, each, reader)
    return len(told)


def readers_of(session: Session, customers: Collection[int]) -> dict[int, list[Reader]]:
    """Who of these customers' people has opened the account, by customer."""
    rows = session.exec(
        select(Membership, Contact)
        .join(Contact, col(Contact.id) == col(Membership.contact_id))
        .where(col(Membership.customer_id).in_(customers), Membership.invited_as == "")
        .order_by(col(Membership.id))
    ).all()
    found: dict[int, list[Reader]] = defaultdict(list)
    for member, person in rows:
        reader = Reader(person.id or 0, person.name, person.email, member.role, member.mailed)
        found[member.customer_id].append(reader)
    return found


def settle(ctx: Context, customer_id: int, kinds: Iterable[NoticeKind], subject: str) -> None:
    """Marks as read, for everybody, what needs nobody any more: an invoice is paid, hours are approved."""
    _mark(ctx, Notice.customer_id == customer_id, Notice.subject == subject,
          col(Notice.kind).in_([kind.value for kind in kinds]))  # fmt: skip


def seen(ctx: Context, customer_id: int, contact_id: int, kind: NoticeKind, subject: str) -> bool:
    """Marks as read what one person has seen elsewhere; whether there was something to mark."""
    return _mark(ctx, Notice.customer_id == customer_id, Notice.contact_id == contact_id, Notice.kind == kind.value,
                 Notice.subject == subject) > 0  # fmt: skip


def _mark(ctx: Context, *where: bool | ColumnElement[bool]) -> int:
    statement = update(Notice).where(*where, col(Notice.read_at).is_(None))  # type: ignore[arg-type]
    done = ctx.session.connection().execute(statement.values(read_at=ctx.contexts.clock.now()))
    return int(done.rowcount)


def _concerns(news: News, reader: Reader) -> bool:
    return reader.id not in news.but and news.only in (None, reader.id)


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.flush()
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(Notice).on_conflict_do_nothing(), rows)


def _mail(ctx: Context, news: News, reader: Reader) -> None:
    """Mails it to who asked for that, and may see it, unless a letter about it goes to that address anyway."""
    customer = ctx.session.get_one(Customer, news.customer_id)
    about = TOPICS[TOPIC_OF[news.kind]]
    actor = Actor("contact", reader.id, reader.name, reader.email, Role(reader.role), customer.id)
    if (about.letter and reader.email == customer.email) or not may_see(replace(ctx, actor=actor), TOPIC_OF[news.kind]):
        return
    today = ctx.now.astimezone(ZoneInfo(customer.time_zone)).date()
    sentence = Said(customer.locale, today).sentence(news.kind, news.subject, news.details)
    address, business = ctx.settings.address, ctx.preferences
    text = (
        f"{sentence}\n\nSee it here:\n{address}{link_of(news.kind, news.subject)}\n\n"
        f"You asked for a mail about “{about.title}” of {customer.name}. Choose otherwise here:\n"
        f"{address}/notifications\n\n{business.business_legal_name}\n{business.business_contact}\n"
    )
    key = f"notice/{customer.number}/{reader.id}/{news.key}"
    write_mail(ctx, key, reader.email, f"{customer.name}: {about.title.lower()}", text)
