"""The tables, one module a noun. Importing this package makes all of billing's tables known to SQLModel."""

from billing.models import (
    coupons,
    invoices,
    ledger,
    notices,
    payments,
    people,
    projects,
    records,
    reviews,
    subscriptions,
    taxes,
)

__all__ = [
    "coupons",
    "invoices",
    "ledger",
    "notices",
    "payments",
    "people",
    "projects",
    "records",
    "reviews",
    "subscriptions",
    "taxes",
]
