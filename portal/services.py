"""The running portal's contexts: made once, when the first page or route asks for them."""

from __future__ import annotations

from functools import cache

from billing.context import Contexts
from portal.bootstrap import build


@cache
def contexts() -> Contexts:
    """The one set of contexts of this process. Raises SettingsError when the settings can't be used."""
    return build()
