"""Other people's sites that may show the chat, as an admin types them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
THIS_MACHINE = ("localhost", "127.0.0.1")
MOST = 50


def read_sites(text: str) -> tuple[str, ...]:
    """The origins in a text, with commas, spaces or line ends between them, each once, as browsers spell them.

    A bare name gets https. Raises ValueError with a sentence: for anything after the host, for http on a site that
    isn't this machine (a page that others can change on its way must not hold a customer's chat), for wildcards.
    """
    found = tuple(dict.fromkeys(_origin(part) for part in re.split(r"[\s,]+", text) if part))
    if len(found) > MOST:
        raise ValueError(f"There can be {MOST} sites; this list has {len(found)}.")
    return found


def _origin(written: str) -> str:
    wrong = ValueError(f"“{written[:80]}” is not the address of a site. Write it as https://www.example.com.")
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or parts.path not in ("", "/") or not HOST.fullmatch(host):
        raise wrong
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise wrong
    if parts.scheme == "http" and host not in THIS_MACHINE:
        raise ValueError(f"Sites need https: https://{host[:80]}.")
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
