"""Which two invoices "why is March higher than February" speaks of."""

from __future__ import annotations

import re

from chat.understanding.account import Account, Shown
from chat.understanding.invoices import of_month
from chat.understanding.mentions import Mentions
from chat.understanding.slots import Filled


def fill_comparison(filled: Filled, mentions: Mentions, account: Account, shown: Shown) -> str:
    """Fills in the first invoice of a comparison; gives the one to compare it with."""
    bills = account.bills
    numbers = list(dict.fromkeys(mentions.invoices))
    for month in mentions.months:
        numbers += [i.number for i in of_month(month, account)[:1] if i.number not in numbers]
    if len(numbers) == 1 and re.search(r"than (?:in |for |it was in )?(?:\{month\}|usual|before)", mentions.text):
        later = [i.number for i in bills if i.number != numbers[0]] if mentions.months else []
        stem = _stem(numbers[0], account)
        same = [n for n in later if _stem(n, account) == stem]
        numbers = [
            *(list(shown.invoices[:1]) if mentions.group == "shown" else same[:1] or later[:1]),
            *numbers,
        ]
    if not numbers and mentions.group == "shown":
        numbers = list(shown.invoices[:1])
    if not numbers and bills:
        numbers = [bills[0].number]
    if len(numbers) == 1:
        numbers += _the_one_before(numbers[0], account)
    if numbers:
        filled.args["number"] = numbers[0]
        if "number" in filled.missing:
            filled.missing.remove("number")
    return numbers[1] if len(numbers) > 1 else ""


def _the_one_before(number: str, account: Account) -> list[str]:
    """The invoice before this one with the same kind of title ("Monthly services, February" before March's)."""
    this = account.invoice(number)
    if this is None:
        return []
    earlier = [i for i in account.bills if (i.issued_on, i.number) < (this.issued_on, this.number)]
    alike = [i for i in earlier if _stem(i.number, account) == _stem(number, account)]
    return [i.number for i in (alike or earlier)[:1]]


def _stem(number: str, account: Account) -> str:
    """What an invoice's title has before its comma: "monthly services"."""
    invoice = account.invoice(number)
    return invoice.title.split(",")[0].lower() if invoice else ""
