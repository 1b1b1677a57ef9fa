from tests.billing.actions.subscriber import world

__all__ = ["world"]
