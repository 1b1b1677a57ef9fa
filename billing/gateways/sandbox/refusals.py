"""Stripe's errors: a status and the JSON that the SDK turns into its exceptions."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """An error to answer with. `effective` ones keep what the request did, as a declined charge does."""

    def __init__(self, status: int, kind: str, message: str, *, effective: bool = False, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.effective = effective
        error = {"type": kind, "message": message, **fields}
        self.body: Json = {"error": {name: value for name, value in error.items() if value is not None}}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **fields: Any) -> Refusal:
    """400 with an `invalid_request_error`."""
    return Refusal(400, "invalid_request_error", message, param=param, code=code, **fields)


def missing_parameter(name: str) -> Refusal:
    """400: a required parameter isn't there."""
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")


def missing_resource(kind: str, identifier: str, param: str = "id") -> Refusal:
    """404, or 400 where the id came in a parameter: there is no such object."""
    status = 404 if param in ("id", "intent") else 400
    return Refusal(
        status, "invalid_request_error", f"No such {kind}: '{identifier}'", param=param, code="resource_missing"
    )


def declined(
    code: str, message: str, *, decline_code: str | None = None, effective: bool = False, **fields: Any
) -> Refusal:
    """402: the card or its bank said no."""
    return Refusal(402, "card_error", message, code=code, decline_code=decline_code, effective=effective, **fields)
