"""A small Stripe-compatible server that Parley brings along, so that it runs without a Stripe account."""

from billing.gateways.sandbox.app import create_sandbox

__all__ = ["create_sandbox"]
