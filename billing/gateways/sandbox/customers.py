"""Customers: create, read, change, delete, list."""

from __future__ import annotations

from billing.gateways.sandbox import shapes
from billing.gateways.sandbox.calls import Call, Endpoint, merged_metadata
from billing.gateways.sandbox.refusals import Json
from billing.gateways.sandbox.store import Record

DELETED = "deleted_customer"
_TEXTS = ("name", "email", "phone", "description")
_FIELDS: shapes.Shape = {
    **shapes.EXPAND,
    **dict.fromkeys(_TEXTS, shapes.text),
    "address": shapes.ADDRESS,
    "metadata": shapes.free,
    "preferred_locales": [shapes.text],
    "invoice_settings": {"default_payment_method": shapes.text},
}


def create(call: Call) -> Json:
    """POST /v1/customers."""
    return make(call, call.params).body


def make(call: Call, given: Json) -> Record:
    """Keeps a new customer; an `id` in `given` is taken as it is."""
    settings = {"default_payment_method": None, **given.get("invoice_settings", {})}
    chosen = {"id": given["id"]} if "id" in given else {}
    customer = call.new(
        "customer",
        "cus",
        {
            **chosen,
            **{name: given.get(name) or None for name in _TEXTS},
            "address": given.get("address") or None,
            "balance": 0,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "discount": None,
            "invoice_settings": settings,
            "metadata": given.get("metadata", {}),
            "preferred_locales": given.get("preferred_locales", []),
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        },
    )
    call.emit("customer.created", customer)
    return customer


def retrieve(call: Call) -> Json:
    """GET /v1/customers/:id."""
    if call.tx.load(call.ids["id"], DELETED):
        return {"id": call.ids["id"], "object": "customer", "deleted": True}
    return call.get("customer", call.ids["id"]).body


def update(call: Call) -> Json:
    """POST /v1/customers/:id."""
    record = call.get("customer", call.ids["id"])
    given = call.params
    before = {name: record.body[name] for name in given if name in record.body}
    for name in _TEXTS:
        if name in given:
            record.body[name] = given[name] or None
    if "address" in given:
        record.body["address"] = given["address"] or None
    if "preferred_locales" in given:
        record.body["preferred_locales"] = given["preferred_locales"]
    if "default_payment_method" in given.get("invoice_settings", {}):
        chosen = given["invoice_settings"]["default_payment_method"] or None
        if chosen:
            call.get("payment_method", chosen, "invoice_settings[default_payment_method]")
        record.body["invoice_settings"]["default_payment_method"] = chosen
    record.body["metadata"] = merged_metadata(record, given.get("metadata"))
    call.tx.save(record)
    call.emit("customer.updated", record, before)
    return record.body


def delete(call: Call) -> Json:
    """DELETE /v1/customers/:id: its cards are forgotten as well."""
    record = call.get("customer", call.ids["id"])
    record.kind = DELETED
    call.tx.save(record)
    for card in call.tx.find("payment_method", {"customer": record.id}, limit=1000):
        card.body["customer"] = None
        card.hidden["spent"] = True
        call.tx.save(card)
    call.emit("customer.deleted", record)
    return {"id": record.id, "object": "customer", "deleted": True}


def page(call: Call) -> Json:
    """GET /v1/customers. Deleted customers aren't listed."""
    return call.page("customer", "/v1/customers", {"email": call.params.get("email")})


ENDPOINTS = (
    Endpoint("POST", "/v1/customers", create, _FIELDS),
    Endpoint("GET", "/v1/customers", page, {**shapes.PAGE, "email": shapes.text}),
    Endpoint("GET", "/v1/customers/{id}", retrieve, shapes.EXPAND),
    Endpoint("POST", "/v1/customers/{id}", update, _FIELDS),
    Endpoint("DELETE", "/v1/customers/{id}", delete, {}),
)
