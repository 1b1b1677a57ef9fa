"""`python3 -m portal.setup run|test|soak|bench|lint|prepare`: what the Makefile calls."""

from __future__ import annotations

import os
import sys

from portal.setup.checks import check_everything, lint
from portal.setup.places import PARLEY, PYTHON, ROOT, environment
from portal.setup.running import SetupError, sentence_for
from portal.setup.steps import (
    DEV_LOCK,
    RUNTIME_LOCK,
    build_chat_client,
    build_front_end,
    install_client_packages,
    install_dependencies,
)
from portal.setup.system import PDF, TESTS, install_packages, require_free_port


def run() -> int:
    """Sets everything up and becomes `parley serve` with the demo's story."""
    require_free_port()
    install_packages(*PDF)
    install_dependencies(RUNTIME_LOCK)
    build()
    os.execve(PARLEY, [str(PARLEY), "serve"], environment(PARLEY_DEMO="1"))


def test(*, full_counts: bool = False) -> int:
    """Sets everything up and runs every check."""
    prepare()
    return check_everything(full_counts=full_counts)


def soak() -> int:
    """The same with the full counts."""
    return test(full_counts=True)


def bench() -> int:
    """Measures, prints a table and writes build/bench.json."""
    prepare()
    os.execve(PYTHON, [str(PYTHON), "-m", "tests.benchmarks.run"], environment())


def lint_only() -> int:
    """Style, types and who may import whom; no tests."""
    install_dependencies(DEV_LOCK)
    install_client_packages()
    return lint()


def prepare() -> int:
    """Everything that development needs, and nothing is started."""
    install_packages(*PDF, *TESTS)
    install_dependencies(DEV_LOCK)
    build()
    return 0


def build() -> None:
    """Chat client and front end."""
    build_chat_client()
    build_front_end()


COMMANDS = {"run": run, "test": test, "soak": soak, "bench": bench, "lint": lint_only, "prepare": prepare}


def main(arguments: list[str]) -> int:
    """Runs one command; every failure is a sentence on stderr and an exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"One of: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    if sys.version_info[:2] != (3, 11):
        print(f"Parley needs Python 3.11: make {arguments[0]} PYTHON=/usr/bin/python3.11", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    try:
        return COMMANDS[arguments[0]]()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        print(f"\n{sentence_for(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
