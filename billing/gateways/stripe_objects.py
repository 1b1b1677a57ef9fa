"""Reads Stripe's JSON as the gateway's own objects. It knows neither the SDK nor the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import (
    CardDetails,
    ChargeResult,
    ChargeStatus,
    GatewayEvent,
    RefundResult,
    RefundStatus,
    SetupResult,
)

Json = dict[str, Any]
REFERENCE = "parley_reference"
CANCELED = "canceled"
_CHARGE_STATUS = {
    "succeeded": ChargeStatus.SUCCEEDED,
    "processing": ChargeStatus.PROCESSING,
    "requires_capture": ChargeStatus.PROCESSING,
    "requires_action": ChargeStatus.REQUIRES_ACTION,
    "requires_confirmation": ChargeStatus.REQUIRES_ACTION,
    "requires_payment_method": ChargeStatus.FAILED,
    CANCELED: ChargeStatus.FAILED,
}
_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    CANCELED: RefundStatus.FAILED,
}
_CODES = {
    "payment_intent_authentication_failure": "authentication_failed",
    "setup_intent_authentication_failure": "authentication_failed",
}


def reference_of(body: Json) -> str:
    """Our own reference, empty where the object has none."""
    return str((body.get("metadata") or {}).get(REFERENCE, ""))


def card(method: Json) -> CardDetails:
    """A card from a payment method."""
    details = method["card"]
    return CardDetails(
        id=method["id"],
        brand=details["brand"],
        last4=details["last4"],
        exp_month=details["exp_month"],
        exp_year=details["exp_year"],
        fingerprint=details.get("fingerprint") or "",
        customer=_id(method.get("customer")),
    )


def charge(intent: Json, error: Json | None = None) -> ChargeResult:
    """A charge from a payment intent; `error` is what a 402 said beside it."""
    status = _CHARGE_STATUS.get(intent["status"], ChargeStatus.PROCESSING)
    why = error or intent.get("last_payment_error") or {}
    taken = _object(intent.get("latest_charge"))
    method = _object(intent.get("payment_method")) or _object(why.get("payment_method")) or {}
    details = (taken or {}).get("payment_method_details") or {}
    shown = details.get("card") or method.get("card") or {}
    failed = status is ChargeStatus.FAILED
    if intent["status"] == CANCELED:
        code = CANCELED
    else:
        code = str(why.get("code") or "card_declined")
    return ChargeResult(
        gateway_payment_id=intent["id"],
        reference=reference_of(intent),
        status=status,
        amount=intent["amount"],
        currency=intent["currency"].upper(),
        amount_refunded=(taken or {}).get("amount_refunded", 0),
        customer=_id(intent.get("customer")),
        payment_method=_id(intent.get("payment_method")) or _id(why.get("payment_method")),
        card_brand=shown.get("brand") or "",
        card_last4=shown.get("last4") or "",
        redirect_url=_redirect(intent),
        code=_CODES.get(code, code) if failed else "",
        decline_code=str(why.get("decline_code") or "") if failed else "",
    )


def setup(intent: Json) -> SetupResult:
    """The saving of a card from a setup intent."""
    why = intent.get("last_setup_error") or {}
    return SetupResult(
        id=intent["id"],
        client_secret=intent["client_secret"],
        status=intent["status"],
        succeeded=intent["status"] == "succeeded",
        customer=_id(intent.get("customer")),
        payment_method=_id(intent.get("payment_method")),
        redirect_url=_redirect(intent),
        code=_CODES.get(why.get("code", ""), why.get("code", "")),
        decline_code=why.get("decline_code") or "",
    )


def refund(body: Json) -> RefundResult:
    """A refund; one that Stripe still works on is pending."""
    return RefundResult(
        id=body["id"],
        gateway_payment_id=_id(body.get("payment_intent")) or "",
        status=_REFUND_STATUS.get(body.get("status") or "", RefundStatus.PENDING),
        amount=body["amount"],
        currency=body["currency"].upper(),
        reference=reference_of(body),
        code=body.get("failure_reason") or "",
    )


def event(body: Json) -> GatewayEvent:
    """A webhook, with the charge or refund it speaks of."""
    about: Json = body["data"]["object"]
    kind = about.get("object")
    told = charge(about) if kind == "payment_intent" else None
    given_back = refund(about) if kind == "refund" else None
    if kind == "payment_intent":
        payment = about["id"]
    else:
        payment = _id(about.get("payment_intent")) or ""
    return GatewayEvent(
        id=body["id"],
        type=body["type"],
        created=datetime.fromtimestamp(body["created"], UTC),
        gateway_payment_id=payment,
        reference=reference_of(about) if payment else "",
        charge=told,
        refund=given_back,
        customer=about["id"] if kind == "customer" else _id(about.get("customer")),
        payment_method=about["id"] if kind == "payment_method" else _id(about.get("payment_method")),
    )


def _id(value: object) -> str | None:
    """The id of something that may be expanded."""
    if isinstance(value, dict):
        return str(value["id"])
    return value if isinstance(value, str) else None


def _object(value: object) -> Json | None:
    return value if isinstance(value, dict) else None


def _redirect(intent: Json) -> str | None:
    redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return redirect.get("url") if intent["status"] == "requires_action" else None
