"""A customer and an agent talk, over real sockets, on both databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from billing.clock import SetClock
from billing.context import Actor, Contexts
from chat.blocks import Reply, Text
from chat.models import Conversation, Message
from chat.pace import Pace
from tests.chat.conftest import House, Served, parrot
from tests.fixtures.counts import Times
from tests.fixtures.processes import PATIENCE, wait_until


def test_the_assistant_answers_and_everything_is_kept_in_order(served: Served) -> None:
    ania = served.client(served.house.ania)
    assert ania.welcome["conversation"] is None and ania.welcome["greeting"][0]["text"].startswith("Hello Ania.")
    ack = ania.send("Good morning")
    assert (ack["ok"], ack["seq"], ack["conversation"]) == (True, 1, "CV-2026-0001")
    wait_until(lambda: len(served.house.messages("CV-2026-0001")) == 2, "the answer")
    ania.send("And now?")
    ania.wait_for("You said: And now?")
    assert served.house.texts("CV-2026-0001") == [
        "Good morning", "You said: Good morning", "And now?", "You said: And now?",
    ]  # fmt: skip


def test_many_messages_keep_the_order_in_which_they_were_sent(served: Served, times: Times) -> None:
    count = times("messages", 500, 60)
    ania = served.client(served.house.ania)
    ania.send("first")
    served.client(served.house.marit, desk=True).ask("take", {"conversation": ania.number})
    answers: list[dict[str, object]] = []
    sent = [f"message {n}" for n in range(count)]
    for n, text in enumerate(sent):
        ania.send_soon(text, f"id-{n}", answers)
    wait_until(lambda: len(answers) == count, "every acknowledgement")
    seqs = [answer["seq"] for answer in answers]
    assert seqs == sorted(seqs)  # type: ignore[type-var]
    assert [t for t in served.house.texts(ania.number or "", "customer") if t != "first"] == sent


def test_a_message_that_is_sent_again_is_kept_once_and_gets_the_same_answer(served: Served) -> None:
    ania = served.client(served.house.ania)
    first = ania.send("first", client_id="one")
    again = ania.send("first", client_id="one")
    assert first == again
    plain = ania.send("second", client_id="two")
    assert ania.send("second", client_id="two") == plain
    wait_until(lambda: "You said: second" in served.house.texts(ania.number or ""), "the answer")
    assert served.house.texts(ania.number or "", "customer") == ["first", "second"]
    assert served.house.texts(ania.number or "", "bot") == ["You said: first", "You said: second"]


def test_after_a_cut_the_client_gets_what_it_missed_once(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    ania.send("Hello")
    number = ania.number or ""
    marit.ask("take", {"conversation": number})
    marit.open(number)
    known = ania.hello()["last_seq"]
    ania.cut()
    for n in range(5):
        assert marit.send(f"While you were away {n}")["ok"]
    ania.connect()
    assert ania.hello()["conversation"]["status"] == "with_person"
    caught_up = ania.catch_up(known)
    missed = [m["text"] for m in caught_up["messages"]]
    assert missed[-5:] == [f"While you were away {n}" for n in range(5)]
    assert caught_up["conversation"]["owner"]["name"] == "Marit de Vries"
    assert ania.catch_up(caught_up["last_seq"])["messages"] == []


def test_a_second_tab_sees_the_same(served: Served) -> None:
    first = served.client(served.house.ania)
    first.send("Hello")
    second = served.client(served.house.ania)
    assert second.number == first.number
    assert second.welcome["messages"][0]["text"] == "Hello"
    second.send("From the other tab")
    assert first.wait_for("From the other tab")["author"]["name"] == "Ania Kowalczyk"
    assert first.wait_for("You said: From the other tab")["author"]["kind"] == "bot"


def test_a_tab_without_a_conversation_hears_that_one_was_started(served: Served) -> None:
    idle, first = served.client(served.house.ania), served.client(served.house.ania)
    first.send("Hello")
    assert idle.wait_for_push("conversation")["conversation"]["number"] == first.number


def test_a_person_is_asked_for_takes_over_and_the_assistant_is_silent(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    ania.send("Hello")
    house, number = served.house, ania.number or ""
    from billing import dispatch
    from billing.registry import Channel

    reason = {"reason": "customer disputes a charge"}
    asked = dispatch.run(house.contexts, "support.talk_to_person", reason, house.ania.actor, Channel.CHAT)
    assert asked.sentence.startswith("I have asked a person and passed on this chat.")
    assert marit.wait_for_push("queue_changed", open=1)["late"] == 0
    ania.wait_for(asked.sentence)
    queue = marit.ask("queue", {})
    assert [(row["name"], row["status"]) for row in queue["rows"]] == [("Ania Kowalczyk", "waiting")]
    taken = marit.ask("take", {"conversation": number})
    assert taken["conversation"]["owner"]["name"] == "Marit de Vries"
    marit.open(number)
    ania.wait_for("Marit de Vries from RenoTech joined")
    ania.send("The visit was a repair")
    marit.wait_for("The visit was a repair")
    marit.ask("typing", {"conversation": number, "on": True})
    assert ania.wait_for_push("typing", on=True, who=marit.welcome["who"])["conversation"] == number
    marit.send("Hi Ania")
    ania.wait_for("Hi Ania")
    ania.ask("typing", {"conversation": number, "on": True})
    assert marit.wait_for_push("typing", on=True, who=ania.welcome["who"])
    assert "You said: The visit was a repair" not in house.texts(number)
    assert house.conversation(number).first_answer_at is not None


def test_an_answer_in_flight_is_dropped_when_a_person_takes_over(serve: Callable[..., Served], house: House) -> None:
    thinking, go_on = threading.Event(), threading.Event()

    def slow(contexts: Contexts, actor: Actor, conversation: Conversation, message: Message) -> Reply:
        thinking.set()
        assert go_on.wait(PATIENCE)
        return Reply(blocks=(Text(text="Too late"),))

    served = serve(slow)
    ania, marit = served.client(house.ania), served.client(house.marit, desk=True)
    ania.send("Hello")
    assert thinking.wait(PATIENCE)
    marit.ask("take", {"conversation": ania.number})
    go_on.set()
    ania.send("Are you there")
    marit.open(ania.number or "")
    marit.send("I am here")
    ania.wait_for("I am here")
    ania.wait_for_push("typing", on=False)  # it has thought to the end
    marit.ask("hand_back", {"conversation": ania.number})
    ania.send("Assistant?")
    ania.wait_for("Too late")
    assert house.texts(ania.number or "", "bot") == ["Too late"]
    assert [m.client_id for m in house.messages(ania.number or "") if m.author_kind == "bot"] == ["answer:6"]


def test_handed_back_the_assistant_answers_again(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    ania.send("Hello")
    marit.ask("take", {"conversation": ania.number})
    assert marit.ask("hand_back", {"conversation": ania.number})["conversation"]["status"] == "bot"
    ania.wait_for("Marit de Vries left. The assistant answers again")
    ania.send("Next")
    ania.wait_for("You said: Next")


def test_closed_rated_once_and_opened_again_by_writing(served: Served) -> None:
    from billing import dispatch
    from billing.errors import PortalError
    from billing.registry import Channel

    house = served.house
    ania, marit = served.client(house.ania), served.client(house.marit, desk=True)
    ania.send("Hello")
    marit.ask("take", {"conversation": ania.number})
    assert marit.ask("resolve", {"conversation": ania.number})["conversation"]["status"] == "resolved"
    asked = ania.wait_for("How did this go?")
    assert asked["blocks"][0]["action"] == "support.rate"
    rated = dispatch.run(house.contexts, "support.rate", {"rating": 5}, house.ania.actor, Channel.CHAT)
    assert ania.wait_for(rated.sentence)
    try:
        dispatch.run(house.contexts, "support.rate", {"rating": 1}, house.ania.actor, Channel.CHAT)
        raise AssertionError("rated twice")
    except PortalError as error:
        assert error.code == "already_reviewed"
    assert house.conversation(ania.number or "").rating == 5
    assert ania.send("One more thing")["conversation"] == ania.number
    ania.wait_for("You said: One more thing")
    assert house.conversation(ania.number or "").status == "bot"


def test_notes_are_for_staff_alone(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    ania.send("Hello")
    number = ania.number or ""
    marit.ask("take", {"conversation": number})
    marit.open(number)
    body = {"conversation": number, "client_id": "note-1", "text": "It is under warranty."}
    first = marit.ask("note", body)
    assert first["ok"] and marit.ask("note", body) == first
    assert marit.wait_for("It is under warranty.")["staff_only"] is True
    marit.send("One moment")
    ania.wait_for("One moment")
    assert "It is under warranty." not in ania.texts()
    seen = [m["text"] for m in ania.catch_up(0)["messages"]]
    assert "One moment" in seen and "It is under warranty." not in seen
    again = ania.hello()
    assert "It is under warranty." not in [m["text"] for m in again["messages"]]


def test_somebody_elses_conversation_is_not_found(served: Served) -> None:
    ania, wanjiru = served.client(served.house.ania), served.client(served.house.wanjiru)
    ania.send("Hello")
    number = ania.number or ""
    wanjiru.number = number
    refusals = [
        wanjiru.send("Let me in"),
        wanjiru.open(number),
        wanjiru.catch_up(0),
        wanjiru.ask("history", {"conversation": number, "before_seq": 9}),
        wanjiru.ask("typing", {"conversation": number, "on": True}),
        wanjiru.ask("read", {"conversation": number, "seq": 1}),
        wanjiru.ask("confirm", {"conversation": number, "message_seq": 1, "token": "t"}),
        wanjiru.ask("decline", {"conversation": number, "message_seq": 1}),
        wanjiru.send("Nor one that is not there") if wanjiru.number else {},
    ]
    assert {r["error"]["code"] for r in refusals} == {"not_found"}
    assert wanjiru.hello()["conversation"] is None
    desk_only = [wanjiru.ask(e, {"conversation": number}) for e in ("take", "hand_back", "resolve")]
    assert {r["error"]["code"] for r in desk_only} == {"not_allowed"}
    assert wanjiru.ask("hello", {"version": 1, "desk": True})["error"]["code"] == "not_allowed"
    assert served.house.texts(number, "customer") == ["Hello"]


def test_an_agent_answers_only_what_they_have_taken(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    tomas = served.client(served.house.tomas, desk=True)
    ania.send("Hello")
    marit.open(ania.number or "")
    assert marit.send("Hi")["error"]["code"] == "not_yours"
    marit.ask("take", {"conversation": ania.number})
    assert tomas.ask("take", {"conversation": ania.number})["error"] == {
        "code": "taken",
        "message": "Marit de Vries already answers this conversation. Choose another one.",
        "field": None,
    }
    assert marit.send("Hi")["ok"]


def test_a_sign_out_ends_the_socket(served: Served) -> None:
    ania, marit = served.client(served.house.ania), served.client(served.house.marit, desk=True)
    ania.send("Hello")
    second = served.client(served.house.ania)
    served.house.sign_out(served.house.ania)
    refused = ania.send("I am still here")
    assert refused["error"]["code"] == "not_signed_in"
    wait_until(lambda: ania.gone and second.gone, "both tabs to be hung up")
    assert second.got("signed_out")[0]["message"] == "You are signed out. Sign in to go on."
    assert "I am still here" not in served.house.texts(ania.number or "")
    assert not marit.gone


def test_nobody_without_a_session_gets_in(served: Served) -> None:
    stranger = served.client(None, hello=False)
    assert stranger.hello()["error"]["code"] == "not_signed_in"
    wait_until(lambda: stranger.gone, "the server to hang up")


def test_too_much_at_once_and_too_long_are_refused_with_a_sentence(serve: Callable[..., Served], house: House) -> None:
    served = serve(parrot, Pace(burst=6, a_second=0.5, clock=lambda: 0.0))
    ania = served.client(house.ania)
    too_long = ania.send("x" * 4001)
    assert too_long["error"]["message"] == "A message can have 4000 characters; this has 4001. Send it in parts."
    assert ania.send("\x00 \x07")["error"]["message"] == "Write something first."
    assert [ania.send(f"m{n}")["ok"] for n in range(2)] == [True, True]
    assert ania.send("m3")["error"]["message"] == "That was a lot at once. Wait 2 seconds, then go on."


def test_what_makes_no_sense_is_refused_and_the_socket_goes_on(served: Served) -> None:
    ania = served.client(served.house.ania)
    for event, payload in (
        ("send", None), ("send", {"text": 7}), ("send", [1]), ("hello", {"version": 2}),
        ("catch_up", {"after_seq": -1}),
        ("no_such_event", {}), ("send", {"client_id": "a:b", "text": "x"}), ("read", "x"),
        ("open", {"conversation": "\ud800"}), ("catch_up", {"conversation": "CV-1", "after_seq": 2**63}),
        ("send", {"conversation": "CV-2026-0001\x00", "client_id": "a", "text": "x"}),
        ("decline", {"conversation": "CV-1", "message_seq": 2**40}),
        ("send", {"client_id": "b", "button": {"label": "x", "action": "invoices.show\x00", "input": {}}}),
        ("send", {"client_id": "c", "button": {"label": "x", "action": "home.show", "input": {"n": float("nan")}}}),
    ):  # fmt: skip
        answer = ania.ask(event, payload)
        assert answer["ok"] is False and answer["error"]["code"] == "invalid_input", (event, answer)
        assert not re.search(r"[Ii]nput should|[Ff]ield required|[Vv]alid ", answer["error"]["message"]), answer
    assert ania.ask("read", {"seq": 1})["error"]["message"] == "Conversation is missing."
    assert ania.send("Still here")["ok"]


def test_the_desks_queue_says_who_wrote_last(served: Served) -> None:
    from billing import dispatch
    from billing.registry import Channel

    house = served.house
    ania, marit = served.client(house.ania), served.client(house.marit, desk=True)
    ania.send("Hello")
    dispatch.run(house.contexts, "support.talk_to_person", {}, house.ania.actor, Channel.CHAT)

    def last_by() -> tuple[str, str]:
        (row,) = marit.ask("queue", {})["rows"]
        return row["last_by"]["kind"], row["last_by"]["name"]

    assert last_by() == ("customer", "Ania Kowalczyk")
    marit.ask("take", {"conversation": ania.number or ""})
    marit.open(ania.number or "")
    marit.send("Hi Ania")
    ania.wait_for("Hi Ania")
    assert last_by() == ("staff", "Marit de Vries")
    ania.send("The visit was a repair")
    marit.wait_for("The visit was a repair")
    assert last_by() == ("customer", "Ania Kowalczyk")


def test_the_desks_queue_knows_who_is_late(served: Served, clock: SetClock) -> None:
    from datetime import timedelta

    from billing import dispatch
    from billing.registry import Channel

    house = served.house
    for person in (house.wanjiru, house.ania):
        served.client(person).send("Hello")
        dispatch.run(house.contexts, "support.talk_to_person", {}, person.actor, Channel.CHAT)
        clock.advance(timedelta(minutes=6))
    marit = served.client(house.marit, desk=True)
    queue = marit.ask("queue", {})
    assert [(row["name"], row["late"]) for row in queue["rows"]] == [
        ("Wanjirũ Kamau", True), ("Ania Kowalczyk", False),
    ]  # fmt: skip
    assert (queue["open"], queue["late"]) == (2, 1)
