"""Every check in a row: style, types, layers, tests, browser. All of them run, whatever the ones before said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from portal.setup.places import BUILD, CLIENT, PYTHON, ROOT, environment, tool
from portal.setup.running import stop

# Both ways keep neighbours together, so that what a file or a folder shares is made once.
# One more worker than cores: a test that waits for a server or a browser leaves its core to another.
WORKERS = str((os.cpu_count() or 1) + 1)
STEALING = ("-n", WORKERS, "--dist", "worksteal")
BY_FILE = ("-n", WORKERS, "--dist", "loadfile")
# Where tests that drive a browser are, so that each run reads no more than what it may run.
BROWSER = ("tests/e2e", "tests/billing/gateways")
COUNTED = ("failed", "passed", "skipped", "xfailed", "xpassed", "warnings", "errors")


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    code: int
    seconds: float
    closing_line: str = ""

    @property
    def counts(self) -> Counter[str]:
        """What pytest's closing line counts."""
        if not self.closing_line.startswith("="):
            return Counter()
        found = re.findall(r"(\d+) (failed|passed|skipped|xfailed|xpassed|warning|error)s?", self.closing_line)
        plural = {"warning": "warnings", "error": "errors"}
        return Counter({plural.get(word, word): int(number) for number, word in found})


def lint() -> int:
    """Style, types and layers."""
    outcomes = lint_outcomes()
    print_summary(outcomes)
    return max(outcome.code for outcome in outcomes)


def lint_outcomes() -> list[Outcome]:
    """Runs ruff (rules and layout), mypy, import-linter and TypeScript's compiler."""
    return [
        check("style", [tool("ruff"), "check", "--output-format=concise", "."]),
        check("layout", [tool("ruff"), "format", "--check", "."]),
        check("types", [tool("mypy"), "--strict"]),
        check("layers", [tool("lint-imports")]),
        check("client", ["npm", "--prefix", str(CLIENT), "run", "check", "--silent"]),
    ]


def check_everything(*, full_counts: bool) -> int:
    """Runs every check and ends with one line like pytest's own, over both of its runs."""
    pytest = [str(PYTHON), "-m", "pytest"]
    soak = {"PARLEY_SOAK": "1"} if full_counts else {}
    limit = ["--timeout=7200"] if full_counts else []
    outcomes = [
        *lint_outcomes(),
        check("tests", [*pytest, *limit, *STEALING, "-m", "not e2e", f"--ignore={BROWSER[0]}"], **soak),
        check("browser", [*pytest, *limit, *BY_FILE, "-m", "e2e", *BROWSER], **soak),
    ]
    print_summary(outcomes)
    tested = outcomes[-2:]
    print(closing_line(tested))
    return max(outcome.code for outcome in outcomes)


def check(name: str, command: list[str], **env: str) -> Outcome:
    """Runs one check with its output on the screen."""
    print(f"\n── {name}: {' '.join(command).replace(f'{ROOT}/', '')}", flush=True)
    started = time.monotonic()
    last = ""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    BUILD.mkdir(exist_ok=True)
    try:
        with process.stdout, (BUILD / f"check-{name}.log").open("wb") as log:
            for raw in process.stdout:
                log.write(raw)
                sys.stdout.write(line := raw.decode(errors="replace"))
                sys.stdout.flush()
                last = line.strip() or last
    except BaseException:
        stop(process)
        raise
    return Outcome(name, process.wait(), time.monotonic() - started, last)


def print_summary(outcomes: list[Outcome]) -> None:
    """One line a check."""
    print("\n── summary")
    for outcome in outcomes:
        counts = ", ".join(f"{outcome.counts[word]} {word}" for word in COUNTED if outcome.counts[word])
        verdict = "ok" if outcome.code == 0 else "FAILED"
        print(f"{outcome.name:10}{verdict:8}{outcome.seconds:6.0f} s  {counts}".rstrip())


def closing_line(outcomes: list[Outcome]) -> str:
    """The counts of several pytest runs in the form in which pytest closes one."""
    total = sum((outcome.counts for outcome in outcomes), Counter[str]())
    seconds = sum(outcome.seconds for outcome in outcomes)
    counts = ", ".join(f"{total[word]} {word}" for word in COUNTED if total[word]) or "no tests ran"
    return f" {counts} in {seconds:.2f}s ".center(os.get_terminal_size().columns if sys.stdout.isatty() else 80, "=")
