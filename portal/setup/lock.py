"""`make lock`: writes both lock files from pyproject.toml, with versions and hashes, and no address of a registry."""

from __future__ import annotations

import sys

from portal.setup.places import ROOT, tool
from portal.setup.running import SetupError, run
from portal.setup.steps import DEV_LOCK, RUNTIME_LOCK

SILENT = ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options", "--no-header"]
EXACT = ["--generate-hashes", "--allow-unsafe", "--strip-extras", "--quiet"]


def main() -> int:
    """The development lock holds the runtime's packages in the same versions, and the tools."""
    compile_lock = [tool("pip-compile"), *SILENT, *EXACT, "pyproject.toml"]
    tools = ["--extra", "dev", "--constraint", RUNTIME_LOCK.name]
    try:
        run("Locking what Parley runs on", [*compile_lock, "-o", RUNTIME_LOCK.name], log="lock.log")
        run("Locking what its tests need", [*compile_lock, *tools, "-o", DEV_LOCK.name], log="lock-dev.log")
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"Wrote {RUNTIME_LOCK.relative_to(ROOT)} and {DEV_LOCK.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
