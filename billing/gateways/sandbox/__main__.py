"""Runs the sandbox alone: `python -m billing.gateways.sandbox --port 4242 --data DIR --webhook-url URL`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from billing.clock import clock_from_setting
from billing.gateways.sandbox.app import create_sandbox


def main() -> None:
    """Serves the sandbox on 127.0.0.1 until it is interrupted."""
    parser = argparse.ArgumentParser(prog="billing.gateways.sandbox", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps its state")
    parser.add_argument("--webhook-url", help="where its webhooks go; none are sent without")
    parser.add_argument("--secret-key", default="sk_test_sandbox")
    parser.add_argument("--publishable-key", default="pk_test_sandbox")
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    parser.add_argument("--origin", action="append", default=[], help="may call it from a browser; repeatable")
    parser.add_argument("--merchant", default="Parley", help="the name that the bank's page shows")
    parser.add_argument("--now", help="an ISO 8601 moment with offset; with a leading + it runs on from there")
    given = parser.parse_args()
    app = create_sandbox(
        given.data,
        secret_key=given.secret_key,
        publishable_key=given.publishable_key,
        webhook_secret=given.webhook_secret,
        webhook_url=given.webhook_url,
        clock=clock_from_setting(given.now),
        public_base=f"http://127.0.0.1:{given.port}",
        allowed_origins=given.origin,
        merchant=given.merchant,
    )
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
