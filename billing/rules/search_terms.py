"""The words, numbers and amounts by which a document is found.

Words are kept without accents and case. Two signs keep apart what isn't a word: `#rt-2026-0187` is a whole number and
`=98801` an amount in minor units.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 60
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The text's words as they are compared: "Möbel, 3D-Tour" gives mobel, 3d, tour."""
    return list(_words(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    bare = text.casefold()
    if not bare.isascii():
        plain = unicodedata.normalize("NFKD", bare)
        bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(word[:LONGEST] for word in _WORD.findall(bare))


def number_term(number: str) -> str:
    """The term of a whole number."""
    return f"#{number.strip().lstrip('#').lower()[:LONGEST]}"


def amount_term(amount: int) -> str:
    """The term of an amount, whichever way it goes: a credit note is found by what it gives."""
    return f"={abs(amount)}"


def terms_of(number: str, title: str, total: int) -> set[str]:
    """Every term of a document: its title's words, its number, whole and its last part, and its total."""
    tail = (words_of(number) or [""])[-1]
    found = {*words_of(title), number_term(number), amount_term(total), tail, tail.lstrip("0")}
    return {term for term in found if term}
