"""What an agent reads of a conversation before answering: short, the newest first, without what they know anyway."""

from __future__ import annotations

from chat.desk import LONGEST_QUOTE, sum_up


def test_the_last_question_stands_first_and_asking_for_a_person_is_left_out() -> None:
    said = ["hello", "which invoices are overdue?", "The visit was a repair", "Can I talk to a person?"]

    assert sum_up(said, []) == "Wants: “The visit was a repair”. Asked before: “which invoices are overdue?”."


def test_what_was_done_is_told_as_its_newest_two() -> None:
    done = ["1 invoice paid (PAY-1)", "2 invoices paid (PAY-2)", "Hosting switched (CHG-1)"]

    assert sum_up(["pay it"], done) == (
        "Wants: “pay it”. Done here: 2 invoices paid (PAY-2); Hosting switched (CHG-1) and 1 more."
    )


def test_a_long_message_is_cut_and_one_said_twice_stands_once() -> None:
    long = "word " * 60

    told = sum_up(["pay it", "pay it", long.strip()], [])

    assert told.startswith("Wants: “word word") and told.endswith("…”. Asked before: “pay it”.")
    assert len(told) < 2 * LONGEST_QUOTE


def test_who_only_asked_for_a_person_is_said_so() -> None:
    assert sum_up(["I want to speak to a real human"], []) == "Asked for a person, and nothing else yet."
