"""What people call a plan, and how many of its seats they may have."""

from __future__ import annotations

from billing.errors import PortalError
from billing.models.subscriptions import Plan, Product


def plain(name: str) -> str:
    """A name as it is compared: without case, “plan” and “the”."""
    words = name.casefold().replace(",", " ").replace(":", " ").split()
    return " ".join(word for word in words if word not in ("plan", "the")) or name.casefold().strip()


def names_of(product: Product, plan: Plan) -> set[str]:
    """What a plan goes by, each as it is compared: growth, hosting growth, growth hosting."""
    whole = (f"{product.name} {plan.name}", f"{plan.name} {product.name}")
    return {plain(name) for name in (plan.name or product.name, *whole)}


def seats_on(product: Product, plan: Plan, seats: int | None, otherwise: int | None = None) -> int:
    """How many seats that makes: without a number those it has `otherwise`, or the plan's least; 1 without seats.

    Raises seats_not_sold and seats_out_of_range.
    """
    name = f"{product.name} {plan.name}".strip()
    if not plan.per_seat:
        if seats not in (None, 1):
            raise PortalError("seats_not_sold", field="seats", plan=name)
        return 1
    wanted = seats if seats is not None else otherwise or plan.least_seats
    if not plan.least_seats <= wanted <= plan.most_seats:
        raise PortalError(
            "seats_out_of_range", field="seats", plan=name, least=plan.least_seats, most=plan.most_seats
        )  # fmt: skip
    return wanted
