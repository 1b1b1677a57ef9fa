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
    """What a coupon takes off a whole document, rounded already: below zero where a credit note gives less for it.

    On a document for several subscriptions it comes off the lines of its own, where that is said.
    """

    code: str
    label: str
    amount: int
    subscription_id: int | None = None


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
    """The sums of a document. A discount is shared among its lines by their amounts before tax is worked out.

    With `taxed_before_discounts` the tax is that of the lines as they are. With `gross` the exact amounts with tax are
    rounded, and the tax is what that has beyond the lines.
    """
    subtotal, discount = sum(line.amount for line in lines), sum(d.amount for d in discounts)
    keeps = None if taxed_before_discounts or not discount else _kept(lines, discounts)
    taxed: list[tuple[Taxes, Fraction | int]] = [(line.borne, line.amount) for line in lines]
    if keeps is not None:
        taxed = [(taxes, amount * kept) for (taxes, amount), kept in zip(taxed, keeps, strict=True)]
    sums = Totals(subtotal, discount, tuple(taxes_of(taxed, rounded)))
    return _to_gross(sums, lines, keeps, rounded) if gross and sums.taxes else sums


def _kept(lines: Sequence[NewLine], discounts: Sequence[Discount]) -> list[Fraction] | None:
    """How much of each line its discounts leave; None where the lines come to nothing."""
    keeps = [Fraction(1)] * len(lines)
    ids = {line.subscription_id for line in lines}
    whose = {d: d.subscription_id if d.subscription_id in ids else None for d in discounts}
    for owner in sorted({one for one in whose.values() if one is not None}):
        own = [n for n, line in enumerate(lines) if line.subscription_id == owner]
        left = _left(lines, keeps, own, sum(d.amount for d in discounts if whose[d] == owner))
        for n in own if left is not None else ():
            keeps[n] *= left or 0
    every = range(len(lines))
    left = _left(lines, keeps, every, sum(d.amount for d in discounts if whose[d] is None))
    return None if left is None else [kept * left for kept in keeps]


def _left(lines: Sequence[NewLine], keeps: Sequence[Fraction], of: Sequence[int], taken: int) -> Fraction | None:
    amount = sum((lines[n].amount * keeps[n] for n in of), Fraction(0))
    return 1 - taken / amount if amount else None if taken else Fraction(1)


def document_totals(
    policy: Policy, lines: Sequence[NewLine], discounts: Sequence[Discount] = (), *, credit_note: bool | None = None
) -> Totals:
    """The sums of a document under a policy. Below zero it is a credit note, unless that is said."""
    sums = totals_of(lines, discounts, rounded=policy.round, taxed_before_discounts=policy.taxes_first)
    if policy.credit_note is CreditNoteRounding.GROSS and (sums.total < 0 if credit_note is None else credit_note):
        before = policy.taxes_first
        return totals_of(lines, discounts, rounded=policy.round, taxed_before_discounts=before, gross=True)
    return sums


def _to_gross(
    sums: Totals, lines: Sequence[NewLine], keeps: Sequence[Fraction] | None, rounded: Callable[[Fraction], int]
) -> Totals:
    exact = Fraction(0 if keeps else -sums.discount)
    for line, kept in zip(lines, keeps or [Fraction(1)] * len(lines), strict=True):
        added = sum((Fraction(t.percent) for t in line.borne if not t.inclusive), Fraction(0))
        exact += line.exact * kept + net_of(line.exact * kept, line.borne) * added / 100
    return sums.with_more_tax(rounded(exact) - sums.total)
