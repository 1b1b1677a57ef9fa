"""What Parley asks of a payment gateway. Amounts are in the currency's minor unit, moments are UTC-aware.

Two errors cover everything that can go wrong. `GatewayUnavailable` leaves the outcome unknown: the caller keeps the
payment pending and asks again later with the same idempotency key, or looks with `find_charge`. `GatewayRefused` is
definite: nothing happened. A declined card is no error but a `ChargeResult` with status FAILED.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# what card networks take at least, as https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts lists it
_LEAST = {"EUR": 50, "USD": 50, "GBP": 30, "JPY": 50, "CHF": 50, "PLN": 200, "DKK": 250, "NOK": 300, "SEK": 300}

# by the same page an amount has eight digits at most, and twelve in rupiah
_MOST = {"IDR": 999_999_999_999}


def least_charge(currency: str) -> int:
    """The least amount that a card can be asked for, minor units."""
    return _LEAST.get(currency.upper(), 1)


def largest_charge(currency: str) -> int:
    """The most that a card can be asked for at once, minor units."""
    return _MOST.get(currency.upper(), 99_999_999)


def chargeable(amount: int, currency: str) -> bool:
    """Whether a card can be asked for that much, minor units."""
    return least_charge(currency) <= amount <= largest_charge(currency)


class GatewayError(Exception):
    """Something between Parley and the gateway went wrong."""


class GatewayUnavailable(GatewayError):
    """No usable answer came (network, timeout, server error, too many requests): the outcome is unknown."""


class GatewayRefused(GatewayError):
    """The gateway refused for certain, so nothing happened.

    `code` and `decline_code` are the gateway's own words, such as `card_declined` and `insufficient_funds`.
    """

    def __init__(self, code: str, message: str = "", decline_code: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.decline_code = decline_code


class EventNotGenuine(GatewayError):
    """A webhook whose signature is wrong, missing or older than five minutes."""


class ChargeStatus(StrEnum):
    """Where a charge stands. REQUIRES_ACTION waits for the card holder's bank, PROCESSING for the gateway."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    FAILED = "failed"


class RefundStatus(StrEnum):
    """Where a refund stands. Only FAILED means that the money stays with us."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CardDetails:
    """A card as it may be shown and stored; never its number. `id` is the gateway's payment method."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str = ""
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """Where one charge stands at the gateway, in minor units.

    `reference` is the one given to `charge`. `redirect_url` is set with REQUIRES_ACTION: the card holder goes there and
    comes back to the `return_url`. With FAILED, `code` says why (`card_declined`, `authentication_failed`,
    `authentication_required`, `canceled`, ...) and `decline_code` is the bank's reason where it gave one.
    """

    gateway_payment_id: str
    reference: str
    status: ChargeStatus
    amount: int
    currency: str
    amount_refunded: int = 0
    customer: str | None = None
    payment_method: str | None = None
    card_brand: str = ""
    card_last4: str = ""
    redirect_url: str | None = None
    code: str = ""
    decline_code: str = ""


@dataclass(frozen=True, slots=True)
class SetupResult:
    """A card being saved without a payment. The browser confirms it with `client_secret`.

    `payment_method` is set once `succeeded`; `redirect_url` while the bank wants to hear from the card holder.
    """

    id: str
    client_secret: str
    status: str
    succeeded: bool
    customer: str | None
    payment_method: str | None = None
    redirect_url: str | None = None
    code: str = ""
    decline_code: str = ""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """One refund, in minor units. `reference` is the idempotency key it was asked with; empty where we did not ask."""

    id: str
    gateway_payment_id: str
    status: RefundStatus
    amount: int
    currency: str
    reference: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A genuine webhook. Events come late, twice and in any order: read the state with `retrieve_charge`.

    `gateway_payment_id` and `reference` are empty where the event isn't about a charge. `charge` is what the event
    itself says of it, without the card.
    """

    id: str
    type: str
    created: datetime
    gateway_payment_id: str = ""
    reference: str = ""
    charge: ChargeResult | None = None
    refund: RefundResult | None = None
    customer: str | None = None
    payment_method: str | None = None


class Gateway(Protocol):
    """Moves money. Every method may raise GatewayUnavailable and, unless it says otherwise, GatewayRefused.

    References and idempotency keys are ours: 1 to 200 printable characters.
    """

    def ensure_customer(self, *, reference: str, name: str, email: str) -> str:
        """Returns the gateway's id of our customer `reference`, made if need be; asked twice, it is the same one."""
        ...

    def attach_payment_method(self, customer: str, token: str) -> CardDetails:
        """Saves the card behind `token` with the customer. A bank that declines it raises GatewayRefused."""
        ...

    def retrieve_payment_method(self, payment_method: str) -> CardDetails:
        """Reads one card."""
        ...

    def list_payment_methods(self, customer: str) -> list[CardDetails]:
        """Lists the customer's saved cards, newest first."""
        ...

    def detach_payment_method(self, payment_method: str) -> None:
        """Forgets a saved card; one that is forgotten, or was never known, is no error."""
        ...

    def create_setup_intent(self, customer: str, idempotency_key: str) -> SetupResult:
        """Begins saving a card without a payment."""
        ...

    def retrieve_setup(self, setup_id: str) -> SetupResult:
        """Reads how the saving of a card went."""
        ...

    def charge(
        self,
        *,
        customer: str,
        payment_method: str,
        amount: int,
        currency: str,
        reference: str,
        description: str,
        idempotency_key: str,
        return_url: str,
        off_session: bool,
        save_card: bool,
    ) -> ChargeResult:
        """Takes `amount` from the card once, however often it is asked with the same idempotency key.

        `off_session` says that the card holder isn't there to answer the bank; `save_card` keeps the card with the
        customer once the charge succeeds. The same key with other arguments raises GatewayRefused. Stripe forgets keys
        after 24 hours: later than that, look with `find_charge` and never ask again with an old key.
        """
        ...

    def retrieve_charge(self, gateway_payment_id: str) -> ChargeResult:
        """Reads where a charge stands now."""
        ...

    def find_charge(self, reference: str, *, customer: str | None = None) -> ChargeResult | None:
        """Finds the charge made for `reference`, for when the reply was lost; None means that there is none.

        With `customer` the answer is up to date; without, Stripe's search may be a minute behind.
        """
        ...

    def cancel_charge(self, gateway_payment_id: str, *, by_customer: bool = False) -> ChargeResult:
        """Gives up a charge that waits for an action, because the customer wants that or because nobody answers.

        One that is given up already is returned as it is; one that has succeeded raises GatewayRefused.
        """
        ...

    def refund(self, gateway_payment_id: str, amount: int, idempotency_key: str) -> RefundResult:
        """Gives `amount` of a charge back to its card, once for one idempotency key.

        Stripe forgets keys after 24 hours: later than that, look with `list_refunds` and never ask again.
        """
        ...

    def retrieve_refund(self, refund_id: str) -> RefundResult:
        """Reads where a refund stands now."""
        ...

    def list_refunds(self, gateway_payment_id: str) -> list[RefundResult]:
        """Reads every refund of a charge, newest first, also those that were not made by us."""
        ...

    def refunds_since(self, moment: datetime) -> list[RefundResult]:
        """Reads every refund that was asked for since then, of any charge, newest first."""
        ...

    def parse_event(self, payload: bytes, signature: str) -> GatewayEvent:
        """Reads a webhook after checking its signature. Raises EventNotGenuine, never asks the gateway."""
        ...
