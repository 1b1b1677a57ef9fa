"""Where things are in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
STAMPS = BUILD / "stamps"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PARLEY = VENV / "bin" / "parley"
CLIENT = ROOT / "chat" / "client"
FRONT_END = ROOT / ".web" / "build" / "client" / "index.html"


def tool(name: str) -> str:
    """The path of a program that the locked dependencies bring along."""
    return str(VENV / "bin" / name)


def environment(**more: str) -> dict[str, str]:
    """The environment for everything that is built: our Python, and the node and npm from PyPI, come first."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    ours = {"PATH": path, "REFLEX_USE_NPM": "1", "REFLEX_TELEMETRY_ENABLED": "false", "VIRTUAL_ENV": str(VENV)}
    theirs = dict(os.environ)
    theirs.pop("PYTHONDONTWRITEBYTECODE", None)  # every start would translate sixty thousand lines again
    return theirs | ours | more
