"""Payment intents: create, confirm, authenticate, capture, cancel, list, search."""

from __future__ import annotations

import re

from billing.gateways.base import largest_charge, least_charge
from billing.gateways.sandbox import cards, charging, shapes
from billing.gateways.sandbox.calls import Call, Endpoint, merged_metadata, new_id
from billing.gateways.sandbox.payment_methods import behaviour_of, check_usable, resolve
from billing.gateways.sandbox.refusals import Json, Refusal, invalid, missing_parameter, missing_resource
from billing.gateways.sandbox.store import Record

_CODES = (
    "aed ars aud bgn brl cad chf clp cny cop czk dkk egp eur gbp gel hkd huf idr ils inr isk jpy kes krw kwd mad"
    " mxn myr ngn nok nzd pen php pln qar ron rsd sar sek sgd thb try twd uah usd vnd zar"
)
CURRENCIES = frozenset(_CODES.split())
_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
_SHOWN_TO_BROWSERS = (
    "id object amount automatic_payment_methods canceled_at cancellation_reason capture_method client_secret"
    " confirmation_method created currency description last_payment_error livemode next_action payment_method"
    " payment_method_types receipt_email setup_future_usage shipping status"
)
_PUBLIC = frozenset(_SHOWN_TO_BROWSERS.split())
AUTHENTICATION_FAILED = cards.Decline(
    "payment_intent_authentication_failure",
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
    " PaymentMethod to attempt to fulfill this PaymentIntent again.",
)


def create(call: Call) -> Json:
    """POST /v1/payment_intents, with `confirm` also the charge."""
    given = call.params
    _check_amount(given["amount"], given["currency"].lower())
    for name in ("off_session", "return_url"):
        if name in given and not given.get("confirm"):
            raise invalid(f"The parameter `{name}` can only be used with `confirm=true`.", param=name)
    if "customer" in given:
        call.get("customer", given["customer"], "customer")
    method = resolve(call, given["payment_method"]) if "payment_method" in given else None
    automatic = given.get("automatic_payment_methods")
    if automatic is not None and "enabled" not in automatic:
        raise missing_parameter("automatic_payment_methods[enabled]")
    intent = call.new("payment_intent", "pi", _blank(given, method))
    intent.body["client_secret"] = new_id(intent.id + "_secret")
    if automatic is not None:
        automatic.setdefault("allow_redirects", "always")
    call.tx.save(intent)
    call.emit("payment_intent.created", intent)
    if given.get("confirm"):
        if method is None:
            raise missing_parameter("payment_method")
        _confirm(call, intent, method)
    return intent.body


def _check_amount(amount: int, currency: str) -> None:
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < least_charge(currency):
        message = "Amount must be no less than the minimum charge amount for this currency."
        raise invalid(message, param="amount", code="amount_too_small")
    if amount > largest_charge(currency):
        message = f"Amount must be no more than {largest_charge(currency)}."
        raise invalid(message, param="amount", code="amount_too_large")


def _blank(given: Json, method: Record | None) -> Json:
    return {
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": given.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method", "automatic_async"),
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": given["currency"].lower(),
        "customer": given.get("customer"),
        "description": given.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": given.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": method.id if method else None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": None,
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation" if method else "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def confirm(call: Call) -> Json:
    """POST /v1/payment_intents/:id/confirm."""
    intent, given = find(call), call.params
    if intent.body["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise unexpected_state(intent, "confirm")
    chosen = given.get("payment_method") or intent.body["payment_method"]
    if chosen is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    if "setup_future_usage" in given:
        intent.body["setup_future_usage"] = given["setup_future_usage"]
    _confirm(call, intent, resolve(call, chosen))
    return shown(call, intent)


def _confirm(call: Call, intent: Record, method: Record) -> None:
    given, automatic = call.params, intent.body["automatic_payment_methods"]
    check_usable(method, intent.body["customer"])
    return_url = given.get("return_url")
    redirects = bool(automatic and automatic["enabled"] and automatic.get("allow_redirects") != "never")
    if redirects and not return_url:
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of"
            " these payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )
    if return_url and not re.match(r"https?://\S+\Z", return_url):
        raise invalid("Not a valid URL", param="return_url", code="url_invalid")
    intent.body["payment_method"] = method.id
    off_session = given.get("off_session", False)
    set_up = bool(method.hidden.get("set_up"))
    if cards.wants_card_holder(behaviour_of(method), off_session=off_session, set_up=set_up):
        if off_session or given.get("error_on_requires_action"):
            charging.fail(call, intent, method, cards.UNAUTHENTICATED)
            raise decline_of(call, intent, cards.UNAUTHENTICATED)
        _ask_card_holder(call, intent, return_url)
        return
    if call.hold_processing:
        intent.body["status"] = "processing"
        call.tx.save(intent)
        call.emit("payment_intent.processing", intent)
        return
    decline = charging.take(call, intent)
    if decline is not None:
        raise decline_of(call, intent, decline)


def _ask_card_holder(call: Call, intent: Record, return_url: str | None) -> None:
    token = new_id("challenge")
    intent.hidden.update(challenge=token, return_url=return_url)
    url = f"{call.base}/challenge/{intent.id}/{token}"
    intent.body["status"] = "requires_action"
    intent.body["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": url, "return_url": return_url},
    }
    call.tx.save(intent)
    call.emit("payment_intent.requires_action", intent)


def settle_challenge(call: Call, intent: Record, *, agreed: bool) -> None:
    """Goes on after the card holder's bank has heard a yes or a no."""
    method = call.get("payment_method", intent.body["payment_method"], "payment_method")
    if not agreed:
        charging.fail(call, intent, method, AUTHENTICATION_FAILED)
        return
    intent.hidden["three_d_secure"] = {"result": "authenticated", "version": "2.2.0"}
    charging.take(call, intent)


def settle_processing(call: Call) -> None:
    """Ends every charge that the switch had left in `processing`."""
    for intent in call.tx.find("payment_intent", {"status": "processing"}, limit=1000):
        charging.take(call, intent)


def decline_of(call: Call, intent: Record, decline: cards.Decline) -> Refusal:
    """The 402 that says the card was declined; it carries the intent, and what happened is kept."""
    error = intent.body["last_payment_error"]
    return cards.refusal(
        decline,
        effective=True,
        charge=error.get("charge"),
        payment_intent=_public(intent) if call.publishable else intent.body,
        payment_method=error["payment_method"],
    )


def capture(call: Call) -> Json:
    """POST /v1/payment_intents/:id/capture."""
    intent = find(call)
    if intent.body["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    amount: int = call.params["amount_to_capture"] if "amount_to_capture" in call.params else intent.body["amount"]
    if not 0 < amount <= intent.body["amount"]:
        raise invalid("The amount to capture is more than what was reserved.", param="amount_to_capture")
    charging.capture(call, intent, amount)
    return intent.body


def cancel(call: Call) -> Json:
    """POST /v1/payment_intents/:id/cancel."""
    intent = find(call)
    if intent.body["status"] not in _CANCELABLE:
        raise unexpected_state(intent, "cancel")
    intent.body.update(
        status="canceled",
        canceled_at=call.created,
        cancellation_reason=call.params.get("cancellation_reason"),
        amount_capturable=0,
        next_action=None,
    )
    call.tx.save(intent)
    call.emit("payment_intent.canceled", intent)
    return intent.body


def retrieve(call: Call) -> Json:
    """GET /v1/payment_intents/:id."""
    return shown(call, find(call))


def update(call: Call) -> Json:
    """POST /v1/payment_intents/:id: before it is confirmed."""
    intent, given = find(call), call.params
    if intent.body["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise unexpected_state(intent, "update")
    _check_amount(given["amount"] if "amount" in given else intent.body["amount"], intent.body["currency"])
    for name in ("amount", "description", "receipt_email", "setup_future_usage"):
        if name in given:
            intent.body[name] = given[name]
    intent.body["metadata"] = merged_metadata(intent, given.get("metadata"))
    if "payment_method" in given:
        intent.body["payment_method"] = resolve(call, given["payment_method"]).id
        intent.body["status"] = "requires_confirmation"
    call.tx.save(intent)
    return intent.body


def page(call: Call) -> Json:
    """GET /v1/payment_intents."""
    return call.page("payment_intent", "/v1/payment_intents", {"customer": call.params.get("customer")})


_CLAUSE = re.compile(
    r"(?:metadata\[(['\"])(?P<key>[^'\"]+)\1\]|(?P<field>customer|status|currency))"
    r":(?P<quote>['\"])(?P<value>(?:\\.|[^'\"\\])*)(?P=quote)(?:\s+AND\s+|\s*\Z)"
)


def search(call: Call) -> Json:
    """GET /v1/payment_intents/search: `metadata['key']:'value' AND status:'...'`, exact matches joined by AND."""
    query = call.params["query"].strip()
    where: Json = {}
    at = 0
    while at < len(query):
        match = _CLAUSE.match(query, at)
        if match is None:
            raise invalid(f"Unsupported search query: {query[at:]}", param="query")
        name = f"metadata.{match['key']}" if match["key"] else str(match["field"])
        where[name] = re.sub(r"\\(.)", r"\1", match["value"])
        at = match.end()
    found = call.tx.find("payment_intent", where, limit=call.params.get("limit", 10))
    return {
        "object": "search_result",
        "url": "/v1/payment_intents/search",
        "has_more": False,
        "next_page": None,
        "data": [record.body for record in found],
    }


def find(call: Call) -> Record:
    """The intent of the path; with a publishable key only with its client secret."""
    intent = call.get("payment_intent", call.ids["id"], "intent")
    if call.publishable and call.params.get("client_secret") != intent.body["client_secret"]:
        raise missing_resource("payment_intent", call.ids["id"], "intent")
    return intent


def shown(call: Call, intent: Record) -> Json:
    """The intent as whoever asks may see it."""
    return _public(intent) if call.publishable else intent.body


def unexpected_state(intent: Record, verb: str) -> Refusal:
    """400: that can't be done in this state."""
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent.body['status']}."
    return invalid(message, code="payment_intent_unexpected_state", payment_intent=intent.body)


def _public(intent: Record) -> Json:
    return {name: value for name, value in intent.body.items() if name in _PUBLIC}


_FUTURE = shapes.one_of("on_session", "off_session")
_SHARED: shapes.Shape = {
    **shapes.EXPAND,
    "payment_method": shapes.filled,
    "setup_future_usage": _FUTURE,
    "receipt_email": shapes.text,
}
_CONFIRMING: shapes.Shape = {
    "return_url": shapes.filled,
    "off_session": shapes.off_session,
    "error_on_requires_action": shapes.flag,
    "use_stripe_sdk": shapes.flag,
}
_CHANGING: shapes.Shape = {
    "amount": shapes.integer,
    "description": shapes.text,
    "metadata": shapes.free,
}
_CREATE: shapes.Shape = {
    **_SHARED,
    **_CONFIRMING,
    **_CHANGING,
    "automatic_payment_methods": {
        "enabled": shapes.flag,
        "allow_redirects": shapes.one_of("always", "never"),
    },
    "capture_method": shapes.one_of("automatic", "automatic_async", "manual"),
    "confirm": shapes.flag,
    "currency": shapes.filled,
    "customer": shapes.filled,
    "statement_descriptor": shapes.text,
}
_CONFIRM: shapes.Shape = {**_SHARED, **_CONFIRMING, "client_secret": shapes.text}
_CANCEL: shapes.Shape = {
    **shapes.EXPAND,
    "cancellation_reason": shapes.one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
}
_SEARCH: shapes.Shape = {
    **shapes.EXPAND,
    "query": shapes.filled,
    "limit": shapes.integer,
    "page": shapes.text,
}
_READ: shapes.Shape = {**shapes.EXPAND, "client_secret": shapes.text}
_ONE = "/v1/payment_intents/{id}"
ENDPOINTS = (
    Endpoint("POST", "/v1/payment_intents", create, _CREATE, ("amount", "currency")),
    Endpoint("GET", "/v1/payment_intents", page, {**shapes.PAGE, "customer": shapes.filled}),
    Endpoint("GET", "/v1/payment_intents/search", search, _SEARCH, ("query",)),
    Endpoint("GET", _ONE, retrieve, _READ, publishable=True),
    Endpoint("POST", _ONE, update, {**_SHARED, **_CHANGING}),
    Endpoint("POST", _ONE + "/confirm", confirm, _CONFIRM, publishable=True),
    Endpoint("POST", _ONE + "/capture", capture, {**shapes.EXPAND, "amount_to_capture": shapes.integer}),
    Endpoint("POST", _ONE + "/cancel", cancel, _CANCEL),
)
