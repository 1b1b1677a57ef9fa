"""The shell, as a person types it. Most commands run inside the test's own process, which is quicker; some outside."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import structlog

from portal.cli import commands
from tests.fixtures.processes import PARLEY, PATIENCE, ROOT, parley_environment

ANIA = "ania@moellerkowalczyk.nl"


@dataclass
class Done:
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Shell = Callable[..., Done]


def shell_on(data: Path) -> Shell:
    def run(*arguments: str, stdin: str = "", **settings: str) -> Done:
        out, err = io.StringIO(), io.StringIO()
        environment = parley_environment(8000, data, **settings)
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch("sys.stdin", io.StringIO(stdin)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = commands.run(list(arguments))
            finally:
                structlog.reset_defaults()
        assert "Traceback" not in out.getvalue() + err.getvalue()
        return Done(code, out.getvalue(), err.getvalue())

    return run


def process_on(data: Path, *arguments: str, **settings: str) -> Done:
    """The same in a process of its own."""
    done = subprocess.run(
        [str(PARLEY), *arguments],
        cwd=ROOT,
        env=parley_environment(8000, data, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the story is told."""
    data = tmp_path_factory.mktemp("told")
    run = shell_on(data)
    assert run("db", "upgrade").returncode == 0
    assert run("seed").returncode == 0
    return data


@pytest.fixture
def told(story: Path) -> Shell:
    """The story, for tests that change nothing that another one looks at."""
    return shell_on(story)


@pytest.fixture
def own_story(story: Path, tmp_path: Path) -> Shell:
    """The story, for this test alone."""
    shutil.copytree(story, tmp_path / "own")
    return shell_on(tmp_path / "own")


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    run = shell_on(tmp_path / "empty")
    assert run("db", "upgrade").stdout == "The database is up to date now.\n"
    return run


def said(done: Done) -> Any:
    return json.loads(done.stdout)


def test_upgrading_twice_changes_nothing(empty: Shell) -> None:
    assert empty("db", "upgrade").stdout == "The database is up to date.\n"


def test_without_tables_a_command_says_what_to_do(tmp_path: Path) -> None:
    done = process_on(tmp_path, "verify")
    assert done.returncode == 1
    assert done.stderr == "The database has no tables yet, or old ones. Run: parley db upgrade\n"


def test_the_story_told_twice_is_the_same_and_its_books_are_right(told: Shell) -> None:
    before = told("act", "invoices.list", "--as", ANIA).stdout
    assert told("seed").returncode == 0
    assert told("act", "invoices.list", "--as", ANIA).stdout == before
    done = told("verify")
    assert (done.returncode, done.stdout) == (0, "No difference.\n")


def test_made_up_customers_are_counted(empty: Shell) -> None:
    done = empty("seed", "--customers", "3", "--invoices", "20", "--seed", "7")
    assert done.stdout == "Added 3 customers and 20 invoices.\n"
    assert empty("verify").returncode == 0


def test_verify_prints_each_difference(empty: Shell, tmp_path: Path) -> None:
    import sqlite3

    empty("seed", "--customers", "2", "--invoices", "10")
    with sqlite3.connect(tmp_path / "empty" / "parley.db") as connection:
        connection.execute("UPDATE invoice SET total = total + 1 WHERE id = (SELECT min(id) FROM invoice)")
    done = empty("verify")
    assert done.returncode == 1
    *differences, count = done.stdout.splitlines()
    assert differences and count.endswith(f"{len(differences)} difference{'s' if len(differences) > 1 else ''}.")


def test_an_action_is_run_for_a_person(told: Shell) -> None:
    shown = said(told("act", "invoices.show", "--as", ANIA, "--input", '{"number": " rt-2026-0187 "}'))
    assert shown["total"] == 98801


def test_a_preview_gives_the_effect_and_a_token_that_runs_exactly_it(own_story: Shell) -> None:
    review = ["act", "reviews.leave", "--as", ANIA, "--input", '{"rating": 4, "words": "Quick answers."}']
    preview = said(own_story(*review, "--preview"))
    assert "4" in json.dumps(preview["effect"]) and set(preview) == {"effect", "token"}
    first = said(own_story(*review, "--token", preview["token"]))
    assert said(own_story(*review, "--token", preview["token"])) == first
    other = [*review[:-1], '{"rating": 1}']
    refused = own_story(*other, "--token", preview["token"])
    assert (refused.returncode, said(refused)["error"]["code"]) == (1, "preview_invalid")


def test_without_preview_and_token_the_call_is_the_yes(own_story: Shell) -> None:
    assert own_story("act", "reviews.leave", "--as", ANIA, "--input", '{"rating": 5}').returncode == 0
    assert said(own_story("act", "reviews.list", "--as", ANIA))["rows"][0]["rating"] == 5


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (["invoices.show", "--as", ANIA, "--input", '{"number": "RT-1999-0001"}'], "not_found", "number"),
        (["invoices.show", "--as", ANIA, "--input", "{}"], "invalid_input", "number"),
        (["invoices.show", "--as", ANIA, "--input", "{"], "invalid_input", "input"),
        (["invoices.show", "--as", ANIA, "--input", "[" * 100_000], "invalid_input", "input"),
        (["invoices.show", "--as", ANIA, "--input", '"RT-2026-0187"'], "invalid_input", "input"),
        (["invoices.show", "--as", ANIA, "--input", '{"number": "\\u0000"}'], "invalid_input", "number"),
        (["invoices.list", "--as", ANIA, "--input", '{"search": "\\ud800"}'], "invalid_input", "search"),
        (["invoices.list", "--as", ANIA, "--input", '{"statuses": "overdue"}'], "invalid_input", "statuses"),
        (["invoices.show", "--as", "nobody@example.com"], "unknown_person", "as"),
        (["invoices.show", "--as", ANIA, "--customer", "C-9999"], "account_not_found", "customer"),
        (["nothing.here", "--as", ANIA], "unknown_action", None),
        (["invoices.list", "--as", ANIA, "--preview"], "invalid_input", None),
        (["support.queue", "--as", ANIA], "not_allowed", None),
        (
            ["invoices.pay", "--as", ANIA, "--token", "", "--input", '{"invoices": ["RT-2026-0187"]}'],
            "preview_invalid",
            None,
        ),
        (
            ["invoices.pay", "--as", ANIA, "--token", "\udcff.x", "--input", '{"invoices": ["RT-2026-0187"]}'],
            "preview_invalid",
            None,
        ),
    ],
)
def test_a_refusal_is_json_with_code_sentence_and_field(
    told: Shell, arguments: list[str], code: str, field: str | None
) -> None:
    done = told("act", *arguments)
    assert done.returncode == 1
    error = said(done)["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["frobnicate"], "No such command 'frobnicate'. See: parley --help"),
        (["seed", "--customers", "many"], "See: parley seed --help"),
        (["seed", "--customers", "0"], "See: parley seed --help"),
        (["seed", "--invoices", "-1"], "See: parley seed --help"),
        (["serve", "--port", "80"], "No such option: --port"),
        (["act"], "Missing argument"),
        (["jobs", "run", "--as-of", "tomorrow"], "“tomorrow” is not a date. Write it like 2026-03-31."),
        (["jobs", "run", "--as-of", "2026-03-01T10:00:00"], "A moment needs an offset"),
        (["act", "reviews.list", "--as", ANIA, "--preview", "--token", "x"], "do not go together"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(told: Shell, arguments: list[str], sentence: str) -> None:
    done = told(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1


def test_jobs_do_not_run_ahead_of_time(told: Shell) -> None:
    done = told("jobs", "run", "--as-of", "2031-01-01")
    assert done.returncode == 1 and "has not come yet, so nothing was done" in done.stderr
    assert told("jobs", "run", "--as-of", "2026-03-01").returncode == 0


def test_jobs_run_ahead_of_time_in_a_test(empty: Shell) -> None:
    assert empty("jobs", "run", "--as-of", "2031-01-01", PARLEY_TEST_CLOCK="1").returncode == 0


def test_a_run_says_what_it_did_and_nothing_is_left_for_a_second(own_story: Shell) -> None:
    done = own_story("jobs", "run", "--as-of", "2026-04-01", PARLEY_TEST_CLOCK="1")

    assert done.stdout.startswith("Renewed 34 subscriptions, wrote 31 invoices, wrote ")
    assert own_story("verify").stdout == "No difference.\n"
    assert own_story("jobs", "run", "--as-of", "2026-04-01", PARLEY_TEST_CLOCK="1").stdout == "Nothing was due.\n"


def test_an_invited_administrator_gets_a_link(empty: Shell) -> None:
    done = empty("admin", "invite", "rio@renotech.example", "--name", "Rio")
    assert done.stdout.startswith("http://127.0.0.1:8000/invite/")
    refused = empty("admin", "invite", "rio")
    assert (refused.returncode, refused.stderr) == (1, "“rio” is not an email address.\n")


def test_an_administrator_without_phone_is_let_in_on_the_shell(own_story: Shell, tmp_path: Path) -> None:
    none = own_story("admin", "reset-code", "rio@renotech.example")
    assert none.returncode == 1 and none.stderr.endswith("signs in without a code. Nothing was changed.\n")
    with closing(sqlite3.connect(next(tmp_path.rglob("parley.db")))) as database, database:
        database.execute("UPDATE staff SET mfa_secret = 'sealed' WHERE email = 'rio@renotech.example'")
    done = own_story("admin", "reset-code", "Rio@RenoTech.example")
    assert (done.returncode, done.stderr) == (0, "") and "with the password alone" in done.stdout
    assert own_story("admin", "reset-code", "rio@renotech.example").returncode == 1
    assert own_story("admin", "reset-code", "nobody@renotech.example").stderr == (
        "Nobody signs in as “nobody@renotech.example”. Check the address.\n"
    )


def test_an_import_with_a_missing_file_is_a_sentence(empty: Shell) -> None:
    done = empty("import", "--mapping", "nowhere.toml", "--customers", "c", "--invoices", "i", "--lines", "l")
    assert (done.returncode, done.stderr) == (1, "nowhere.toml can't be read: No such file or directory.\n")


def test_messages_are_understood_line_by_line(told: Shell) -> None:
    done = told("understand", "--json", "--as", ANIA, stdin="which invoices are overdue?\n\nä\x00\n/invoices\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 4
    assert (answers[0]["action"], answers[0]["args"]) == ("invoices.list", {"status": "overdue"})
    assert all({"outcome", "action", "args", "confidence", "more"} <= set(answer) for answer in answers)


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = process_on(tmp_path, "serve", PARLEY_PORT=port)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Choose another: PARLEY_PORT={int(port) + 1}\n"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PARLEY_PORT": "http"}, "PARLEY_PORT can't be used"),
        ({"PARLEY_PORT": "70000"}, "PARLEY_PORT can't be used"),
        (
            {"PARLEY_PUBLIC_URL": "billing.example.com"},
            "PARLEY_PUBLIC_URL can't be used: it must be an address such as",
        ),
        ({"PARLEY_HOST": "0.0.0.0"}, "PARLEY_DEMO=1 is for this machine alone"),
        ({"PARLEY_PUBLIC_URL": "https://billing.example.com"}, "PARLEY_DEMO=1 is for this machine alone"),
        ({"PARLEY_NOW": "2026-03-12T14:00:00+01:00"}, "PARLEY_NOW sets the clock and is for tests"),
        ({"PARLEY_NOW": "noon", "PARLEY_TEST_CLOCK": "1"}, "PARLEY_NOW can't be used"),
        ({"PARLEY_TRUSTED_PROXIES": "everybody"}, "PARLEY_TRUSTED_PROXIES can't be used"),
        ({"PARLEY_DEMO": "0"}, "PARLEY_SECRET_KEY is missing or short: give it at least 32 random characters."),
        ({"PARLEY_DEMO": "0"}, "STRIPE_WEBHOOK_SECRET is missing: copy it from your Stripe dashboard."),
        ({"PARLEY_PUBLIC_URL": "http://127.0.0.1:http"}, "PARLEY_PUBLIC_URL can't be used"),
        ({"PARLEY_PUBLIC_URL": "http://me@127.0.0.1:8000"}, "PARLEY_PUBLIC_URL can't be used"),
        ({"PARLEY_PUBLIC_URL": "http://127.0.0.1:8000/billing"}, "and nothing after the host"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL can't be used: it must be an address such as smtp://"),
        ({"SMTP_URL": "smtp://mail.example.com:mail"}, "SMTP_URL can't be used"),
        ({"STRIPE_API_BASE": "stripe"}, "STRIPE_API_BASE can't be used"),
        ({"PARLEY_DEMO": "0", "STRIPE_PUBLISHABLE_KEY": "sk_live_x"}, "STRIPE_PUBLISHABLE_KEY goes to every browser"),
        ({"PARLEY_DEMO": "0", "STRIPE_SECRET_KEY": "pk_live_x"}, "STRIPE_SECRET_KEY is a publishable key"),
        ({"PARLEY_DATA": "/proc/nowhere"}, "/proc/nowhere"),
        ({"DATABASE_URL": "postgresql://parley@127.0.0.1:1/parley"}, "The database did not do it"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL"),
    ],
)
def test_each_mistake_in_the_settings_has_its_sentence(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    done = shell_on(tmp_path)("verify", **settings)
    assert done.returncode == 1
    assert sentence in done.stderr


def test_a_database_of_another_version_is_a_sentence(empty: Shell, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty" / "parley.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")
    done = empty("db", "upgrade")
    assert done.returncode == 1
    assert done.stderr.startswith("The database is of another version of Parley: ")
    assert not (tmp_path / "empty" / "failures.log").exists()


def test_a_demo_clock_that_nobody_can_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "demo_clock").write_text("noon")
    done = shell_on(tmp_path)("verify")
    assert (done.returncode, done.stderr) == (
        1,
        f"{tmp_path / 'demo_clock'} holds no moment: delete that file and start again.\n",
    )


def test_outside_the_demo_nothing_is_seeded(tmp_path: Path) -> None:
    names = {"SECRET_KEY": "sk_test_x", "PUBLISHABLE_KEY": "pk_test_x", "WEBHOOK_SECRET": "whsec_x"}
    keys = {f"STRIPE_{name}": key for name, key in names.items()}
    run = shell_on(tmp_path)
    real = {"PARLEY_DEMO": "0", "PARLEY_SECRET_KEY": "s" * 40, **keys}
    assert run("db", "upgrade", **real).returncode == 0
    done = run("seed", **real)
    assert done.returncode == 1 and "The story is for the demo" in done.stderr
    assert not (tmp_path / "demo_logins").exists()
