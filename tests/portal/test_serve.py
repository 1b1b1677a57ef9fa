"""A real `parley serve`: what it says, who may open its sockets, how payments come back from the bank, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.fixtures.processes import PATIENCE, RunningParley, end, lives, start_parley, wait_until

ANIA = "ania@moellerkowalczyk.nl"
THREE_D_SECURE = "pm_card_threeDSecureRequired"

pytestmark = pytest.mark.process


def act(parley: RunningParley, action: str, **input: Any) -> Any:
    done = parley.shell("act", action, "--as", ANIA, "--input", json.dumps(input))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def signed_in(parley: RunningParley) -> httpx.Client:
    password = json.loads((parley.data / "demo_logins").read_text())[ANIA]
    client = httpx.Client(base_url=parley.url, headers={"origin": parley.url}, timeout=PATIENCE)
    answer = client.post("/auth/login", data={"email": ANIA, "password": password})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return client


def get(address: str, **headers: str) -> httpx.Response:
    return httpx.get(address, headers=headers, timeout=PATIENCE)


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_it_says_where_it_is_and_who_may_sign_in(shared_parley: RunningParley) -> None:
    said = shared_parley.log.read_text()
    assert f"Parley is at {shared_parley.url}" in said
    for role, email in (("customer", ANIA), ("agent", "marit@renotech.example"), ("admin", "rio@renotech.example")):
        assert any(line.split()[:2] == [role, email] for line in said.splitlines())


def test_database_and_jobs_answer(shared_parley: RunningParley) -> None:
    ready = {"status": "ready", "database": "answers", "jobs": "answers"}
    wait_until(lambda: get(f"{shared_parley.url}/readyz").json() == ready, "database and jobs to answer")


@pytest.mark.parametrize("path", ["/_event/", "/chat/socket.io/"])
def test_sockets_open_for_our_own_pages_alone(shared_parley: RunningParley, path: str) -> None:
    address = f"{shared_parley.url.replace('http', 'ws')}{path}?EIO=4&transport=websocket&token=t"
    with connect(address, origin=Origin(shared_parley.url), open_timeout=PATIENCE) as ours:
        assert str(ours.recv(timeout=PATIENCE)).startswith("0{")
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin=Origin("http://127.0.0.1:1"), open_timeout=PATIENCE)
    assert refused.value.response.status_code in (400, 403)


def test_no_other_site_reads_our_answers(shared_parley: RunningParley) -> None:
    for path in ("/healthz", "/documents/invoices/RT-2026-0187.pdf", "/login/"):
        answer = get(f"{shared_parley.url}{path}", origin="http://127.0.0.1:1", cookie="parley_session=x")
        assert answer.headers.get("access-control-allow-origin") not in ("*", "http://127.0.0.1:1")


def test_pages_allow_their_own_scripts(shared_parley: RunningParley) -> None:
    page = get(f"{shared_parley.url}/login/")
    assert page.status_code == 200 and "'sha256-" in page.headers["content-security-policy"]
    zipped = get(f"{shared_parley.url}/login/", **{"accept-encoding": "br, gzip, zstd"})
    assert zipped.headers["content-security-policy"] == page.headers["content-security-policy"]


@pytest.mark.parametrize(("said", "ends"), [("yes", "succeeded"), ("no", "failed")])
def test_a_payment_comes_back_from_the_bank(running_parley: RunningParley, said: str, ends: str) -> None:
    receipt = act(running_parley, "invoices.pay", invoices=["RT-2026-0171"], payment_method=THREE_D_SECURE)
    assert receipt["status"] == "requires_action"
    with closing(signed_in(running_parley)) as browser:
        assert "Your bank asks" in browser.get(receipt["redirect_url"]).text
        back = browser.post(receipt["redirect_url"], data={"answer": said}).headers["location"]
        assert browser.get(back).headers["location"] == f"/invoices?payment={receipt['payment']}"
    assert act(running_parley, "payments.show", payment=receipt["payment"])["status"] == ends
    assert running_parley.shell("verify").stdout == "No difference.\n"


def test_the_webhook_ends_a_payment_whose_customer_did_not_come_back(running_parley: RunningParley) -> None:
    receipt = act(running_parley, "invoices.pay", invoices=["RT-2026-0171"], payment_method=THREE_D_SECURE)
    yes = {"answer": "yes"}
    httpx.post(receipt["redirect_url"], data=yes, headers={"origin": running_parley.url}, timeout=PATIENCE)

    def succeeded() -> bool:
        shown = act(running_parley, "payments.show", payment=receipt["payment"])
        return bool(shown["status"] == "succeeded")

    wait_until(succeeded, "the webhook", seconds=2 * PATIENCE)
    paid = act(running_parley, "invoices.show", number="RT-2026-0171")
    assert (paid["row"]["status"], paid["due"]) == ("paid", 0)
    assert running_parley.shell("verify").stdout == "No difference.\n"


def test_ctrl_c_ends_all_and_the_second_start_tells_no_story_again(story_data: Path, tmp_path: Path) -> None:
    assert "Seeding the story" in (story_data / "serve.log").read_text()
    data = tmp_path / "parley"
    shutil.copytree(story_data, data, ignore=shutil.ignore_patterns("*.log"))
    running = start_parley(data)
    worker = children(running.process.pid)
    assert len(worker) == 1
    assert end(running.process) == 0
    wait_until(lambda: not lives(worker[0]), "the job worker to end")
    said = running.log.read_text()
    assert "Traceback" not in said and "Seeding" not in said


def test_the_job_worker_does_not_outlive_a_killed_server(story_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "parley"
    shutil.copytree(story_data, data)
    running = start_parley(data)
    [worker] = children(running.process.pid)
    assert lives(worker)
    running.kill()
    wait_until(lambda: not lives(worker), "the job worker to end")
    assert running.process.returncode == -signal.SIGKILL and running.shell("verify").stdout == "No difference.\n"


def test_a_job_worker_that_fell_over_is_started_again(running_parley: RunningParley) -> None:
    (first,) = children(running_parley.process.pid)
    os.kill(first, signal.SIGKILL)

    def another_works() -> bool:
        others = [pid for pid in children(running_parley.process.pid) if pid != first]
        return bool(others) and get(f"{running_parley.url}/readyz").status_code == 200

    wait_until(another_works, "another job worker")
    assert end(running_parley.process) == 0
