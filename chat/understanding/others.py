"""Payments, subscriptions, conversations and plans that a request names, and numbers of records of every kind."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from billing.access import clean_number
from chat.understanding.account import Account, KnownSubscription, Shown
from chat.understanding.mentions import Mentions

NUMBER = re.compile(
    r"(?<![\w-])#?(?P<whole>(?P<prefix>[a-z]{1,6})(?:-\d{1,10})+|"
    r"(?P<prefix2>[a-z]{2,6}) ?(?P<year>20\d\d)[ -]?(?P<n>\d{3,7}))\b",
    re.IGNORECASE,
)
_PAYMENT = {"PAY", "PMT", "PM", "PY", "P"}
_SUBSCRIPTION = {"SUB", "SUBS", "S", "SB"}
_CONVERSATION = {"CONV", "CHAT", "C", "CV", "CT", "CON"}
_PROJECT = {"PRJ", "PROJ", "PROJECT"}
_HOURS = {"TIME", "HRS", "HOURS"}
_ABOUT_PLANS = re.compile(
    r"\b(plan|start|begin|trial|subscribe|try|order|pause|resume|reactivate|switch|change|make|rather|prefer|"
    r"upgrade|downgrade|move|go|going|put|want|need|like|take|get|cost|"
    r"price|much|include|"
    r"includes|"
    r"renew|to|on|with|for|instead|back|what|cancel|compare|difference|between|level|tier)\b"
)
_TO_SOMETHING = re.compile(
    r"\b(?:switch|upgrade|downgrade|move|change)\b(?: (?:me|us|my plan|our plan|my subscription|"
    r"plan))? (?:over )?to (?:the )?"
    r"(?P<name>(?!(?:it|that|this|them|another|person|human|agent|today|seats)\b)[a-z]{3,})(?: plan)?(?= with\b|"
    r",? and \{seats\}|[.!?]?$)"
)
_ABOUT_IT = re.compile(
    r"^(?:tell me (?:more )?about|show|show me|open|what is|details of|more about|how much is|when does|"
    r"what about|cancel|end|resume|reactivate|"
    r"pause) (?P<it>it|this|that|this one|that one)(?: renew| cost| end)?[.!?]*$"
)
_LEFT_OUT = re.compile(
    r"\b(?:but not|and not|not|but|except(?: for)?|apart from|other than|without|besides)(?: the| my| our)?\s*$"
)
_BUT_NOT = re.compile(r"\w+ (?:\{?\w+\}? ){0,3}(?:but|and) not\b")
_ALL = re.compile(r"\b(?:all|everything|every|both|the others?|the rest|anything)\b")
_EXCLUDES = re.compile(r"\b(?:not|instead of|rather than|from|except|and not|but not|leave)\s+(?:the\s+|my\s+)?$")


def read_numbers(mentions: Mentions, account: Account) -> None:
    """Full numbers such as RT-2026-0187, by their prefix; a payment's, a subscription's or else an invoice's."""
    while found := NUMBER.search(mentions.text):
        number = _written(found)
        kind = _kind(number, account)
        named = mentions.hours if kind == "hours" else getattr(mentions, f"{kind}s")
        named.append(number)
        before = mentions.text[: found.start()]
        if kind == "invoice" and is_exempt(before, others_named=len(mentions.invoices) > 1):
            mentions.excluded.append(mentions.invoices.pop())
        mentions.mask(*found.span(), kind)


def is_exempt(before: str, *, others_named: bool) -> bool:
    """Whether the words before a record take it out: "but not", "except", "instead of"; a plain "not" denies all."""
    if not re.search(r"\b(?:not|except(?: for)?|without|instead of)\s+(?:the )?(?:invoice )?$", before):
        return False
    return others_named or re.search(r"\b(all|everything|rest|instead of|except)\b", before) is not None


def _written(found: re.Match[str]) -> str:
    if found.group("year"):
        return f"{found.group('prefix2')}-{found.group('year')}-{found.group('n')}".upper()
    return clean_number(found.group("whole"))


def _kind(number: str, account: Account) -> str:
    if any(p.number == number for p in account.payments):
        return "payment"
    if any(s.number == number for s in account.subscriptions):
        return "subscription"
    prefix = number.partition("-")[0]
    for kind, own in (("payment", account.payments), ("subscription", account.subscriptions)):
        if any(record.number.partition("-")[0] == prefix for record in own):
            return kind
    if account.invoice(number) or any(
        series.partition("-")[0] == prefix for series in account.series if prefix in ("RT", "CN", "INV")
    ):
        return "invoice"
    if prefix == "DRAFT":
        return "draft"
    prefixed = (("project", _PROJECT), ("hours", _HOURS), ("payment", _PAYMENT), ("subscription", _SUBSCRIPTION))
    for kind, prefixes in (*prefixed, ("conversation", _CONVERSATION)):
        if prefix in prefixes:
            return kind
    return "invoice"


def read_plan(mentions: Mentions, account: Account) -> None:
    """The plan that is wanted; of several the one after "to" or "on". A plan's name alone is enough."""
    names = list(dict.fromkeys([p.name for p in account.plans] + [s.plan for s in account.subscriptions if s.plan]))
    wanted: list[tuple[int, str]] = []
    short = len(mentions.text.split()) <= 3
    for name in sorted(names, key=len, reverse=True):
        while found := _find_name(mentions.text, name):
            before, after = mentions.text[: found[0]], mentions.text[found[1] :]
            if not (short or after.lstrip().startswith("plan") or _ABOUT_PLANS.search(f"{before} {after}")):
                break
            if not _EXCLUDES.search(before):
                rank = (
                    0
                    if re.search(r"\b(?:to|on|onto|on to|get|want|need|take|over to)\s+(?:the\s+|a\s+)?$", before)
                    else 1
                )
                wanted.append((rank, name))
            mentions.mask(*found, "plan")
    if not wanted and "{plan}" not in mentions.text:
        _read_unknown_plan(mentions, account)
    if wanted:
        mentions.plan = min(wanted, key=lambda entry: entry[0])[1]
    if mentions.seats is None and (
        found_seats := re.search(r"\{plan\}(?: plan)?,?(?: with| for| at)?,? (\d{1,6})(?![\d.,-])", mentions.text)
    ):
        mentions.seats = int(found_seats.group(1))
        mentions.mask(found_seats.start(1), found_seats.end(1), "seats")


def _read_unknown_plan(mentions: Mentions, account: Account) -> None:
    """A single word where a plan's name should stand: "switch me to Enterprise"."""
    found = _TO_SOMETHING.search(mentions.text)
    products = {word for s in account.subscriptions for word in s.product.lower().split()}
    if found and found.group("name") not in products:
        mentions.unknown_plan = found.group("name")
        mentions.mask(*found.span("name"), "plan")


def _find_name(text: str, name: str) -> tuple[int, int] | None:
    """Where a name stands, whole or with a typing error in it."""
    if exact := re.search(rf"(?<![\w{{-]){re.escape(name.lower())}(?![\w}}-])", text):
        return exact.span()
    if " " in name or len(name) < 5:
        return None
    for found in re.finditer(r"(?<![\w{])[a-z]+(?![\w}])", text):
        word = found.group(0)
        if word[0] == name[0].lower() and abs(len(word) - len(name)) <= 1 and fuzz.ratio(word, name.lower()) >= 83:
            return found.span()
    return None


def read_shown_payment(mentions: Mentions, shown: Shown) -> None:
    """After payments were shown, it is the first of them."""
    found = _ABOUT_IT.search(mentions.text) if shown.last == "payment" and not mentions.payments else None
    if found:
        mentions.mask(*found.span("it"), "payment")
        mentions.payments = list(shown.payments[:1])


def read_subscription(mentions: Mentions, account: Account, shown: Shown) -> None:
    """The subscription whose product is named; a distinctive word of it is enough ("mail" for Team mail)."""
    if mentions.subscriptions:
        return
    text = mentions.original.lower()
    by_words: list[KnownSubscription] = []
    for sub in account.subscriptions:
        if found := re.search(rf"(?<![\w{{]){re.escape(sub.product.lower())}(?![\w}}])", mentions.text):
            _name(mentions, sub, found)
        elif any(re.search(rf"\b{_spoken_of(word)}\b", text) for word in _distinctive(sub, account)):
            by_words.append(sub)
    _read_by_words(mentions, by_words, account)
    if mentions.kept and not mentions.subscriptions and _ALL.search(mentions.text):
        mentions.subscriptions = [s.number for s in account.subscriptions if s.number not in mentions.kept]
    if not mentions.subscriptions:
        _read_ended(mentions, account)
    _join_product_and_plan(mentions, account)
    if mentions.subscriptions or not shown.subscriptions:
        return
    only = shown.subscriptions if len(shown.subscriptions) == 1 else ()
    if shown.last == "subscription" and (found_it := _ABOUT_IT.search(mentions.text)):
        mentions.mask(*found_it.span("it"), "subscription")
        mentions.subscriptions.extend(only)
    elif re.search(r"\b(it|that|this|that one|the same)\b", mentions.text):
        mentions.subscriptions.extend(only)


def _read_by_words(mentions: Mentions, by_words: list[KnownSubscription], account: Account) -> None:
    """Those that a word of their name is enough for; beside one named in full only where "and" or "not" joins them."""
    joined = re.search(r"\b(?:and|both|not|except|but|without)\b|[,&+]", mentions.text) is not None
    if (len(by_words) > 1 and not joined) or ((mentions.subscriptions or mentions.kept) and not joined):
        return
    for sub in by_words:
        words = "|".join(_spoken_of(word) for word in _distinctive(sub, account))
        pattern = rf"(?<![\w{{-])(?:(?:the|my|our) )?(?:{words})(?: (?:thing|subscription|service))?(?![\w}}-])"
        if found := re.search(pattern, mentions.text):
            _name(mentions, sub, found)
        elif len(by_words) == 1 and not mentions.subscriptions:
            mentions.subscriptions.append(sub.number)


def _spoken_of(word: str) -> str:
    """A word of a product as a thing that one has: "mail me" and "by mail" are not about Team mail."""
    document = r"(?:(?:the|my|our|an?|this|that) )?(?:invoice|receipt|statement|bill|pdf|copy)"
    done_to = rf"me|us|him|her|them|(?:it|this|that) to|{document}"
    return rf"(?<!\ba )(?<!\bby )(?<!\bvia ){re.escape(word)}s?(?! (?:{done_to}))"


def _name(mentions: Mentions, sub: KnownSubscription, found: re.Match[str]) -> None:
    before = mentions.text[: found.start()]
    exempt = _LEFT_OUT.search(before) and (_ALL.search(before) or _BUT_NOT.search(before))
    (mentions.kept if exempt else mentions.subscriptions).append(sub.number)
    mentions.mask(*found.span(), "subscription")


def _join_product_and_plan(mentions: Mentions, account: Account) -> None:
    """A product beside its plan is the plan: "Hosting Growth", whether the customer has it or not."""
    known = {re.escape(p.product.lower()) for p in account.plans if p.product}
    products = "|".join(sorted(known, key=len, reverse=True))
    names = rf"(?:\{{subscription\}}|{products})" if products else r"\{subscription\}"
    mentions.text = re.sub(rf"(?<![\w{{]){names},? (?:plan )?\{{plan\}}", "{plan}", mentions.text)


def _read_ended(mentions: Mentions, account: Account) -> None:
    for sub in account.ended:
        if found := re.search(rf"(?<![\w{{]){re.escape(sub.product.lower())}(?![\w}}])", mentions.text):
            mentions.subscriptions.append(sub.number)
            mentions.mask(*found.span(), "subscription")


def _distinctive(sub: KnownSubscription, account: Account) -> list[str]:
    others = " ".join(s.product.lower() for s in account.subscriptions if s.product != sub.product).split()
    return [
        w for w in sub.product.lower().split() if len(w) >= 4 and w not in others and w not in ("team", "site", "plan")
    ]
