"""An answer that was offered, typed instead of pressed: "the first one", "start a new one"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.understanding import Answer

MOST_WORDS = 6
_PLACES = ("first", "second", "third", "fourth", "fifth")
_PLACE = re.compile(
    r"(?:the )?(?P<at>first|second|third|fourth|fifth|last|former|latter|[1-5](?:st|nd|rd|th)|"
    r"(?:option|number|no) [1-5])(?: (?:one|option))?"
)
_LITTLE = {
    "a", "an", "the", "it", "that", "this", "one", "ones", "please", "just", "i", "want", "to", "for", "me", "my",
    "our", "yes", "ok", "okay", "new", "of", "would", "like", "rather", "mean",
}  # fmt: skip


def chosen(words: str, choices: Sequence[Answer]) -> Answer | None:
    """The only answer that the words can mean: by its place, or by words that no other answer has."""
    said = re.sub(r"[^\w ]+", " ", words.lower()).split()
    if not choices or not said or len(said) > MOST_WORDS:
        return None
    if place := _PLACE.fullmatch(" ".join(said)):
        at = _place(place["at"], len(choices))
        return choices[at] if at < len(choices) else None
    telling = {word for word in said if word not in _LITTLE}
    fitting = [choice for choice in choices if telling and telling <= _words(choice.label)]
    return fitting[0] if len(fitting) == 1 else None


def _place(said: str, count: int) -> int:
    if said in ("last", "latter"):
        return count - 1
    if said in ("first", "former"):
        return 0
    return _PLACES.index(said) if said in _PLACES else int(re.sub(r"\D", "", said)) - 1


def _words(label: str) -> set[str]:
    return set(re.findall(r"\w+", label.lower()))
