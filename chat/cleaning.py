"""What comes from a browser, made fit to keep: no control characters, nothing the database or a screen can't hold."""

from __future__ import annotations

import math
import re
from typing import Any

from billing.errors import PortalError
from chat.protocol import LONGEST_TEXT

# Control characters but tab and line feed; marks that turn the reading order of what follows; what UTF-8 can't hold.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufeff]")
LARGEST_INPUT = 100


def clean_text(text: str) -> str:
    """A message's text. Raises message_too_long, and invalid_input when nothing is left."""
    cleaned = _clean(text).strip()
    if not cleaned:
        raise PortalError("invalid_input", field="text", problem="Write something first.")
    if len(cleaned) > LONGEST_TEXT:
        raise PortalError("message_too_long", field="text", most=LONGEST_TEXT, length=len(cleaned))
    return cleaned


def clean_input(value: Any, depth: int = 0) -> Any:
    """A button's input: plain values, short lists and objects of them. Raises invalid_input for anything else."""
    if isinstance(value, str):
        return _clean(value)[:LONGEST_TEXT]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list) and depth < 3 and len(value) <= LARGEST_INPUT:
        return [clean_input(item, depth + 1) for item in value]
    if isinstance(value, dict) and depth < 3 and len(value) <= LARGEST_INPUT:
        return {_clean(str(name))[:60]: clean_input(item, depth + 1) for name, item in value.items()}
    raise PortalError("invalid_input", field="button", problem="This button holds too much.")


def _clean(text: str) -> str:
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
