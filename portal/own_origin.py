"""Lets the built pages talk to the address that served them, so that one build serves every host and port."""

from __future__ import annotations

from typing import Unpack

from reflex.plugins import Plugin
from reflex_base.plugins.base import PreCompileContext

# What Reflex 0.10.1 writes into utils/state.js: the host of the page with the port of the build, or none with https.
CHANGES = {
    "endpoint.hostname = frontend_hostname;": "endpoint.host = window.location.host;",
    'endpoint.port = ""; // Assume websocket is on https port via load balancer.': "",
}


class OwnOrigin(Plugin):
    """A Reflex plugin: host and port of Reflex's socket come from the page's own address, not from the build."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        """Called by Reflex before it compiles."""
        context["add_modify_task"]("utils/state.js", take_host_of_page)


def take_host_of_page(code: str) -> str:
    """Changes the code of Reflex's client. Raises RuntimeError when it no longer is the code that we know."""
    for theirs, ours in CHANGES.items():
        if theirs in code:
            code = code.replace(theirs, ours)
    if "endpoint.host = window.location.host;" not in code or "endpoint.port =" in code:
        raise RuntimeError("Reflex's utils/state.js has changed: look at getBackendURL and at portal/own_origin.py.")
    return code
