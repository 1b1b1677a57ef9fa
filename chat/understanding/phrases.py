"""The phrases that requests are compared with: our own data file, and what each action of the catalogue says itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path

from billing.references import Refers
from billing.registry import Action
from chat.understanding.wording import essence, spell_out

DATA = Path(__file__).with_name("phrases.toml")
OTHER = "other"
UNNAMED = ("words", "currency", "percent", "country", "customer")  # what a sentence has no placeholder for


@dataclass(frozen=True)
class Phrasebook:
    """Phrases by label, {placeholders} in them.

    A label is an action's id (with # and a question within it), `later.X` for what isn't theirs to do, `talk.X`, or
    `other`. `handoffs` are the labels that ask for a person, `sentences` what is answered to a `later`,
    `words` are words beside the phrases in which typing errors are mended, `instead` the actions of `later` topics for
    those who may ask for them.
    """

    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    handoffs: frozenset[str] = frozenset()
    sentences: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    instead: dict[str, str] = field(default_factory=dict)


def expand(pattern: str, most: int = 30) -> Iterator[str]:
    """The sentences that a pattern with (a|b) stands for: all of them, or `most` that use every part of it."""
    parts = re.split(r"(\([^()]*\|[^()]*\))", pattern)
    choices = [part[1:-1].split("|") if part.startswith("(") else [part] for part in parts]
    every = list(product(*choices))
    if len(every) > most:
        longest = max(most, *map(len, choices))
        every = [tuple(c[(n * (k % 3 + 1)) % len(c)] for k, c in enumerate(choices)) for n in range(longest)]
        every += [tuple(c[n % len(c)] for c in choices) for n in range(max(map(len, choices)))]
    for chosen in dict.fromkeys(every):
        yield re.sub(r"\s+", " ", "".join(chosen)).strip()


@lru_cache(maxsize=1)
def our_phrases() -> Phrasebook:
    """What phrases.toml holds, every pattern written out."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for labels in (data["actions"], data["handoff"]):
        found |= {label: _all(patterns) for label, patterns in labels.items()}
    found |= {f"later.{topic}": _all(entry["phrases"]) for topic, entry in data["later"].items()}
    found |= {f"talk.{kind}": _all(patterns) for kind, patterns in data["talk"].items()}
    found[OTHER] = _all(data["other"]["phrases"])
    sentences = {f"later.{topic}": entry["sentence"] for topic, entry in data["later"].items()}
    instead = {f"later.{topic}": entry["action"] for topic, entry in data["later"].items() if "action" in entry}
    return Phrasebook(found, frozenset(data["handoff"]), sentences, frozenset(data["words"]["mended"]), instead)


def action_of(label: str) -> str:
    """The action's id that a label stands for."""
    return label.partition("#")[0]


def phrasebook_for(actions: tuple[Action, ...]) -> Phrasebook:
    """Our phrases and the catalogue's, for these actions alone. What nobody may ask for has no phrases."""
    ours = our_phrases()
    ids = {action.id for action in actions}
    kept = {
        (ours.instead[label] if ours.instead.get(label) in ids else label): phrases
        for label, phrases in ours.phrases.items()
        if label.startswith(("later.", "talk.")) or label == OTHER or action_of(label) in ids
    }
    known = {essence(spell_out(phrase)) for phrases in kept.values() for phrase in phrases}
    for action in actions:
        said = (_placeholders(phrase, action) for pattern in action.phrases for phrase in expand(pattern))
        own = tuple(phrase for phrase in said if essence(spell_out(phrase)) not in known)
        kept[action.id] = tuple(dict.fromkeys((*kept.get(action.id, ()), *own, action.title.lower())))
    return Phrasebook(kept, ours.handoffs, ours.sentences, ours.words)


def refers_to(action: Action, name: str) -> str:
    """What a field of an action's input names: invoice, plan, words ..., or nothing."""
    return next((mark.to for mark in _marks(action.input.model_fields[name])), "")


def _marks(info: object) -> Iterator[Refers]:
    yield from (mark for mark in getattr(info, "metadata", ()) if isinstance(mark, Refers))
    pending = [getattr(info, "annotation", None)]
    while pending:
        annotation = pending.pop()
        yield from (mark for mark in getattr(annotation, "__metadata__", ()) if isinstance(mark, Refers))
        pending.extend(getattr(annotation, "__args__", ()))


def _placeholders(phrase: str, action: Action) -> str:
    def named(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in action.input.model_fields:
            return found.group(0)
        to = refers_to(action, name)
        to = "invoice" if to == "credit" else to  # the number of a credit note is read as an invoice's
        return "{" + to + "}" if to and to not in UNNAMED else ""

    text = re.sub(r"\{(\w+)\}", named, phrase)
    text = re.sub(
        r"\{seats\} (?:seats|users)|\{rating\} (?:stars|out of 5|of 5)", lambda m: m.group(0).split()[0], text
    )
    return re.sub(r"\s+", " ", text).strip(" :,").lower()


def _all(patterns: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for pattern in patterns for phrase in expand(pattern)))
