"""Revisions and models say the same, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

import billing.models  # noqa: F401
import chat.models  # noqa: F401
from billing.db import make_engine
from portal.schema import schema_is_current, upgrade_schema
from tests.fixtures.databases import PostgresServer

CALLERS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", "empty")
    server.run("CREATE DATABASE {}", "empty")
    return server.url("empty")


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine for a while."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def upgrade(url: str) -> None:
    """What each of several processes does."""
    with opened(url) as engine:
        upgrade_schema(engine)


def test_the_revisions_make_what_the_models_declare(empty_url: str) -> None:
    upgrade(empty_url)
    with opened(empty_url) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_an_upgraded_database_is_current_and_stays_as_it_is(empty_url: str) -> None:
    upgrade(empty_url)
    with opened(empty_url) as engine:
        tables = inspect(engine).get_table_names()
        assert "invoice" in tables
        assert schema_is_current(engine)
    upgrade(empty_url)
    with opened(empty_url) as engine:
        assert inspect(engine).get_table_names() == tables


def test_several_processes_may_upgrade_an_empty_database_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(CALLERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(upgrade, [empty_url] * CALLERS))
    with opened(empty_url) as engine:
        assert schema_is_current(engine)
        assert "invoice" in inspect(engine).get_table_names()
