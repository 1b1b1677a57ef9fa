"""Coupons, add-ons, steps of projects, hours and reasons that a request names."""

from __future__ import annotations

import re

from billing.actions.project_days import plain_name
from chat.understanding.account import Account
from chat.understanding.mentions import Mentions

_CODE = r"[A-Za-z0-9][A-Za-z0-9_-]{2,39}"
_CUED = re.compile(
    rf"\b(?:coupons?|vouchers?|promo(?:tion)?s?|discount|gift)(?:[ -]?codes?)?(?: (?:called|named|number|nr\.?|no\.?|"
    rf"with"
    rf"(?: the)? code))?:? *[\"'“‘]?(?P<code>{_CODE})[\"'”’]?(?![\w-])",
    re.IGNORECASE,
)
_CODED = re.compile(rf"\b(?:the |my |a )?(?:code):? *[\"'“‘]?(?P<code>{_CODE})[\"'”’]?(?![\w-])", re.IGNORECASE)
_BEFORE = re.compile(
    rf"(?<![\w-])[\"'“‘]?(?P<code>{_CODE})[\"'”’]? (?:coupon|voucher|promo code|discount code|code)\b", re.IGNORECASE
)
_REDEEM = re.compile(
    rf"\b(?:redeem|apply|use|enter|try)(?: the| my| this)? [\"'“‘]?(?P<code>{_CODE})[\"'”’]?(?![\w-])", re.IGNORECASE
)
_PLAIN_CODE = re.compile(r"(?<![\w-])(?P<code>[A-Z]{4,20}-?\d{1,4}(?!\d))(?![\w-])")
# Codes as people type them, in small letters too: letters and a number, and no place in a list ("step2").
_LOOSE_CODE = re.compile(
    r"(?<![\w-])(?<!\ba )(?<!\ban )(?<!\bthe )(?!(?:line|step|page|"
    r"phase|stage|milestone|version|week|month|quarter|year|seats?|users?|"
    r"january|february|march|april|june|july|august|september|october|november|december)-?\d)"
    r"(?P<code>[A-Za-z]{4,20}-?\d{1,3})(?![\w-])"
)
# Each way in which a code is given, and whether any word there may be one.
_CODES = (
    (_CUED, True), (_BEFORE, False), (_CODED, False), (_REDEEM, False), (_PLAIN_CODE, False), (_LOOSE_CODE, False),
)  # fmt: skip
_NO_CODE = {
    "doesnt", "dont", "didnt", "isnt", "wont", "cant", "doesn", "didn", "won", "don", "does", "do", "to",
    "account", "again", "and", "another", "any", "apply", "are", "before", "bill", "but", "can", "code", "codes",
    "coupon", "coupons", "did", "discount", "expire", "expired", "expires", "expiry", "for", "from", "get",
    "give", "gives", "good", "got", "had", "has", "have", "here", "hosting", "how", "i", "in", "invoice", "is", "isn",
    "it", "left", "mine", "my", "new", "not", "now", "off", "on", "one", "onto", "our", "plan", "please", "price",
    "promo", "redeem", "still", "subscription", "that", "the", "this", "today", "use", "valid", "voucher",
    "vouchers", "was", "we", "what", "when", "where", "which", "will", "with", "work", "working", "works", "worth",
    "would", "yet", "you", "your",
}  # fmt: skip
_STRICT = re.compile(r"(?=.*\d)(?=.*[A-Za-z])|^[A-Z][A-Z0-9_-]{3,}$")
_QUOTES = "\"'“”‘’"
_NUMBERED = re.compile(r"[A-Za-z]{1,6}(?:-\d{2,10})+$")

_ABOUT_ADD_ONS = re.compile(
    r"\b(?:add|adding|add-?ons?|extras?|extra|remove|removing|drop|order|book|buy|want|need|get|take|have|cancel|"
    r"stop|without|"
    r"longer|off|rid|plus|include)\b"
)
_ADD_VERB = re.compile(r"\b(?:add|remove|drop|order|book|buy|get rid of|take off|need|want)\b")
_UNKNOWN_ADD_ON = re.compile(
    r"\badd[- ]?ons? (?:called |named )?(?P<name>(?!(?:to|from|for|on|of|off|please|that|is|are|do|does|did|can|and|"
    r"i|you|we|cost|"
    r"costs|it|now|to)\b)[a-z0-9][\w-]*(?: (?!(?:to|from|for|on|of|off|please|with|now|today|at|and|any|"
    r"again)\b)[a-z0-9][\w-]*)?)"
)
_QUANTITY = re.compile(
    r"(?<![\w.,-])(?P<n>\d{1,5}|two|three|four|five)(?: ?x| times| units?)?(?: of)?(?: the)?(?: add-?ons?)? \{add_on\}"
)
_MILESTONE = re.compile(
    r"\b(?:milestone|step|phase|stage)s? (?:number |nr\.? |no\.? |#)?(?P<n>\d{1,3})\b(?! ?(?:eur|%))"
    r"|\b(?P<o>first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th) (?:milestone|step|phase|stage)\b"
)
_ABOUT_BILLS = re.compile(r"^(?:\W*(?:please|can|could|i|you|we|want|to|would|like)\b)*\W*(?:pay|settle|clear)\b|"
                          r"\b(?:invoices?|bills?|pdf|download)\b")  # fmt: skip
_ABOUT_WORK = re.compile(r"\b(?:milestones?|projects?|steps?|phases?|hours|approve|accept|work|worked|time)\b")
_ABOUT_STEP = re.compile(r"\b(?:cost|costs|planned|due|ready|done|finished|start|starts|begin|approved|when|late)\b")
_ABOUT_HOURS = re.compile(
    r"\b(?:hours?|work(?:s|ed|ing)?|do|did|does|done|doing|spend|spent|logged|timesheet|been|busy)\b"
)
_DOES = re.compile(
    r"\b(?:what (?:did|does|has)|how (?:many|much|long)[ \w]{0,20}? (?:did|has)) "
    r"(?P<name>(?!(?:not|never|still|also|already|all|i|we|you|they|he|she|it|this|that|the|your|our|"
    r"my|anyone|anybody|everyone|everybody|someone|somebody|each|who|people|last|next)\b)[a-z]{3,})(?:'s team)? "
    r"(?:do|done|work|worked|log|logged|spend|spent|book|booked|put in)\b"
)
_WHOSE = re.compile(
    r"\b(?:approve|accept|confirm|release) (?P<name>(?!(?:all|the|these|those|this|that|my|our|open|waiting|new|more|"
    r"extra|other|logged|billable|worked|project|remaining|last|month|week|\w+day|january|february|"
    r"march|april|may|june|july|august|september|october|november|december)\b)[a-z]{3,}?)(?:'s?|s)? hours\b"
)
_NO_NAME = {"mar", "the", "and", "for", "not", "did", "all", "new", "can", "may", "jan", "dan", "tot", "how", "has"}
_PLACES = ("first", "second", "third", "fourth", "fifth")
_REVIEW = re.compile(r"\b(?:reviews?|stars?|rat(?:e|ing)|feedback)\b|[★⭐]", re.IGNORECASE)
_REASON = re.compile(
    r"^(?P<ask>.*?\b(?:cancel\w*|end|ends|stop|terminate|quit|pause|hold|freeze|suspend|remove|drop|refund|"
    r"void|credit|"
    r"uncollectible|write off|goodwill)\b.*?)"
    r"(?:[\s,;:–—-]+(?:because(?: of)?|due to|as the reason is|(?:the |my |our )?reason(?: is)?:?|since (?=(?:we|i|"
    r"it|our|my|the|there|"
    r"they|you|this)\b)|as (?=(?:we|i|it|our|they)\b))|\s+(?=(?:we|i) (?:no longer|have no|do(?: not|n['’]?t)) "
    r"(?:use|need|want it|have|like|money|budget|time)\b)|,\s*(?=(?:it|it['’]s|too|we|we['’]re|"
    r"they)\b))[\s:]*(?P<why>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip


def take_reason(request: str) -> tuple[str, str]:
    """The request without what follows "because", and that; the reason is no part of what is asked."""
    found = None if _REVIEW.search(request) else _REASON.match(request)
    return (found.group("ask").rstrip(" ,;:–—-"), found.group("why").strip()) if found else (request, "")


def take_coupons(request: str) -> tuple[str, list[str]]:
    """The request with {coupon} in place of each code, and the codes as they are kept: in capitals."""
    codes: list[str] = []
    for pattern, sure in _CODES:
        for found in reversed(list(pattern.finditer(request))):
            code = found.group("code")
            strict = _STRICT.search(code) is not None
            if (
                code.lower() in _NO_CODE
                or (not strict and not sure)
                or (pattern not in (_CUED, _CODED) and _NUMBERED.match(code))
            ):
                continue
            if sure and not strict and not _ends_well(request[found.end() :]):
                continue
            codes.insert(0, code.upper())
            before, after = request[: found.start("code")], request[found.end("code") :]
            request = f"{before.rstrip(_QUOTES)} {{coupon}} {after.lstrip(_QUOTES)}"
        if codes:
            break
    return request, codes


def _ends_well(rest: str) -> bool:
    """Whether a plain word after "coupon" may be a code: what follows is the end, or what it is redeemed on."""
    return re.match(r"\s*(?:$|[.,;!?]|(?:on|for|to|please|still|work|now|good|valid|give|at|and)\b)", rest) is not None


def read_add_ons(mentions: Mentions, account: Account) -> None:
    """Add-ons by their name or code; where one is spoken of that isn't sold, the word that was said."""
    if not _ABOUT_ADD_ONS.search(mentions.text):
        return
    for add_on in sorted(account.add_ons, key=lambda one: -len(one.name)):
        for name in (add_on.name, add_on.code, add_on.code.replace("-", " ")):
            pattern = rf"(?<![\w{{-])(?:the )?(?:add-?ons? )?{re.escape(name.lower())}s?(?: add-?ons?)?(?![\w}}-])"
            if found := re.search(pattern, mentions.text):
                mentions.add_ons.append(add_on.code)
                mentions.mask(*found.span(), "add_on")
                break
    if not mentions.add_ons and _ADD_VERB.search(mentions.text):
        _read_part_of_name(mentions, account)
    if not mentions.add_ons and (found := _UNKNOWN_ADD_ON.search(mentions.text)):
        mentions.add_ons.append(re.sub(r"\s+", "-", found.group("name")))
        mentions.mask(*found.span("name"), "add_on")
    if found := _QUANTITY.search(mentions.text):
        small = {"two": 2, "three": 3, "four": 4, "five": 5}
        mentions.quantity = small.get(found.group("n")) or int(found.group("n"))
        mentions.text = f"{mentions.text[: found.start()]}{{add_on}}{mentions.text[found.end() :]}"


def _read_part_of_name(mentions: Mentions, account: Account) -> None:
    """A word that only one add-on has in its name and no plan or service has: "storage" for Extra storage."""
    taken = " ".join([*(s.product for s in account.subscriptions), *(p.name for p in account.plans)]).lower().split()
    names = {a.code: [w for w in a.name.lower().split() if len(w) >= 5] for a in account.add_ons}
    for code, words in names.items():
        others = [w for other, theirs in names.items() if other != code for w in theirs]
        for word in words:
            if word in others or word in taken or word in ("extra", "website"):
                continue
            if found := re.search(rf"(?<![\w{{])(?:the |more |extra )?{re.escape(word)}s?(?![\w}}])", mentions.text):
                mentions.add_ons.append(code)
                mentions.mask(*found.span(), "add_on")
                return


def read_work(mentions: Mentions, account: Account) -> None:
    """Which step of which project: by number, or by the names that the account's projects and steps have."""
    text = mentions.text
    if found := _MILESTONE.search(text):
        said = found.group("o")
        mentions.milestone = (
            int(found.group("n"))
            if found.group("n")
            else (_PLACES.index(said) + 1 if said in _PLACES else int(said[0]))
        )
    if not _ABOUT_WORK.search(text):
        if mentions.milestone is None and _ABOUT_STEP.search(text):
            _read_step(mentions, account)
        return
    for project in account.projects:
        if not mentions.projects and (named := _project_named(mentions.text, project.name)):
            mentions.projects.append(project.number)
            mentions.mask(*named, "project")
        steps = [step for step in project.milestones if step.name.lower() in text]
        if len(steps) == 1 and mentions.milestone is None:
            mentions.milestone = steps[0].position
            mentions.projects = mentions.projects or [project.number]


def _read_step(mentions: Mentions, account: Account) -> None:
    """A step by its name alone, where one is spoken of as a thing: "what does the launch cost"."""
    for project in account.projects:
        for step in project.milestones:
            named = rf"\b(?:the|is|was|will|for) (?:the )?{re.escape(step.name.lower())}\b(?! (?:plan|invoice|bill))"
            if mentions.milestone is None and (found := re.search(named, mentions.text)):
                mentions.milestone, mentions.projects = step.position, [project.number]
                mentions.mask(found.end() - len(step.name), found.end(), "milestone")


def read_billed_step(mentions: Mentions, account: Account) -> None:
    """The invoice of a step, where its money is meant: "pay milestone 2"."""
    found = _MILESTONE.search(mentions.text) if _ABOUT_BILLS.search(mentions.text) else None
    title = re.compile(rf"(?i)\bmilestone {mentions.milestone}\b")
    billed = [i.number for i in account.bills if title.search(i.title)] if found and not mentions.invoices else []
    if found and len(billed) == 1:
        mentions.invoices, mentions.milestone = billed, None
        start = re.search(r"(?:the )?(?:(?:invoice|bill) (?:of|for) )?(?:the )?$", mentions.text[: found.start()])
        mentions.mask(start.start() if start else found.start(), found.end(), "invoice")


def mask_milestone(mentions: Mentions) -> None:
    """{milestone} in place of the step that was named, once nothing else is read from it: an invoice's title may be."""
    if mentions.milestone is not None and (found := _MILESTONE.search(mentions.text)):
        start = found.start() - (4 if mentions.text[: found.start()].endswith("the ") else 0)
        mentions.mask(start, found.end(), "milestone")


def _project_named(text: str, name: str) -> tuple[int, int] | None:
    """Where a project is named: in full, or with some of its words before "project"."""
    whole = rf"(?<![\w{{])(?:(?:the|my|our) )?(?:project )?{re.escape(name.lower())}(?: project)?(?![\w}}])"
    if found := re.search(whole, text):
        return found.span()
    words = "|".join(re.escape(word) for word in re.findall(r"[^\W_]{4,}", name.lower()) if word != "project")
    found = re.search(rf"(?<![\w{{])(?:(?:the|my|our) )?(?:(?:{words}) )+project\b", text) if words else None
    return found.span() if found else None


def read_people(mentions: Mentions, account: Account) -> None:
    """Who of a project's people is meant: by a name or a part of one; or a name that stands where theirs would."""
    if not account.projects or not _ABOUT_HOURS.search(mentions.text):
        return
    for name in dict.fromkeys(person for project in account.projects for person in project.people):
        for found in re.finditer(r"(?<![\w{'-])(?P<word>[^\W\d_]{3,})(?:'s)?(?![\w}])", mentions.text):
            if _names(found["word"], name):
                whole = re.compile(rf"(?<![\w{{]){re.escape(name.lower())}(?:'s)?(?![\w}}])").search(mentions.text)
                mentions.persons.append(name)
                mentions.mask(*(whole or found).span(), "person")
                break
    if not mentions.persons and (stranger := _DOES.search(mentions.text) or _WHOSE.search(mentions.text)):
        mentions.persons.append(stranger["name"].capitalize())
        mentions.mask(*stranger.span("name"), "person")


def _names(word: str, name: str) -> bool:
    """Whether a word is a part of the name, or the beginning of its first part: "tom" for Tomáš."""
    first, *others = plain_name(name).replace("-", " ").split()
    said = plain_name(word)
    if len(said) > 4 and said == f"{first}s":  # "noors hours"
        return True
    return said not in _NO_NAME and (first.startswith(said) or (len(said) >= 4 and said in others))
