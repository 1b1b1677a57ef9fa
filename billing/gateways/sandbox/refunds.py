"""Refunds and what can be read about money: charges and the balance."""

from __future__ import annotations

from collections import Counter

from billing.gateways.sandbox import shapes
from billing.gateways.sandbox.calls import Call, Endpoint
from billing.gateways.sandbox.payment_methods import behaviour_of
from billing.gateways.sandbox.refusals import Json, invalid, missing_parameter
from billing.gateways.sandbox.store import Record


def create(call: Call) -> Json:
    """POST /v1/refunds: gives back a charge, or part of what is left of it."""
    given = call.params
    charge = _charge(call)
    left = charge.body["amount_captured"] - charge.body["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount", left)
    if amount <= 0:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount ({left})", param="amount")
    refund = call.new(
        "refund",
        "re",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge.id,
            "currency": charge.body["currency"],
            "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
            "metadata": given.get("metadata", {}),
            "payment_intent": charge.body["payment_intent"],
            "reason": given.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if call.hold_processing or _refunds(call, charge) == "later" else "succeeded",
            "transfer_reversal": None,
        },
    )
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount_captured"]
    call.tx.save(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    return refund.body


def _refunds(call: Call, charge: Record) -> str:
    return behaviour_of(call.get("payment_method", charge.body["payment_method"])).refunds


def settle_later(call: Call) -> None:
    """Lets time pass: pending refunds arrive, and those of a card that takes none back fail."""
    for refund in call.tx.find("refund", limit=1000):
        charge = call.get("charge", refund.body["charge"])
        if _refunds(call, charge) == "fail":
            if refund.body["status"] != "failed":
                _fail(call, refund, charge)
        elif refund.body["status"] == "pending":
            refund.body["status"] = "succeeded"
            call.tx.save(refund)
            call.emit("refund.updated", refund, {"status": "pending"})


def _fail(call: Call, refund: Record, charge: Record) -> None:
    before = {"status": refund.body["status"]}
    refund.body.update(status="failed", failure_reason="lost_or_stolen_card")
    call.tx.save(refund)
    charge.body["amount_refunded"] -= refund.body["amount"]
    charge.body["refunded"] = False
    call.tx.save(charge)
    call.emit("refund.updated", refund, before)
    call.emit("refund.failed", refund)


def _charge(call: Call) -> Record:
    given = call.params
    if "charge" in given:
        charge = call.get("charge", given["charge"], "charge")
    elif "payment_intent" in given:
        intent = call.get("payment_intent", given["payment_intent"], "payment_intent")
        if intent.body["latest_charge"] is None:
            raise invalid(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.")
        charge = call.get("charge", intent.body["latest_charge"], "charge")
    else:
        raise missing_parameter("payment_intent")
    if not charge.body["paid"] or not charge.body["captured"]:
        raise invalid(f"This charge ({charge.id}) does not have a successful payment to refund.")
    return charge


def retrieve(call: Call) -> Json:
    """GET /v1/refunds/:id."""
    return call.get("refund", call.ids["id"]).body


def page(call: Call) -> Json:
    """GET /v1/refunds."""
    where = {name: call.params.get(name) for name in ("charge", "payment_intent")}
    return call.page("refund", "/v1/refunds", where)


def retrieve_charge(call: Call) -> Json:
    """GET /v1/charges/:id."""
    return call.get("charge", call.ids["id"]).body


def charges(call: Call) -> Json:
    """GET /v1/charges."""
    where = {name: call.params.get(name) for name in ("customer", "payment_intent")}
    return call.page("charge", "/v1/charges", where)


def balance(call: Call) -> Json:
    """GET /v1/balance: what was taken less what was given back, by currency."""
    sums: Counter[str] = Counter()
    for charge in call.tx.find("charge", {"captured": 1}, limit=1_000_000):
        sums[charge.body["currency"]] += charge.body["amount_captured"] - charge.body["amount_refunded"]
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(sums.items())
    ]
    return {"object": "balance", "livemode": False, "available": available, "pending": []}


_CREATE: shapes.Shape = {
    **shapes.EXPAND,
    "amount": shapes.integer,
    "charge": shapes.filled,
    "payment_intent": shapes.filled,
    "metadata": shapes.free,
    "reason": shapes.one_of("duplicate", "fraudulent", "requested_by_customer"),
}
_LIST: shapes.Shape = {**shapes.PAGE, "charge": shapes.filled, "payment_intent": shapes.filled}
_CHARGES: shapes.Shape = {**shapes.PAGE, "customer": shapes.filled, "payment_intent": shapes.filled}
ENDPOINTS = (
    Endpoint("POST", "/v1/refunds", create, _CREATE),
    Endpoint("GET", "/v1/refunds", page, _LIST),
    Endpoint("GET", "/v1/refunds/{id}", retrieve, shapes.EXPAND),
    Endpoint("GET", "/v1/charges", charges, _CHARGES),
    Endpoint("GET", "/v1/charges/{id}", retrieve_charge, shapes.EXPAND),
    Endpoint("GET", "/v1/balance", balance, shapes.EXPAND),
)
