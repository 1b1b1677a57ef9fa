"""What notices are about, as people choose among it: the words, the kinds, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing import dispatch
from billing.context import Context
from billing.models.notices import NoticeKind

K = NoticeKind


class Topic(StrEnum):
    """What a notice is about."""

    INVOICES = "invoices"
    OVERDUE = "overdue"
    PAYMENTS = "payments"
    RENEWALS = "renewals"
    SUBSCRIPTIONS = "subscriptions"
    APPROVALS = "approvals"
    PEOPLE = "people"
    ANSWERS = "answers"


@dataclass(frozen=True)
class About:
    """A topic: its words, the action that somebody must be allowed to take for being told, and its kinds.

    `letter` says what is mailed about it to the account's billing address whatever anybody chooses; `mailed` whether a
    person can have its notices by mail too.
    """

    title: str
    help: str
    needs: str
    kinds: tuple[NoticeKind, ...]
    letter: str = ""
    mailed: bool = True


TOPICS = {
    Topic.INVOICES: About(
        "New invoices", "An invoice or a credit note is there.", "invoices.list", (K.INVOICE_NEW, K.CREDIT_NEW),
        letter="Invoices",
    ),
    Topic.OVERDUE: About(
        "Overdue invoices", "An invoice was due and is not paid.", "invoices.list", (K.INVOICE_OVERDUE,),
        letter="Reminders",
    ),
    Topic.PAYMENTS: About(
        "Payments and refunds", "Money came in, did not come in, or goes back.", "payments.list",
        (K.PAYMENT_RECEIVED, K.PAYMENT_FAILED, K.REFUNDED), letter="Receipts and failed charges",
    ),
    Topic.RENEWALS: About(
        "Renewals and trials", "A renewal comes, or a trial ends.", "subscriptions.list",
        (K.RENEWAL_COMING, K.TRIAL_ENDS), letter="Reminders before a trial ends",
    ),
    Topic.SUBSCRIPTIONS: About(
        "Changed subscriptions", "Somebody else paused, resumed, cancelled or changed one.", "subscriptions.list",
        (K.SUBSCRIPTION_CHANGED,),
    ),
    Topic.APPROVALS: About(
        "Work to approve", "Hours or a milestone wait for your approval.", "projects.approve_hours",
        (K.HOURS_LOGGED, K.MILESTONE_DONE),
    ),
    Topic.PEOPLE: About(
        "People", "Somebody was invited, came or was taken off, or may do something else now.", "account.show",
        (K.PERSON_INVITED, K.PERSON_JOINED, K.PERSON_CHANGED, K.PERSON_REMOVED),
    ),
    Topic.ANSWERS: About(
        "Answers", "A person answered you in a conversation that you had not open.", "support.talk_to_person",
        (K.ANSWERED,), mailed=False,
    ),
}  # fmt: skip
TOPIC_OF = {kind: topic for topic, about in TOPICS.items() for kind in about.kinds}


def may_see(ctx: Context, topic: Topic) -> bool:
    """Whether the acting person may see what the topic is about: by their role, and by the business's switches."""
    action = ctx.contexts.registry.actions.get(TOPICS[topic].needs)
    return action is not None and dispatch.allowed(ctx, action)


def kinds_for(ctx: Context) -> list[NoticeKind]:
    """The kinds of notices that the acting person may see."""
    return [kind for topic, about in TOPICS.items() if may_see(ctx, topic) for kind in about.kinds]
