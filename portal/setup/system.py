"""The system's share: the Python that runs us, Debian packages, a free port, room on the disk."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.setup.places import ROOT
from portal.setup.running import SetupError, disk_full, run

ROOM_BYTES = 3 * 1024**3


@dataclass(frozen=True)
class Package:
    """A Debian package and the way to tell that it (or its like on another system) is there."""

    name: str
    program: str = ""
    file: str = ""
    needed: bool = True

    def is_there(self) -> bool:
        """Whether its program is on PATH, or its file exists."""
        if self.program and shutil.which(self.program):
            return True
        return bool(self.file) and any(Path("/").glob(self.file))


PDF = (
    Package("wkhtmltopdf", program="wkhtmltopdf"),
    Package("fonts-noto-core", file="usr/share/fonts/**/NotoSans-Regular.*", needed=False),
    Package("fonts-noto-cjk", file="usr/share/fonts/**/NotoSansCJK-Regular.*", needed=False),
)
TESTS = (
    Package("chromium", program="chromium"),
    Package("poppler-utils", program="pdftotext"),
    Package("redis-server", program="redis-server"),
    Package("postgresql", program="postgres", file="usr/lib/postgresql/*/bin/postgres"),
)


def install_packages(*wanted: Package) -> None:
    """Installs what is missing by apt. Where that isn't allowed, raises a sentence that says what to install."""
    missing = [package for package in wanted if not package.is_there()]
    if not missing:
        return
    apt = apt_command()
    names = [package.name for package in missing]
    if apt is None:
        if any(package.needed for package in missing):
            raise SetupError(f"Parley needs some system packages: apt-get install {' '.join(names)}")
        print(f"  For every script in the PDFs, install: {' '.join(names)}", flush=True)
        return
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    source = "Debian's package registry"
    run("Looking up system packages", [*apt, "update"], log="apt-update.log", source=source, env=env)
    command = [*apt, "install", "--yes", "--no-install-recommends", *names]
    run(f"Installing {', '.join(names)}", command, log="apt.log", source=source, env=env)


def apt_command() -> list[str] | None:
    """How to call apt-get here: as root, by sudo where it asks for no password, or not at all."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "-E", "apt-get"]
    return None


def require_venv_module() -> None:
    """Makes sure that `python -m venv` works; Debian keeps it in a package of its own."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    install_packages(Package("python3.11-venv", file="usr/lib/python3.11/ensurepip/__init__.py"))


def require_room() -> None:
    """Raises a sentence when the disk has no room for a first set-up."""
    if shutil.disk_usage(ROOT).free < ROOM_BYTES:
        raise disk_full()


def require_free_port() -> None:
    """Raises a sentence when PARLEY_PORT is taken, or is no port."""
    host = os.environ.get("PARLEY_HOST") or "127.0.0.1"
    said = os.environ.get("PARLEY_PORT") or "8000"
    if not said.isdecimal() or not 1 <= int(said) <= 65535:
        raise SetupError(f"PARLEY_PORT must be a number from 1 to 65535; it is “{said}”.")
    try:
        family = socket.getaddrinfo(host, int(said), type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise SetupError(f"PARLEY_HOST must be an address of this machine; “{host}” is none.") from error
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(said)))
        except OSError as error:
            raise SetupError(
                f"Port {said} of {host} is taken ({error.strerror}): stop what uses it, or choose another, such as "
                f"PARLEY_PORT={int(said) % 65535 + 1} make run."
            ) from error
