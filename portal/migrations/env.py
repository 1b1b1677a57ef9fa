"""Runs the revisions against the connection that portal/schema.py hands over, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any, Literal

import sqlmodel
from alembic import context
from sqlalchemy import Connection, TypeDecorator, text

import billing.models  # noqa: F401  (makes the tables known)
import chat.models  # noqa: F401

# Any number that nothing else in this database locks: one upgrade at a time.
UPGRADE_LOCK = 7_275_395


def plain_types(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Writes our own column types as what they are in the database, so that revisions outlive the models."""
    if kind == "type" and isinstance(item, TypeDecorator) and item.__module__.startswith(("billing.", "chat.")):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=sqlmodel.SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=plain_types,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
        context.run_migrations()
    connection.commit()


migrate(context.config.attributes["connection"])
