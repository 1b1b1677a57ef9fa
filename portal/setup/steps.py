"""The steps of the set-up. Each does nothing when what it makes is there and its inputs have not changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from portal.setup.places import BUILD, CLIENT, FRONT_END, PARLEY, PYTHON, ROOT, STAMPS, VENV, environment, tool
from portal.setup.running import SetupError, run
from portal.setup.stamps import Stamp, digest, files_under
from portal.setup.system import require_room, require_venv_module

RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
PACKAGES = ROOT / "reflex.lock" / "package.json"
# A progress bar of characters, with what stands before it; where it is cut depends on when it was read.
BAR = re.compile(r"[:\s]*[━╸╺╴╶─█▉▊▋▌▍▎▏▓▒░]+")
BUNDLES = tuple(ROOT / "assets" / "chat" / name for name in ("parley-chat.js", "embed.js", "handover.js"))


def install_dependencies(lock: Path) -> None:
    """Makes .venv with exactly what the lock file names, and the `parley` command in it."""
    stamps = {file: Stamp(VENV / f"{file.stem}.stamp", (PYTHON, PARLEY)) for file in (RUNTIME_LOCK, DEV_LOCK)}
    inputs = {file: digest([file, ROOT / "pyproject.toml"], str(VENV)) for file in stamps}
    if stamps[lock].fits(inputs[lock]):
        return
    if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
        require_room()
        require_venv_module()
        shutil.rmtree(VENV, ignore_errors=True)
        run("Making .venv", [sys.executable, "-m", "venv", str(VENV)], log="venv.log", env=dict(os.environ))
    stamps[lock].remove()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    if "PIP_DEFAULT_TIMEOUT" not in os.environ:
        pip += ["--timeout", "60"]
    count = len(re.findall(r"^[\w.\-\[\]]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    seen: set[str] = set()

    def note(line: str) -> str | None:
        if found := re.match(r"(Collecting|Requirement already satisfied:) ([\w.\-]+)", line):
            seen.add(found[2].lower())
            return f"{len(seen)} of {count}: {found[2]}"
        return "unpacking" if line.startswith("Installing collected") else None

    command = [*pip, "--require-hashes", "--requirement", str(lock)]
    run(f"Installing {count} Python packages", command, log="pip.log", source="The Python package index", note=note)
    ourselves = ["--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "--editable", "."]
    run("Installing the parley command", [*pip, *ourselves], log="parley.log")
    stamps[lock].write(inputs[lock])
    if lock == DEV_LOCK:  # it holds the runtime's packages in the same versions
        stamps[RUNTIME_LOCK].write(inputs[RUNTIME_LOCK])


def install_client_packages() -> None:
    """Loads what the chat client is built with, as its lock file says."""
    packages = Stamp(CLIENT / "node_modules" / ".parley.stamp", ())
    inputs = digest([CLIENT / "package.json", CLIENT / "package-lock.json"])
    if packages.fits(inputs):
        return
    command = ["npm", "ci", "--no-audit", "--no-fund"]
    run("Loading the chat client's packages", command, log="npm.log", source="The npm registry", cwd=CLIENT)
    packages.write(inputs)


def build_chat_client() -> None:
    """Bundles the chat client into assets/chat/."""
    install_client_packages()
    bundle = Stamp(STAMPS / "chat-client", BUNDLES)
    inputs = digest(files_under(CLIENT, "*"))
    if not bundle.fits(inputs):
        run("Building the chat client", ["npm", "run", "build"], log="chat-client.log", cwd=CLIENT)
        bundle.write(inputs)


def build_front_end() -> None:
    """Lets Reflex compile the portal's pages into .web/build/client/."""
    pages = Stamp(STAMPS / "front-end", (FRONT_END,))
    inputs = front_end_inputs()
    if pages.fits(inputs):
        return
    require_room()
    FRONT_END.unlink(missing_ok=True)  # a failed prerender leaves the old one and says nothing
    command = [tool("reflex"), "export", "--no-zip", "--frontend-only"]
    env = environment(PARLEY_DEMO="1", PARLEY_DATA=str(BUILD / "export-data"))
    locked = PACKAGES.read_bytes()
    run("Building the portal's pages", command, log="front-end.log", source="The npm registry", env=env, note=stage)
    if not FRONT_END.exists():
        raise SetupError("Reflex made no start page; the whole output is in build/front-end.log.")
    if json.loads(PACKAGES.read_bytes()) == json.loads(locked):  # Reflex writes the same in another order now and then
        PACKAGES.write_bytes(locked)
    pages.write(front_end_inputs())


def front_end_inputs() -> str:
    """The digest of everything that the pages are made from."""
    code = [path for room in ("portal", "chat", "billing") for path in files_under(ROOT / room, "*.py")]
    tests_only = ROOT / "portal" / "setup"
    code = [path for path in code if tests_only not in path.parents]
    assets = files_under(ROOT / "assets", "*") + files_under(ROOT / "reflex.lock", "*")
    return digest([*code, *assets, ROOT / "rxconfig.py", RUNTIME_LOCK])


def stage(line: str) -> str | None:
    """A short note of what a line says that Reflex is doing, without its bar; None where it says nothing of that."""
    found = re.search(r"(Compiling|Installing|Creating|Building|vite|prerender|transforming|rendering)[^\x1b]*", line)
    if not found:
        return None
    words, *bar = BAR.split(found[0].strip(), maxsplit=1)
    done = re.search(r"\d+%", bar[0]) if bar else None
    return f"{words} {done[0]}" if done else words[:60]
