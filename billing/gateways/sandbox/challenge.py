"""3-D Secure: the page on which the card holder tells the bank yes or no."""

from __future__ import annotations

import hmac
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from billing.clock import Clock
from billing.gateways.sandbox import payment_intents, setup_intents
from billing.gateways.sandbox.api import Api
from billing.gateways.sandbox.calls import Call, new_id
from billing.gateways.sandbox.store import Record, Store, Transaction
from billing.gateways.sandbox.webhooks import Deliveries
from billing.money import format_money

STATIC = Path(__file__).parent / "static"
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Challenge:
    """GET shows the question, POST with `answer=yes` or `no` settles it and sends the card holder back."""

    def __init__(
        self,
        store: Store,
        api: Api,
        deliveries: Deliveries,
        clock: Clock,
        *,
        merchant: str,
        webhooks: bool,
    ) -> None:
        self._store = store
        self._api = api
        self._deliveries = deliveries
        self._clock = clock
        self._merchant = merchant
        self._webhooks = webhooks

    async def show(self, request: Request) -> Response:
        """The question, or what became of it."""
        base = self._api.base(request)
        return await self._api.run(lambda: self._page(request, base))

    def _page(self, request: Request, base: str) -> Response:
        with self._store.transaction() as tx:
            intent = _find(tx, request)
            if intent is None:
                return _page(base, "notice", _GONE, 404)
            if intent.body["status"] != "requires_action":
                words = {**_ANSWERED, "back": _back(intent)}
                return _page(base, "notice", words)
            method = tx.load(intent.body["payment_method"], "payment_method")
        return _page(base, "question", self._words(intent, method))

    def _words(self, intent: Record, method: Record | None) -> dict[str, str]:
        card = method.body["card"] if method else {"brand": "card", "last4": ""}
        names = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}
        named = names.get(card["brand"], card["brand"].title())
        paying = intent.kind == "payment_intent"
        if paying:
            amount = format_money(intent.body["amount"], intent.body["currency"].upper())
        else:
            amount = "Nothing now"
        verb = f"Pay {amount}" if paying else "Save this card"
        return {
            "heading": f"{verb}?" if paying else "Save this card for later payments?",
            "merchant": self._merchant,
            "amount": amount,
            "card": f"{named} ending {card['last4']}",
            "description": intent.body.get("description") or "",
            "yes": f"Yes, {verb[0].lower()}{verb[1:]}",
            "no": "No, stop this payment" if paying else "No, don't save it",
        }

    async def answer(self, request: Request) -> Response:
        """Settles the question once; asked again, it only sends back."""
        form = await request.form()
        base, said = self._api.base(request), form.get("answer")
        response = await self._api.run(lambda: self._settle(request, base, said))
        self._deliveries.wake()
        return response

    def _settle(self, request: Request, base: str, said: object) -> Response:
        with self._store.transaction() as tx:
            intent = _find(tx, request)
            if intent is None:
                return _page(base, "notice", _GONE, 404)
            if intent.body["status"] == "requires_action" and said in ("yes", "no"):
                call = Call(
                    tx=tx,
                    params={},
                    ids={},
                    now=self._clock.now(),
                    base=base,
                    request_id=new_id("req"),
                    webhooks=self._webhooks,
                )
                family = payment_intents if intent.kind == "payment_intent" else setup_intents
                family.settle_challenge(call, intent, agreed=said == "yes")
            back = _back(intent)
        return RedirectResponse(back, 303, _HEADERS) if back else _page(base, "notice", _ANSWERED)


def _find(tx: Transaction, request: Request) -> Record | None:
    intent = tx.load(request.path_params["intent"])
    token = str(request.path_params["token"])
    if intent is None or not hmac.compare_digest(str(intent.hidden.get("challenge", "")), token):
        return None
    return intent


def _back(intent: Record) -> str:
    """Where the card holder goes on, with the query parameters that Stripe adds."""
    target = intent.hidden.get("return_url")
    if not target:
        return ""
    done = intent.body["status"] in ("succeeded", "processing", "requires_capture")
    added = {
        intent.kind: intent.id,
        f"{intent.kind}_client_secret": intent.body["client_secret"],
        "redirect_status": "succeeded" if done else "failed",
    }
    parts = urlsplit(target)
    query = "&".join(filter(None, (parts.query, urlencode(added))))
    return urlunsplit(parts._replace(query=query))


_GONE = {
    "heading": "This question is not known here",
    "text": "The link is incomplete or belongs to another payment. Nothing was changed. Go back to where you came"
    " from and start again.",
    "back": "",
}
_ANSWERED = {
    "heading": "You have answered already",
    "text": "Your bank has your answer. It can't be given twice.",
    "back": "",
}


def _page(base: str, name: str, words: dict[str, str], status: int = 200) -> HTMLResponse:
    template = Template((STATIC / f"{name}.html").read_text("utf-8"))
    filled = {key: escape(value, quote=True) for key, value in words.items()}
    for optional in ("description", "back"):
        filled[f"hide_{optional}"] = "" if filled.get(optional) else "hidden"
    return HTMLResponse(template.substitute(filled, base=escape(base, quote=True)), status, _HEADERS)
