"""`parley db`, `seed`, `import`, `jobs` and `verify`: what is in the database and what happens to it by itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from portal.cli.session import Stop, parley
from portal.importers.csv_import import import_csv
from portal.importers.mapping import MappingError, load_mapping
from portal.schema import schema_is_current, upgrade_schema
from portal.seeds import seed_bulk, seed_story

MOST = 10_000_000
db = typer.Typer(help="The database's tables.", no_args_is_help=True, rich_markup_mode=None)
jobs = typer.Typer(help="What is done by itself: renewals, mail, payments left unknown.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(db, name="db")
    app.add_typer(jobs, name="jobs")
    app.command("seed")(seed)
    app.command("import")(import_files)


@db.callback()
def of_db() -> None:
    """The database's tables."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the tables up to date; nothing happens where they are."""
    with parley(upgraded=False) as contexts:
        if schema_is_current(contexts.engine):
            print("The database is up to date.")
            return
        upgrade_schema(contexts.engine)
        print("The database is up to date now.")


def seed(
    customers: Annotated[int | None, typer.Option(min=1, max=MOST, help="How many made-up customers.")] = None,
    invoices: Annotated[int | None, typer.Option(min=0, max=MOST, help="How many invoices they have in all.")] = None,
    number: Annotated[int, typer.Option("--seed", min=0, metavar="S", help="Another seed, other rows.")] = 1,
) -> None:
    """Fill the database: with the demo's story, or with any number of made-up customers and invoices."""
    with parley() as contexts:
        if customers is None and invoices is None:
            if not contexts.settings.demo:
                raise Stop("The story is for the demo: set PARLEY_DEMO=1, or say --customers and --invoices.")
            seed_story(contexts)
            print("The story is told.")
            return
        done = seed_bulk(contexts, 100 if customers is None else customers, invoices or 0, number)
        print(f"Added {done.customers:,} customers and {done.invoices:,} invoices.")


def import_files(
    mapping: Annotated[Path, typer.Option(help="Which column is which field, as TOML.")],
    customers: Annotated[Path, typer.Option(help="The customers, as CSV.")],
    invoices: Annotated[Path, typer.Option(help="The invoices, as CSV.")],
    lines: Annotated[Path, typer.Option(help="The invoices' lines, as CSV.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and keep nothing.")] = False,
) -> int:
    """Bring in an export from elsewhere: all of it, or nothing where a row is bad."""
    try:
        read = load_mapping(mapping)
    except MappingError as error:
        raise Stop(str(error)) from None
    with parley() as contexts:
        report = import_csv(contexts, read, customers, invoices, lines, dry_run)
    for sentence in report.sentences():
        print(sentence, file=sys.stdout if report.ok else sys.stderr)
    return 0 if report.ok else 1
