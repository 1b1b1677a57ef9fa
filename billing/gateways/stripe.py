"""Speaks to Stripe, or to anything that answers as Stripe does. The only importer of the stripe SDK."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import stripe

from billing.clock import Clock, SystemClock
from billing.gateways import stripe_objects as objects
from billing.gateways.base import (
    CardDetails,
    ChargeResult,
    ChargeStatus,
    EventNotGenuine,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    RefundResult,
    SetupResult,
)

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCancelParams, PaymentIntentCreateParams

REFERENCE, NOT_THERE = objects.REFERENCE, "resource_missing"
_SHOWN = ["latest_charge", "payment_method"]
_TOLERANCE = 300

# The SDK's telemetry writes a file into the home folder and tells Stripe about this machine.
stripe.enable_telemetry = False


class StripeGateway:
    """The `Gateway` over the stripe SDK; synchronous, safe between threads.

    `api_base` is empty for Stripe itself. A call waits at most `connect_timeout` and `read_timeout` seconds, and is
    repeated `retries` times by the SDK, always with the same idempotency key.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_base: str = "",
        clock: Clock | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        retries: int = 2,
    ) -> None:
        base = api_base.rstrip("/") or stripe.DEFAULT_API_BASE
        timeout = (connect_timeout, read_timeout)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base, "files": base, "connect": base, "meter_events": base},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout, session=_session(base)),
        )
        self._webhook_secret = webhook_secret
        self._clock = clock or SystemClock()

    def ensure_customer(self, *, reference: str, name: str, email: str) -> str:
        """See `Gateway`. Looks among the customers with that e-mail address before it makes one."""
        with _errors():
            if email:
                found = self._client.v1.customers.list({"email": email, "limit": 100})
                for customer in found.auto_paging_iter():
                    if objects.reference_of(customer.to_dict()) == reference:
                        return customer.id
            key = "customer-" + hashlib.sha256("\n".join((reference, name, email)).encode()).hexdigest()
            made = self._client.v1.customers.create(
                {"name": name, "email": email, "metadata": {REFERENCE: reference}}, {"idempotency_key": key}
            )
            return made.id

    def attach_payment_method(self, customer: str, token: str) -> CardDetails:
        """See `Gateway`."""
        with _errors():
            return objects.card(self._client.v1.payment_methods.attach(token, {"customer": customer}).to_dict())

    def retrieve_payment_method(self, payment_method: str) -> CardDetails:
        """See `Gateway`."""
        with _errors():
            return objects.card(self._client.v1.payment_methods.retrieve(payment_method).to_dict())

    def list_payment_methods(self, customer: str) -> list[CardDetails]:
        """See `Gateway`."""
        with _errors():
            found = self._client.v1.payment_methods.list({"customer": customer, "type": "card", "limit": 100})
            return [objects.card(method.to_dict()) for method in found.auto_paging_iter()]

    def detach_payment_method(self, payment_method: str) -> None:
        """See `Gateway`."""
        try:
            with _errors():
                self._client.v1.payment_methods.detach(payment_method)
        except GatewayRefused as refused:
            if refused.code != NOT_THERE and self.retrieve_payment_method(payment_method).customer is not None:
                raise

    def create_setup_intent(self, customer: str, idempotency_key: str) -> SetupResult:
        """See `Gateway`."""
        with _errors():
            made = self._client.v1.setup_intents.create(
                {
                    "customer": customer,
                    "usage": "off_session",
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "always"},
                },
                {"idempotency_key": idempotency_key},
            )
            return objects.setup(made.to_dict())

    def retrieve_setup(self, setup_id: str) -> SetupResult:
        """See `Gateway`."""
        with _errors():
            return objects.setup(self._client.v1.setup_intents.retrieve(setup_id).to_dict())

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
        """See `Gateway`. Without a `return_url` only a charge that needs no answer from the bank can succeed."""
        params: PaymentIntentCreateParams = {
            "amount": amount,
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": payment_method,
            "description": description,
            "metadata": {REFERENCE: reference},
            "confirm": True,
            "automatic_payment_methods": {
                "enabled": True,
                "allow_redirects": "always" if return_url else "never",
            },
            "expand": _SHOWN,
        }
        if return_url:
            params["return_url"] = return_url
        if off_session:
            params["off_session"] = True
        if save_card and not off_session:  # a card charged without its holder has been saved before
            params["setup_future_usage"] = "off_session"
        try:
            with _errors(declines=False):
                options: stripe.RequestOptions = {"idempotency_key": idempotency_key}
                return objects.charge(self._client.v1.payment_intents.create(params, options).to_dict())
        except stripe.CardError as error:
            return _declined(error)

    def retrieve_charge(self, gateway_payment_id: str) -> ChargeResult:
        """See `Gateway`."""
        with _errors():
            intent = self._client.v1.payment_intents.retrieve(gateway_payment_id, {"expand": _SHOWN})
            return objects.charge(intent.to_dict())

    def find_charge(self, reference: str, *, customer: str | None = None) -> ChargeResult | None:
        """See `Gateway`. Where a reference was charged more than once, the one that took or may take money counts."""
        found = [charge for charge in self._charges(reference, customer) if charge.reference == reference]
        return min(found, key=lambda charge: _WEIGHT[charge.status], default=None)

    def _charges(self, reference: str, customer: str | None) -> list[ChargeResult]:
        with _errors():
            if customer is None:
                quoted = reference.replace("\\", "\\\\").replace("'", "\\'")
                query = f"metadata['{REFERENCE}']:'{quoted}'"
                hits = self._client.v1.payment_intents.search(
                    {"query": query, "limit": 100, "expand": ["data.latest_charge", "data.payment_method"]}
                )
                return [objects.charge(intent.to_dict()) for intent in hits.data]
            listed = self._client.v1.payment_intents.list(
                {
                    "customer": customer,
                    "limit": 100,
                    "expand": ["data.latest_charge", "data.payment_method"],
                }
            )
            return [objects.charge(intent.to_dict()) for intent in listed.auto_paging_iter()]

    def cancel_charge(self, gateway_payment_id: str, *, by_customer: bool = False) -> ChargeResult:
        """See `Gateway`."""
        params: PaymentIntentCancelParams = {
            "cancellation_reason": "requested_by_customer" if by_customer else "abandoned",
            "expand": _SHOWN,
        }
        try:
            with _errors():
                intent = self._client.v1.payment_intents.cancel(gateway_payment_id, params)
                return objects.charge(intent.to_dict())
        except GatewayRefused:
            charge = self.retrieve_charge(gateway_payment_id)
            if charge.code == objects.CANCELED:
                return charge
            raise

    def refund(self, gateway_payment_id: str, amount: int, idempotency_key: str) -> RefundResult:
        """See `Gateway`."""
        with _errors():
            made = self._client.v1.refunds.create(
                {"payment_intent": gateway_payment_id, "amount": amount, "metadata": {REFERENCE: idempotency_key}},
                {"idempotency_key": idempotency_key},
            )
            return objects.refund(made.to_dict())

    def retrieve_refund(self, refund_id: str) -> RefundResult:
        """See `Gateway`."""
        with _errors():
            return objects.refund(self._client.v1.refunds.retrieve(refund_id).to_dict())

    def list_refunds(self, gateway_payment_id: str) -> list[RefundResult]:
        """See `Gateway`."""
        with _errors():
            found = self._client.v1.refunds.list({"payment_intent": gateway_payment_id, "limit": 100})
            return [objects.refund(each.to_dict()) for each in found.auto_paging_iter()]

    def refunds_since(self, moment: datetime) -> list[RefundResult]:
        """See `Gateway`."""
        with _errors():
            found = self._client.v1.refunds.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
            return [objects.refund(each.to_dict()) for each in found.auto_paging_iter()]

    def parse_event(self, payload: bytes, signature: str) -> GatewayEvent:
        """See `Gateway`. The age is judged by the injected clock."""
        try:
            text = payload.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._webhook_secret, None)
            signed_at = int(dict(part.split("=", 1) for part in signature.split(","))["t"])
            event = objects.event(json.loads(text))
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
            raise EventNotGenuine("The webhook's signature or body isn't right.") from error
        age = abs(self._clock.now().timestamp() - signed_at)
        if age > _TOLERANCE:
            raise EventNotGenuine(f"The webhook was signed {age:.0f} seconds ago, more than {_TOLERANCE}.")
        return event


_WEIGHT = {
    ChargeStatus.SUCCEEDED: 0,
    ChargeStatus.PROCESSING: 1,
    ChargeStatus.REQUIRES_ACTION: 2,
    ChargeStatus.FAILED: 3,
}


@contextmanager
def _errors(*, declines: bool = True) -> Iterator[None]:
    """Turns the SDK's errors into ours; with `declines` off a card's decline is left to the caller."""
    try:
        yield
    except stripe.CardError as error:
        if not declines:
            raise
        raise _refused(error) from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        if not 400 <= status < 500 or status in (408, 409, 425, 429):
            raise GatewayUnavailable(_no_answer(error, status)) from error
        raise _refused(error) from error


def _no_answer(error: stripe.StripeError, status: int) -> str:
    """Why there was no usable answer, in our words."""
    if status:
        return f"The payment system answered with status {status}."
    match error.__cause__:
        case requests.exceptions.SSLError():
            return "The payment system's certificate is not trusted here."
        case requests.exceptions.Timeout():
            return "The payment system did not answer in time."
        case requests.exceptions.RequestException():
            return "The payment system could not be reached."
    return "The payment system's answer could not be read."


def _declined(error: stripe.CardError) -> ChargeResult:
    """The charge that a 402 tells of; a card refused before there was a charge is GatewayRefused."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error") or {}
    if not isinstance(details.get("payment_intent"), dict):
        raise _refused(error) from error
    return objects.charge(details["payment_intent"], details)


def _refused(error: stripe.StripeError) -> GatewayRefused:
    details = error.error
    code = error.code or (details.code if details else None) or (details.type if details else None)
    decline = (details.decline_code if details else None) or ""
    return GatewayRefused(code or "refused", str(error.user_message or error), decline)


def _session(base: str) -> requests.Session | None:
    """A session that ignores the environment's proxies where the gateway is on this machine."""
    host = urlsplit(base).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        return None
    session = requests.Session()
    session.trust_env = False
    return session
