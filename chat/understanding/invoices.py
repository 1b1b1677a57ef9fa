"""Which invoices a request means: "0187", "invoice 187", "the photography one", "the March invoice"."""

from __future__ import annotations

import calendar
import re

from rapidfuzz import fuzz

from chat.understanding.account import Account, KnownInvoice, Shown
from chat.understanding.mentions import Mentions
from chat.understanding.others import is_exempt
from chat.understanding.quantities import MONTH

_NOUN = r"(?:invoices?|bills?|credit notes?|ones?)"
_CUED = re.compile(
    r"(?:\b(?:invoices?|bills?|credit notes?|number|nr|no)\b\.? ?(?:number |nr\.? |no\.? )?#?|#)"
    r"(?P<n>\d{1,9})(?![\d.,]*\d|[\w-])"
)
_BARE = re.compile(r"(?<![\w.,€$£#-])(?P<n>\d{3,9})(?![\w-]|[.,]\d)(?! ?(?:€|eur|euros?|seats?|stars?|users?))")
_DATE_BEFORE = re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH},? $|\b{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? $")
_ORDINAL = re.compile(
    rf"\b(?:my |the |our )?(?P<which>very last|last|latest|newest|most recent|oldest|longest overdue|first|second|"
    rf"third|"
    rf"biggest|largest|highest|most expensive|smallest|lowest|cheapest|previous)(?: (?P<open>open|unpaid|overdue|due))?"
    rf" (?:{_NOUN})\b"
    r"|\b(?:pay|settle|clear|open|show|show me|download|see) the (?P<alone>last|latest|newest|most recent|oldest|"
    r"longest overdue|biggest|largest|highest|most expensive|smallest|lowest|cheapest)(?=[\s.!?]*$)"
)
_SEVERAL = re.compile(
    rf"\b(?:the |my |our )?(?P<n>[2-9]|1\d|two|three|four|five) "
    rf"(?P<which>oldest|newest|latest|biggest|largest|smallest|cheapest)"
    rf"(?: (?:open|unpaid|overdue|due))*(?: {_NOUN})?\b"
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}
_LEFT_OUT = re.compile(
    r"\b(?:except(?: for)?|but(?: not)?|apart from|without) (?:the |my )?"
    r"(?P<which>oldest|newest|latest|biggest|largest|smallest|cheapest)(?: (?:one|invoice|bill))?(?=[\s.!?]*$)"
)
_NAMED = re.compile(
    r"(?:\b(?:pay|settle|clear|for|and)\b|,) ?(?P<whole>(?:both )?(?:the |my |our )(?P<d>(?:(?!(?:and|but|not|except|"
    r"with|by|from|please|now|today|for|on)\b)[\w'{}-]+ ?){1,4}?))(?=\s*(?:,|\b(?:and|please|now)\b|[.!?]|$))"
)
_DESCRIBED = (
    re.compile(
        r"\b(?:the|my|our|that|this) (?P<d>(?:(?!(?:and|to|for|of|with|"
        r"please)\b)[\w'{}-]+ ){1,5}?)(?P<noun>invoice|bill|one|credit note)\b"
    ),
    re.compile(
        r"\b(?:the |my |our |an? )?(?:invoice|bill|one|credit note) (?:for|about|of|on|from|with|concerning|"
        r"called) (?:the |my |our )?(?P<d>[\w' -]+)$"
    ),
)
_MONTHLY = (
    re.compile(r"(?:\b(?:the|my|our) )?\{month\} (?:invoice|bill|one)\b"),
    re.compile(r"(?:\b(?:the|my|our) )?\b(?:invoice|bill|one) (?:of|for|from|in) \{month\}"),
)
_DATED = re.compile(r"(?:\b(?:the|my) )?\b(?:invoice|bill|one) (?:of|from|dated|due(?: on)?) (?:the )?\{day\}")
_RANGE = re.compile(r"\{invoice\} ?(?:through|thru|up to|to|till|until|–|-) ?(?:invoice )?\{invoice\}")
_PLAIN = {
    "the", "my", "our", "a", "an", "overdue", "open", "unpaid", "paid", "last", "latest", "new", "newest", "oldest",
    "current", "this", "that", "next", "first", "second", "other", "due", "outstanding", "big", "right", "wrong",
    "whole", "same", "one", "invoice", "bill", "invoices", "bills", "please", "me", "it", "amount", "late", "full",
    "pdf", "download", "copy", "see", "check", "pay", "show", "get", "find", "want", "need", "monthly", "number",
    "of", "for", "in", "on", "and", "details", "most", "recent", "previous", "any", "all", "only", "received",
    "month", "year", "sent", "you", "i", "got", "from", "company", "customer", "some", "single", "to", "have",
    "with", "previously", "yet",
}  # fmt: skip
MATCH = 86


def read_partial_numbers(mentions: Mentions, account: Account) -> None:
    """The end of a number: after "invoice" or "#", with a leading zero, beside another number, or one that is known."""
    while found := _CUED.search(mentions.text):
        _take(mentions, account, found)
    at = 0
    while found := _BARE.search(mentions.text, at):
        digits = found.group("n")
        beside = re.search(r"\{invoice\},?(?: and| or| &|,| plus)*\s*$", mentions.text[: found.start()]) is not None
        named = _by_digits(digits, account)
        year = re.fullmatch(r"(19|20)\d\d", digits) is not None and not named
        year = year or (len(digits) == 4 and _DATE_BEFORE.search(mentions.text[: found.start()]) is not None)
        if year or not (named or beside or (digits.startswith("0") and len(digits) >= 3)):
            at = found.end()
            continue
        _take(mentions, account, found)
        at = 0


def _take(mentions: Mentions, account: Account, found: re.Match[str]) -> None:
    digits = found.group("n")
    number = _by_digits(digits, account) or digits
    before = mentions.text[: found.start()]
    if is_exempt(before, others_named=bool(mentions.invoices)):
        mentions.excluded.append(number)
    else:
        mentions.invoices.append(number)
    mentions.mask(*found.span(), "invoice")


def _by_digits(digits: str, account: Account) -> str:
    """The full number that the digits end; of several the one that is still to pay, then the newest."""
    matching = [i for i in account.invoices if _same_end(i.number, digits)]
    if not matching and account.known:
        wanted = [digits, *(f"{series}-{int(digits):04d}" for series in account.series[:20])]
        matching = account.find(wanted)
    if not matching:
        return ""
    return max(matching, key=lambda i: (not i.credit_note, i.due > 0, i.issued_on, i.number)).number


def _same_end(number: str, digits: str) -> bool:
    end = re.search(r"(\d+)$", number)
    return end is not None and int(end.group(1)) == int(digits)


def read_descriptions(mentions: Mentions, account: Account, shown: Shown) -> None:
    """Invoices by month, day, order or the words of their title."""
    _read_range(mentions, account)
    _read_several(mentions, account)
    _read_monthly(mentions, account)
    if (found := _DATED.search(mentions.text)) and mentions.day:
        _settle(mentions, [i for i in account.bills if mentions.day in (i.issued_on, i.due_on)], found)
    while found := _ORDINAL.search(mentions.text):
        if shown.last == "payment" and found.group(0).endswith("one"):
            mentions.payments = list(shown.payments[:1])
            mentions.mask(*found.span(), "payment")
            break
        if found.group("which") in ("first", "second", "third") and re.search(
            r"ones$|invoices$|bills$", found.group(0)
        ):
            break
        which, owed = found.group("which") or found.group("alone"), bool(found.group("open")) or "pay" in mentions.text
        chosen = _in_order(which, owed, account, shown)
        if chosen is None:
            break
        if found.group("alone"):
            mentions.invoices.append(chosen.number)
            mentions.mask(found.start("alone") - len("the "), found.end("alone"), "invoice")
        else:
            _settle(mentions, [chosen], found)
    for pattern in _DESCRIBED:
        if found := pattern.search(mentions.text):
            words = _telling(found.group("d"))
            if words and (matching := matching_titles(words, account.invoices)):
                _settle(mentions, matching, found)
    _read_named(mentions, account)
    _read_credit_note(mentions, account)
    _read_amount(mentions, account)
    if found := re.search(
        r"\binvoices? (?:about|for|on|with|called|mentioning) (?:the |my )?([\w' -]+)$", mentions.text
    ):
        mentions.subject = " ".join(_telling(found.group(1)))


def _read_several(mentions: Mentions, account: Account) -> None:
    """Some of what is to pay, by size or age: "pay the two oldest", "pay all except the smallest"."""
    rows, pay = account.payable, re.search(r"\b(?:pay|settle|clear)\b", mentions.text)
    if not pay or not rows:
        return
    if (found := _SEVERAL.search(mentions.text)) and not mentions.invoices:
        mentions.invoices = [i.number for i in _by(found["which"], rows)[: _COUNTS.get(found["n"]) or int(found["n"])]]
        mentions.mask(*found.span(), "invoice")
    elif (found := _LEFT_OUT.search(mentions.text)) and re.search(r"\b(?:all|every\w*)\b", mentions.text):
        mentions.invoices.append(_by(found["which"], rows)[0].number)
        mentions.mask(found.start("which"), found.end(), "invoice")


def _by(which: str, rows: list[KnownInvoice]) -> list[KnownInvoice]:
    """The invoices in that order, the one that the word names first."""
    if which == "oldest":
        return rows  # the longest due first
    if which in ("newest", "latest"):
        return sorted(rows, key=lambda i: (i.issued_on, i.number), reverse=True)
    return sorted(rows, key=lambda i: i.due, reverse=which in ("biggest", "largest"))


def _read_named(mentions: Mentions, account: Account) -> None:
    """What is paid, by words of its title alone: "pay the march services and the 3d tour"."""
    if not re.search(r"\b(?:pay|settle|clear)\b", mentions.text):
        return
    at = 0
    while found := _NAMED.search(mentions.text, at):
        at, said = found.end(), found.group("d")
        words, months = _telling(re.sub(r"\{\w+\}", " ", said)), "{month}" in said and mentions.months
        matching = matching_titles(words, tuple(account.payable)) if words else []
        if months:
            matching = [i for i in matching if i in of_month(mentions.months[0], account)]
        if len(matching) == 1 and matching[0].number not in mentions.invoices:
            mentions.invoices.append(matching[0].number)
            mentions.mask(*found.span("whole"), "invoice")
            at = 0


def _read_credit_note(mentions: Mentions, account: Account) -> None:
    """A credit note without its number: the only one, or a question among them."""
    found = re.search(r"\b(?:the |my |this |that )?credit note\b", mentions.text)
    if found and not mentions.invoices and not mentions.unclear:
        _settle(mentions, [i for i in account.invoices if i.credit_note], found)


def _read_amount(mentions: Mentions, account: Account) -> None:
    found = re.search(
        r"(?:\b(?:the|my) )?(?:\{amount\} (?:invoice|bill|one)\b|\b(?:invoice|bill|one) (?:of|for|over) \{amount\})",
        mentions.text,
    )
    if found and mentions.amount is not None and not mentions.invoices:
        matching = [i for i in account.bills if mentions.amount in (i.due, i.total)]
        if matching:
            mentions.amount = None
            _settle(mentions, matching, found)


def _read_monthly(mentions: Mentions, account: Account) -> None:
    for pattern in _MONTHLY:
        if (found := pattern.search(mentions.text)) and mentions.months:
            _settle(mentions, of_month(mentions.months[0], account), found)
            if len(mentions.invoices) == 1:
                mentions.fit_too = beside_it(mentions.invoices[0], mentions.months[0], account)


def of_month(month: tuple[int, int], account: Account) -> list[KnownInvoice]:
    """The invoices of a month: those whose title names it, else those issued in it. The newest first."""
    year, number = month
    name = calendar.month_name[number]
    named = [
        i for i in account.bills
        if re.search(rf"\b{name}\b", i.title) and abs((i.issued_on.year - year) * 12 + i.issued_on.month - number) <= 2
    ]  # fmt: skip
    return named or [i for i in account.bills if (i.issued_on.year, i.issued_on.month) == (year, number)]


def beside_it(number: str, month: tuple[int, int], account: Account) -> list[str]:
    """The other invoices that were issued in that month or whose title names it, the newest first."""
    issued = [i for i in account.bills if (i.issued_on.year, i.issued_on.month) == month]
    return list(dict.fromkeys(i.number for i in (*of_month(month, account), *issued) if i.number != number))


def _settle(mentions: Mentions, matching: list[KnownInvoice], found: re.Match[str]) -> None:
    """Takes the one that is meant, or keeps all of them as unclear."""
    if not matching:
        return
    if len(matching) > 1:
        payable = [i for i in matching if i.due > 0]
        matching = payable if len(payable) == 1 else matching
    if len(matching) == 1:
        exempt = re.search(r"\b(?:but not|not|except(?: for)?)\s+$", mentions.text[: found.start()])
        (mentions.excluded if exempt else mentions.invoices).append(matching[0].number)
    else:
        mentions.unclear = [i.number for i in matching]
    mentions.mask(*found.span(), "invoice")


def _in_order(which: str, open_only: bool, account: Account, shown: Shown) -> KnownInvoice | None:
    if which in ("first", "second", "third"):
        place = ("first", "second", "third").index(which)
        if place < len(shown.invoices):
            return account.invoice(shown.invoices[place])
    rows = account.payable if open_only else account.bills
    if not rows:
        return None
    by_day = sorted(rows, key=lambda i: (i.issued_on, i.number))
    if which in ("very last", "last", "latest", "newest", "most recent"):
        return by_day[-1]
    if which == "previous":
        return by_day[-2] if len(by_day) > 1 else None
    if which in ("biggest", "largest", "highest", "most expensive"):
        return max(rows, key=lambda i: i.due if open_only else i.total)
    if which in ("smallest", "lowest", "cheapest"):
        return min(rows, key=lambda i: i.due if open_only else i.total)
    if which in ("oldest", "longest overdue"):
        return account.payable[0] if open_only else by_day[0]
    place = ("first", "second", "third").index(which)
    return rows[place] if place < len(rows) else None


def _telling(text: str) -> list[str]:
    return [w for w in re.findall(r"[^\W\d_]{3,}", text.lower()) if w not in _PLAIN]


def matching_titles(words: list[str], invoices: tuple[KnownInvoice, ...]) -> list[KnownInvoice]:
    """The invoices in whose title every one of the words stands, typing errors allowed; payable ones before others."""
    found = []
    for invoice in invoices:
        title = re.findall(r"[^\W_]+", invoice.title.lower())
        if all(any(fuzz.ratio(word, other) >= MATCH or _same_stem(word, other) for other in title) for word in words):
            found.append(invoice)
    return sorted(found, key=lambda i: (i.due == 0, -i.issued_on.toordinal(), i.number))


def _same_stem(word: str, other: str) -> bool:
    if len(word.removesuffix("s")) >= 5 and other.startswith(word.removesuffix("s")):  # "photo" of photography
        return True
    return (
        len(word) >= 5
        and len(other) >= 5
        and (word.startswith(other[:6]) and abs(len(word) - len(other)) <= 4)
        and len(other) >= 6
    )


def read_group(mentions: Mentions, account: Account, shown: Shown) -> None:
    """All of a kind: the overdue ones, everything that is open, or those that were shown ("them", "both", "it")."""
    text = mentions.text
    if mentions.invoices or mentions.unclear:
        return
    if re.search(r"\b(overdue|past due|late|behind)\b", text):
        mentions.group = "overdue"
    elif re.search(
        r"\b(everything|all (?:of )?(?:it|them|those|these)|it all|the whole lot|"
        r"all (?:of )?(?:my |the |our )?(?:open |unpaid |"
        r"outstanding |due )*(?:invoices|bills|ones)"
        r"|what(?:ever)? (?:i|we) owe|(?:my|the|our) (?:\w+ )?(?:balance|debt)|(?:the |my |our )?(?:open|unpaid|"
        r"outstanding|due|remaining) (?:ones|invoices|bills)"
        r"|what is (?:due|open|outstanding|left)|settle up|my account|the rest|the lot|(?:pay|settle|"
        r"clear) (?:them )?all)\b",
        text,
    ):
        them = re.search(r"\b(them|those|these)\b", text) is not None
        mentions.group = "shown" if them and len(shown.invoices) > 1 and "all" not in text else "payable"
    elif (
        re.search(
            r"\b(it|that|this|that one|this one|them|those|these|both|the same|the (?:pdf|invoice|bill|file|"
            r"document))\b",
            text,
        )
        or not text
    ):
        mentions.group = "shown"


def read_exclusions(mentions: Mentions, account: Account) -> None:
    """Takes what was excluded out of the named ones: all but 0162."""
    found = re.search(
        r"\b(?:all|everything|every invoice|all of them)\b.*\b(?:but|except(?: for)?|apart from|other than|"
        r"without)\b(?P<rest>.*)$",
        mentions.text,
    )
    if found is None:
        return
    if "{invoice}" in found.group("rest") and mentions.invoices:
        mentions.excluded.extend(mentions.invoices)
        mentions.invoices.clear()
        mentions.group = "overdue" if "overdue" in mentions.text[: found.start("rest")] else "payable"
    elif re.search(r"\b(?:overdue|past due|late)\b", found.group("rest")):
        mentions.excluded.extend(i.number for i in account.overdue)
        mentions.group = "payable"
    elif re.search(r"\b(?:pay|settle|clear)\b", mentions.text) and (words := _told_apart(found.group("rest"))):
        left_out = matching_titles(words, tuple(account.payable))
        mentions.group = "payable" if left_out else ""
        mentions.excluded.extend(i.number for i in left_out)
        mentions.unclear = [] if left_out else [i.number for i in account.payable]


def _read_range(mentions: Mentions, account: Account) -> None:
    """From one number to another: "RT-2026-0162 through RT-2026-0187"; of what is paid, those that are owed."""
    if len(mentions.invoices) != 2 or not _RANGE.search(mentions.text):
        return
    first, last = sorted(mentions.invoices)
    if first.rpartition("-")[0] != last.rpartition("-")[0] or len(first) != len(last):
        return
    paying = re.search(r"\b(?:pay|settle|clear)\b", mentions.text)
    rows = account.payable if paying else account.invoices
    mentions.invoices = sorted({first, last, *(i.number for i in rows if first < i.number < last)})


def _told_apart(rest: str) -> list[str]:
    """The words that name what is left out; a card or credit is a way to pay, and no invoice."""
    return [] if re.search(r"\b(?:credits?|cards?|visa|mastercard|balance)\b", rest) else _telling(rest)


def group_members(group: str, account: Account, shown: Shown) -> list[str]:
    """The numbers that a group stands for."""
    if group == "overdue":
        return [i.number for i in account.overdue]
    if group == "payable":
        return [i.number for i in account.payable]
    return list(shown.invoices)
