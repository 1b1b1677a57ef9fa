import billing.actions.subscriptions  # noqa: F401
from tests.billing.policies.shop import shop

__all__ = ["shop"]
