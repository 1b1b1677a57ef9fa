"""The database's shape: brings a database to the newest revision and writes new revisions."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from billing.db import make_engine

ROOT = Path(__file__).resolve().parent.parent


def upgrade_schema(engine: Engine) -> None:
    """Brings the database to the newest revision; does nothing when it is there already.

    Several processes may call it at once: the later ones wait for the first.
    """
    if schema_is_current(engine):
        return
    with engine.connect().execution_options(writes=True) as connection:
        command.upgrade(_config(connection=connection), "head")


def schema_is_current(engine: Engine) -> bool:
    """Tells whether the database is at the newest revision."""
    newest = set(ScriptDirectory.from_config(_config()).get_heads())
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == newest


def write_revision(engine: Engine, message: str) -> None:
    """Writes a revision with the difference between the database, which must be current, and the models."""
    number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
    with engine.connect() as connection:
        config = _config(connection=connection)
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")


def _config(**attributes: object) -> Config:
    return Config(toml_file=ROOT / "pyproject.toml", attributes=attributes)


def main(arguments: list[str]) -> int:
    """`python -m portal.schema "what changes"` writes a revision with what the models have and the revisions lack."""
    if len(arguments) != 1 or not arguments[0].strip():
        print('Say what changes: make revision m="quotes get a discount"', file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/parley.db")
        upgrade_schema(engine)
        write_revision(engine, arguments[0])
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
