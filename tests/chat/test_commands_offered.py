"""Which slash commands a person is offered, asked for over a real socket."""

from __future__ import annotations

import json

from billing.models.records import PreferenceRecord
from tests.chat.client import Client
from tests.chat.conftest import Served

# What a socket holds of its last answer is memory of every idle client; the list of commands alone has 13,000.
LONGEST_WELCOME = 4_000


def slashes(client: Client) -> list[str]:
    return [command["slash"] for command in client.ask("commands", {})["commands"]]


def test_a_customer_is_offered_what_customers_do_and_an_agent_what_staff_does(served: Served) -> None:
    customers = slashes(served.client(served.house.ania))
    staffs = slashes(served.client(served.house.marit, desk=True))
    assert "/person" in customers and "/person" not in staffs
    assert "/take" in staffs and "/take" not in customers


def test_what_is_switched_off_is_offered_no_longer(served: Served) -> None:
    ania = served.client(served.house.ania)
    assert "/person" in slashes(ania)
    with served.house.contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="talk_to_person", value=False, changed_at=ctx.now))
    assert "/person" not in slashes(ania)


def test_a_command_says_what_to_write_after_it(served: Served) -> None:
    offered = served.client(served.house.ania).ask("commands", {})["commands"]
    rate = next(command for command in offered if command["action"] == "support.rate")
    assert {field["name"]: field["required"] for field in rate["fields"]}["rating"] is True
    assert all(command["title"] and command["help"] and command["icon"] for command in offered)


def test_a_welcome_is_small(served: Served) -> None:
    for client in (served.client(served.house.ania), served.client(served.house.marit, desk=True)):
        assert len(json.dumps(client.welcome)) < LONGEST_WELCOME


def test_who_is_not_signed_in_is_offered_nothing(served: Served) -> None:
    stranger = served.client(None, hello=False)
    assert stranger.ask("commands", {})["error"]["code"] == "not_signed_in"
