"""`parley db`, `seed`, `import`, `jobs` and `verify`: what is in the database and what happens to it by itself."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from billing.clock import Clock, SetClock
from billing.config import load_settings
from billing.jobs import run_due, work
from billing.verify import verify
from portal.cli.session import Stop, parley
from portal.heartbeat import beat
from portal.importers.csv_import import import_csv
from portal.importers.mapping import MappingError, load_mapping
from portal.schema import schema_is_current, upgrade_schema
from portal.seeds import seed_bulk, seed_story

MOST = 10_000_000
db = typer.Typer(help="The database's tables.", no_args_is_help=True, rich_markup_mode=None)
jobs = typer.Typer(help="What is done by itself: renewals, charges, mail.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(db, name="db")
    app.add_typer(jobs, name="jobs")
    app.command("seed")(seed)
    app.command("import")(import_files)
    app.command("verify")(verify_books)


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


@jobs.callback()
def of_jobs() -> None:
    """What is done by itself: renewals, charges, reminders, mail, payments whose outcome is unknown."""


@jobs.command("run")
def run_jobs(
    as_of: Annotated[str, typer.Option(metavar="DATE", help="As of which day (2026-03-31); else now.")] = "",
) -> int:
    """Do once what is due."""
    clock = _clock_at(as_of) if as_of else None
    with parley(clock=clock) as contexts:
        done = run_due(contexts)
    print(done.sentence)
    return 1 if done.failed else 0


@jobs.command("work")
def work_on(
    until_eof: Annotated[bool, typer.Option("--until-eof", help="End when standard input ends.")] = False,
) -> None:
    """Do what is due as it becomes due, until Ctrl-C. `parley serve` runs this beside itself."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if until_eof:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    with parley() as contexts:
        work(contexts, stop, beat=functools.partial(beat, contexts.settings))


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


def _clock_at(text: str) -> Clock:
    """A clock that stands at the end of that day, or at that moment. Raises Stop for one after now."""
    settings = load_settings()
    now = settings.clock().now()
    try:
        day = date.fromisoformat(text)
        at = datetime.combine(day, time(23, 59, 59), UTC)
        later = day > now.date()
        at = at if later else min(at, now)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Stop(f"“{text}” is not a date. Write it like 2026-03-31.", 2) from None
        if at.tzinfo is None:
            raise Stop("A moment needs an offset, such as 2026-03-31T09:00:00+02:00.", 2) from None
        later = at > now
    if later and not settings.test_clock:
        raise Stop(f"{text} has not come yet, so nothing was done. Only tests go ahead: PARLEY_TEST_CLOCK=1.")
    return SetClock(at)


def verify_books() -> int:
    """Derive every balance, allocation and number again from the records, and say where they differ."""
    with parley() as contexts:
        differences = verify(contexts)
    for difference in differences:
        print(difference)
    many = len(differences)
    print(f"{many} difference{'s' if many != 1 else ''}." if many else "No difference.")
    return 1 if differences else 0


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
