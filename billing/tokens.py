"""Signed tokens: what a server says once and believes when it comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def digest(value: Any) -> str:
    """A short, stable fingerprint of anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def sign(payload: dict[str, Any], secret: str) -> str:
    """The payload, readable but not forgeable."""
    body = base64.urlsafe_b64encode(json.dumps(payload, separators=(",", ":")).encode()).rstrip(b"=")
    return f"{body.decode()}.{_mac(body, secret)}"


def unsign(token: str, secret: str) -> dict[str, Any] | None:
    """The payload of a token that `sign` made with this secret, else None."""
    body, _, mac = token.partition(".")
    if not hmac.compare_digest(mac.encode(errors="replace"), _mac(body.encode(errors="replace"), secret).encode()):
        return None
    padded = body + "=" * (-len(body) % 4)
    payload = json.loads(base64.urlsafe_b64decode(padded))
    return payload if isinstance(payload, dict) else None


def _mac(body: bytes, secret: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).rstrip(b"=").decode()
