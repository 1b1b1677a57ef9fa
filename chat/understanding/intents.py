"""Which of the known requests a sentence is most like: lexical scoring over our own phrases."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

from billing.registry import Action
from chat.understanding.kept import Learned, learned_once
from chat.understanding.phrases import Phrasebook, phrasebook_for
from chat.understanding.wording import alike, by_beginning, essence, mend, spell_out, words_of

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
RIDGE = 0.35
BIGRAM = 0.8
LETTERS = 0.3
UNKNOWN = 1.15  # how much a word that no phrase has counts, beside the rarest known one

# Words that mean the same here. The first of each line stands for all of them.
_SAME = {
    other: words[0]
    for words in (
        ("invoice", "bill", "bills", "invoices", "invoicing", "facture"),
        ("payment", "payments", "transaction", "transactions"),
        ("subscription", "subscriptions"),
        ("pay", "paying", "pays"),
        ("person", "human", "humans", "somebody", "someone", "people", "individual"),
        ("agent", "representative", "rep", "advisor", "adviser", "assistant", "operator", "employee", "staff"),
        ("unpaid", "outstanding", "unsettled"),
        ("talk", "speak", "chat", "talking", "speaking", "chatting"),
        ("review", "reviews", "opinion", "opinions", "feedback", "testimonial"),
        ("comment", "comments"),
        ("plan", "plans", "tier", "package"),
        ("switch", "swap", "switching"),
        ("change", "changing", "modify", "alter"),
        ("show", "display", "shows", "showing"),
        ("leave", "write", "submit", "post", "leaving", "writing", "submitting"),
        ("download", "downloading"),
        ("list", "lists"),
        ("project", "projects"),
        ("milestone", "milestones"),
        ("seat", "seats"),
        ("cancel", "cancelling", "canceling", "cancellation", "cancelation"),
        ("refund", "refunds", "reimbursement", "compensation", "rebate", "restitution"),
        ("problem", "problems", "issue", "issues", "trouble", "troubles"),
        ("complaint", "complaints", "claim", "reclamation"),
        ("my", "our"),
        ("i", "we"),
        ("me", "us"),
        ("need", "want", "wish", "like"),
        ("check", "verify", "consult", "checking", "verifying"),
        ("see", "view", "look", "seeing", "viewing", "looking"),
        ("find", "finding", "locate", "locating"),
        ("cost", "costs", "price", "prices", "fee", "fees", "pricing"),
        ("upgrade", "upgrading"),
        ("service", "services"),
        ("get", "getting"),
        ("coupon", "coupons", "voucher", "vouchers"),
        ("statement", "statements"),
        ("pause", "pausing"),
        ("receipt", "receipts"),
        ("{payment}", "{payments}"),
    )
    for other in words
}
# Words that are right as they stand, though no phrase has them: "three" is no "there" with an error.
_KNOWN = frozenset(_SAME) | {
    "three", "seven", "eight", "eleven", "twelve", "thirteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand",
    "half", "third", "quarter", "dozen", "actually", "exactly", "usually", "already", "really",
}  # fmt: skip
_LITTLE = {
    "the", "a", "an", "of", "to", "for", "in", "on", "at", "is", "are", "am", "be", "do", "does", "did", "it", "that",
    "this", "and", "with", "from", "by", "me", "i", "you", "my", "your", "so", "please", "now",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A label, how well it fits (0 to 1), and how near the nearest of its phrases is (0 to 1)."""

    label: str
    score: float
    nearest: float


class IntentScorer(Protocol):
    """Ranks the labels of a phrasebook for a sentence with {placeholders}, best first; mends its own words."""

    def rank(self, sentence: str) -> list[Guess]: ...

    def mended(self, word: str) -> str: ...


class LexicalScorer:
    """Ridge regression on TF-IDF of words, word pairs and letter triples, solved once from the phrases.

    Deterministic, without anything downloaded. A word that no phrase has makes every label less likely, which is how
    a sentence about something else stays unanswered.
    """

    def __init__(self, learned: Learned) -> None:
        self.labels, self.vocabulary, self.mendable = learned.labels, learned.vocabulary, learned.mendable
        self._idf = dict(zip(learned.names, learned.idf.tolist(), strict=True))
        self._rarest = _rarest(self._idf)
        self._spelled = by_beginning(self.mendable)
        ends = np.cumsum(learned.counts).tolist()
        places = zip(range(len(ends)), [0, *ends], ends, strict=False)
        self._index = dict(zip(learned.names, places, strict=True))
        self._at, self._weights, self._gains = learned.at, learned.weights, learned.gains
        self._rows = len(learned.rows)
        self._starts = np.searchsorted(learned.rows, np.arange(len(self.labels)))  # rows stand in the labels' order

    def rank(self, sentence: str) -> list[Guess]:
        text = alike(essence(" ".join(words_of(spell_out(sentence)))))
        scores, similar = self._compared(_vector(Counter(_features(text)), self._idf, self._rarest))
        nearest = np.maximum.reduceat(similar, self._starts)
        guesses = [
            Guess(label, min(1.0, max(0.0, score)), near)
            for label, score, near in zip(self.labels, scores.tolist(), nearest.tolist(), strict=True)
        ]
        return sorted(guesses, key=lambda g: (-(g.score + 0.15 * g.nearest), g.label))

    def mended(self, word: str) -> str:
        """The word with a typing error put right, where one of our own words was meant."""
        return mend(word, self.vocabulary, self._spelled.get(word[:1], ()))

    def _compared(self, vector: dict[str, float]) -> tuple[Floats, Floats]:
        """How much speaks for each label, and how like each phrase the sentence is."""
        found = [(*place, weight) for name, weight in vector.items() if (place := self._index.get(name))]
        if not found:
            return np.zeros(len(self.labels)), np.zeros(self._rows)
        said = np.array([weight for *_, weight in found])
        scores = said @ self._gains[[number for number, *_ in found]]
        at = np.concatenate([self._at[start:end] for _, start, end, _ in found])
        weights = np.concatenate([self._weights[start:end] for _, start, end, _ in found])
        weights *= np.repeat(said, [end - start for _, start, end, _ in found])
        return scores, np.bincount(at, weights, self._rows).astype(np.float64, copy=False)


def learn(book: Phrasebook) -> Learned:
    """Solves the weights of every phrase for every label."""
    labels = sorted(book.phrases)
    texts = [(alike(essence(spell_out(p))), n) for n, label in enumerate(labels) for p in book.phrases[label]]
    distinct = {(n, frozenset(Counter(_features(text)).items())): (text, n) for text, n in texts if text}
    rows = list(distinct.values())
    mendable = book.words | frozenset(
        w for label in labels if not label.startswith("other") for p in book.phrases[label]
        for w in words_of(spell_out(p)) if len(w) >= 4 and w.isalpha()
    )  # fmt: skip
    counted = [Counter(_features(text)) for text, _ in rows]
    seen = Counter(name for counts in counted for name in counts)
    idf = {name: math.log((1 + len(rows)) / (1 + times)) + 1 for name, times in seen.items()}
    postings = _postings([_vector(counts, idf, _rarest(idf)) for counts in counted])
    gram = np.zeros((len(rows), len(rows)), dtype=np.float32)  # half the memory and time, and exact enough
    np.fill_diagonal(gram, RIDGE)
    for at, weights in postings.values():
        light = weights.astype(np.float32)
        gram[np.ix_(at, at)] += np.outer(light, light)
    wanted = np.zeros((len(rows), len(labels)), dtype=np.float32)
    wanted[np.arange(len(rows)), [n for _, n in rows]] = 1.0
    alpha = solved(gram, wanted).astype(np.float64)
    return Learned(
        labels=labels,
        names=list(postings),
        vocabulary=frozenset(w for text, _ in rows for w in words_of(text)) | book.words | _KNOWN,
        mendable=mendable,
        idf=np.array([idf[name] for name in postings]),
        counts=np.array([len(at) for at, _ in postings.values()], dtype=np.intp),
        at=np.concatenate([at for at, _ in postings.values()]),
        weights=np.concatenate([weights for _, weights in postings.values()]),
        rows=np.array([n for _, n in rows], dtype=np.intp),
        gains=np.stack([weights @ alpha[at] for at, weights in postings.values()]),
    )


def solved(gram: Singles, wanted: Singles, step: int = 256) -> Singles:
    """The x of gram·x = wanted, by Cholesky in blocks; both are used up.

    A third of the time of numpy's own way, which knows nothing of symmetry, and no second matrix of hundreds of MB.
    """
    blocks = [slice(start, min(start + step, len(gram))) for start in range(0, len(gram), step)]
    corners = []
    for here in blocks:
        before, after = slice(here.start), slice(here.stop, None)
        gram[here.start :, here] -= gram[here.start :, before] @ gram[here, before].T
        corners.append(np.linalg.inv(np.linalg.cholesky(gram[here, here])))
        gram[after, here] = gram[after, here] @ corners[-1].T
        wanted[here] = corners[-1] @ (wanted[here] - gram[here, before] @ wanted[before])
    for here, corner in zip(reversed(blocks), reversed(corners), strict=True):
        after = slice(here.stop, None)
        wanted[here] = corner.T @ (wanted[here] - gram[after, here].T @ wanted[after])
    return wanted


def _rarest(idf: dict[str, float]) -> float:
    """The weight of a word that no phrase has."""
    return max(idf.values()) * UNKNOWN


def _vector(counts: Counter[str], idf: dict[str, float], rarest: float) -> dict[str, float]:
    vector = {}
    for name, times in counts.items():
        weight = idf.get(name, rarest) * (1 + math.log(times))
        vector[name] = weight * (1.0 if name[0] == "w" else BIGRAM if name[0] == "b" else LETTERS)
        if name[0] == "b" and name not in idf:
            vector[name] *= 0.5
        if name[0] == "w" and name[2:] in _LITTLE:
            vector[name] *= 0.5
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {name: weight / length for name, weight in vector.items()}


def _postings(vectors: list[dict[str, float]]) -> dict[str, tuple[npt.NDArray[np.intp], Floats]]:
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, vector in enumerate(vectors):
        for name, weight in vector.items():
            found[name].append((row, weight))
    return {
        name: (np.array([row for row, _ in entries], dtype=np.intp), np.array([weight for _, weight in entries]))
        for name, entries in found.items()
    }


def _features(text: str) -> list[str]:
    words = [_SAME.get(word, word) for word in words_of(text)]
    pairs = [f"b:{a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=True)]
    letters = [
        f"c:{padded[i : i + 4]}"
        for word in words if not word.startswith("{") and len(word) > 3
        for padded in [f"<{word}>"] for i in range(len(padded) - 3)
    ]  # fmt: skip
    return [f"w:{word}" for word in words] + pairs + letters


_LEARNING = Lock()


@lru_cache(maxsize=8)
def _scorer(key: tuple[tuple[str, tuple[str, ...]], ...], actions: tuple[Action, ...]) -> LexicalScorer:
    return LexicalScorer(learned_once(actions, lambda: learn(phrasebook_for(actions))))


def scorer_for(actions: tuple[Action, ...]) -> LexicalScorer:
    """The scorer for these actions, made once for each set of them, also where several ask at once."""
    with _LEARNING:
        return _scorer(tuple((a.id, a.phrases) for a in actions), actions)
