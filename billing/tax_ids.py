"""Tax numbers: whether one is written as its country writes them, and the form in which it is kept."""

from __future__ import annotations

from stdnum import get_cc_module
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.util import clean

from billing.errors import PortalError

EU = frozenset(code.upper() for code in vat.MEMBER_STATES)
GREECE = {"GR": "EL"}  # the prefix of its numbers is not its country's code


def clean_tax_id(text: str, country: str) -> str:
    """The number as it is kept: NL123456789B01, a number of the Union with the letters of its country before it.

    Its form and its check digits are those of the country (ISO 3166-1 alpha-2), as python-stdnum has them; what it
    doesn't know is kept as it was typed. Raises `tax_id_wrong`.
    """
    typed = text.strip()
    module = vat if country in EU else get_cc_module(country.lower(), "vat")
    if not typed or module is None:
        return typed
    prefix = GREECE.get(country, country) if country in EU else ""
    bare = clean(typed, " -./").upper().removeprefix(prefix) if prefix else typed
    try:
        return str(module.validate(prefix + bare))
    except ValidationError:
        raise PortalError("tax_id_wrong", field="vat_number", wanted=typed, shape=SHAPES.get(country, "")) from None


# what people mix up most, for the countries that most of them come from
SHAPES = {
    "NL": "A Dutch VAT number has 9 digits, the letter B and 2 digits.",
    "BE": "A Belgian VAT number has 10 digits, the first a 0 or a 1.",
    "DE": "A German VAT number has 9 digits.",
    "FR": "A French VAT number has 2 signs and 9 digits.",
    "AT": "An Austrian VAT number has the letter U and 8 digits.",
    "DK": "A Danish VAT number has 8 digits.",
    "PL": "A Polish VAT number has 10 digits.",
    "ES": "A Spanish VAT number has 9 signs, with a letter first, last or both.",
    "IT": "An Italian VAT number has 11 digits.",
    "IE": "An Irish VAT number has 7 digits and 1 or 2 letters.",
    "LU": "A VAT number of Luxembourg has 8 digits.",
    "SE": "A Swedish VAT number has 12 digits, the last two 01.",
    "GB": "A British VAT number has 9 or 12 digits.",
}
