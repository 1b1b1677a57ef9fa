"""Sentences that speak of a change without asking for it: what it would do, what it waits for, whether it was done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from chat.understanding.wording import spell_out

SUPPOSED = "if"  # what a request is about that asks what a change would do


class Manner(StrEnum):
    """IF asks for the consequence, WAIT makes it depend on something, DONE asks whether it has happened."""

    IF = "if"
    WAIT = "wait"
    DONE = "done"


@dataclass(frozen=True)
class Framed:
    """How a change is spoken of, and the words that would ask for it."""

    manner: Manner
    change: str


_CHANGES = (
    r"(?:cancel|end|stop|terminate|quit|close|pause|freeze|suspend|resume|reactivate|restart|upgrade|downgrade|switch|"
    r"change|move|go|add|remove|drop|reduce|lower|raise|increase|pay|settle|charge|approve|accept|redeem|use|apply|start|"
    r"buy|order|book|turn|take|leave|kill|put|set|give)"
)
_WE = r"(?:i|we|you|one)"
_ASKS = r"(?:what|how|which|when|do|does|did|will|would|is|are|am|can|could|should|whose|where)"
_OPENING = re.compile(r"^(?:(?:and|so|but|ok|okay|hi|hello|hey|well|also|then|or|hm+|please)\b[\s,.!:;-]*)+")
_CONSEQUENCES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^what (?:(?:would |will )?(?:happens?|changes?|follows?)|does it mean|would it mean)\b"
        r"(?: (?:to|with|for|on) (?P<of>[^,?]+?)|[^,?]*?) (?:if|when|once) (?P<x>.+)",
        r"^(?:and )?what if (?P<x>.+)",
        rf"^(?:suppose|supposing|assuming|assume|imagine|say|let us say)(?: that)?,? (?P<x>{_WE}\b[^,?]+)",
        rf"^(?:if|when|once) (?P<x>{_WE}\b.+?),? (?:then )?"
        r"(?:what|how|do|does|will|would|is|are|can|could|when|which|am)\b.*",
        rf"^(?!(?:can|could|will|would) you\b){_ASKS}\b.*? if (?P<x>{_WE}\b.+)",
        rf"^(?:do|does|will|would|is|are|what|how)\b.*? when (?P<x>{_WE} {_CHANGES}\b.+)",
        rf"^when (?P<x>{_WE} {_CHANGES}\b[^,]+), (?:do|does|will|would|is|are|what|how)\b.*",
        rf"^should {_WE} (?:rather |better )?(?P<x>.+)",
        rf"^(?:am|are) {_WE} (?:able|allowed|free) to (?P<x>.+)",
        r"^(?:is|would) it (?:be )?(?:better|worth|cheaper|wise|smart|sensible|allowed)(?: for (?:me|us))? "
        r"(?:to )?(?P<x>.+)",
        r"^(?:what|how much) (?:would|will|does|do) (?P<x>(?:an? |\d+ |one |two |three |four |five |ten )"
        r"(?:more|extra|additional|other|fewer) [\w ]+?) cost\b",
        r"^(?:what|how much) (?:does|would|will|did) it cost(?: me| us)? to (?P<x>.+)",
        r"^(?:is|are) there (?:a |an |any )?(?:fees?|costs?|charges?|penalt(?:y|ies))(?: for| to| when| if)?"
        r"(?: i| we)? (?P<x>.+)",
        rf"^{_WE} (?:was|were|am|are|have been|had been) (?:just )?(?:thinking|wondering|considering|debating)\b"
        r"(?: (?:about|of|whether|if|over))?(?: we| i)?(?: to| should| could)? ?(?P<x>.*)",
        rf"^{_WE} (?:might|may)(?: have to| want to| need to)? (?P<x>{_CHANGES}\b.+)",
        rf"\b(?:whether|if) (?:{_WE} )?(?:should|could|ought to|can) (?P<x>.+)",
    )
)
# "If you can" and "when it renews" are a courtesy and a day, no condition.
_NO_CONDITION = (
    r"(?!(?:you (?:can|could|like|want|wish|may|would|have|are|agree|do not mind)|possible|"
    r"necessary|needed|allowed|i may|i might|not|so|ok|okay|that works|it (?:renews|ends|runs out)|"
    r"(?:it|that) is (?:possible|ok|okay|fine|all right|needed)|"
    r"(?:the|my|our) (?:\w+ )?(?:term|period|trial|pause|month|year))\b)"
)
_CONDITIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?:if|once|as soon as|when(?! (?:did|do|does|is|are|was|were|will|would|can|am|should)\b)|whenever|unless|"
        rf"in case) {_NO_CONDITION}(?P<when>.+?)[,;]? "
        rf"(?P<x>(?:i|we) (?:will|would|am|are|shall)(?: going to)? {_CHANGES}(?:l?ing)?\b.*)",
        rf"^(?:if|once|as soon as|when|whenever|unless|in case) {_NO_CONDITION}(?P<when>.+?)"
        rf"(?:,| please| then| just)+ (?:please |then |just )*(?P<x>{_CHANGES}\b.*)",
        r"^(?:please |just |(?:can|could|will|would) you (?:please )?|(?:i|we) want to )?"
        rf"(?P<x>{_CHANGES}\b.+?),? (?:only if|if|unless|as soon as|in case|only when|once) "
        rf"{_NO_CONDITION}(?P<when>.+)",
    )
)
_DONE = re.compile(
    r"^(?:(?:did|have|has|had|was|were|when (?:did|was|were)|why (?:did|was|were|has|have))\b|"
    r"who (?:(?:has|have|had) )?(?=\w+ed\b))(?: (?:already|ever|just)\b)?\s*"
)
_ROOTS = (
    (r"\bcancel(?:l?ed|l?ing)\b", "cancel"),
    (r"\b(paus|upgrad|downgrad|mov|chang|remov|reduc|clos|reactivat|approv|us)(?:ed|ing)\b", r"\1e"),
    (r"\b(end|switch|add|lower|rais|start|order|resum|redeem|settl|increas)(?:ed|ing)\b", r"\1"),
    (r"\b(stop|drop)p(?:ed|ing)\b", r"\1"),
    (r"\b(?:went|going)\b", "go"),
    (r"\b(?:paid|paying)\b", "pay"),
    (r"\btook\b", "take"),
    (r"\bbought\b", "buy"),
)
_TURNED = re.compile(
    r"(?P<what>[a-z][\w ]{2,40}?) (?P<verb>(?:cancel|paus|stopp|end|switch|chang|upgrad|downgrad|remov|add|resum|"
    r"reactivat)l?ed)\b(?P<rest>.*)"
)
_SUBJECT = re.compile(
    rf"^{_WE}\b(?: (?:were|was|am|are|will|would|should|could|can|do|did|want|decide|decided|have))?"
    r"(?: going)?(?: to)?\b"
)


def framed(request: str) -> Framed | None:
    """How the request speaks of a change; None where it may simply ask for one."""
    text = _OPENING.sub("", spell_out(request)).strip()
    for pattern in _CONSEQUENCES:
        if found := pattern.search(text):
            of = found.groupdict().get("of")
            said = re.sub(r"\b(?:it|that|them)\b", of, found["x"], count=1) if of else found["x"]
            return Framed(Manner.IF, _as_asked(said))
    for pattern in _CONDITIONS:
        if found := pattern.search(text):
            return Framed(Manner.WAIT, _as_asked(found["x"]))
    return Framed(Manner.DONE, _as_asked(_DONE.sub("", text))) if _DONE.search(text) else None


def _as_asked(change: str) -> str:
    """The words as a request has them: "we cancelled hosting" is "cancel hosting"."""
    text = _SUBJECT.sub("", change.strip()).strip(" ,.?!") or change
    if turned := _TURNED.match(text):  # "hosting cancelled" is "cancelled hosting"
        text = f"{turned['verb']} {turned['what']}{turned['rest']}"
    head, space, rest = text.partition(" ")
    for pattern, root in _ROOTS:
        head = re.sub(pattern, root, head)
    return f"{head}{space}{rest}"
