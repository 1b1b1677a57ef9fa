"""Setup intents: save a card without a payment."""

from __future__ import annotations

import re

from billing.gateways.sandbox import cards, shapes
from billing.gateways.sandbox.calls import Call, Endpoint, new_id
from billing.gateways.sandbox.payment_methods import behaviour_of, bind, check_usable, resolve
from billing.gateways.sandbox.refusals import Json, Refusal, invalid, missing_parameter, missing_resource
from billing.gateways.sandbox.store import Record

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_UNAUTHENTICATED = cards.Decline(
    "setup_intent_authentication_failure",
    "The latest attempt to set up the payment method has failed because authentication failed.",
)


def create(call: Call) -> Json:
    """POST /v1/setup_intents, with `confirm` also the set-up."""
    given = call.params
    if "customer" in given:
        call.get("customer", given["customer"], "customer")
    if "return_url" in given and not given.get("confirm"):
        raise invalid("The parameter `return_url` can only be used with `confirm=true`.", param="return_url")
    method = resolve(call, given["payment_method"]) if "payment_method" in given else None
    automatic = given.get("automatic_payment_methods")
    if automatic is not None:
        if "enabled" not in automatic:
            raise missing_parameter("automatic_payment_methods[enabled]")
        automatic.setdefault("allow_redirects", "always")
    intent = call.new(
        "setup_intent",
        "seti",
        {
            "application": None,
            "automatic_payment_methods": automatic,
            "cancellation_reason": None,
            "client_secret": None,
            "customer": given.get("customer"),
            "description": given.get("description"),
            "last_setup_error": None,
            "latest_attempt": None,
            "mandate": None,
            "metadata": given.get("metadata", {}),
            "next_action": None,
            "payment_method": method.id if method else None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "status": "requires_confirmation" if method else "requires_payment_method",
            "usage": given.get("usage", "off_session"),
        },
    )
    intent.body["client_secret"] = new_id(intent.id + "_secret")
    call.tx.save(intent)
    call.emit("setup_intent.created", intent)
    if given.get("confirm"):
        if method is None:
            raise missing_parameter("payment_method")
        _confirm(call, intent, method)
    return intent.body


def confirm(call: Call) -> Json:
    """POST /v1/setup_intents/:id/confirm."""
    intent = _find(call)
    if intent.body["status"] not in _OPEN:
        raise _unexpected_state(intent, "confirm")
    chosen = call.params.get("payment_method") or intent.body["payment_method"]
    if chosen is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    _confirm(call, intent, resolve(call, chosen))
    return _shown(call, intent)


def _confirm(call: Call, intent: Record, method: Record) -> None:
    return_url = call.params.get("return_url")
    automatic = intent.body["automatic_payment_methods"]
    check_usable(method, intent.body["customer"])
    redirects = bool(automatic and automatic["enabled"] and automatic.get("allow_redirects") != "never")
    if redirects and not return_url:
        raise invalid(
            "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of"
            " these payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )
    if return_url and not re.match(r"https?://\S+\Z", return_url):
        raise invalid("Not a valid URL", param="return_url", code="url_invalid")
    intent.body["payment_method"] = method.id
    card = behaviour_of(method)
    if card.asks != "never":
        token = new_id("challenge")
        intent.hidden.update(challenge=token, return_url=return_url)
        url = f"{call.base}/challenge/{intent.id}/{token}"
        intent.body["status"] = "requires_action"
        intent.body["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": return_url},
        }
        call.tx.save(intent)
        call.emit("setup_intent.requires_action", intent)
        return
    if card.refuses_saving is not None:
        _fail(call, intent, method, card.refuses_saving)
        raise cards.refusal(
            card.refuses_saving,
            effective=True,
            setup_intent=_shown(call, intent),
            payment_method=method.body,
        )
    _succeed(call, intent, method)


def settle_challenge(call: Call, intent: Record, *, agreed: bool) -> None:
    """Goes on after the card holder's bank has heard a yes or a no."""
    method = call.get("payment_method", intent.body["payment_method"], "payment_method")
    if agreed:
        _succeed(call, intent, method)
    else:
        _fail(call, intent, method, _UNAUTHENTICATED)


def _succeed(call: Call, intent: Record, method: Record) -> None:
    intent.body.update(status="succeeded", next_action=None, last_setup_error=None)
    call.tx.save(intent)
    method.hidden["set_up"] = intent.body["usage"] == "off_session"
    call.tx.save(method)
    if intent.body["customer"]:
        bind(call, method, intent.body["customer"])
    call.emit("setup_intent.succeeded", intent)


def _fail(call: Call, intent: Record, method: Record, decline: cards.Decline) -> None:
    error = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "payment_method": method.body,
    }
    intent.body.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error={name: value for name, value in error.items() if value is not None},
    )
    call.tx.save(intent)
    call.emit("setup_intent.setup_failed", intent)


def cancel(call: Call) -> Json:
    """POST /v1/setup_intents/:id/cancel."""
    intent = _find(call)
    if intent.body["status"] not in _OPEN:
        raise _unexpected_state(intent, "cancel")
    intent.body.update(status="canceled", cancellation_reason=call.params.get("cancellation_reason"), next_action=None)
    call.tx.save(intent)
    call.emit("setup_intent.canceled", intent)
    return intent.body


def retrieve(call: Call) -> Json:
    """GET /v1/setup_intents/:id."""
    return _shown(call, _find(call))


def page(call: Call) -> Json:
    """GET /v1/setup_intents."""
    return call.page("setup_intent", "/v1/setup_intents", {"customer": call.params.get("customer")})


def _find(call: Call) -> Record:
    intent = call.get("setup_intent", call.ids["id"], "intent")
    if call.publishable and call.params.get("client_secret") != intent.body["client_secret"]:
        raise missing_resource("setupintent", call.ids["id"], "intent")
    return intent


def _shown(call: Call, intent: Record) -> Json:
    kept_back = ("customer", "metadata", "application") if call.publishable else ()
    return {name: value for name, value in intent.body.items() if name not in kept_back}


def _unexpected_state(intent: Record, verb: str) -> Refusal:
    message = f"You cannot {verb} this SetupIntent because it has a status of {intent.body['status']}."
    return invalid(message, code="setup_intent_unexpected_state", setup_intent=intent.body)


_SHARED: shapes.Shape = {
    **shapes.EXPAND,
    "payment_method": shapes.filled,
    "return_url": shapes.filled,
    "use_stripe_sdk": shapes.flag,
}
_CREATE: shapes.Shape = {
    **_SHARED,
    "automatic_payment_methods": {
        "enabled": shapes.flag,
        "allow_redirects": shapes.one_of("always", "never"),
    },
    "confirm": shapes.flag,
    "customer": shapes.filled,
    "description": shapes.text,
    "metadata": shapes.free,
    "usage": shapes.one_of("off_session", "on_session"),
}
_CANCEL: shapes.Shape = {
    **shapes.EXPAND,
    "cancellation_reason": shapes.one_of("abandoned", "duplicate", "requested_by_customer"),
}
_READ: shapes.Shape = {**shapes.EXPAND, "client_secret": shapes.text}
_ONE = "/v1/setup_intents/{id}"
ENDPOINTS = (
    Endpoint("POST", "/v1/setup_intents", create, _CREATE),
    Endpoint("GET", "/v1/setup_intents", page, {**shapes.PAGE, "customer": shapes.filled}),
    Endpoint("GET", _ONE, retrieve, _READ, publishable=True),
    Endpoint("POST", _ONE + "/confirm", confirm, {**_SHARED, "client_secret": shapes.text}, publishable=True),
    Endpoint("POST", _ONE + "/cancel", cancel, _CANCEL),
)
