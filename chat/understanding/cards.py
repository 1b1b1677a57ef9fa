"""Which saved card a request names: by its last four digits, or by its brand."""

from __future__ import annotations

import re

from chat.understanding.account import Account, KnownCard
from chat.understanding.mentions import Mentions

_CARD = r"(?:cards?|visa|master ?card|maestro|amex|american express|discover|diners|jcb)"
_ABOUT_CARDS = re.compile(rf"\b(?:{_CARD}|ending(?: in| with)?|ends? (?:in|with))\b")
_DIGITS = re.compile(
    rf"\b(?:{_CARD}(?: card)?|the one|it)(?: (?:that|which|number|nr\.?|no\.?|with|and|is))*"
    rf"(?: (?:ending|ends?)(?: (?:in|with|on))?)?(?: ?(?:[.*x•#…-]{{1,16}}|:))? ?(?P<a>\d{{4}})(?![\w-])"
    r"|(?<![\w-])(?P<b>\d{4})(?= card\b)|\b(?:ending|ends)(?: (?:in|with|on))? (?P<c>\d{4})(?![\w-])"
)
_BRAND = re.compile(r"\b(?P<brand>visa|master ?card|maestro|amex|american express|discover|diners|jcb)\b")
_ANOTHER = re.compile(r"\b(?:another|other|different|new)\b(?: \w+)? ?\{?card")
_SAME = {"mastercard": "mastercard", "master card": "mastercard", "american express": "amex"}


def read_card(mentions: Mentions, account: Account) -> None:
    """The saved cards that the words can mean; `no_card` says what was named where none is that."""
    if not _ABOUT_CARDS.search(mentions.text):
        return
    brand = _BRAND.search(mentions.text)
    said = _brand(brand["brand"]) if brand else ""
    digits = _DIGITS.search(mentions.text)
    last4 = next((group for group in digits.groups() if group), "") if digits else ""
    if digits and last4:
        at = next(digits.span(name) for name in "abc" if digits[name])
        mentions.text = re.sub(r"\s+", " ", f"{mentions.text[: at[0]]}{mentions.text[at[1] :]}").strip()
    if brand:  # the brand means a card, whichever it is: the phrases say card
        brand_said = re.compile(rf"\b{re.escape(brand['brand'])}(?: card)?\b")
        mentions.text = brand_said.sub("card", mentions.text, count=1)
    if not (said or last4) or not account.cards:
        return
    fitting = [c for c in account.cards if last4 in ("", c.last4) and said in ("", _brand(c.brand))]
    if fitting and not _ANOTHER.search(mentions.text):
        mentions.cards = [card.id for card in fitting]
    elif not fitting:
        mentions.no_card = f"No saved card ends in {last4}." if last4 else f"No {said.title()} is saved."


def _brand(name: str) -> str:
    plain = name.lower().replace("_", " ")
    return _SAME.get(plain, plain)


def saved_cards(account: Account) -> str:
    """Visa ending 4417 and Mastercard ending 4444."""
    labels = [card.label for card in account.cards]
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def card_value(name: str, card: KnownCard, account: Account) -> str:
    """The card as a field names it: by its last four digits where that is enough and the field takes them."""
    alone = sum(other.last4 == card.last4 for other in account.cards) == 1
    return card.last4 if name == "card" and alone else card.id
