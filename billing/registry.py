"""The catalogue: everything that a person may see or do, declared once.

From one declaration come the portal's page and dialog, the chat's slots, slash command and buttons, the shell
subcommand, the audit sentence, the help entry and the switch on the admin's preferences page. The decorated function
stays a plain typed callable.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel

from billing.effects import Effect
from billing.errors import PortalError

if TYPE_CHECKING:
    from billing.context import Context, Contexts
    from billing.models.records import EventRecord


class Role(IntEnum):
    """What a person may do; each includes the ones below it. Customers' people first, then the business's."""

    VIEWER = 10
    BILLING = 20
    OWNER = 30
    AGENT = 50
    ADMIN = 60


class Channel(StrEnum):
    """Where a request came in."""

    PORTAL = "portal"
    CHAT = "chat"
    SHELL = "shell"
    DESK = "desk"
    JOB = "job"
    WEBHOOK = "webhook"


class Audience(StrEnum):
    """For whom an action is: a customer's own people, the business's staff, or both (staff with an account open)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BOTH = "both"


@dataclass(frozen=True)
class Ungated:
    """Says why no preference switches this action off."""

    reason: str


class Plan(Protocol):
    """What a mutating action has worked out and not yet done. Its effect is what the person is shown."""

    @property
    def effect(self) -> Effect: ...


Input = TypeVar("Input", bound=BaseModel)
Result = TypeVar("Result")
P = TypeVar("P", bound=Plan)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Action:
    """One entry of the catalogue. `plan` is set for what changes something, and only for that."""

    id: str
    title: str
    help: str
    input: type[BaseModel]
    role: Role
    gate: str | Ungated
    audience: Audience
    run: Callable[..., Any]
    page: str
    slash: str
    phrases: tuple[str, ...]
    icon: str = "circle"
    plan: Callable[[Context, Any], Plan] | None = None
    then: Callable[[Contexts, Any], Any] | None = None
    audit: str = ""
    moves_money: bool = False
    asks: bool = True

    @property
    def changes(self) -> bool:
        """Whether it changes anything; then it has a preview."""
        return self.plan is not None


Reaction = Callable[["Context", "EventRecord"], None]


@dataclass
class Registry:
    """All actions by id, and what follows from events. There is one, `catalogue`; tests may make their own."""

    actions: dict[str, Action] = field(default_factory=dict)
    reactions: dict[str, list[Reaction]] = field(default_factory=dict)

    def add(self, action: Action) -> None:
        if not re.fullmatch(r"[a-z_]+\.[a-z_]+", action.id):
            raise ValueError(f"{action.id} is not of the form noun.verb")
        if action.id in self.actions:
            raise ValueError(f"{action.id} is registered twice")
        self.actions[action.id] = action

    def get(self, action_id: str) -> Action:
        """The action of that id; raises `unknown_action`."""
        try:
            return self.actions[action_id]
        except KeyError:
            raise PortalError("unknown_action", action=action_id) from None

    def __iter__(self) -> Iterator[Action]:
        return iter(sorted(self.actions.values(), key=lambda a: a.id))


catalogue = Registry()


def query(
    id: str,
    *,
    title: str,
    help: str,
    role: Role,
    gate: str | Ungated,
    page: str,
    slash: str,
    phrases: Iterable[str],
    icon: str = "circle",
    audience: Audience = Audience.CUSTOMER,
    registry: Registry = catalogue,
) -> Callable[[F], F]:
    """Registers `(ctx, input) -> result`, which only reads.

    `gate` names the preference that switches it off, or says why none does. `page` is the path where it is seen,
    `slash` the chat's command (with its slash), `phrases` what people say for it ({field} marks an input).
    """

    def register(function: F) -> F:
        registry.add(
            Action(
                id=id, title=title, help=help, input=_input_of(function), role=role, gate=gate, audience=audience,
                run=function, page=page, slash=slash, phrases=tuple(phrases), icon=icon,
            )
        )  # fmt: skip
        return function

    return register


def action(
    id: str,
    *,
    title: str,
    help: str,
    role: Role,
    gate: str | Ungated,
    page: str,
    slash: str,
    phrases: Iterable[str],
    plan: Callable[[Context, Any], Plan],
    audit: str,
    icon: str = "circle",
    then: Callable[[Contexts, Any], Any] | None = None,
    moves_money: bool = False,
    asks: bool = True,
    audience: Audience = Audience.CUSTOMER,
    registry: Registry = catalogue,
) -> Callable[[F], F]:
    """Registers `(ctx, input, plan) -> result`, which changes something.

    `plan(ctx, input)` works everything out and writes nothing; its effect is the preview, and `run` gets the very
    plan that was compared with what the person saw. `then(contexts, result)` runs after the commit, outside the
    transaction: the place for asking a payment gateway. `audit` is the sentence of the record, filled from the
    result's and input's fields. `asks=False` is for what needs no yes because it is its own (say, a rating).
    """

    def register(function: F) -> F:
        registry.add(
            Action(
                id=id, title=title, help=help, input=_input_of(function), role=role, gate=gate, audience=audience,
                run=function, page=page, slash=slash, phrases=tuple(phrases), icon=icon, plan=plan, then=then,
                audit=audit, moves_money=moves_money, asks=asks,
            )
        )  # fmt: skip
        return function

    return register


def follows(event: str, *, registry: Registry = catalogue) -> Callable[[F], F]:
    """Registers `(ctx, event) -> None`, which runs in the transaction that records an event of that name.

    So a room above does its part of what happens below (dunning where a charge fails), or neither happens.
    """

    def register(function: F) -> F:
        registry.reactions.setdefault(event, []).append(function)
        return function

    return register


def _input_of(function: Callable[..., Any]) -> type[BaseModel]:
    hints = typing.get_type_hints(function, include_extras=True, localns={"Context": Any})
    model = list(hints.values())[1]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{function.__name__}'s second parameter must be a pydantic model")
    return model
