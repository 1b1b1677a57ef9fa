"""The commands together, and what becomes of their mistakes."""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
import traceback
from pathlib import Path

import typer
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from billing.config import SettingsError
from billing.errors import PortalError
from portal.cli import acting, data, people, serving, surfaces
from portal.cli.session import Stop

app = typer.Typer(
    name="parley",
    help="Parley: a billing portal that customers can click through or talk to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (serving, data, people, acting, surfaces):
    part.add_to(app)


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0 when it did what it says, 1 when it could not, 2 for a wrong command line."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        result = app(arguments, prog_name="parley", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except typer.Exit as ended:
        return ended.exit_code
    except typer.TyperException as mistake:
        return _misspelt(mistake)
    except (typer.Abort, KeyboardInterrupt):
        return _say("Stopped.", 130)
    except SettingsError as error:
        return _say("\n".join(error.problems), 1)
    except Stop as stop:
        return _say(str(stop), stop.code)
    except PortalError as error:
        return _say(error.message, 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OperationalError, DBAPIError) as error:
        where = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "the disk and PARLEY_DATA"
        return _say(f"The database did not do it: {_first_line(error.orig or error)}. See {where}.", 1)
    except sqlite3.Error as error:  # of the sandbox, or of the queue
        return _say(f"A file in PARLEY_DATA could not be written: {_first_line(error)}. See the disk.", 1)
    except CommandError as error:
        return _say(f"The database is of another version of Parley: {_first_line(error)}. Run that version.", 1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _say(f"{place}{error.strerror or error}. Put that right, then run the same command again.", 1)
    except Exception:
        return _unforeseen()


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _misspelt(mistake: typer.TyperException) -> int:
    """A wrong command line; a command that was given nothing shows its help."""
    words = mistake.format_message()
    if words.startswith("Usage:"):
        print(words)
        return 2
    context = getattr(mistake, "ctx", None)
    command = " ".join(["parley", *context.command_path.split()[1:]]) if context else "parley"
    return _say(f"{_sentence(words)} See: {command} --help", 2)


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


def _unforeseen() -> int:
    reference = secrets.token_hex(4)
    log = Path(os.environ.get("PARLEY_DATA", ".parley")) / "failures.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{reference}\n{traceback.format_exc()}\n")
    except OSError:
        return _say(f"That did not work, for a reason nobody foresaw: {sys.exc_info()[1]}", 1)
    return _say(f"That did not work, for a reason nobody foresaw. {log} says more, under {reference}.", 1)
