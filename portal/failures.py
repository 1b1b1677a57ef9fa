"""What a page says when it could not do what it was asked: the refusal itself, or a sentence with a code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog

from billing.errors import PortalError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Failure:
    """`sentence` is for the customer; `code` finds the case in the log, empty for an ordinary refusal.

    `switched_off` says that the business does not offer it: trying again is no use.
    """

    sentence: str
    code: str = ""
    signed_out: bool = False
    switched_off: bool = False

    @property
    def said(self) -> str:
        """The sentence, with the code to name where there is one."""
        return self.sentence + (f" If you write to us, give the code {self.code}." if self.code else "")


def failure_of(error: Exception, place: str) -> Failure:
    """What to say of `error`. Whatever isn't a refusal of the catalogue is logged under the code that is shown."""
    if isinstance(error, PortalError):
        return Failure(
            error.message, signed_out=error.code == "not_signed_in", switched_off=error.code == "switched_off"
        )
    code = f"{place}-503-{secrets.token_hex(2).upper()}"
    log.error("page_failed", code=code, exc_info=error)
    return Failure("The billing system did not answer. No payment was taken and nothing has changed.", code)
