"""What a conversation is about, in a line: the first thing that its customer asked."""

from __future__ import annotations

import re

from sqlmodel import Session, col, select

from chat.conversations import snippet_of
from chat.models import Conversation, Message
from chat.protocol import AuthorKind

LOOKED_AT = 3
_GREETING = re.compile(
    r"(?i)\W*(?:hi|hello|hey|hallo|hoi|dear \w+|good (?:morning|afternoon|evening|day))(?: (?:there|all|everyone))?\W*"
)


def subject_of(session: Session, conversation: Conversation) -> str:
    """The first message of the customer that says more than hello; of a greeting alone, that. Empty without any."""
    said = session.exec(
        select(Message.text)
        .where(Message.conversation_id == conversation.id, Message.author_kind == AuthorKind.CUSTOMER)
        .order_by(col(Message.seq))
        .limit(LOOKED_AT)
    ).all()
    found = next((words for words in said if not _GREETING.fullmatch(words)), said[0] if said else "")
    return snippet_of(found)
