"""The client's types name the same fields as the protocol's models, so that neither side forgets one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from billing import effects
from chat import blocks, protocol

SOURCE = Path("chat/client/src/protocol.ts").read_text(encoding="utf-8")
MODELS: dict[str, type[BaseModel]] = {
    "Person": protocol.Person, "Conversation": protocol.Conversation, "ChatMessage": protocol.ChatMessage,
    "Command": protocol.Command, "QueueRow": protocol.QueueRow, "Effect": effects.Effect,
    "QuickReply": blocks.QuickReply, "TextBlock": blocks.Text, "TableBlock": blocks.Table,
    "ProposalBlock": blocks.Proposal, "ReceiptBlock": blocks.Receipt, "QuickRepliesBlock": blocks.QuickReplies,
    "ChoiceBlock": blocks.Choice, "InvoicesBlock": blocks.InvoiceList, "CardRequestBlock": blocks.CardRequest,
    "FormBlock": blocks.Form, "RatingRequestBlock": blocks.RatingRequest, "LinkBlock": blocks.Link,
    "SystemBlock": blocks.SystemLine, "Refusal": protocol.Refused, "Opened": protocol.Opened,
    "Ack": protocol.Ack, "CaughtUp": protocol.CaughtUp, "HistoryPage": protocol.HistoryPage, "Done": protocol.Done,
    "QueueState": protocol.QueueState, "ButtonUse": protocol.Button,
}  # fmt: skip


def fields_of(name: str) -> set[str]:
    found = re.search(rf"(?:interface {name}(?: extends \w+)? |type {name} = )\{{", SOURCE)
    assert found, f"protocol.ts has no {name}"
    depth, fields, text = 1, set(), ""
    for character in SOURCE[found.end() :]:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            break
        if depth == 1:
            text += character
    for part in re.split(r"[;\n]", re.sub(r"\}\[?\]?", "", text)):
        if match := re.match(r"\s*(\w+)\??:", part):
            fields.add(match.group(1))
    return fields


@pytest.mark.parametrize("name", MODELS)
def test_the_client_knows_the_same_fields(name: str) -> None:
    assert fields_of(name) == set(MODELS[name].model_fields)


def test_every_block_is_drawn() -> None:
    drawn = set(re.findall(r'case "(\w+)":', Path("chat/client/src/blocks.ts").read_text(encoding="utf-8")))
    kinds = {model.model_fields["kind"].default for model in MODELS.values() if "kind" in model.model_fields}
    assert {kind for kind in kinds if isinstance(kind, str) and kind.islower()} <= drawn
