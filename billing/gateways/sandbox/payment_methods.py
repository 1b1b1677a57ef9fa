"""Payment methods: cards are made by the browser, attached to a customer, listed and detached."""

from __future__ import annotations

from billing.gateways.sandbox import cards, shapes
from billing.gateways.sandbox.calls import Call, Endpoint, merged_metadata
from billing.gateways.sandbox.refusals import Json, invalid, missing_parameter, missing_resource
from billing.gateways.sandbox.store import Record

_DISPLAY = shapes.one_of("always", "limited", "unspecified")
_CARD_ONLY = shapes.one_of("card")


def create(call: Call) -> Json:
    """POST /v1/payment_methods: checks number, expiry and security code, and keeps none of them."""
    given = call.params
    if given.get("type") != "card":
        raise missing_parameter("type")
    card = given.get("card") or {}
    for name in ("number", "exp_month", "exp_year"):
        if not card.get(name):
            raise missing_parameter(f"card[{name}]")
    behaviour = cards.read_number(card["number"])
    month, year = cards.read_expiry(card["exp_month"], card["exp_year"], call.now)
    if "cvc" in card:
        cards.check_cvc(card["cvc"], behaviour)
    made = make(call, behaviour, month, year, cvc="cvc" in card)
    made.body["billing_details"].update(given.get("billing_details", {}))
    made.body["metadata"] = given.get("metadata", {})
    made.body["allow_redisplay"] = given.get("allow_redisplay", "unspecified")
    call.tx.save(made)
    return made.body


def resolve(call: Call, identifier: str, param: str = "payment_method") -> Record:
    """The payment method with that id; a test id such as `pm_card_visa` makes a new one."""
    behaviour = cards.BY_TOKEN.get(identifier)
    if behaviour is not None:
        return make(call, behaviour, 12, call.now.year + 4, cvc=True)
    record = call.tx.load(identifier, "payment_method")
    if record is None:
        raise missing_resource("PaymentMethod", identifier, param)
    return record


def behaviour_of(record: Record) -> cards.TestCard:
    """What the card behind a payment method does."""
    return cards.BY_TOKEN[record.hidden["card"]]


def retrieve(call: Call) -> Json:
    """GET /v1/payment_methods/:id."""
    return resolve(call, call.ids["id"], "id").body


def update(call: Call) -> Json:
    """POST /v1/payment_methods/:id: billing details, expiry, metadata."""
    record = call.get("payment_method", call.ids["id"])
    given = call.params
    record.body["billing_details"].update(given.get("billing_details", {}))
    record.body["metadata"] = merged_metadata(record, given.get("metadata"))
    if "card" in given:
        card = record.body["card"]
        month, year = cards.read_expiry(
            given["card"].get("exp_month", str(card["exp_month"])),
            given["card"].get("exp_year", str(card["exp_year"])),
            call.now,
        )
        card.update(exp_month=month, exp_year=year)
    call.tx.save(record)
    call.emit("payment_method.updated", record)
    return record.body


def page(call: Call) -> Json:
    """GET /v1/payment_methods and /v1/customers/:id/payment_methods: a customer's cards, newest first."""
    customer = call.ids.get("id") or call.params.get("customer")
    if customer is None:
        raise missing_parameter("customer")
    call.get("customer", customer, "id" if "id" in call.ids else "customer")
    return call.page("payment_method", "/v1/payment_methods", {"customer": customer})


def attach(call: Call) -> Json:
    """POST /v1/payment_methods/:id/attach. A card that would be declined is declined here as well."""
    customer = call.get("customer", call.params["customer"], "customer")
    record = resolve(call, call.ids["id"], "id")
    if record.body["customer"] == customer.id:
        return record.body
    check_usable(record, customer.id)
    if record.body["customer"] is not None:
        raise invalid("The payment method you provided has already been attached to a customer.")
    decline = behaviour_of(record).refuses_saving
    if decline is not None:
        raise cards.refusal(decline)
    bind(call, record, customer.id)
    return record.body


def check_usable(record: Record, customer: str | None) -> None:
    """Raises where the card belongs to somebody else, or was used once or detached and never saved."""
    if record.hidden.get("spent"):
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was"
            " detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must"
            " attach it to a Customer first.",
            param="payment_method",
        )
    owner = record.body["customer"]
    if owner is not None and owner != customer:
        raise invalid(
            f"The PaymentMethod {record.id} does not belong to the Customer you supplied. Please use this"
            " PaymentMethod with the Customer that it belongs to instead.",
            param="payment_method",
        )


def bind(call: Call, record: Record, customer: str) -> None:
    """Saves the card with the customer."""
    if record.body["customer"] is None:
        record.body["customer"] = customer
        call.tx.save(record)
        call.emit("payment_method.attached", record)


def detach(call: Call) -> Json:
    """POST /v1/payment_methods/:id/detach: the card can't be used again."""
    record = call.get("payment_method", call.ids["id"])
    if record.body["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
            code="payment_method_not_attached",
        )
    owner, record.body["customer"] = record.body["customer"], None
    record.hidden["spent"] = True
    call.tx.save(record)
    call.emit("payment_method.detached", record, {"customer": owner})
    return record.body


def make(
    call: Call, behaviour: cards.TestCard, month: int, year: int, *, cvc: bool, identifier: str | None = None
) -> Record:
    """Keeps a new card that nobody has saved yet, under `identifier` where one is given."""
    nothing = {"line1": None, "line2": None, "city": None, "postal_code": None, "state": None, "country": None}
    return call.new(
        "payment_method",
        "pm",
        {
            **({"id": identifier} if identifier else {}),
            "type": "card",
            "customer": None,
            "allow_redisplay": "unspecified",
            "billing_details": {"address": nothing, "email": None, "name": None, "phone": None},
            "card": {
                "brand": behaviour.brand,
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "unchecked" if cvc else None,
                },
                "country": behaviour.country,
                "display_brand": behaviour.brand,
                "exp_month": month,
                "exp_year": year,
                "fingerprint": behaviour.fingerprint,
                "funding": behaviour.funding,
                "generated_from": None,
                "last4": behaviour.last4,
                "networks": {"available": [behaviour.brand], "preferred": None},
                "three_d_secure_usage": {"supported": behaviour.brand != "amex"},
                "wallet": None,
            },
            "metadata": {},
        },
        {"card": behaviour.token},
    )


_CREATE: shapes.Shape = {
    **shapes.EXPAND,
    "type": _CARD_ONLY,
    "card": shapes.CARD,
    "billing_details": shapes.BILLING,
    "metadata": shapes.free,
    "allow_redisplay": _DISPLAY,
}
_UPDATE: shapes.Shape = {
    **shapes.EXPAND,
    "card": {"exp_month": shapes.text, "exp_year": shapes.text},
    "billing_details": shapes.BILLING,
    "metadata": shapes.free,
}
_LIST: shapes.Shape = {**shapes.PAGE, "type": _CARD_ONLY, "allow_redisplay": _DISPLAY}
ENDPOINTS = (
    Endpoint("POST", "/v1/payment_methods", create, _CREATE, ("type",), publishable=True),
    Endpoint("GET", "/v1/payment_methods", page, {**_LIST, "customer": shapes.filled}),
    Endpoint("GET", "/v1/customers/{id}/payment_methods", page, _LIST),
    Endpoint("GET", "/v1/payment_methods/{id}", retrieve, shapes.EXPAND),
    Endpoint("POST", "/v1/payment_methods/{id}", update, _UPDATE),
    Endpoint(
        "POST",
        "/v1/payment_methods/{id}/attach",
        attach,
        {**shapes.EXPAND, "customer": shapes.filled},
        ("customer",),
    ),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", detach, shapes.EXPAND),
)
