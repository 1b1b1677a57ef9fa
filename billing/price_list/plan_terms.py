"""What holds for a plan beside its price: the settings in which it differs, seats, and what it may be switched to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from billing.context import Context
from billing.errors import PortalError
from billing.models.subscriptions import Plan
from billing.preference_fields import shapes
from billing.price_list.selling import plans_called
from billing.rules.policy import Policy

DEAREST = 10**15  # minor units that a period of a plan costs at most, with all its seats


def checked_policy(changes: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The plan's settings with the changes over them; an empty value takes a setting back to the business's.

    Raises unknown_setting and unknown_setting_value, which name what there is.
    """
    after = dict(before)
    for name, value in changes.items():
        field = Policy.model_fields.get(name)
        if field is None:
            known = ", ".join(sorted(Policy.model_fields))
            raise PortalError("unknown_setting", field=f"policy.{name}", name=name, known=known)
        kind = field.annotation
        assert isinstance(kind, type) and issubclass(kind, Enum)
        known_values = [str(member.value) for member in kind]
        if not value:
            after.pop(name, None)
        elif value in known_values:
            after[name] = value
        else:
            raise PortalError(
                "unknown_setting_value", field=f"policy.{name}", name=name, value=value, known=", ".join(known_values)
            )
    return after


def said_policy(policy: Mapping[str, str]) -> str:
    """The settings in the words of the preferences: “a renewal costs: the latest price”."""
    known = shapes()
    pairs = (
        f"{_small(shape.title)}: {_small(shape.said(policy[name]))}" for name, shape in known.items() if name in policy
    )
    return "; ".join(pairs) or "as the business has it"


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def checked_seats(plan: Plan) -> None:
    """Raises seats_out_of_order, and invalid_input for seats that are included and can't be had."""
    if plan.least_seats > plan.most_seats:
        raise PortalError("seats_out_of_order", field="least_seats", least=plan.least_seats, most=plan.most_seats)
    if not plan.per_seat and (plan.most_seats > 1 or plan.included_seats or plan.base_amount):
        raise PortalError(
            "invalid_input", field="per_seat", problem="Only a plan that is sold by the seat has numbers of seats."
        )
    if plan.base_amount + plan.unit_amount * plan.most_seats > DEAREST:
        problem = f"With {plan.most_seats} seats that would be more than can be kept. Lower the price or the seats."
        raise PortalError("invalid_input", field="unit_amount", problem=problem)
    if plan.included_seats > plan.most_seats:
        problem = f"{plan.included_seats} seats can not be included: the plan has {plan.most_seats} at most."
        raise PortalError("invalid_input", field="included_seats", problem=problem)
    if bool(plan.base_amount) and not plan.included_seats:
        raise PortalError(
            "invalid_input", field="included_seats", problem="Say how many seats the base amount includes."
        )


def checked_switches(ctx: Context, plan: Plan, codes: Sequence[str]) -> list[str]:
    """The codes of plans it may be switched to. Raises unknown_code and plans_unlike."""
    for other in plans_called(ctx, codes, field="switch_to"):
        reason = ""
        if other.currency != plan.currency:
            reason = f"one is sold in {plan.currency}, the other in {other.currency}"
        elif other.product_id != plan.product_id:
            reason = "they are plans of different products"
        elif other.id == plan.id and plan.id is not None:
            reason = "it is the same plan"
        if reason:
            raise PortalError("plans_unlike", field="switch_to", plan=plan.code, other=other.code, reason=reason)
    return list(dict.fromkeys(codes))
