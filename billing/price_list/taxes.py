"""Which taxes a customer's lines bear: none, their own rates, their country's, or the plan's own rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, and_, col, or_, select

from billing.context import Context
from billing.models.people import Customer
from billing.models.taxes import TaxRate
from billing.rules.tax import Tax, Taxes, vat

MANY = 500


@dataclass(frozen=True)
class TaxRules:
    """What holds for one customer: exempt from all tax, or rates that stand for those of plans and add-ons."""

    exempt: bool = False
    rates: Taxes = ()

    def on(self, default_percent: Decimal) -> Taxes:
        """The taxes of a line whose plan has that rate by itself."""
        if self.exempt:
            return ()
        return self.rates or vat(default_percent)


def taxes_for(ctx: Context, customer: Customer, default_percent: Decimal) -> Taxes:
    """The taxes that a line of this customer's bears. One statement; for many lines take `tax_rules` once."""
    return tax_rules(ctx.session, customer).on(default_percent)


def tax_rules(session: Session, customer: Customer) -> TaxRules:
    """What holds for one customer, in one statement."""
    return tax_rules_of(session, [customer])[customer.id or 0]


def tax_rules_of(session: Session, customers: Sequence[Customer]) -> dict[int, TaxRules]:
    """The same for many customers, by their ids: one statement for each 500."""
    found: dict[int, TaxRules] = {}
    for first in range(0, len(customers), MANY):
        found |= _rules(session, customers[first : first + MANY])
    return found


def _rules(session: Session, customers: Sequence[Customer]) -> dict[int, TaxRules]:
    countries = {c.country for c in customers if c.country}
    of_country = and_(col(TaxRate.customer_id).is_(None), col(TaxRate.country).in_(countries))
    of_customer = col(TaxRate.customer_id).in_([c.id for c in customers])
    rows = session.exec(
        select(TaxRate).where(col(TaxRate.active), or_(of_customer, of_country)).order_by(col(TaxRate.id))
    ).all()
    by_customer: dict[int, list[Tax]] = defaultdict(list)
    by_country: dict[str, list[Tax]] = defaultdict(list)
    for row in rows:
        tax = Tax(row.percent, row.label, row.inclusive)
        if row.customer_id is not None:
            by_customer[row.customer_id].append(tax)
        else:
            by_country[row.country].append(tax)
    return {
        c.id or 0: TaxRules(c.tax_exempt, tuple(by_customer.get(c.id or 0) or by_country.get(c.country, [])))
        for c in customers
    }
