"""What the composer's menu does with a command that is typed: run in Node, as the client is built."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.processes import PATIENCE

CLIENT = Path("chat/client")
SOURCE = (CLIENT / "src" / "commands.ts").resolve()
SCRIPT = """
import { build } from "esbuild";
const { outputFiles } = await build({ entryPoints: [process.argv[1]], bundle: true, format: "esm", write: false });
const { matching, completed } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));
const { typed, slashes, down } = JSON.parse(process.argv[2]);
const shown = matching(slashes.map((slash) => ({ slash })), typed);
console.log(JSON.stringify([shown.map((one) => one.slash), completed(shown, down, typed)?.slash ?? null]));
"""
CUSTOMERS = ["/credits", "/invoice", "/invoices", "/pay", "/review", "/reviews"]
STAFF = ["/credits", "/credit", *CUSTOMERS[1:]]


def menu(typed: str, slashes: list[str], down: int = 0) -> tuple[list[str], str | None]:
    """The commands shown, and the one that Enter completes the text to (None: the text is sent)."""
    if not (CLIENT / "node_modules" / "esbuild").exists() or shutil.which("node") is None:
        pytest.skip("the chat's client isn't installed here: npm ci in chat/client")
    asked = json.dumps({"typed": typed, "slashes": slashes, "down": down})
    command = ["node", "--input-type=module", "-e", SCRIPT, str(SOURCE), asked]
    ran = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=4 * PATIENCE, check=True)
    shown, completed = json.loads(ran.stdout)
    return shown, completed


@pytest.mark.parametrize("typed", ["/credit", "/Credit", "/invoice", "/review", "/pay"])
def test_enter_sends_a_whole_name_though_a_longer_one_begins_like_it(typed: str) -> None:
    shown, completed = menu(typed, STAFF)
    assert shown[0] == typed.lower(), "the whole name comes first, whatever the order of the commands"
    assert completed is None


@pytest.mark.parametrize(("typed", "becomes"), [("/credit", "/credits"), ("/in", "/invoice"), ("/PA", "/pay")])
def test_enter_completes_what_is_not_a_whole_name(typed: str, becomes: str) -> None:
    assert menu(typed, CUSTOMERS)[1] == becomes


def test_enter_takes_the_command_that_was_chosen_with_the_arrows() -> None:
    assert menu("/credit", STAFF, down=1) == (["/credit", "/credits"], "/credits")


@pytest.mark.parametrize("typed", ["/pay 0187", "pay", "/credit note", "/xyz"])
def test_what_is_no_name_alone_opens_no_menu_and_is_sent(typed: str) -> None:
    assert menu(typed, STAFF) == ([], None)
