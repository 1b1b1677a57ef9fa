"""What `make` does before Parley exists."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portal.setup.checks import Outcome, closing_line
from portal.setup.places import ROOT, environment
from portal.setup.running import SetupError, run
from portal.setup.stamps import Stamp, digest
from portal.setup.steps import stage
from portal.setup.system import Package, install_packages, require_free_port
from tests.fixtures.processes import lives, wait_until

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
LOG = f"test-setup-{WORKER}.log"


def test_nothing_is_made_again_while_its_inputs_stay(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.touch()
    stamp = Stamp(tmp_path / "stamp", (made,))
    stamp.write("a")
    assert stamp.fits("a")


def test_a_changed_input_makes_it_again(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp", ())
    stamp.write("a")
    assert not stamp.fits("b")


def test_what_somebody_deleted_is_made_again(tmp_path: Path) -> None:
    made = tmp_path / "made"
    stamp = Stamp(tmp_path / "stamp", (made,))
    stamp.write("a")
    assert not stamp.fits("a")


def test_the_digest_follows_contents_not_dates() -> None:
    file = ROOT / "pyproject.toml"
    before = digest([file])
    os.utime(file)
    assert digest([file]) == before
    assert digest([file, ROOT / "LICENSE"]) != before


def test_a_taken_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PARLEY_PORT", str(port))
        with pytest.raises(SetupError, match=f"Port {port} of 127.0.0.1 is taken") as caught:
            require_free_port()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("port", ["0", "65536", "http", "80 80"])
def test_a_port_that_is_none_is_one_sentence(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_PORT", port)
    with pytest.raises(SetupError, match="must be a number from 1 to 65535"):
        require_free_port()


def test_a_missing_system_package_that_may_not_be_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match=r"apt-get install wkhtmltopdf poppler-utils$"):
        install_packages(Package("wkhtmltopdf", "wkhtmltopdf"), Package("poppler-utils", "pdftotext"))


def test_packages_that_only_help_are_no_reason_to_stop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    install_packages(Package("fonts-of-the-moon", file="nowhere/*.ttf", needed=False))
    assert "install: fonts-of-the-moon" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("npm error code ENOTFOUND", "The registry can not be reached"),
        ("Temporary failure in name resolution", "The registry can not be reached"),
        ("OSError: [Errno 28] No space left on device", "is full"),
    ],
)
def test_a_failed_step_says_why_in_one_sentence(said: str, sentence: str) -> None:
    command = [sys.executable, "-c", f"print({said!r}); raise SystemExit(1)"]
    with pytest.raises(SetupError, match=sentence) as caught:
        run("Trying", command, log=LOG, source="The registry")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("said", ["the reason", "ModuleNotFoundError: No module named 'billing.reason'"])
def test_any_other_failure_shows_the_end_of_the_log(said: str) -> None:
    command = [sys.executable, "-c", f"print({said!r}); raise SystemExit(3)"]
    with pytest.raises(SetupError, match=rf"Trying failed; .*build/{LOG}(.|\n)*reason"):
        run("Trying", command, log=LOG, source="The registry")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Compiling: ━━━━━━━━━━━━━━━━━━━━━━ 100% 47/", "Compiling 100%"),
        ("\x1b[2KCompiling: \x1b[38m", "Compiling:"),
        ("Compiling: ━━━━━╸━━━━━━  38% 18/47 0:00:01", "Compiling 38%"),
        ("Building: ━━━", "Building"),
        ("vite v6.3.5 building for production...", "vite v6.3.5 building for production..."),
        ("Debug: nothing of the kind", None),
    ],
)
def test_how_far_the_pages_are_is_told_without_a_bar(line: str, said: str | None) -> None:
    assert stage(line) == said


STEP_WITH_A_CHILD = (
    "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); child.wait()"
)
LONG_STEP = f"""
import sys
from portal.setup.running import run
command = [sys.executable, "-c", {STEP_WITH_A_CHILD!r}]
run("Waiting", command, log="test-ctrl-c-{WORKER}.log", note=lambda line: print("child", line, flush=True))
"""


def test_ctrl_c_ends_what_a_step_started() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LONG_STEP],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as setup:
        assert setup.stdout is not None
        child = next(int(line.split()[1]) for line in setup.stdout if line.startswith("child"))
        setup.send_signal(signal.SIGINT)
    wait_until(lambda: not lives(child), "the child to end")
    assert setup.returncode != 0


def test_the_last_line_counts_both_runs() -> None:
    tests = Outcome("tests", 1, 60, "== 1 failed, 40 passed, 2 skipped, 1 warning in 60.00s (0:01:00) ==")
    browser = Outcome("browser", 0, 30, "== 9 passed in 30.00s ==")
    assert closing_line([tests, browser]).strip("= ") == "1 failed, 49 passed, 2 skipped, 1 warnings in 90.00s"


def test_what_is_translated_once_is_kept_whatever_the_caller_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in environment()
    assert environment(PARLEY_DEMO="1")["PARLEY_DEMO"] == "1"
