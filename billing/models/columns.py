"""Column declarations that many tables share."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import Field

from billing.db import UtcDateTime


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal (a quantity, a percentage), kept as text, since SQLite has no exact decimals."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


# Compared by its bytes, so that a prefix is one range whatever language the database speaks.
BytewiseText = String(120).with_variant(String(120, collation="C"), "postgresql")
BigId = BigInteger().with_variant(Integer, "sqlite")


def key() -> Any:
    """An automatic primary key."""
    return Field(default=None, primary_key=True, sa_type=BigId)


def ref(target: str, *, index: bool = False, nullable: bool = False) -> Any:
    """A foreign key to `table.id`."""
    if nullable:
        return Field(default=None, foreign_key=target, index=index, sa_type=BigId)
    return Field(foreign_key=target, index=index, sa_type=BigId)


def moment() -> Any:
    """A moment that must be given."""
    return Field(sa_type=UtcDateTime)


def maybe_moment() -> Any:
    """A moment that may be missing."""
    return Field(default=None, sa_type=UtcDateTime)


def minor(default: int | None = 0) -> Any:
    """Minor units of the row's currency."""
    return Field(default=default, sa_type=BigInteger)
