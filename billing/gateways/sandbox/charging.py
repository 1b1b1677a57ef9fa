"""The moment where a card is asked for money: charges, their declines, and what a payment intent becomes."""

from __future__ import annotations

from billing.gateways.sandbox import cards
from billing.gateways.sandbox.calls import Call
from billing.gateways.sandbox.payment_methods import behaviour_of, bind
from billing.gateways.sandbox.refusals import Json
from billing.gateways.sandbox.store import Record


def take(call: Call, intent: Record) -> cards.Decline | None:
    """Charges the intent's card, at most once for the life of the intent; returns the bank's no, if it says so."""
    method = call.get("payment_method", intent.body["payment_method"], "payment_method")
    decline = behaviour_of(method).refuses
    if decline is not None:
        charge = _charge(call, intent, method, decline)
        call.emit("charge.failed", charge)
        fail(call, intent, method, decline, charge)
        return decline
    charge = _charge(call, intent, method, None)
    call.tx.capture(intent.id, charge.id)
    manual = intent.body["capture_method"] == "manual"
    intent.body.update(
        status="requires_capture" if manual else "succeeded",
        latest_charge=charge.id,
        amount_capturable=intent.body["amount"] if manual else 0,
        amount_received=0 if manual else intent.body["amount"],
        next_action=None,
        last_payment_error=None,
    )
    call.tx.save(intent)
    _keep_or_spend(call, intent, method)
    call.emit("charge.succeeded", charge)
    call.emit("payment_intent.amount_capturable_updated" if manual else "payment_intent.succeeded", intent)
    return None


def fail(call: Call, intent: Record, method: Record, decline: cards.Decline, charge: Record | None = None) -> None:
    """Puts the intent back to needing another card, and says why."""
    error = {
        "type": "card_error",
        "code": decline.code,
        "message": decline.message,
        "decline_code": decline.decline_code,
        "charge": charge.id if charge else None,
        "payment_method": method.body,
    }
    intent.body.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        latest_charge=charge.id if charge else intent.body["latest_charge"],
        last_payment_error={name: value for name, value in error.items() if value is not None},
    )
    call.tx.save(intent)
    call.emit("payment_intent.payment_failed", intent)


def capture(call: Call, intent: Record, amount: int) -> None:
    """Takes what a manual intent has reserved, or part of it; the rest is let go."""
    charge = call.get("charge", intent.body["latest_charge"])
    charge.body.update(captured=True, amount_captured=amount)
    call.tx.save(charge)
    intent.body.update(status="succeeded", amount_capturable=0, amount_received=amount)
    call.tx.save(intent)
    call.emit("charge.captured", charge)
    call.emit("payment_intent.succeeded", intent)


def _keep_or_spend(call: Call, intent: Record, method: Record) -> None:
    if method.body["customer"] is not None:
        return
    if intent.body["setup_future_usage"] and intent.body["customer"]:
        method.hidden["set_up"] = intent.body["setup_future_usage"] == "off_session"
        bind(call, method, intent.body["customer"])
    else:
        method.hidden["spent"] = True
        call.tx.save(method)


def _charge(call: Call, intent: Record, method: Record, decline: cards.Decline | None) -> Record:
    body, card = intent.body, method.body["card"]
    paid = decline is None
    captured = paid and body["capture_method"] != "manual"
    outcome: Json = {
        "network_status": "approved_by_network" if decline is None else "declined_by_network",
        "reason": None if decline is None else decline.decline_code or decline.code,
        "risk_level": "normal",
        "seller_message": "Payment complete." if decline is None else "The bank declined this payment.",
        "type": "authorized" if decline is None else "issuer_declined",
    }
    return call.new(
        "charge",
        "ch",
        {
            "amount": body["amount"],
            "amount_captured": body["amount"] if captured else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": method.body["billing_details"],
            "captured": captured,
            "currency": body["currency"],
            "customer": body["customer"],
            "description": body["description"],
            "disputed": False,
            "failure_code": decline.code if decline else None,
            "failure_message": decline.message if decline else None,
            "fraud_details": {},
            "metadata": body["metadata"],
            "outcome": outcome,
            "paid": paid,
            "payment_intent": intent.id,
            "payment_method": method.id,
            "payment_method_details": {
                "type": "card",
                "card": {
                    "brand": card["brand"],
                    "checks": {**card["checks"], "cvc_check": "pass" if paid else "unavailable"},
                    "country": card["country"],
                    "exp_month": card["exp_month"],
                    "exp_year": card["exp_year"],
                    "fingerprint": card["fingerprint"],
                    "funding": card["funding"],
                    "last4": card["last4"],
                    "network": card["brand"],
                    "three_d_secure": intent.hidden.get("three_d_secure"),
                    "wallet": None,
                },
            },
            "receipt_email": body["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "statement_descriptor": body["statement_descriptor"],
            "status": "succeeded" if paid else "failed",
        },
    )
