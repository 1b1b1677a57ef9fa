from tests.billing.projects.agency import agency

__all__ = ["agency"]
