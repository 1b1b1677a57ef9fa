"""Typed references in action inputs: what a field names, so that forms, chat slots and the shell can fill it.

An input's field says `invoice: InvoiceNumber` and is given a record's public number, never a database id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated
from unicodedata import category, combining, normalize

import pycountry
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from billing.errors import PortalError


@dataclass(frozen=True)
class Refers:
    """Marks what a field names: invoice, subscription, payment, credit, plan, card, amount, seats, rating, words, day.

    A person is who worked: a name or a part of one; a colleague is who signs in for the account, by email; an email is
    any other address. For staff also: project, hours, customer, plan_code, add_on,
    coupon, currency, country, percent.
    """

    to: str


# what turns the direction of the text around it, or has no width: nobody sees it, and names that differ look alike;
# joiners stand between signs of scripts and emoji that need them
UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]"
)
UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def plain(value: object) -> object:
    """Text without what no person types, sees or keeps: control characters, halves of a sign, unseen signs."""
    if not isinstance(value, str):
        return value
    value = UNSEEN.sub("", value)
    return "".join(sign for sign in value if sign in "\n\t" or category(sign) not in ("Cc", "Cs"))


def one_line(value: object) -> object:
    """Plain text on one line, its words a space apart."""
    if not isinstance(value, str):
        return value
    return str(plain(" ".join(value.split()))).strip()


def unaccented(text: str) -> str:
    """The text in small letters without accents, as codes have it: Café is cafe, Łódź is lodz."""
    letters = normalize("NFKD", text.casefold()).translate(UNDECOMPOSED)
    return "".join(sign for sign in letters if not combining(sign))


def _as_number(value: object) -> object:
    value = plain(value)
    return value.strip().lstrip("#").upper().replace(" ", "") if isinstance(value, str) else value


EARLIEST, LATEST = date(1970, 1, 1), date(9998, 12, 31)  # whatever is counted on from there is a day too
Plain, Line = BeforeValidator(plain), BeforeValidator(one_line)
Short = StringConstraints(strip_whitespace=True, max_length=200)
Number = StringConstraints(min_length=1, max_length=40)

InvoiceNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("invoice")]
SubscriptionNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("subscription")]
PaymentNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("payment")]
CreditNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("credit")]
ConversationNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("conversation")]
PlanName = Annotated[str, Line, Short, Refers("plan")]
CardId = Annotated[str, Line, Short, Refers("card")]
MOST_MONEY = (10**13, 10**15)  # what a price and a sum may be at most, minor units
Amount = Annotated[int, Field(ge=0, le=MOST_MONEY[1]), Refers("amount")]
Seats = Annotated[int, Field(ge=1, le=1_000_000), Refers("seats")]
Rating = Annotated[int, Field(ge=1, le=5), Refers("rating")]
Words = Annotated[str, Plain, StringConstraints(strip_whitespace=True, max_length=4000), Refers("words")]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST), Refers("day")]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(EARLIEST.year, 1, 1, tzinfo=UTC), le=datetime(LATEST.year, 12, 31, 23, 59, 59, tzinfo=UTC)),
]


def check_days(since: date | None, until: date | None) -> None:
    """Raises `invalid_input` where the first day is after the last one."""
    if since is not None and until is not None and since > until:
        raise PortalError("invalid_input", field="since", problem="The first day is after the last one.")


NOT_MONEY = frozenset(["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"])


def _as_code(value: object) -> object:
    """A code as it is kept: small letters, digits and hyphens."""
    value = one_line(value)
    return re.sub(r"[\s_-]+", "-", unaccented(value)) if isinstance(value, str) else value


def _as_currency(value: object) -> object:
    if not isinstance(value, str):
        return value
    code = value.strip().upper()
    if code in NOT_MONEY or pycountry.currencies.get(alpha_3=code) is None:
        raise ValueError(f"“{value.strip()}” is not a currency. Use its three letters, such as EUR.")
    return code


def _as_country(value: object) -> object:
    if not isinstance(value, str):
        return value
    code = value.strip().upper()
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(f"“{value.strip()}” is not a country. Use its two letters, such as NL.")
    return code


def email_of(text: str) -> str:
    """An address as it is kept: in small letters, without what stands around it ("Ania <ania@…>", "mailto:").

    Whether mail gets there isn't asked. Raises ValueError with the sentence for what is no address.
    """
    typed = str(one_line(text))
    inner = re.search(r"<([^<>]*)>$", typed)
    try:
        known = validate_email((inner.group(1) if inner else typed).removeprefix("mailto:"), check_deliverability=False)
    except EmailNotValidError:
        raise ValueError(f"“{typed}” is not an email address.") from None
    return known.normalized.lower()


def _as_email(value: object) -> object:
    return email_of(value) if isinstance(value, str) else value


def _as_given_name(name: str) -> str:
    """A name that goes into mails to strangers: it leads nowhere and marks nothing up."""
    if re.search(r"[<>@/\\]|\w{2,}\.\w{2,}", name):
        raise ValueError("Write the name alone, without an address.")
    return name


def _as_percent(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return value
    number = _decimal(str(value).strip().removesuffix("%").strip())
    if number is None or not 0 <= number <= 100:
        raise ValueError("A percentage goes from 0 to 100.")
    if -int(number.normalize().as_tuple().exponent) > 4:
        raise ValueError("A percentage has at most four decimals.")
    return number


def _as_hours(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return value
    number = _decimal(str(value).strip().removesuffix("h").strip())
    if number is None or not 0 < number <= 24:
        raise ValueError("A day has more than 0 and at most 24 hours.")
    if -int(number.normalize().as_tuple().exponent) > 2:
        raise ValueError("Hours have at most two decimals: 20 minutes are 0.33.")
    return number


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


LONGEST_CODE = 80
Code = StringConstraints(min_length=1, max_length=LONGEST_CODE, pattern=r"^[a-z0-9][a-z0-9.-]*$")
ProjectNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("project")]
HoursNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("hours")]
CustomerNumber = Annotated[str, BeforeValidator(_as_number), Number, Refers("customer")]
PlanCode = Annotated[str, BeforeValidator(_as_code), Code, Refers("plan_code")]
AddOnCode = Annotated[str, BeforeValidator(_as_code), Code, Refers("add_on")]
CouponCode = Annotated[str, BeforeValidator(_as_number), Number, Refers("coupon")]
NewCode = Annotated[str, BeforeValidator(_as_code), Code]
NewCouponCode = Annotated[
    str, BeforeValidator(_as_number), StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Z0-9][A-Z0-9._-]*$")
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Line]
Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), Plain, Refers("words")
]
NewEmail = Annotated[str, BeforeValidator(_as_email), Refers("email")]
Colleague = Annotated[str, BeforeValidator(_as_email), Refers("colleague")]
GivenName = Annotated[str, Line, Short, AfterValidator(_as_given_name)]
PersonName = Annotated[str, Line, Short, Refers("person")]
Currency = Annotated[str, BeforeValidator(_as_currency), Refers("currency")]
Country = Annotated[str, BeforeValidator(_as_country), Refers("country")]
Percent = Annotated[Decimal, BeforeValidator(_as_percent), Refers("percent")]
Hours = Annotated[Decimal, BeforeValidator(_as_hours)]
Price = Annotated[int, Field(gt=0, le=MOST_MONEY[0]), Refers("amount")]
