"""What a customer asks on a page comes to the people at the desk: as their own words in their conversation."""

from __future__ import annotations

from billing.context import Context
from billing.models.records import EventRecord
from billing.registry import follows
from chat.access import open_conversation
from chat.blocks import Text
from chat.conversations import Draft, announce, append_message, start_conversation
from chat.moves import assistant, hand_over, locked, promise
from chat.protocol import AuthorKind, Person, Status


@follows("project.hours_questioned")
def pass_question_on(ctx: Context, event: EventRecord) -> None:
    """A question about hours is said in the conversation of whoever asks, which then waits for a person.

    Where a person answers there already, or was asked, it is one more message for them.
    """
    if ctx.actor.kind != "contact":
        return
    found = open_conversation(ctx)
    conversation = locked(ctx, found) if found else start_conversation(ctx)
    asker = Person(kind=AuthorKind.CUSTOMER, id=ctx.actor.id, name=ctx.actor.name)
    about, question = event.details["about"], event.details["question"]
    words = f"About {about}: {question}"
    key = f"asked:{conversation.last_seq + 1}"
    messages = [append_message(ctx.session, conversation, Draft(key, asker, words, (Text(text=words),)), ctx.now)]
    if conversation.status not in (Status.WAITING, Status.WITH_PERSON):
        entry = event.details["entry"]
        messages.append(hand_over(ctx, conversation, f"Hours {entry}", f"a question about the hours {entry}"))
        told = f"I have passed your question about {entry} on to a person. {promise(ctx)}"
        draft = Draft(f"said:{conversation.last_seq + 1}", assistant(ctx), told, (Text(text=told),))
        messages.append(append_message(ctx.session, conversation, draft, ctx.now))
    announce(ctx, conversation, *messages)
