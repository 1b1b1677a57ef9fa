"""Text with words that are read from the right, as HTML that the printer draws in order.

Its WebKit measures a run of text from the cursor's place at the beginning to that at the end. Where words that are read
from the right stand in one run with numbers, Latin words or a full stop, these two places don't span the run, and what
follows is drawn over it. So each of these gets a run of its own, and is told its direction.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

from markupsafe import Markup, escape

LEFT, RIGHT, SPACE = "ltr", "rtl", ""
FROM_RIGHT = frozenset({"R", "AL"})
FROM_LEFT = frozenset({"L", "EN", "AN"})
BESIDE_NUMBERS = frozenset({"ES", "ET"})  # signs that belong to the number beside them: +966, 21%, €5
OF_ARABIC = frozenset("،؛؟")
NUMBERS = frozenset({"EN", "AN"})
MARKS = frozenset({"NSM", "BN"})
OPENING, CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Pe", "Pf"})
BLANKS = frozenset({"WS", "B", "S"})
IN_WORDS = FROM_RIGHT | MARKS | BLANKS


def direction(text: str) -> str:
    """The text's first letter's direction: ltr or rtl."""
    first = next((kind for kind in map(unicodedata.bidirectional, text) if kind in FROM_RIGHT or kind == "L"), "L")
    return LEFT if first == "L" else RIGHT


def in_order(text: str) -> Markup:
    """The text as HTML; anything in it that looks like markup is text."""
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    if not FROM_RIGHT.intersection(kinds):
        return escape(text)
    whole = direction(text)
    signs = list(zip(_ways(text, kinds, whole), kinds, text, strict=True))
    return Markup("").join(_run(list(run), way, whole) for way, run in groupby(signs, key=lambda sign: sign[0]))


def _run(signs: list[tuple[str, str, str]], way: str, whole: str) -> Markup:
    """Signs of one direction. Those from the right that are no words stand in elements of their own."""
    parts = []
    for word, run in groupby(signs, key=lambda sign: way != RIGHT or sign[1] in IN_WORDS):
        said = "".join(sign for _, _, sign in run)
        parts.append(escape(said) if word else Markup("<span>{}</span>").format(said))
    if way == whole == RIGHT and signs[0][1] not in IN_WORDS:  # a comma between two numbers belongs to neither
        parts.insert(0, Markup("<span>&rlm;</span>"))
    inside = Markup("").join(parts)
    return inside if way in (SPACE, whole) else Markup('<bdo dir="{}">{}</bdo>').format(way, inside)


def _ways(text: str, kinds: list[str], whole: str) -> list[str]:
    """The direction of each sign: its own, that of the signs on both sides, or else that of the whole text.

    Between two directions a bracket goes with what it holds, and a space has none.
    """
    own = [RIGHT if sign in OF_ARABIC else _own_way(kinds, place) for place, sign in enumerate(text)]
    before, after = _nearest(own, whole), _nearest(own[::-1], whole)[::-1]
    found = []
    for sign, kind, way, left, right in zip(text, kinds, own, before, after, strict=True):
        if way or left == right or kind in MARKS or unicodedata.category(sign) in CLOSING:
            found.append(way or left)
        elif unicodedata.category(sign) in OPENING:
            found.append(right)
        else:
            found.append(SPACE if kind in BLANKS else whole)
    return found


def _nearest(ways: list[str], first: str) -> list[str]:
    found = []
    for way in ways:
        first = way or first
        found.append(first)
    return found


def _own_way(kinds: list[str], place: int) -> str:
    kind = kinds[place]
    if kind in FROM_RIGHT:
        return RIGHT
    beside = {kinds[near] for near in (place - 1, place + 1) if 0 <= near < len(kinds)}
    return LEFT if kind in FROM_LEFT or (kind in BESIDE_NUMBERS and beside & NUMBERS) else ""
