"""Where a browser's request may come from: our own pages, and nobody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

from billing.config import LOOPBACK, Settings


def allowed_origins(settings: Settings) -> list[str]:
    """The origins whose pages may post to us and open our sockets, for HTTP, Reflex and the chat alike.

    It is that of the public address; on this machine alone, each of its names.
    """
    parts = urlsplit(settings.address)
    own = f"{parts.scheme}://{parts.netloc}"
    if parts.hostname not in LOOPBACK:
        return [own]
    port = f":{parts.port}" if parts.port else ""
    names = sorted(f"[{name}]" if ":" in name else name for name in LOOPBACK)
    return [own, *(o for name in names if (o := f"{parts.scheme}://{name}{port}") != own)]
