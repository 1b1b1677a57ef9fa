"""`parley surface` beside the tables that the running app itself goes by."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.processes import PARLEY, PATIENCE, ROOT, parley_environment

# Reads the live tables without a line of portal/surface.py.
LIVE = """
import json, os
from billing.config import load_settings
from portal.cli.reflex_settings import reflex_environment
os.environ.update(reflex_environment(load_settings()))
import reflex as rx
from reflex_base.registry import RegistrationContext
from portal.portal import app
served = app()
http, handlers = set(), set()
def walk(routes, prefix):
    for route in routes:
        inner = getattr(getattr(route, "app", None), "routes", None)
        if inner:
            walk(inner, prefix + route.path)
        else:
            http.add(prefix + route.path or "/")
walk(served.routes, "")
print(json.dumps({
    "http": sorted(http),
    "reflex": sorted(RegistrationContext.get().event_handlers),
    "socket": sorted(e for e in app.api_transformer[0].state.chat.server.sio.handlers["/"]
                     if e not in ("connect", "disconnect", "*")),
}))
"""


def run(data: Path, *command: str) -> Any:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=parley_environment(8000, data),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run(tmp_path_factory.mktemp("surface"), str(PARLEY), "surface", "--json")
    return found


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = run(tmp_path_factory.mktemp("live"), sys.executable, "-c", LIVE)
    return found


@pytest.mark.parametrize("kind", ["http", "reflex", "socket"])
def test_every_door_of_the_running_app_is_listed_and_no_other(
    doors: list[dict[str, Any]], live: dict[str, list[str]], kind: str
) -> None:
    listed = {door["name"] for door in doors if door["kind"] == kind}
    assert listed == set(live[kind])
    assert len(listed) > 10


def test_somebody_has_said_who_may_use_each_door(doors: list[dict[str, Any]]) -> None:
    assert [door["name"] for door in doors if "nobody has said" in json.dumps(door)] == []


def test_every_door_has_all_its_fields(doors: list[dict[str, Any]]) -> None:
    for door in doors:
        assert set(door) == {"kind", "name", "methods", "roles", "object", "csrf"}
        assert door["methods"] and door["roles"] and door["csrf"]
    assert max(Counter((door["kind"], door["name"], tuple(door["methods"])) for door in doors).values()) == 1


def test_what_changes_something_over_http_is_guarded(doors: list[dict[str, Any]]) -> None:
    posts = [door for door in doors if door["kind"] == "http" and set(door["methods"]) & {"POST", "PUT", "DELETE"}]
    assert posts and all(not door["csrf"].startswith("not needed") for door in posts)


def test_the_desk_is_for_staff_and_paying_is_not(doors: list[dict[str, Any]]) -> None:
    roles = {door["name"]: set(door["roles"]) for door in doors}
    assert roles["take"] == {"agent", "admin"}
    assert next(r for name, r in roles.items() if name.endswith("pay_state.pay_with")) == {"billing", "owner"}


def test_the_doors_are_the_same_before_the_pages_are_built(tmp_path: Path, doors: list[dict[str, Any]]) -> None:
    fresh = tmp_path / "fresh"
    shutil.copytree(ROOT / "portal", fresh / "portal", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("billing", "chat", "assets", "rxconfig.py"):
        (fresh / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "surface", "--json"], cwd=fresh,
        env=parley_environment(8000, tmp_path / "data") | {"PYTHONPATH": str(fresh)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert not (fresh / ".web" / "build").exists()
    assert json.loads(done.stdout.splitlines()[-1]) == doors


def test_the_doors_are_listed_where_no_key_is_set(tmp_path: Path) -> None:
    demo = parley_environment(8000, tmp_path)
    bare = {name: value for name, value in demo.items() if name != "PARLEY_DEMO"}
    done = subprocess.run(
        [str(PARLEY), "surface", "--json"],
        cwd=ROOT, env=bare, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "/auth/login" in {door["name"] for door in json.loads(done.stdout.splitlines()[-1])}
    assert not (tmp_path / "secret_key").exists()
