"""Details of the account that a request gives: an address, a phone number, a reference for invoices."""

from __future__ import annotations

import re

import pycountry

_ADDRESS_CUE = re.compile(
    r"(?i)\b(?:address|adress|addres|moved|moving|relocat\w+|(?:new|our|head) office|based|located|registered|"
    r"invoices? (?:should|must) (?:say|show))\b"
)
_NO_PLACE = re.compile(r"(?i)\be-?mail\b|\b(?:billing|invoice) contact\b|@")
_LEADS = re.compile(r"(?i)(?:\b(?:to|is(?: now)?|at|now|as|on|in|office)\b|:)\s+(?=\S)")
_TRAILS = re.compile(
    r"(?i)[\s,.;]*\b(?:please|thanks?|thank you|thx|from now on|now|instead|as of .*|starting .*|from \d.*|"
    r"is (?:our|the) (?:new )?(?:billing )?address(?: now)?|on (?:the|our|my) invoices?|next month)[\s.!]*$"
)
_POSTAL = re.compile(
    r"(?i)(?<![\w-])(?P<nl>\d{4} ?(?!in\b|to\b)[a-z]{2})(?![\w-])"
    r"|(?<![\w-])(?P<gb>[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?!\w)"
    r"|(?<![\w-])(?P<long>(?:[a-z]{1,2}-)?(?:\d{5}(?:-\d{4})?|\d{2}-\d{3}|\d{4}-\d{3}|\d{3} \d{2}))(?![\w-])"
    r"|(?:(?<=, )|(?<=,))(?P<four>(?:[a-z]-)?\d{4})(?= [^\W\d_])"
)
_STREET = re.compile(r"(?i)(?=.*[^\W\d_]{3})(?:.*?[^\W\d_]{2,}.*?[ .]\d{1,5}[\w/ -]{0,12}|\d{1,5}[a-z]?,? [^\W\d_].*)$")
_PHONE = re.compile(
    r"(?i)\b(?:phone|telephone|mobile|tel|cell)\b[^\d+]{0,40}(?P<phone>\+?\(?\d[\d ()./-]{5,22}\d)(?![\w-])"
)
_REFERENCE = re.compile(
    r"(?i)\b(?:p\.?o\.?|purchase order|reference|cost cent(?:re|er)|order number)\b(?: (?:number|nr\.?|no\.?|code))?"
    r"(?: on (?:the|our|my) invoices?)?(?: (?:is now|is|to|as|should be|must be|becomes))?:? ?"
    r"(?P<reference>(?=[\w/.-]*\d)[\w/.-]{3,30}(?<!\.))(?! ?(?:€|eur))"
)
_OF_OURS = re.compile(r"(?i)\b(?:invoices?|our|my|us|from now on|put|use|change|set|update|new|number)\b")
_RECORD = re.compile(r"(?i)(?:RT|CN|PAY|SUB|INV|PRJ|TIME|CV)-\d")


def take_details(request: str) -> tuple[str, dict[str, str]]:
    """The request with {address}, {phone} or {reference} in place of what it gives, and that by the fields."""
    found: dict[str, str] = {}
    if phone := _PHONE.search(request):
        found["phone"] = re.sub(r"\s+", " ", phone["phone"].strip())
        request = _masked(request, phone.span("phone"), "phone")
    reference = _REFERENCE.search(request)
    if reference and _OF_OURS.search(request) and not _RECORD.match(reference["reference"]):
        found["purchase_order"] = reference["reference"]
        request = _masked(request, reference.span("reference"), "reference")
    if _ADDRESS_CUE.search(request) and not _NO_PLACE.search(request):
        request, address = _take_address(request)
        found |= address
    return request, found


def _masked(request: str, span: tuple[int, int], name: str) -> str:
    return f"{request[: span[0]]}{{{name}}}{request[span[1] :]}"


def _take_address(request: str) -> tuple[str, dict[str, str]]:
    """The longest stretch after "to", "is" or a colon that reads as an address, or what begins the request."""
    end = len(request)
    while trailing := _TRAILS.search(request[:end]):
        end = trailing.start()
    starts = [lead.end() for lead in _LEADS.finditer(request[:end])]
    for start in [*starts, 0]:
        if address := read_address(request[start:end]):
            return f"{request[:start]}{{address}}{request[end:]}", address
    return request, {}


def read_address(text: str) -> dict[str, str]:
    """Street, postal code, city and country of an address as people write it; empty for what is none."""
    text = re.sub(r"\s+", " ", text).strip(" ,.!")
    postal = next((p for p in _POSTAL.finditer(text) if p.start() > 3), None)
    if postal:
        before = [part.strip(" ,") for part in text[: postal.start()].split(",") if part.strip(" ,")]
        after = [part.strip(" .") for part in text[postal.end() :].split(",") if part.strip(" .")]
        street, place = (before[0], [*after, *before[1:]]) if before else ("", [])
    else:
        street, *place = [part.strip() for part in re.split(r",| in (?=[^\W\d_])", text) if part.strip()]
    if not _STREET.match(street) or len(street.split()) > 7 or any(re.search(r"\d", part) for part in place):
        return {}
    if not postal and not place and not re.fullmatch(r"(?:[^\W\d_][\w.'’-]* ){1,4}\d{1,5}[\w-]{0,6}", street):
        return {}
    country = _country(place[-1]) if len(place) > 1 else ""
    found = {"address_line": _named(street)}
    if postal:
        found["postal_code"] = _spaced(postal)
    if place:
        found["city"] = _named(place[0])
    return found | ({"country": country} if country else {})


def _spaced(postal: re.Match[str]) -> str:
    code = postal.group(0).upper()
    return re.sub(r"^(\d{4}) ?([A-Z]{2})$", r"\1 \2", code) if postal["nl"] else code


def _named(name: str) -> str:
    """A name as it is written; typed in small letters, its words begin with capitals."""
    return re.sub(r"\b[^\W\d_]", lambda letter: letter[0].upper(), name) if name == name.lower() else name


def _country(name: str) -> str:
    """The code of a country that is named; empty for anything else."""
    try:
        return str(pycountry.countries.lookup(re.sub(r"(?i)^the ", "", name.strip())).alpha_2)
    except LookupError:
        return ""
