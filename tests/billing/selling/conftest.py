from tests.billing.selling.shop import shop

__all__ = ["shop"]
