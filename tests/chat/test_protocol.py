"""The protocol's page says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from chat.protocol import Button, Send
from chat.protocol_page import page

PAGE = Path(__file__).parents[2] / "chat" / "PROTOCOL.md"


def test_the_page_is_made_from_the_models() -> None:
    assert PAGE.read_text() == page(), "run: python -m chat.protocol > chat/PROTOCOL.md"


def test_a_message_has_either_text_or_a_button() -> None:
    Send(client_id="a", text="hello")
    Send(client_id="a", button=Button(label="Pay", action="invoices.pay"))
    for wrong in ({}, {"text": "hello", "button": {"label": "Pay", "action": "invoices.pay"}}):
        with pytest.raises(ValidationError, match="either text or a button"):
            Send.model_validate({"client_id": "a", **wrong})


def test_what_is_not_declared_is_refused() -> None:
    with pytest.raises(ValidationError):
        Send.model_validate({"client_id": "a", "text": "hello", "customer": 7})
