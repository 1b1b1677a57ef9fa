"""Between which amounts invoices are looked for: "over 500 euros", "under 200", "between 500 and 800"."""

from __future__ import annotations

import re

from billing.money import parse_amount
from chat.understanding.account import Account
from chat.understanding.mentions import Mentions

_FIGURE = (
    r"(?:(?:€|\$|£|eur|usd|gbp) ?)?\d[\d.,]*(?<![.,])(?: ?(?:€|\$|£|euros?\b|eur\b|dollars?\b|usd\b|pounds?\b|gbp\b))?"
    r"(?![\w-]|[.,/]\d| ?(?:%|st\b|nd\b|rd\b|th\b|days?\b|weeks?\b|months?\b|years?\b|seats?\b|stars?\b|users?\b))"
)
_BETWEEN = re.compile(rf"\b(?:between|from) (?P<low>{_FIGURE}) (?:and|to) (?P<high>{_FIGURE})")
_OVER = re.compile(
    r"(?:\b(?:over|above|exceeding|at least|not (?:less|lower) than|no less than|minimum(?: of)?|"
    r"(?:more|bigger|larger|higher|greater) than)|>=?) "
    rf"?(?P<low>{_FIGURE})"
)
_UNDER = re.compile(
    r"(?:\b(?:under|below|at most|up to|not more than|no more than|maximum(?: of)?|"
    r"(?:less|smaller|lower|cheaper|fewer) than)|<=?) "
    rf"?(?P<high>{_FIGURE})"
)
_SEVERAL = re.compile(
    r"\b(?:invoices|bills|ones|credit notes|charges|everything|anything|all|any(?: invoice| bill)?)\b"
)


def read_bounds(mentions: Mentions, account: Account) -> None:
    """The least and the most that the invoices looked for come to, in minor units of the account's currency."""
    if not _SEVERAL.search(mentions.text):
        return
    for pattern in (_BETWEEN, _OVER, _UNDER):
        if found := pattern.search(mentions.text):
            figures = found.groupdict()
            try:
                low, high = (_amount(figures.get(side), account) for side in ("low", "high"))
            except ValueError:
                continue
            mentions.at_least = mentions.at_least if low is None else low
            mentions.at_most = mentions.at_most if high is None else high
            mentions.mask(*found.span(), "amount")
    if mentions.at_least is not None and mentions.at_most is not None and mentions.at_least > mentions.at_most:
        mentions.at_least, mentions.at_most = mentions.at_most, mentions.at_least


def _amount(figure: str | None, account: Account) -> int | None:
    return parse_amount(re.sub(r"[^\d.,]", "", figure), account.currency) if figure else None
