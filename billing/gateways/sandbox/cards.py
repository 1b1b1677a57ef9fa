"""The published test cards and what each of them does, as https://docs.stripe.com/testing lists them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from billing.gateways.sandbox.refusals import Refusal, declined


@dataclass(frozen=True, slots=True)
class Decline:
    """A bank's no."""

    code: str
    message: str
    decline_code: str | None = None


GENERIC = Decline("card_declined", "Your card was declined.", "generic_decline")
INSUFFICIENT = Decline("card_declined", "Your card has insufficient funds.", "insufficient_funds")
LOST = Decline("card_declined", "Your card was declined.", "lost_card")
STOLEN = Decline("card_declined", "Your card was declined.", "stolen_card")
VELOCITY = Decline("card_declined", "Your card was declined.", "card_velocity_exceeded")
FRAUD = Decline("card_declined", "Your card was declined.", "fraudulent")
EXPIRED = Decline("expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline("processing_error", "An error occurred while processing your card. Try again in a little bit.")
UNAUTHENTICATED = Decline(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)


@dataclass(frozen=True, slots=True)
class TestCard:
    """How one card number behaves.

    `asks` is when its bank wants to hear from the card holder: "never", "always", or "until_set_up", which spares
    later off-session charges. `refuses_saving` is the decline when it is saved, `refuses` the one when it is charged.
    `refunds` says how money gets back on it: "at_once", "later" (pending first), or "fail" (succeeded first).
    """

    number: str
    brand: str
    token: str
    refuses: Decline | None = None
    refuses_saving: Decline | None = None
    asks: str = "never"
    refunds: str = "at_once"
    funding: str = "credit"
    country: str = "US"

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


def _declining(number: str, token: str, decline: Decline) -> TestCard:
    return TestCard(number, "visa", token, refuses=decline, refuses_saving=decline)


def _asking(number: str, token: str, asks: str = "always", refuses: Decline | None = None) -> TestCard:
    return TestCard(number, "visa", token, refuses=refuses, asks=asks)


_CARDS = (
    TestCard("4242424242424242", "visa", "pm_card_visa"),
    TestCard("4000056655665556", "visa", "pm_card_visa_debit", funding="debit"),
    TestCard("5555555555554444", "mastercard", "pm_card_mastercard"),
    TestCard("2223003122003222", "mastercard", "pm_card_mastercard_series2"),
    TestCard("5200828282828210", "mastercard", "pm_card_mastercard_debit", funding="debit"),
    TestCard("5105105105105100", "mastercard", "pm_card_mastercard_prepaid", funding="prepaid"),
    TestCard("378282246310005", "amex", "pm_card_amex"),
    TestCard("371449635398431", "amex", "pm_card_amex_2"),
    TestCard("6011111111111117", "discover", "pm_card_discover"),
    TestCard("3056930009020004", "diners", "pm_card_diners"),
    TestCard("36227206271667", "diners", "pm_card_diners_14digits"),
    TestCard("3566002020360505", "jcb", "pm_card_jcb"),
    TestCard("6200000000000005", "unionpay", "pm_card_unionpay"),
    TestCard("4000000000014417", "visa", "pm_card_visa_4417"),  # not Stripe's: the card of the seeded story
    TestCard("4000005280000002", "visa", "pm_card_nl", country="NL"),
    TestCard("4000002760000016", "visa", "pm_card_de", country="DE"),
    TestCard("4000006160000005", "visa", "pm_card_pl", country="PL"),
    _declining("4000000000000002", "pm_card_visa_chargeDeclined", GENERIC),
    _declining("4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", INSUFFICIENT),
    _declining("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", LOST),
    _declining("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", STOLEN),
    _declining("4000000000006975", "pm_card_visa_chargeDeclinedVelocityLimitExceeded", VELOCITY),
    _declining("4000000000000069", "pm_card_chargeDeclinedExpiredCard", EXPIRED),
    _declining("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", WRONG_CVC),
    _declining("4000000000000119", "pm_card_chargeDeclinedProcessingError", PROCESSING),
    _declining("4100000000000019", "pm_card_radarBlock", FRAUD),
    TestCard("4000000000000341", "visa", "pm_card_chargeCustomerFail", refuses=GENERIC),
    _asking("4000002500003155", "pm_card_authenticationRequiredOnSetup", "until_set_up"),
    _asking("4000002760003184", "pm_card_authenticationRequired"),
    _asking("4000003800000446", "pm_card_authenticationRequiredSetupForOffSession", "on_session"),
    _asking(
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        refuses=INSUFFICIENT,
    ),
    _asking("4000000000003220", "pm_card_threeDSecure2Required"),
    _asking("4000000000003063", "pm_card_threeDSecureRequired"),
    _asking("4000008400001629", "pm_card_threeDSecureRequiredChargeDeclined", refuses=GENERIC),
    TestCard("4000000000003055", "visa", "pm_card_threeDSecureOptional"),
    TestCard("4000000000007726", "visa", "pm_card_pendingRefund", refunds="later"),
    TestCard("4000000000005126", "visa", "pm_card_refundFail", refunds="fail"),
)
BY_NUMBER = {card.number: card for card in _CARDS}
BY_TOKEN = {card.token: card for card in _CARDS}


def luhn_holds(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def read_number(raw: str) -> TestCard:
    """The test card with that number. Raises Stripe's refusals for a typo and for a card that isn't a test card."""
    digits = "".join(sign for sign in raw if sign not in " -")
    if not digits.isascii() or not digits.isdecimal() or not 12 <= len(digits) <= 19 or not luhn_holds(digits):
        raise declined("incorrect_number", "Your card number is incorrect.", param="number")
    card = BY_NUMBER.get(digits)
    if card is None:
        raise declined(
            "card_declined",
            "Your card was declined. Your request was in test mode, but used a non test card.",
            decline_code="test_mode_live_card",
        )
    return card


def read_expiry(month: str, year: str, now: datetime) -> tuple[int, int]:
    """Month and four-digit year. Raises Stripe's refusals where they make no sense or lie in the past."""
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        raise declined("invalid_expiry_month", "Your card's expiration month is invalid.", param="exp_month")
    full = int(year) + 2000 if year.isdecimal() and len(year) == 2 else int(year) if year.isdecimal() else 0
    if not now.year <= full <= now.year + 50:
        raise declined("invalid_expiry_year", "Your card's expiration year is invalid.", param="exp_year")
    if (full, int(month)) < (now.year, now.month):
        raise declined("invalid_expiry_month", "Your card's expiration month is invalid.", param="exp_month")
    return int(month), full


def check_cvc(cvc: str, card: TestCard) -> None:
    """Raises Stripe's refusal unless the code has 3 digits, 4 for American Express."""
    if not cvc.isdecimal() or len(cvc) != (4 if card.brand == "amex" else 3):
        raise declined("invalid_cvc", "Your card's security code is invalid.", param="cvc")


def wants_card_holder(card: TestCard, *, off_session: bool, set_up: bool) -> bool:
    """Whether the bank wants to hear from the card holder before this charge."""
    if card.asks == "until_set_up":
        return not (off_session and set_up)
    if card.asks == "on_session":
        return not off_session
    return card.asks == "always"


def refusal(decline: Decline, *, effective: bool = False, **fields: object) -> Refusal:
    """The 402 for a decline."""
    return declined(decline.code, decline.message, decline_code=decline.decline_code, effective=effective, **fields)
