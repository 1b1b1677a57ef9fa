from portal.bootstrap import load_actions
from tests.billing.policies.shop import shop

__all__ = ["shop"]

load_actions()
