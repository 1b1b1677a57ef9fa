"""Whether the likeliest request is the one that was meant, or one of several."""

from __future__ import annotations

import re
from collections.abc import Mapping

from billing.registry import Action
from chat.understanding.intents import Guess
from chat.understanding.mentions import Mentions
from chat.understanding.phrases import OTHER, action_of
from chat.understanding.wording import essence

PERSON = "support.talk_to_person"
SURE = 0.42  # from here on a change is proposed
MAYBE = 0.36  # from here on a question is answered, and a change asked about
SAID = 0.97  # from this nearness on, it is one of the phrases
NEARLY_SAID = 0.75  # from this nearness on, a phrase was all but said
NEAR = 0.3  # some phrase must be as near as this
CLOSE = 0.12  # two requests this near to each other are asked about
LIKE_TALK = 0.62  # greetings, yes and no are short: they must be near to a phrase of theirs
ASIDE = 0.48  # how sure a request between commas must be
USES = (
    "invoice", "payment", "subscription", "conversation", "seats", "rating", "coupon", "add_on", "project", "hours",
    "email", "colleague", "milestone",
)  # fmt: skip
_QUESTION = re.compile(r"(?:what|which|when|who|why|how (?:much|many|long|expensive|often))\b")
_YES_OR_NO = re.compile(
    r"(?:(?:do|does|did|has|have) (?!not\b|you\b|it\b|that\b|this\b)|(?:is|are|was|were|am) (?!it\b|there\b))"
)
_HEDGED = re.compile(r"\b(?:maybe|perhaps|not sure)\b")
_NO_AMOUNT = r"days?|weeks?|months?|open|unpaid|overdue|outstanding|due|oldest|newest|of them|invoices|bills|ones"
_PART = re.compile(r"\b(?:half|a third|a quarter|a part|partly|partially|some)\b(?! (?:of )?(?:my |our |the )?credit)")
_UNREAD_INVOICE = re.compile(
    r"\b(?:the|my|our) (?P<said>(?!(?:other|same|right|whole|open|overdue|due|unpaid|new|last|first)\b)[a-z][\w'-]+ "
    r"(?:invoice|bill))\b"
)
_FIGURE = re.compile(rf"(?<![\w{{.,-])\d[\d.,]*(?![\w}}])(?! ?(?:{_NO_AMOUNT})\b)")


def heard(guesses: list[Guess], actions: Mapping[str, Action]) -> float:
    """How sure it is that something of the best guess's kind is asked: a list and one of it share what they say."""
    best = guesses[0]
    kind = best.label.partition(".")[0]
    near = [g for g in guesses[:3] if g.label.partition(".")[0] == kind and action_of(g.label) in actions]
    if best.nearest < LIKE_TALK or any(actions[action_of(g.label)].changes for g in near):
        return best.score
    return max(best.score, sum(g.score for g in near))


def rivals_of(guesses: list[Guess], actions: Mapping[str, Action]) -> list[Guess]:
    """The requests that are about as likely as the best one, when it isn't sure."""
    best = guesses[0]
    if best.score >= SURE + CLOSE or best.nearest >= SAID:
        return []
    near = [g for g in guesses[1:3] if g.score >= MAYBE and best.score - g.score < CLOSE]
    others = [g for g in near if not g.label.startswith(("talk.", "later.")) and g.label != OTHER]
    rivals = [g for g in others if action_of(g.label) != action_of(best.label)]
    harmless = not any(actions[action_of(g.label)].changes for g in (best, *rivals))
    if harmless and (
        len({g.label.partition(".")[0] for g in (best, *rivals)}) == 1
        or all(best.nearest - g.nearest >= CLOSE for g in rivals)
    ):
        return []
    return [best, *rivals] if rivals or best.score < SURE else []


def only_asked(guesses: list[Guess], mentions: Mentions, actions: Mapping[str, Action]) -> list[Guess]:
    """A question is no order: where it sounds like a change, and isn't one of its phrases, it is asked about."""
    best = guesses[0]
    action = actions[action_of(best.label)]
    doubted = _YES_OR_NO.match(mentions.text.strip()) or _HEDGED.search(mentions.text)
    if best.nearest >= (SAID if doubted else NEARLY_SAID) or not action.changes or action.id == PERSON:
        return []
    if not _QUESTION.match(essence(mentions.text)) and not doubted:
        return []
    asked = [g for g in guesses[1:4] if (a := actions.get(action_of(g.label))) and not a.changes]
    return [best, *[g for g in asked if g.nearest >= NEAR][:1]]


def unread_figure(mentions: Mentions, args: Mapping[str, object]) -> str:
    """A figure in a payment that nothing was made of: what would be paid might not be what was meant."""
    if "amount" in args:
        return ""
    if part := _PART.search(mentions.text):
        return part.group(0)
    if re.search(r"\b(?:in|for|next|last) \d", mentions.text):
        return ""
    found = _FIGURE.search(mentions.text)
    return found.group(0).rstrip(".,") if found else ""


def unread_invoice(mentions: Mentions) -> str:
    """An invoice that is described, beside others that were found, and that nothing was made of."""
    found = _UNREAD_INVOICE.search(mentions.text)
    return found.group("said") if found and mentions.invoices else ""


def confidence_of(score: float, nearest: float) -> float:
    """How sure it is, as it is told: 0 to 0.99."""
    return round(min(0.99, 0.8 * min(1.0, score * 1.1) + 0.2 * nearest), 3)
