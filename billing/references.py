"""Typed references in action inputs: what a field names, so that forms, chat slots and the shell can fill it.

An input's field says `invoice: InvoiceNumber` and is given a record's public number, never a database id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints


@dataclass(frozen=True)
class Refers:
    """Marks what a field names: invoice, subscription, payment, plan, card, amount, seats, rating, words, day."""

    to: str


def _as_number(value: object) -> object:
    return value.strip().lstrip("#").upper().replace(" ", "") if isinstance(value, str) else value


Short = StringConstraints(strip_whitespace=True, max_length=200)
Number = StringConstraints(min_length=1, max_length=40)

InvoiceNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("invoice")]
SubscriptionNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("subscription")]
PaymentNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("payment")]
ConversationNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("conversation")]
PlanName = Annotated[str, Short, Refers("plan")]
CardId = Annotated[str, Short, Refers("card")]
Amount = Annotated[int, Field(ge=0, le=10**15), Refers("amount")]
Seats = Annotated[int, Field(ge=1, le=1_000_000), Refers("seats")]
Rating = Annotated[int, Field(ge=1, le=5), Refers("rating")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), Refers("words")]
Day = Annotated[date, Refers("day")]
