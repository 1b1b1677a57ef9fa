"""Amounts, seats, stars, days and words that a request names."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from text_to_num import alpha2digit

from billing.money import parse_amount
from chat.understanding.account import Account
from chat.understanding.mentions import Mentions
from chat.understanding.things import take_coupons, take_reason
from chat.understanding.wording import PURPOSE, spell_out

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1900, 2099
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"
_ONES = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "another": 1}
_SEAT = (
    r"(?:seats?|users?|licen[cs]es?|mailbox(?:es)?|people|persons|employees|accounts|logins|inboxes|"
    r"team members|members)"
)
_SEATS = re.compile(
    rf"(?<![\w.,-])(?:(?P<rel>more|another|additional|extra) )?(?P<n>\d+|an?|one|two|another)"
    rf"(?P<rel2> more| extra| additional| fewer| less)?(?: [a-z]+){{0,2}}? {_SEAT}\b(?P<rel3> more| extra| fewer|"
    rf" less)?"
)
_SEATS_TO = re.compile(rf"{_SEAT} (?:back |up |down )?to (?P<n>\d+)\b")
_NO_SEATS = re.compile(
    rf"{_SEAT} (?:back |up |down )?(?:to|at) (?:minus |[-−–] ?)\d+\b|(?<=\bto )(?:minus |[-−–] ?)\d+ {_SEAT}\b"
)
_HIRED = re.compile(r"\b(?:hired|hire|employ|employed|fired|lost|welcomed)(?: \w+)?\s*$")  # people, and no seats yet
_OTHER_USER = re.compile(r"\b(?:to|use|using|as|into)\s*$")  # somebody else, and no more seats
_FEWER = re.compile(
    r"\b(remove|drop|lose|fewer|less|take off|take away|get rid of|delete|minus|cut|reduce by|decrease by)\b"
)
_MORE = re.compile(r"\b(add|more|extra|additional|another|plus|buy|increase by)\b")
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "eur": "EUR", "euro": "EUR", "euros": "EUR", "usd": "USD",
               "dollar": "USD", "dollars": "USD", "gbp": "GBP", "pound": "GBP", "pounds": "GBP"}  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<sign>€|\$|£|eur|usd|gbp) ?(?P<a>\d[\d.,]*\d|\d)(?! ?%)"
    r"|(?<![\w.,-])(?P<b>\d[\d.,]*\d|\d) ?(?P<unit>€|\$|£|euros?|eur|dollars?|usd|pounds?|gbp)\b"
    r"|(?<![\w.,-])(?P<c>(?:\d{1,3}(?:[.,]\d{3})*|\d{4,7})[.,]\d{2})(?![\d.,-])(?! ?%)"
)
_PART_OF = re.compile(
    r"\b(?:pay|put|settle|send|transfer|take|charge|use|apply|only|just) (?P<n>\d{1,7})(?![\w.,/%-]) "
    r"(?:of|on|towards?|off|for|from|to|against)\b(?! ?\{(?:day|month)\})"
)
_BELOW_ZERO = re.compile(
    r"(?<!\S)[-−–] ?\d[\d.,]*(?= (?:of|on|from|for|towards)\b)|"
    r"(?<!\S)[-−–] ?(?:(?:€|\$|£|eur|usd|gbp) ?\d|\d[\d.,]* ?(?:€|\$|£|euros?\b|eur\b|dollars?\b|pounds?\b))"
)
_RATING = re.compile(
    r"(?<![\w.,-])(?P<n>\d+|one|two|three|four|five)(?:-| )?(?:\*|(?:star(?:s|red)?\b)|(?:/| / | out of )(?:5|"
    r"five|a 5)\b(?: stars?)?)"
    r"|(?P<stars>[★⭐]{1,5})|\brat(?:e|ing|ed):?(?: \w+){0,4}? (?:of |a |an? |with |is |: ?|as )?(?P<r>\d)(?![\d\w-])"
    r"|\b(?:give|deserves?|gave) (?:\w+ ){0,3}?(?:an? )(?P<g>[1-5])(?![\d\w-])"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_OF_YEAR = r"(?:,? \d{4}(?!\d|[.,]\d| ?(?:€|\$|£|eur|usd|gbp|dollar|pound|seat|user)))?"
DAYS = (
    rf"(?<![\w-])(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b{_OF_YEAR}|{MONTH} \d{{1,2}}(?:st|nd|rd|"
    rf"th)?(?!\d){_OF_YEAR}"
    rf"|tomorrow|next (?:week|{_WEEKDAY})|in (?:\d+|a|one|two) (?:days?|weeks?|months?)|(?:on|this|by) {_WEEKDAY})\b"
)
_DAY = re.compile(DAYS)
WITH_YEAR = re.compile(r"\d{4}|tomorrow|next|in (?:\d|a |one|two)|day\b")
_COMMANDS = re.compile(
    r"\b(?:review|rate|rating|give|leave|put|deserve|not|never|refuse|rather|stop)|n['’]?t\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,4000})[\"“”»]")


_IN_FIGURES = re.compile(
    r"\b(?P<cue>until|till|on|from|by|since|before|after|to|of|at|for|and|between|starting)(?P<the> the)? "
    r"(?P<day>\d{1,2})(?:/(?P<month>\d{1,2})(?![\d/])|\.(?P<dotted>\d{1,2})\.(?!\d))"
)


def _written_out(text: str) -> str:
    """Days in figures with their month's name: "until 15/4" is until 15 april. The day comes before the month."""

    def written(found: re.Match[str]) -> str:
        month = int(found["month"] or found["dotted"])
        if not (1 <= month <= 12 and 1 <= int(found["day"]) <= 31):
            return found[0]
        return f"{found['cue']}{found['the'] or ''} {found['day']} {calendar.month_name[month].lower()}"

    return _IN_FIGURES.sub(written, text)


_THOUSANDS = re.compile(r"(?<![\w.,-])(?P<n>\d{1,3}(?:[.,]\d{1,2})?)k\b")


def _in_full(found: re.Match[str]) -> str:
    """1k is 1,000.00."""
    return f"{float(found['n'].replace(',', '.')) * 1000:,.2f}"


def begin(request: str, mended: Callable[[str], str]) -> Mentions:
    """Starts with the request spelled out: quoted words set aside, number words as figures, typing errors mended."""
    words = ""
    request, codes = take_coupons(request)
    if found := _QUOTED.search(request):
        words = found.group(1).strip()
        request = f"{request[: found.start()]} {request[found.end() :]}"
    request, reason = take_reason(request)
    text = PURPOSE.sub("", _THOUSANDS.sub(_in_full, _written_out(spell_out(request))))
    text = re.sub(r"(?<![\w{-])[a-z]{4,}(?![\w-])", lambda found: mended(found.group(0)), text)
    return Mentions(
        text=alpha2digit(text, "en") if re.search(r"[a-z]", text) else text,
        original=request,
        words=words,
        coupons=codes,
        reason=reason,
    )


def read_rating(mentions: Mentions) -> None:
    """Stars out of five: "4 stars", "four out of five", "4/5", "rate you 4"."""
    found = _RATING.search(mentions.text)
    if not found:
        return
    if found.group("stars"):
        value = len(found.group("stars"))
    else:
        text = found.group("n") or found.group("r") or found.group("g")
        value = int(text) if text.isdecimal() else _ONES[text]
    start, end = found.span()
    if found.group("r") or found.group("g"):
        start = found.start("r") if found.group("r") else found.start("g")
    mentions.rating = value if 1 <= value <= 5 else None
    mentions.bad_rating = mentions.rating is None
    mentions.mask(start, end, "rating")


def read_words(mentions: Mentions) -> None:
    """The words of a review that follow the stars or a colon, as they were written; they are taken off the sentence."""
    if mentions.words:
        return
    original = re.sub(r"\s+", " ", mentions.original).strip()
    if mentions.rating is not None and (found := list(_RATING.finditer(original.lower()))):
        before, after = original[: found[-1].start()], original[found[-1].end() :]
        mentions.words = _said(after)
        if mentions.words:
            mentions.text = mentions.text.partition("{rating}")[0] + "{rating}"
        elif not _COMMANDS.search(spell_out(before)):
            mentions.words = _said(before)
            mentions.text = "{rating}" if mentions.words else mentions.text
    elif colon := re.search(r"(?i)\b(?:review|feedback|saying|words|rating|question)\b\s*:\s*(.+)$", original):
        mentions.words = _said(colon.group(1))
        mentions.text = mentions.text.partition(":")[0]


def _said(text: str) -> str:
    text = re.sub(
        r"^[\s,.;:!–—-]*(?:(?:and|because|since|saying|with the words|for you|from me|please)\b[\s,:]*)*",
        "",
        text,
        flags=re.I,
    )
    text = text.strip(" \t,;:–—-")
    return (
        ""
        if re.fullmatch(
            r"(?i)(please|thanks|thank you|review|stars?|for (you|your (service|company)|this chat)|[.!]*)", text
        )
        else text
    )


_MONEY = re.compile(
    r"\b(?:in|as|the|your|my) (?P<word>euros?|dollars|pounds|yen|zloty|zlotys|francs|crowns)\b|"
    r"(?<![\w-])(?P<code>eur|usd|gbp|chf|jpy|"
    r"pln|sek|nok|dkk|czk|huf|inr|aud|nzd|cad|kwd|bhd|isk)(?![\w-])"
)
_BY_NAME = {"yen": "JPY", "zloty": "PLN", "zlotys": "PLN", "francs": "CHF"}


def read_currency(mentions: Mentions) -> None:
    """A currency that is spoken of without an amount: "my statement in dollars"."""
    if (found := _MONEY.search(mentions.text)) and mentions.amount is None:
        word = found.group("word") or ""
        mentions.currency = (found.group("code") or "").upper() or _BY_NAME.get(word) or _CURRENCIES.get(word, "")


def read_amount(mentions: Mentions, account: Account) -> None:
    """An amount of money in minor units, in the currency that was said with it or else the account's."""
    if found := re.search(r"\bhalf\b|(?<![\d.,])(?P<n>\d{1,2}) ?(?:%|per ?cent)(?!\w)", mentions.text):
        mentions.percent = int(found.group("n") or 50)
    mentions.below_zero = _BELOW_ZERO.search(mentions.text) is not None
    found = _AMOUNT.search(mentions.text)
    if not found:
        _read_bare_amount(mentions, account)
        return
    named = found.group("sign") or found.group("unit")
    mentions.amount_currency = _CURRENCIES[named] if named else ""
    currency = mentions.amount_currency or account.currency
    try:
        mentions.amount = parse_amount(found.group("a") or found.group("b") or found.group("c"), currency)
    except ValueError:
        return
    mentions.mask(*found.span(), "amount")


def _read_bare_amount(mentions: Mentions, account: Account) -> None:
    """A number without its currency that is a part of an invoice: "pay 5000 of 0187"."""
    if found := _PART_OF.search(mentions.text):
        mentions.amount = parse_amount(found.group("n"), account.currency)
        mentions.mask(*found.span("n"), "amount")


def read_seats(mentions: Mentions) -> None:
    """A number of seats, or by how many it should change."""
    if found := _NO_SEATS.search(mentions.text):
        mentions.bad_seats = True
        mentions.mask(*found.span(), "seats")
        return
    found = _SEATS.search(mentions.text) or _SEATS_TO.search(mentions.text)
    if not found or _HIRED.search(mentions.text[: found.start()]):
        return
    groups = found.groupdict()
    if groups["n"] == "another" and _OTHER_USER.search(mentions.text[: found.start()]):
        return
    number = _ONES.get(groups["n"]) or int(groups["n"])
    relative = " ".join(filter(None, (groups.get("rel"), groups.get("rel2"), groups.get("rel3"))))
    sentence = f"{mentions.text[: found.start()]} {relative}"
    told = groups["n"] == "another" or re.search(r"\b(to|have|with)\s*$", mentions.text[: found.start()]) is None
    if "n" in groups and _SEATS_TO.search(mentions.text):
        mentions.seats = int(_SEATS_TO.search(mentions.text)["n"])  # type: ignore[index]
    elif told and _FEWER.search(sentence):
        mentions.seats_by = -number
    elif told and (_MORE.search(sentence) or groups["n"] == "another"):
        mentions.seats_by = number
    elif groups["n"] in ("a", "an"):
        return
    else:
        mentions.seats = number
    mentions.mask(*found.span(), "seats")


def read_bare_seats(mentions: Mentions, account: Account) -> None:
    """A bare number that a subscription sold by the seat is set to: "team mail down to 15"."""
    by_seat = {s.number for s in account.subscriptions if s.per_seat}
    if mentions.seats is not None or mentions.seats_by is not None or not by_seat & set(mentions.subscriptions):
        return
    if found := re.search(r"\{subscription\}(?:.{0,20}?\b(?:to|at)| ?:) (\d{1,5})(?![\w.,/%-])", mentions.text):
        mentions.seats = int(found.group(1))
        mentions.mask(found.start(1), found.end(1), "seats")


def read_days(mentions: Mentions, account: Account) -> None:
    """A day as people write it, then months: "2 March", "next Friday", "March", "last month"."""
    if found := _DAY.search(mentions.text):
        mentions.day = read_day(found.group(0), account.today)
        mentions.day_year = WITH_YEAR.search(found.group(0)) is not None
        mentions.no_day = "" if mentions.day else found.group(0)
        mentions.mask(*found.span(), "day")
    _read_months(mentions, account.today)


def read_day(text: str, today: date) -> date | None:
    """The day that the words mean, seen from `today`; day before month where only figures are given."""
    return _parsed(re.sub(r"^(?:on|by|this|the) |\b(?:of|next)\b ?", "", text.strip().lower()), today)


@lru_cache(maxsize=256)
def _parsed(text: str, today: date) -> date | None:
    import dateparser

    settings = {
        "RELATIVE_BASE": datetime.combine(today, time(12)),
        "PREFER_DATES_FROM": "current_period",
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day"],
    }
    if re.fullmatch(_WEEKDAY, text):
        settings["PREFER_DATES_FROM"] = "future"
        settings["REQUIRE_PARTS"] = []
    if text == "week":
        return today + timedelta(days=7)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if (year := re.search(r"\b\d{4}$", text)) and not FIRST_YEAR <= int(year[0]) <= LAST_YEAR:
        return None
    found = dateparser.parse(text, languages=["en"], settings=settings)
    return found.date() if found else None


def _read_months(mentions: Mentions, today: date) -> None:
    pattern = re.compile(
        rf"\b(?P<name>{MONTH})(?P<s>'s)?(?: (?P<year>20\d\d))?\b|\b(?P<last>last|previous|this|next) month(?:'s)?\b"
        rf"|\b(?P<ago>\d{{1,2}}|an?|one|two) months? ago\b"
    )
    at = 0
    while found := pattern.search(mentions.text, at):
        month = _month(found, mentions.text, today)
        if month is None:
            at = found.end()
            continue
        mentions.months.append(month)
        before = mentions.text
        mentions.mask(*found.span(), "month")
        at = found.end() + len(mentions.text) - len(before)


def _month(found: re.Match[str], text: str, today: date) -> tuple[int, int] | None:
    if relative := found.group("last"):
        step = {"last": -1, "previous": -1, "this": 0, "next": 1}[relative]
        months = today.year * 12 + today.month - 1 + step
        return months // 12, months % 12 + 1
    if ago := found.group("ago"):
        months = today.year * 12 + today.month - 1 - (_ONES.get(ago) or int(ago))
        return months // 12, months % 12 + 1
    name = found.group("name")
    if re.search(r"\blast\s$", text[: found.start()]) and not found.group("year"):  # not the one that runs
        return (today.year if MONTHS[name] < today.month else today.year - 1), MONTHS[name]
    if name in ("may", "march", "mar") and not found.group("year") and not found.group("s"):
        before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        if name == "may" and not (
            re.search(
                r"(\b(in|for|of|from|last|since|is|was|than|and|the|my|our|with|until|till|to|by|"
                r"before|after|this|next)|\})$",
                before,
            )
            and not re.match(r"(i|we|you|not|be|have)\b", after)
        ):
            return None
    number = MONTHS[name]
    if found.group("year"):
        return int(found.group("year")), number
    return (today.year if number <= today.month else today.year - 1), number
