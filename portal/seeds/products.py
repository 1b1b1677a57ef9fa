"""What RenoTech sells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models.subscriptions import Interval

VAT = Decimal(21)


@dataclass(frozen=True)
class PlanOnSale:
    """A plan of a product: minor units a period without tax, a seat where `seats` says how many there may be."""

    product: str
    name: str
    price: int
    features: tuple[str, ...] = ()
    seats: tuple[int, int] | None = None
    interval: str = Interval.MONTH
    currency: str = "EUR"
    tax_rate: Decimal = VAT
    offered: bool = True


PRODUCTS: dict[str, str] = {
    "Hosting": "Websites that stay up, with backups and certificates.",
    "Team mail": "Mailboxes at your own domain.",
    "Site care": "Updates, checks and support hours.",
    "Visitor analytics": "Who reads your site, without cookies.",
    "Domains": "Names, renewed in time.",
    "Workspace": "Files, calendar and meetings for the whole team.",
}

_SEATS = (1, 250)


@dataclass(frozen=True)
class AddOnOnSale:
    """Something sold beside a product's plans: minor units without tax."""

    product: str
    name: str
    price: int
    recurring: bool = True
    currency: str = "EUR"


ADD_ONS = (
    AddOnOnSale("Hosting", "Extra storage", 12_00),
    AddOnOnSale("Hosting", "Move of a website", 150_00, recurring=False),
    AddOnOnSale("Workspace", "Meeting recordings", 4_00),
)


@dataclass(frozen=True)
class CouponOnSale:
    """A coupon: a percentage for some periods, or an amount of euros once."""

    code: str
    name: str
    percent: int = 0
    amount: int = 0
    periods: int = 0
    redeem_by: date | None = None
    most_uses: int | None = None


COUPONS = (
    CouponOnSale("WELCOME10", "10% off for new services", percent=10, periods=3),
    CouponOnSale("SPRING25", "Spring 2026", amount=25_00, redeem_by=date(2026, 5, 31), most_uses=100),
)

PLANS: tuple[PlanOnSale, ...] = (
    PlanOnSale("Hosting", "Growth", 180_00, ("4 sites", "200 GB")),
    PlanOnSale("Hosting", "Business", 260_00, ("10 sites", "500 GB")),
    PlanOnSale("Hosting", "Scale", 420_00, ("25 sites", "2 TB")),
    PlanOnSale("Team mail", "", 6_50, ("25 GB a mailbox",), seats=_SEATS),
    PlanOnSale("Team mail", "Growth", 9_50, ("100 GB a mailbox", "archive"), seats=_SEATS),
    PlanOnSale("Site care", "Basic", 120_00, ("1 support hour a month",)),
    PlanOnSale("Site care", "Standard", 240_00, ("4 support hours a month",)),
    PlanOnSale("Site care", "Plus", 420_00, ("10 support hours a month",)),
    PlanOnSale("Visitor analytics", "", 35_00, ("1 million views a month",)),
    PlanOnSale("Domains", "", 114_00, ("three names",), interval=Interval.YEAR),
    PlanOnSale("Workspace", "Starter", 29_00, ("50 GB a seat",), seats=_SEATS),
    PlanOnSale("Workspace", "Growth", 49_00, ("250 GB a seat", "recorded meetings"), seats=_SEATS),
    PlanOnSale("Workspace", "Business", 79_00, ("1 TB a seat", "single sign-on"), seats=_SEATS),
    PlanOnSale("Workspace", "Starter", 4_600, ("50 GB a seat",), _SEATS, currency="JPY", tax_rate=Decimal(10)),
    PlanOnSale("Workspace", "Growth", 7_800, ("250 GB a seat",), _SEATS, currency="JPY", tax_rate=Decimal(10)),
    PlanOnSale("Workspace", "Business", 12_500, ("1 TB a seat",), _SEATS, currency="JPY", tax_rate=Decimal(10)),
    PlanOnSale("Workspace", "Starter", 119_00, ("50 GB a seat",), _SEATS, currency="AED", tax_rate=Decimal(5)),
    PlanOnSale("Workspace", "Growth", 199_00, ("250 GB a seat",), _SEATS, currency="AED", tax_rate=Decimal(5)),
    PlanOnSale("Workspace", "Business", 319_00, ("1 TB a seat",), _SEATS, currency="AED", tax_rate=Decimal(5)),
)
