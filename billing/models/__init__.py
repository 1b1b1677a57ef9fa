"""The tables, one module a noun. Importing this package makes all of billing's tables known to SQLModel."""

from billing.models import invoices, ledger, payments, people, projects, records, reviews, subscriptions

__all__ = ["invoices", "ledger", "payments", "people", "projects", "records", "reviews", "subscriptions"]
