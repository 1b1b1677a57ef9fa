"""Typed references in action inputs: what a field names, so that forms, chat slots and the shell can fill it.

An input's field says `invoice: InvoiceNumber` and is given a record's public number, never a database id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from unicodedata import category

from pydantic import BeforeValidator, Field, StringConstraints


@dataclass(frozen=True)
class Refers:
    """Marks what a field names: invoice, subscription, payment, plan, card, amount, seats, rating, words, day."""

    to: str


def plain(value: object) -> object:
    """Text without signs that no person types and no database keeps: control characters and halves of a sign."""
    if not isinstance(value, str):
        return value
    return "".join(sign for sign in value if sign in "\n\t" or category(sign) not in ("Cc", "Cs"))


def _as_number(value: object) -> object:
    value = plain(value)
    return value.strip().lstrip("#").upper().replace(" ", "") if isinstance(value, str) else value


Plain = BeforeValidator(plain)
Short = StringConstraints(strip_whitespace=True, max_length=200)
Number = StringConstraints(min_length=1, max_length=40)

InvoiceNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("invoice")]
SubscriptionNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("subscription")]
PaymentNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("payment")]
ConversationNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("conversation")]
PlanName = Annotated[str, Plain, Short, Refers("plan")]
CardId = Annotated[str, Plain, Short, Refers("card")]
Amount = Annotated[int, Field(ge=0, le=10**15), Refers("amount")]
Seats = Annotated[int, Field(ge=1, le=1_000_000), Refers("seats")]
Rating = Annotated[int, Field(ge=1, le=5), Refers("rating")]
Words = Annotated[str, Plain, StringConstraints(strip_whitespace=True, max_length=4000), Refers("words")]
Day = Annotated[date, Refers("day")]
