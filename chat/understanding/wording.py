"""Brings a sentence into the form that phrases are compared in: lower case, spelled out, typing errors mended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import groupby

from rapidfuzz.distance import OSA

_SPELLED_OUT = (
    (r"\bcan['’]?t\b|\bcannot\b", "can not"),
    (r"\bwon['’]?t\b", "will not"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|should|could|must|need)n['’]?t\b", r"\1 not"),
    (r"\b(what|where|when|how|who|that|there|it|he|she)['’]?s\b(?!['’])", r"\1 is"),
    (r"\bi['’]m\b|\bim\b", "i am"),
    (r"\b(you|we|they)['’]re\b", r"\1 are"),
    (r"\b(i|you|we|they)['’]ve\b", r"\1 have"),
    (r"\b(i|you|we|they|he|she|it)['’]ll\b", r"\1 will"),
    (r"\b(i|you|we|they|he|she)['’]d\b", r"\1 would"),
    (r"\blet['’]s\b", "let us"),
    (r"\bgimme\b", "give me"),
    (r"\bwanna\b", "want to"),
    (r"\bgonna\b", "going to"),
    (r"\b(plz|pls|plss)\b", "please"),
    (r"\bu\b", "you"),
    (r"\bur\b", "your"),
    (r"\bdunno\b", "do not know"),
    (r"\bdon[ ,;`´]t\b|\bdonot\b|\bdnot\b|\bdnt\b|\bdotn\b|\bd'ont\b|\bdo nto\b|\bdo nt\b", "do not"),
    (r"\bnto\b", "not"),
    (r"\b(?:nevr|nver|neevr|nevre)\b", "never"),
)
_IN_FULL = [(re.compile(pattern), full) for pattern, full in _SPELLED_OUT]
PURPOSE = re.compile(  # what for, which asks for nothing
    r"\s+for (?:my|our|the) (?:tax (?:return|office)|accountant|book-?keep\w+|books|boss|records|administration|"
    r"audit)\b"
)
_NICETIES = re.compile(
    r"^(?:(?:hi|hiya|heya|yo|hello|hey|quick q(?:uestion)?|(?:a|one|another|just a)(?: quick)? question|just wondering|"
    r"i was (?:just )?wondering|by the way|btw|dear \w+|good (?:morning|afternoon|evening)|"
    r"first(?:ly| of all)?(?=,? (?:pay|show|tell|send|cancel|switch|i|can|please|what)\b)|"
    r"please|ok|okay|so|well|and|also|then|now|yes|"
    r"right|sorry|excuse me|um|uh|thanks|thank you|actually|just|alright)\b[\s,.!:;-]*)+"
    r"|[\s,.!?]*\b(?:please|thanks|thank you(?: very much| so much)?|for me|right now|asap|as soon as possible|today|"
    r"at the moment|at this moment|currently|actually|exactly|by any chance|"
    r"at once|kindly|if possible|if you can|will you|would you)[\s.!?]*$"
)
_POLITE = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please |kindly )?(?:help me (?:to |with |in )?|assist me (?:to |with |in )?|"
    r"tell me (?:how |if |whether )?(?:i (?:can|could) |to )?(?:information about |more about )?)?|"
    r"(?:i(?: would| am)? (?:like|need|want|have|wish|require|try(?:ing)?|looking)(?: to)?(?: get| have| ask for)? "
    r"(?:some |a |any )?(?:help|assistance|support|information|info)(?: to| with| in| about| on| for)?)|"
    r"i (?:do|did) not (?:know|understand|see) (?:how|what|where|if|whether)(?: (?:i|we|to))?(?: (?:can|could|"
    r"need|have|must|should|"
    r"do))?(?: to)?(?: do)?(?: to)?|(?:some |any )?(?:help|assistance|support)(?: (?:to|with|in|"
    r"for))?(?= \w+ing\b| to\b)|"
    r"(?:have|has) got to|(?:will|would|could|can) you|(?:help|assist) me (?:to |with |in )?|"
    r"(?:i|we) would like(?: to)?|"
    r"would it be possible to|is it possible to|"
    r"(?:do you know|i do not know|tell me|show me|explain) how (?:can i|to|i can|do i)|"
    r"how (?:can|could|do|would|should|must|may) (?:i|we)|"
    r"what (?:do|should|must) (?:i|we) (?:need to |have to )?do to|where (?:can|could|do) (?:i|we)|(?:can|could|"
    r"may) (?:i|we)|"
    r"i am (?:trying|looking|hoping|going|planning) to|i(?: really| just| only| simply)? (?:want|wish|need|have) to|"
    r"i want you to|"
    r"please|kindly|be so kind (?:as )?to|would you mind)\b"
)
# Stretches of time count as {month} when sentences are compared; which days they are is read by periods.py.
_STRETCH = re.compile(
    r"\bq[1-4]\b(?: (?:of )?20\d\d)?|\b(?:the )?(?:first|second|third|fourth|1st|2nd|3rd|4th|last|previous|this) "
    r"(?:quarter|half)(?: (?:of )?(?:the year|this year|20\d\d))?\b|\b(?:the )?(?:last|previous|past|this|current) "
    r"(?:week|month|year)\b|\b(?:the )?(?:last|past|previous) \d+ (?:days|weeks|months|years)\b"
    r"|\b(?:year to date|ytd|so far this year|this year so far)\b|\b(?:the )?(?:year )?20[1-3]\d\b(?!-)"
    r"|\{month\} (?:to|until|till|-|and) \{month\}"
)
TRANSPOSED_FROM = 4
CORRECTED_FROM = 5
TWO_ERRORS_FROM = 8


def spell_out(text: str) -> str:
    """Lower case, straight quotes, one space, contractions in full."""
    plain = re.sub(r"\s+", " ", text.replace("’", "'").replace("‘", "'").lower()).strip()
    for pattern, full in _IN_FULL:
        plain = pattern.sub(full, plain)
    return plain


def essence(text: str) -> str:
    """The sentence without greetings and polite wrapping: "could you please show me my bills" is "show me my bills"."""
    before = text
    text = _NICETIES.sub("", text)
    text = _NICETIES.sub("", text).strip(" ,.!?;:-")
    shorter = re.sub(r"\s+", " ", _POLITE.sub(" ", text)).strip(" ,.!?;:-")
    return shorter or text or before


def alike(text: str) -> str:
    """The sentence with every stretch of time as {month}: "invoices of q1" and "invoices of last year" are the same."""
    return _STRETCH.sub("{month}", text)


def words_of(text: str) -> list[str]:
    """Words and {placeholders} in order; punctuation is dropped."""
    return re.findall(r"\{[a-z_]+\}|[^\W_]+(?:'[^\W_]+)?", text)


def by_beginning(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The words by their first letter, in alphabetical order."""
    return {letter: tuple(same) for letter, same in groupby(sorted(words), key=lambda word: word[0])}


def mend(word: str, known: AbstractSet[str], vocabulary: Iterable[str]) -> str:
    """The word of `vocabulary` that was meant, where a typing error is the likeliest reading; else the word itself.

    A `known` word stands as it is. Swapped letters are mended from four letters on, one error from five, two from
    eight; the first letter must be right, since "ball" is no "bill" and "party" no "pay".
    """
    if len(word) < TRANSPOSED_FROM or word in known or not word.isalpha():
        return word
    best, best_distance = word, 3
    allowed = 2 if len(word) >= TWO_ERRORS_FROM else 1
    for candidate in vocabulary:
        if candidate[0] != word[0] or abs(len(candidate) - len(word)) > allowed:
            continue
        distance = OSA.distance(word, candidate, score_cutoff=allowed)
        if distance > allowed or distance >= best_distance:
            continue
        swapped = sorted(word) == sorted(candidate)
        if swapped or (len(word) >= CORRECTED_FROM and len(candidate) >= CORRECTED_FROM):
            best, best_distance = candidate, distance
    return best
