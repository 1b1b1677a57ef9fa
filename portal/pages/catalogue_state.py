"""What the staff's price list shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel

from billing.actions.add_ons_sold import AddOnList, AddOnRow
from billing.actions.coupons_sold import CouponList, CouponRow
from billing.actions.plans import PlanList, PlanRow
from billing.actions.taxes import TaxList, TaxRow, country_name
from billing.price_list.plan_terms import said_policy
from billing.price_list.selling import counted
from billing.subscriptions.switch_effect import percent
from portal import routes
from portal.days import short_day
from portal.page_state import SHOWN, PageState
from portal.state import PortalState, money

INTERVALS = {"week": "Each week", "month": "Each month", "quarter": "Each quarter", "year": "Each year"}


class Sold(BaseModel):
    """A thing on the price list: what it is, more about it, its price, who has it, and where it is changed."""

    name: str
    second: str
    price: str
    third: str
    used: str
    mark: str
    state: str
    change: str
    change_words: str
    other: str = ""
    other_words: str = ""


class CatalogueState(PageState, PortalState):
    """Plans, add-ons, coupons and taxes."""

    plans: list[Sold] = []
    add_ons: list[Sold] = []
    coupons: list[Sold] = []
    taxes: list[Sold] = []

    async def _admit(self) -> Any:
        return await self._enter_staff()

    async def _load(self) -> str:
        plans: PlanList = await self._ask("plans.list")
        add_ons: AddOnList = await self._ask("add_ons.list")
        coupons: CouponList = await self._ask("coupons.list")
        taxes: TaxList = await self._ask("taxes.list")
        self.plans = [plan_item(row) for row in plans.rows]
        self.add_ons = [add_on_item(row) for row in add_ons.rows]
        self.coupons = [coupon_item(row) for row in coupons.rows]
        self.taxes = [tax_item(row) for row in taxes.rows]
        return SHOWN

    def _place(self) -> str:
        return "CATA"


def form(action: str, **given: str) -> str:
    """The address of an action's form, filled with what is known."""
    return f"{routes.DESK_FORMS}?{urlencode({'action': action, **given})}"


def plan_item(row: PlanRow) -> Sold:
    """A plan in words."""
    seats = f"{row.least_seats} to {row.most_seats} seats" if row.per_seat else ""
    trial = f"{counted(row.trial_days, 'day')} of trial" if row.trial_days else ""
    own = f"own policy ({said_policy(row.policy)})" if row.policy else ""
    version = f"price {row.version}" if row.version > 1 else ""
    return Sold(
        name=f"{row.product} {row.name}".strip(),
        second=" · ".join(part for part in (row.plan, seats, trial, version, own) if part),
        price=row.price,
        third=_taxed(row.tax_percent),
        used=counted(row.subscriptions, "subscription") if row.subscriptions else "",
        mark="live" if row.offered else "off",
        state="On sale" if row.offered else "Off sale",
        change=form("plans.change", plan=row.plan),
        change_words="Change",
        other=form("plans.change_price", plan=row.plan),
        other_words="New price",
    )


def _taxed(rate: Any) -> str:
    return f"plus {percent(rate)} tax" if rate else "without tax"


def add_on_item(row: AddOnRow) -> Sold:
    """An add-on in words."""
    beside = f"beside {row.product}" if row.product else "beside every plan"
    return Sold(
        name=row.name,
        second=f"{row.add_on} · {beside}",
        price=f"{money(row.unit_amount, row.currency)} {'each period' if row.recurring else 'once'}",
        third=_taxed(row.tax_percent),
        used="",
        mark="live" if row.offered else "off",
        state="On sale" if row.offered else "Off sale",
        change=form("add_ons.withdraw", add_on=row.add_on) if row.offered else "",
        change_words="Withdraw",
    )


def coupon_item(row: CouponRow) -> Sold:
    """A coupon in words."""
    plans = ", ".join(row.plans) if row.plans else "all plans"
    alone = "" if row.combines else "not beside another"
    uses = f"used {row.uses} of {row.most_uses} times" if row.most_uses else f"used {counted(row.uses, 'time')}"
    return Sold(
        name=row.coupon,
        second=" · ".join(part for part in (row.name, plans, alone) if part),
        price=row.takes_off,
        third=f"until {short_day(row.redeem_by)}" if row.redeem_by else "",
        used=uses,
        mark="live" if row.offered else "off",
        state="Can be redeemed" if row.offered else "Withdrawn",
        change=form("coupons.withdraw", coupon=row.coupon) if row.offered else "",
        change_words="Withdraw",
    )


def tax_item(row: TaxRow) -> Sold:
    """A rate in words."""
    whose = f"customer {row.customer}" if row.customer else country_name(row.country)
    return Sold(
        name=row.label,
        second=f"{row.tax} · {whose}",
        price=percent(row.percent),
        third="contained in prices" if row.inclusive else "added to prices",
        used="",
        mark="live" if row.active else "off",
        state="Holds" if row.active else "Ended",
        change=form("taxes.remove", tax=row.tax) if row.active else "",
        change_words="Remove",
    )
