"""Addresses of email and the account's own people that a request names."""

from __future__ import annotations

import re

from billing.references import email_of
from chat.understanding.account import Account
from chat.understanding.mentions import Mentions

_EMAIL = re.compile(r"<?(?:mailto:)?(?P<email>[^\s<>@,;:\"“”]+@[^\s<>@,;:\"“”]+\.[^\s<>@,;:\"“”.!?]+)>?")
_VAT = re.compile(
    r"\b(?:vat|btw|tax)\b[^:]{0,30}?"
    r"(?P<number>\b(?!(?:on|in|of|is|at|to|for|by) )[A-Z]{2}[ .]?[0-9A-Z]?\d[0-9A-Z .]{5,14}\b)",
    re.IGNORECASE,
)
_ABOUT_ACCESS = re.compile(
    r"\b(?:access|sign(?:s|ed)? in|log(?:s|ged)? in|log-?in|invit\w+|remove|take|kick|delete|colleagues?|owner|role|"
    r"viewer|rights?|permissions?|can|should|must|left (?:us|the|our)|has left|no longer works?|"
    r"only look|view|read|may|let|allow|person|"
    r"people|users?|team|lost|codes|second factor|2fa|mfa|authenticator)\b"
)


# first names that are words of every day too: who is meant by them is said in full
_WORDS = frozenset((
    "april", "art", "august", "bill", "can", "cash", "chase", "dan", "drew", "faith", "grace", "grant", "hope", "jan",
    "joy", "june", "mark", "may", "page", "pat", "penny", "rich", "rob", "sue", "sun", "will",
))  # fmt: skip


def take_emails(request: str) -> tuple[str, list[str]]:
    """The request with {email} in place of each address, and the addresses as they are kept."""
    found: list[str] = []

    def kept(match: re.Match[str]) -> str:
        try:
            found.append(email_of(match.group("email")))
        except ValueError:
            return match.group(0)
        return "{email}"

    return _EMAIL.sub(kept, request), found


def take_vat_number(request: str) -> tuple[str, str]:
    """The request with {vat_number} in place of one that is spoken of as such, and that."""
    found = _VAT.search(request)
    if found is None:
        return request, ""
    start, end = found.span("number")
    return f"{request[:start]}{{vat_number}}{request[end:]}", found.group("number").strip()


def read_colleagues(mentions: Mentions, account: Account) -> None:
    """Who of the account's people is meant: by address, by their name, or by the first of it where one alone has it."""
    known = {person.email: person for person in account.people}
    mentions.colleagues += [email for email in mentions.emails if email in known]
    if not _ABOUT_ACCESS.search(mentions.text):
        return
    firsts = [person.name.split()[0].lower() for person in account.people]
    for person in account.people:
        first = person.name.split()[0].lower()
        names = [
            person.name.lower(),
            *([first] if firsts.count(first) == 1 and len(first) > 2 and first not in _WORDS else []),
        ]
        for name in names:
            if found := re.search(rf"(?<![\w{{]){re.escape(name)}(?:'s)?(?![\w}}])", mentions.text):
                mentions.colleagues.append(person.email)
                mentions.mask(*found.span(), "colleague")
                break
