"""What a customer asks on a page reaches the people at the desk: in the conversation, and in their queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlmodel import col, select

import chat.actions  # noqa: F401
from billing import dispatch
from billing.errors import PortalError
from billing.registry import Channel
from chat.desk import queue
from chat.models import Conversation, Message
from chat.protocol import Status
from tests.billing.projects.agency import Agency
from tests.billing.projects.conftest import agency

__all__ = ["agency"]

MEETINGS = {"question": "Who was in these meetings?"}


@pytest.fixture
def logged(agency: Agency) -> str:
    """Two and a half hours that Ilse has logged on Ania's project; their number."""
    agency.on(date(2026, 3, 12)).start()
    return agency.log(date(2026, 3, 10), "2.5", "Meetings")


def conversations(agency: Agency) -> Sequence[Conversation]:
    with agency.contexts.system() as ctx:
        return ctx.session.exec(select(Conversation).order_by(col(Conversation.id))).all()


def told(agency: Agency) -> list[tuple[str, str]]:
    """Who said what, notes for staff aside."""
    with agency.contexts.system() as ctx:
        rows = ctx.session.exec(
            select(Message)
            .where(col(Message.staff_only).is_(False))
            .order_by(col(Message.conversation_id), col(Message.seq))
        ).all()
        return [(row.author_name, row.text) for row in rows]


def test_a_question_about_hours_waits_at_the_desk_in_the_customers_words(agency: Agency, logged: str) -> None:
    asked = {"entry": logged, **MEETINGS}
    preview = dispatch.preview(agency.contexts, "projects.question_hours", asked, agency.ania, Channel.PORTAL)
    for _ in range(2):
        kept = dispatch.run(
            agency.contexts, "projects.question_hours", asked, agency.ania, Channel.PORTAL, token=preview.token
        )
        assert kept.sentence.startswith("Your question about 2.5 h on 10 March is with ")

    question, answer = told(agency)
    assert question == (
        agency.ania.name,
        f"About {logged}, 2.5 h of New website, Meetings on 10 March 2026: Who was in these meetings?",
    )
    assert answer[1].startswith(f"I have passed your question about {logged} on to a person. ")
    [conversation] = conversations(agency)
    assert (conversation.status, conversation.unread_by_staff) == (Status.WAITING, 1)
    with agency.contexts.open(agency.rio, Channel.DESK) as ctx:
        [row] = queue(ctx).rows
    assert (row.conversation, conversation.reason) == (conversation.number, f"Hours {logged}")


def test_where_a_person_answers_already_it_is_one_more_message(agency: Agency, logged: str) -> None:
    other = agency.log(date(2026, 3, 11), "1", "Meetings")
    agency.customer("projects.question_hours", entry=logged, **MEETINGS)
    [conversation] = conversations(agency)
    agency.staff("support.take", conversation=conversation.number)

    agency.customer("projects.question_hours", entry=other, question="And in this one?")

    [conversation] = conversations(agency)
    assert conversation.status == Status.WITH_PERSON
    assert told(agency)[-1][1].endswith("And in this one?")


def test_a_question_that_is_refused_reaches_nobody(agency: Agency, logged: str) -> None:
    agency.customer("projects.approve_hours", entries=[logged])
    agency.invoice_hours()

    with pytest.raises(PortalError):
        dispatch.run(agency.contexts, "projects.question_hours", {"entry": logged, **MEETINGS}, agency.ania,
                     Channel.SHELL)  # fmt: skip

    assert (conversations(agency), told(agency)) == ([], [])
