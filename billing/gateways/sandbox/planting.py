"""Puts the customers of the seeded story into the sandbox before it is first served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from billing.clock import Clock
from billing.gateways.sandbox import customers, payment_methods
from billing.gateways.sandbox.calls import Call, new_id
from billing.gateways.sandbox.cards import BY_NUMBER
from billing.gateways.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class PlantedCard:
    """A saved card: the id it shall have, the number of the test card it is, and when it ends."""

    id: str
    number: str
    exp_month: int
    exp_year: int


def plant_customer(
    data_dir: Path,
    *,
    clock: Clock,
    customer: str,
    name: str,
    email: str,
    metadata: dict[str, str],
    cards: Sequence[PlantedCard] = (),
) -> None:
    """Makes a customer with saved cards under ids of the caller's choosing; what is there already stays.

    The cards can be charged at once, also without their holder, as if they had been saved from a payment. No webhooks
    are sent. Raises KeyError for a number that is no test card.
    """
    store = Store(data_dir / "sandbox.db")
    with store.transaction() as tx:
        call = Call(tx=tx, params={}, ids={}, now=clock.now(), base="", request_id=new_id("req"), webhooks=False)
        if tx.load(customer) is None:
            customers.make(call, {"id": customer, "name": name, "email": email, "metadata": metadata})
        for card in cards:
            if tx.load(card.id) is None:
                made = payment_methods.make(
                    call,
                    BY_NUMBER[card.number],
                    card.exp_month,
                    card.exp_year,
                    cvc=True,
                    identifier=card.id,
                )
                made.hidden["set_up"] = True
                payment_methods.bind(call, made, customer)
    store.close()
