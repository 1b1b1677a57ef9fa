"""Inserts many rows fast, by the driver's own means: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Dialect, Table, func, select, text
from sqlmodel import Session, SQLModel

from billing.models.columns import DecimalText

Rows = Sequence[tuple[Any, ...]]
Converter = tuple[Callable[[Any], Any], type[Any]]  # what turns Python's values into the database's, the column's kind


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    found = SQLModel.metadata.tables[str(model.__tablename__)]
    assert isinstance(found, Table)
    return found


class RowWriter:
    """Writes rows of one model, in the session's transaction.

    Python values go in; the columns' own types turn them into the database's, except those that are `ready`: what
    `converted` gives. Columns that are left out get the model's default.
    """

    def __init__(
        self, session: Session, model: type[SQLModel], columns: Sequence[str], ready: Sequence[str] = ()
    ) -> None:
        self._session = session
        self._table = table_of(model)
        self._defaults = {name: value for name, value in _defaults(model).items() if name not in columns}
        self._columns = (*columns, *self._defaults)
        dialect = session.get_bind().dialect
        self._postgres = dialect.name == "postgresql"
        self._converters: list[tuple[int, Converter]] = []
        for place, name in enumerate(columns):
            convert = _converter(self._table, name, dialect)
            if convert is not None and name not in ready:
                self._converters.append((place, convert))
        self._ready = {name: _converter(self._table, name, dialect) for name in ready}
        for name, value in self._defaults.items():
            convert = _converter(self._table, name, dialect)
            self._defaults[name] = convert[0](value) if convert else value

    def converted(self, name: str, value: Any) -> Any:
        """A value as the driver takes it, for a column that is ready."""
        convert = self._ready[name]
        return convert[0](value) if convert else value

    def write(self, rows: Rows) -> None:
        """Inserts the rows."""
        if not rows:
            return
        prepared = self._prepared(rows)
        driver = self._session.connection().connection.driver_connection
        assert driver is not None
        names = _quoted(self._columns)
        if self._postgres:
            with driver.cursor() as cursor, cursor.copy(f'COPY "{self._table.name}" ({names}) FROM STDIN') as copy:
                for row in prepared:
                    copy.write_row(row)
            return
        marks = ", ".join("?" * len(self._columns))
        driver.executemany(f'INSERT INTO "{self._table.name}" ({names}) VALUES ({marks})', prepared)

    def _prepared(self, rows: Rows) -> Rows:
        """The rows as the driver takes them; column by column, which is faster than row by row."""
        if not self._converters and not self._defaults:
            return rows
        columns: list[Any] = list(zip(*rows, strict=True))
        for place, convert in self._converters:
            columns[place] = _converted(columns[place], *convert)
        columns += [itertools.repeat(value, len(rows)) for value in self._defaults.values()]
        return list(zip(*columns, strict=True))


def _converter(table: Table, name: str, dialect: Dialect) -> Converter | None:
    kind = table.c[name].type
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return (convert, type(kind)) if convert else None


def _converted(column: Sequence[Any], convert: Callable[[Any], Any], kind: type[Any]) -> list[Any]:
    """The column's values as the driver takes them; each moment or day, and each list or object, is worked out once."""
    if issubclass(kind, DecimalText):  # equal ones may be written in several ways
        return list(map(convert, column))
    if issubclass(kind, JSON):
        objects = {id(value): value for value in column}
        texts = {key: convert(value) for key, value in objects.items()}
        return [texts[id(value)] for value in column]
    known = {value: convert(value) for value in set(column)}
    return [known[value] for value in column]


def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    """The columns that must not be NULL and have a default in the model."""
    found = {}
    for column in table_of(model).columns:
        field = model.model_fields[column.name]
        if not column.nullable and not field.is_required() and not column.primary_key:
            found[column.name] = field.get_default(call_default_factory=True, validated_data={})
    return found


class _Statement:
    """One statement for many rows of some columns: PostgreSQL takes them as arrays, SQLite one after another."""

    def __init__(self, session: Session, model: type[SQLModel], columns: Sequence[str]) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect
        self._table = table_of(model)
        self._converters = [_converter(self._table, name, self._dialect) for name in columns]
        self._postgres = self._dialect.name == "postgresql"

    def _arrays(self, columns: Sequence[str]) -> str:
        """The columns' values, as PostgreSQL's `unnest` takes them."""
        kinds = (self._table.c[name].type.compile(self._dialect) for name in columns)
        return ", ".join(f"%s::{kind}[]" for kind in kinds)

    def _execute(self, statement: str, rows: Rows) -> None:
        if not rows:
            return
        driver = self._session.connection().connection.driver_connection
        assert driver is not None
        columns = [
            _converted(column, *convert) if convert else list(column)
            for column, convert in zip(zip(*rows, strict=True), self._converters, strict=True)
        ]
        if self._postgres:
            with driver.cursor() as cursor:
                cursor.execute(statement, columns)
        else:
            driver.executemany(statement, list(zip(*columns, strict=True)))


class KeptRows(_Statement):
    """Writes rows of one model that may be there already, found by its primary key.

    Of those the columns `added` grow by what is given, and the columns `replaced` become it.
    """

    def __init__(
        self, session: Session, model: type[SQLModel], added: Sequence[str] = (), replaced: Sequence[str] = ()
    ) -> None:
        keys = [column.name for column in table_of(model).primary_key.columns]
        columns = (*keys, *added, *replaced)
        super().__init__(session, model, columns)
        table = self._table.name
        given = (
            f"SELECT * FROM unnest({self._arrays(columns)})"
            if self._postgres
            else f"VALUES ({', '.join('?' * len(columns))})"
        )
        changes = [f'"{name}" = "{table}"."{name}" + excluded."{name}"' for name in added]
        changes += [f'"{name}" = excluded."{name}"' for name in replaced]
        self._statement = (
            f'INSERT INTO "{table}" ({_quoted(columns)}) {given} '
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"
        )

    def write(self, rows: Rows) -> None:
        """Inserts or changes the rows: primary key, `added`, `replaced`. No key may be there twice."""
        self._execute(self._statement, rows)


class ChangedRows(_Statement):
    """Changes rows of one model, found by their ids: each becomes what is given for it."""

    def __init__(self, session: Session, model: type[SQLModel], columns: Sequence[str]) -> None:
        given = (*columns, "id")
        super().__init__(session, model, given)
        table = self._table.name
        if self._postgres:
            changes = ", ".join(f'"{name}" = new."{name}"' for name in columns)
            self._statement = (
                f'UPDATE "{table}" SET {changes} FROM unnest({self._arrays(given)}) AS new({_quoted(given)}) '
                f'WHERE "{table}".id = new.id'
            )
        else:
            changes = ", ".join(f'"{name}" = ?' for name in columns)
            self._statement = f'UPDATE "{table}" SET {changes} WHERE id = ?'

    def write(self, rows: Rows) -> None:
        """Changes the rows: the columns' values, then the id."""
        self._execute(self._statement, rows)


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


@contextmanager
def roomy_cache(session: Session) -> Iterator[None]:
    """Gives SQLite 256 MB to work in, for as long as very many rows are written; PostgreSQL has its own."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql("PRAGMA cache_size = -262144")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


def fresh_ids(session: Session, model: type[SQLModel], at_once: int = 200) -> Iterator[int]:
    """Gives ids that nobody else gets, for rows that are written in the session's transaction.

    On PostgreSQL they come from the table's own sequence, many at a time, so that others go on writing meanwhile. On
    SQLite they follow the highest one; until the rows are written, nothing else may add rows of the model.
    """
    table, connection = table_of(model), session.connection()
    if connection.dialect.name != "postgresql":
        yield from itertools.count((connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1)
    sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
    statement = text(f"SELECT nextval({sequence}) FROM generate_series(1, {at_once})")
    while True:
        yield from connection.execute(statement).scalars().all()


def next_id(session: Session, model: type[SQLModel]) -> int:
    """The first id that is free; nobody else gets one until the transaction ends."""
    table = table_of(model)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))
    highest = session.connection().execute(select(func.max(table.c.id))).scalar()
    return (highest or 0) + 1


def advance_ids(session: Session, model: type[SQLModel]) -> None:
    """Lets the database's own ids go on after the highest that was given here."""
    table = table_of(model)
    if session.get_bind().dialect.name != "postgresql":
        return
    session.connection().execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), "
            f'GREATEST((SELECT COALESCE(MAX(id), 1) FROM "{table.name}"), 1))'
        )
    )
