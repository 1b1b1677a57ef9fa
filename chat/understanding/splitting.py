"""Several requests in one message, each by itself and in order."""

from __future__ import annotations

import re

VERBS = [
    "pay",
    "settle",
    "clear",
    "show",
    "list",
    "open",
    "see",
    "view",
    "display",
    "download",
    "send",
    "email",
    "switch",
    "change",
    "upgrade",
    "downgrade",
    "move",
    "leave",
    "write",
    "rate",
    "review",
    "talk",
    "speak",
    "connect",
    "cancel",
    "pause",
    "tell",
    "give",
    "get",
    "add",
    "remove",
    "explain",
    "compare",
    "find",
    "check",
    "what",
    "which",
    "when",
    "how",
    "why",
    "is",
    "are",
    "do",
    "does",
    "did",
    "can",
    "could",
    "may",
    "will",
    "would",
    "i",
    "please",
    "let",
    "set",
    "put",
    "reduce",
    "increase",
    "refund",
    "help",
    "book",
    "order",
    "look",
    "charge",
    "make",
    "don't",
    "dont",
    "never",
    "stop",
    "where",
    "who",
    "have",
    "has",
    "submit",
]
_START = rf"(?={'|'.join(rf'{verb}{chr(92)}b' for verb in VERBS)})"
_ASIDE = r"(?:please|then|also|just|only|simply|rather|instead)"
_ENDS = re.compile(
    r"(?:^|(?<=[\s:]))\(?\d{1,2}[).:]\s+(?=[a-z\d])|(?<=[.!?;])(?<!\bnr\.)(?<!\bno\.)(?<!\binv\.)(?<!str\.)(?<!\bst\.)(?<!\bb\.v\.)\s+|\n+|\s*;\s*",
    re.IGNORECASE,
)
_JOINS = re.compile(
    rf"\s*,?\s*\b(?:and then|then|and also|also|after that|afterwards|and after that|as well as|and|plus|"
    rf"but|n|&)\b\s*,?\s+(?:{_ASIDE}\s+)?{_START}"
    rf"|\s*,\s+(?:{_ASIDE}\s+)?{_START}|\s+[-–—]+\s+(?:{_ASIDE}\s+)?{_START}",
    re.IGNORECASE,
)
_AGREES = re.compile(r"(?i)i (?:approve|accept|agree|confirm)(?: (?:it|them|that|this|to it))?\W*")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_QUOTE = re.compile(r"[\"“„«][^\"“”„«»]*[\"”»]")


def sentences(message: str) -> list[str]:
    """The sentences and lines of a message; what stands in quotes is never cut, an address of email never alone."""
    parts: list[str] = []
    for part in _cut(message, _ENDS):
        if parts and _ADDRESS.fullmatch(part):
            parts[-1] = f"{parts[-1].rstrip(' .?!:')} {part}"
        else:
            parts.append(part)
    return parts


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence that each begin with a verb or a question: "pay 0187 and download it"."""
    parts: list[str] = []
    for part in _cut(sentence, _JOINS):
        if parts and _AGREES.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        else:
            parts.append(part)
    return parts


def _cut(text: str, pattern: re.Pattern[str]) -> list[str]:
    quotes = [m.span() for m in _QUOTE.finditer(text)]
    parts, at = [], 0
    for found in pattern.finditer(text):
        if any(start < found.start() < end for start, end in quotes):
            continue
        parts.append(text[at : found.start()])
        at = found.end()
    parts.append(text[at:])
    return [part.strip() for part in parts if part.strip(" \t\n.,;!?")]
