"""Which card form a page shows: the sandbox's own, or the one over Stripe's script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_STATIC = Path(__file__).parent / "sandbox" / "static"


@dataclass(frozen=True, slots=True)
class CardForm:
    """What a page needs for `ParleyCard.mount(element, {publishableKey, apiBase})`.

    `script` is the file to serve as JavaScript. The last three are the further origins that the page's
    Content-Security-Policy has to allow; empty where its own is enough.
    """

    script: Path
    publishable_key: str
    api_base: str
    script_origins: tuple[str, ...] = ()
    frame_origins: tuple[str, ...] = ()
    connect_origins: tuple[str, ...] = ()


def card_form_config(publishable_key: str, *, sandbox_base: str | None) -> CardForm:
    """The form for a key; `sandbox_base` is where browsers reach the sandbox, None with a real Stripe account."""
    if sandbox_base is not None:
        return CardForm(_STATIC / "card.js", publishable_key, sandbox_base)
    return CardForm(
        _STATIC / "stripe_card.js",
        publishable_key,
        "",
        script_origins=("https://js.stripe.com", "https://*.js.stripe.com"),
        frame_origins=("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
        connect_origins=("https://api.stripe.com",),
    )
