"""Sentences that ask for one thing among others, or say a verb once for two: "set mail to 12 and hosting to Scale"."""

from __future__ import annotations

import re

from chat.understanding.splitting import VERBS

_SHARED = re.compile(
    r"^(?P<verb>(?:(?:please|can you|could you|i want to|we want to) )*"
    r"(?:set|change|switch|move|bring|put|take|make|upgrade|downgrade|reduce|increase|raise|lower|bump|cut))"
    r" (?P<a>(?:(?!\band\b).)+? (?:up |down )?(?:to|at|on|onto) (?:(?!\band\b).)+?),? (?:and|,) "
    rf"(?P<b>(?!(?:{'|'.join(VERBS)})\b)(?:(?!\band\b).)+? (?:up |down )?(?:to|at|on|onto) .+)$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*[,;:]\s*(?:(?:so|and|but|then|therefore|hence)\b\s*)?|\s+(?:so|but|because)\s+", re.IGNORECASE)
MOST_PARTS = 5


def sharing_a_verb(sentence: str) -> list[str]:
    """Both requests of a sentence whose verb stands once, each with it; nothing where it is one request."""
    found = _SHARED.match(sentence.strip())
    return [f"{found['verb']} {found['a']}", f"{found['verb']} {found['b']}"] if found else []


def asides(sentence: str) -> list[str]:
    """The parts between the commas of a sentence, in order; nothing where it has none, or too many."""
    parts = [part.strip() for part in _ASIDE.split(sentence) if re.search(r"\w", part)]
    return parts if 1 < len(parts) <= MOST_PARTS else []
