"""Which of the requests of one message stand by themselves, and which parts need no answer of their own."""

from __future__ import annotations

import re

from chat.understanding.meaning import Outcome, Talk, Understood

VAGUE = 0.52  # below it, one guess beside a sure request isn't asked about
_SHOWN = ("invoices.show", "subscriptions.show", "payments.show")
_ONLY_POLITE = re.compile(r"(?i)\W*(?:please|pls|plz|thanks|thx|thank you|cheers)\W*")


def without_repeats(found: list[tuple[str, Understood]]) -> list[tuple[str, Understood]]:
    """Each topic once: "we have moved, change our address" asks for one thing, as its fuller half says it."""
    topics: set[str] = set()
    kept: list[tuple[str, Understood]] = []
    fuller = [one for _, one in found if one.action and one.args]
    sure = any(one.outcome is Outcome.ACTION for _, one in found)
    for part, one in found:
        if any((one.action, one.args) == (other.action, other.args) and one.action for _, other in kept):
            continue
        if sure and (_only_names(part, one, found) or _is_vague(one)):
            continue
        bare = one.outcome in (Outcome.ACTION, Outcome.CLARIFY) and not one.args and not one.about
        if one.topic not in topics and not (bare and any(other.action == one.action for other in fuller)):
            kept.append((part, one))
        topics |= {one.topic} if one.topic else set()
    return kept


def _only_names(part: str, one: Understood, found: list[tuple[str, Understood]]) -> bool:
    """Whether a part only names what another part asks something of: "the one due on 15 March, pay that"."""
    if one.action not in _SHOWN or not one.args or len(found) < 2:
        return False
    named = next(iter(one.args.values()))
    others = [other for _, other in found if other.action not in (None, one.action)]
    verb = re.match(
        r"(?i)\W*(?:please |can you |could you )?(?:show|open|see|view|display|what|which|when|how|why|is)\b", part
    )
    return verb is None and any(named in other.args.values() or [named] in other.args.values() for other in others)


def _is_vague(one: Understood) -> bool:
    """Whether it is hardly known that anything is asked."""
    return one.action is None and not (one.topic or one.refused) and len(one.choices) == 1 and one.confidence < VAGUE


def says_something(part: str) -> bool:
    """Whether a part is more than a courtesy."""
    return _ONLY_POLITE.fullmatch(part) is None


def is_grumble(part: str, one: Understood) -> bool:
    """Whether a part only says what is wrong: after "cancel Site care", "it is too slow" is the reason."""
    return one.topic == "technical" and re.match(r"(?i)(?:it|they|that|this)\b", part) is not None


def is_remark(one: Understood) -> bool:
    return (one.outcome is Outcome.OUT_OF_SCOPE and not one.topic) or one.talk is Talk.THANKS


def stands_alone(one: Understood) -> bool:
    return (
        one.outcome in (Outcome.ACTION, Outcome.HANDOFF)
        or bool(one.topic)
        or bool(one.action)
        or bool(one.question and not one.talk)
    )


def by_the_way(part: str, one: Understood, every: list[Understood]) -> bool:
    """Whether a part needs no answer of its own: a greeting or a remark beside a real request."""
    if not any(other is not one and (other.action or other.topic or other.question) for other in every):
        return False
    if one.topic == "discount" and any("coupon" in other.args for other in every):  # the code is there
        return True
    if one.talk in (Talk.GREETING, Talk.THANKS, Talk.GOODBYE, Talk.ABOUT, Talk.HELP, Talk.YES, Talk.NO, Talk.SKIP):
        return True
    remark = not part.rstrip().endswith("?") and not re.match(
        r"(?i)(pay|show|tell|give|order|book|play|set|send|what|how|who|where|when|why|can|could|is|are|do|does)\b",
        part,
    )
    return one.outcome is Outcome.OUT_OF_SCOPE and not one.topic and remark


def only_hints_at(one: Understood, asked: set[str]) -> bool:
    """Whether a part that isn't sure to ask for anything can only mean what another part asks for, by its command."""
    meant = {choice.send.split()[0] for choice in one.choices}
    return one.action is None and not (one.topic or one.refused) and len(meant) == 1 and meant <= asked


def beside(every: list[Understood]) -> list[Understood]:
    """What is forbidden beside a request is acknowledged and asks nothing back."""
    if all(one.refused for one in every):
        return every
    said = [one.model_copy(update={"question": one.refused, "choices": []}) if one.refused else one for one in every]
    return [one for n, one in enumerate(said) if not one.refused or one not in said[:n]]
