"""Somebody with an authenticator app."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from billing.auth.login import sign_in
from billing.auth.second_factor import begin, show_key, turn_on
from billing.auth.sessions import SignedIn, actor_for
from billing.clock import SetClock
from billing.context import Contexts
from tests.billing.auth.people import ANIA, HERE, PASSWORD

HALF_MINUTE = timedelta(seconds=30)


def here(contexts: Contexts, email: str = ANIA) -> SignedIn:
    who = actor_for(contexts, sign_in(contexts, email, PASSWORD, HERE).token)
    assert who is not None
    return who


def shown_secret(contexts: Contexts, who: SignedIn) -> str:
    key = show_key(contexts, who)
    assert key is not None
    return "".join(key.groups)


def now_code(contexts: Contexts, secret: str) -> str:
    return pyotp.TOTP(secret).at(contexts.clock.now())


def with_codes(contexts: Contexts, clock: SetClock, email: str = ANIA) -> tuple[SignedIn, str, list[str]]:
    """Somebody who has just turned codes on, with the app's secret and the recovery codes; its next code is fresh."""
    who = here(contexts, email)
    begin(contexts, who, PASSWORD)
    secret = shown_secret(contexts, who)
    codes = turn_on(contexts, who, now_code(contexts, secret))
    clock.advance(HALF_MINUTE)
    return who, secret, codes
