"""A small Stripe-compatible server that Parley brings along, so that it runs without a Stripe account."""

from billing.gateways.sandbox.app import create_sandbox
from billing.gateways.sandbox.planting import PlantedCard, plant_customer

__all__ = ["PlantedCard", "create_sandbox", "plant_customer"]
