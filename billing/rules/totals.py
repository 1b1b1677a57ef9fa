"""What a document's lines, discounts and taxes come to; each is rounded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import round_half_up
from billing.rules.policy import CreditNoteRounding, Policy
from billing.rules.tax import Taxes, TaxSum, net_of, taxes_of, vat


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be put on a document; `amount` is rounded already, minor units.

    It bears `taxes`, or where these are None the plain tax of `tax_rate` percent, added to it. `working` is its
    arithmetic in sentences and `arithmetic` the same as data.
    """

    description: str
    unit_amount: int
    amount: int
    quantity: Decimal = Decimal(1)
    unit: str = ""
    detail: str = ""
    tax_rate: Decimal = Decimal(0)
    working: Sequence[str] = ()
    taxes: Taxes | None = None
    arithmetic: Mapping[str, Any] = field(default_factory=dict)
    subscription_id: int | None = None
    period_start: date | None = None
    period_end: date | None = None

    @property
    def borne(self) -> Taxes:
        """The taxes on it."""
        return vat(self.tax_rate) if self.taxes is None else self.taxes

    @property
    def exact(self) -> Fraction:
        """Its amount before it was rounded, where its arithmetic says so."""
        return Fraction(self.arithmetic.get("exact", self.amount))

    @property
    def all_percent(self) -> Decimal:
        """Its taxes together, in percent."""
        return sum((tax.percent for tax in self.borne), Decimal(0))


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off a whole document, rounded already: below zero where a credit note gives less for it."""

    code: str
    label: str
    amount: int


@dataclass(frozen=True)
class Totals:
    """Minor units: total = subtotal - discount + tax - tax_included."""

    subtotal: int
    discount: int
    taxes: tuple[TaxSum, ...]

    @property
    def tax(self) -> int:
        return sum(t.amount for t in self.taxes)

    @property
    def tax_included(self) -> int:
        return sum(t.amount - t.added for t in self.taxes)

    @property
    def net(self) -> int:
        """What it comes to without any tax."""
        return self.subtotal - self.discount - self.tax_included

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.tax - self.tax_included

    def giving_at_most(self, most: int) -> Totals:
        """The sums of a credit note that gives no more than that: what is beyond it comes off its greatest tax."""
        beyond = -self.total - most
        return self.with_more_tax(beyond) if beyond > 0 else self

    def with_more_tax(self, more: int) -> Totals:
        """The same with its greatest added tax changed by so much; as it is where no tax is added."""
        greatest = max((t for t in self.taxes if not t.tax.inclusive), key=lambda t: abs(t.amount), default=None)
        taxes = tuple(replace(t, amount=t.amount + more) if t is greatest else t for t in self.taxes)
        return replace(self, taxes=taxes)


def totals_of(
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    *,
    rounded: Callable[[Fraction], int] = round_half_up,
    taxed_before_discounts: bool = False,
    gross: bool = False,
) -> Totals:
    """The sums of a document. A discount is shared among the lines by their amounts before tax is worked out.

    With `taxed_before_discounts` the tax is that of the lines as they are. With `gross` the exact amounts with tax are
    rounded, and the tax is what that has beyond the lines.
    """
    subtotal, discount = sum(line.amount for line in lines), sum(d.amount for d in discounts)
    keeps = Fraction(subtotal - discount, subtotal) if subtotal and not taxed_before_discounts else Fraction(1)
    taxed = [(line.borne, line.amount * keeps if discount else line.amount) for line in lines]
    sums = Totals(subtotal, discount, tuple(taxes_of(taxed, rounded)))
    return _to_gross(sums, lines, keeps, rounded) if gross and sums.taxes else sums


def document_totals(
    policy: Policy, lines: Sequence[NewLine], discounts: Sequence[Discount] = (), *, credit_note: bool | None = None
) -> Totals:
    """The sums of a document under a policy. Below zero it is a credit note, unless that is said."""
    sums = totals_of(lines, discounts, rounded=policy.round, taxed_before_discounts=policy.taxes_first)
    if policy.credit_note is CreditNoteRounding.GROSS and (sums.total < 0 if credit_note is None else credit_note):
        before = policy.taxes_first
        return totals_of(lines, discounts, rounded=policy.round, taxed_before_discounts=before, gross=True)
    return sums


def _to_gross(sums: Totals, lines: Sequence[NewLine], keeps: Fraction, rounded: Callable[[Fraction], int]) -> Totals:
    exact = Fraction(-sums.discount if keeps == 1 else 0)
    for line in lines:
        added = sum((Fraction(t.percent) for t in line.borne if not t.inclusive), Fraction(0))
        exact += line.exact * keeps + net_of(line.exact * keeps, line.borne) * added / 100
    return sums.with_more_tax(rounded(exact) - sums.total)
