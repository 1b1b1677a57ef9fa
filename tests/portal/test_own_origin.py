"""The built pages talk to whoever served them."""

from __future__ import annotations

from pathlib import Path

import pytest
import reflex_base

from portal.own_origin import take_host_of_page

CLIENT = Path(reflex_base.__file__).parent / ".templates" / "web" / "utils" / "state.js"


def test_the_installed_client_takes_host_and_port_from_the_page() -> None:
    before = CLIENT.read_text(encoding="utf-8")
    after = take_host_of_page(before)
    assert "endpoint.host = window.location.host;" in after
    assert "endpoint.port =" not in after
    assert take_host_of_page(after) == after


def test_a_client_that_we_do_not_know_stops_the_build() -> None:
    with pytest.raises(RuntimeError, match="has changed"):
        take_host_of_page("export const getBackendURL = () => new URL(env.PING);")
