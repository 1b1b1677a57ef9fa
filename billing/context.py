"""What a piece of domain code is given: who asks, when, through what, and the parts of the world it may touch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from billing.clock import Clock
from billing.config import Settings
from billing.db import transaction
from billing.errors import PortalError
from billing.models.people import Customer
from billing.models.records import EventRecord
from billing.money import MoneyFormat, format_money
from billing.preferences import PortalPreferences, load_preferences
from billing.registry import Channel, Registry, Role
from billing.throttle import Throttle

if TYPE_CHECKING:
    from billing.files import Files
    from billing.gateways.base import Gateway
    from billing.pdf import Renderer


@dataclass(frozen=True)
class Actor:
    """Who asks. `kind` is contact, staff or system; `customer_id` is the account they act on, if any."""

    kind: str
    id: int | None
    name: str
    email: str
    role: Role
    customer_id: int | None = None

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    @property
    def key(self) -> str:
        """Names the actor in tokens and logs: contact:12."""
        return f"{self.kind}:{self.id}"


SYSTEM = Actor("system", None, "Parley", "", Role.ADMIN)


@dataclass
class Context:
    """One request's view: a session inside a transaction, the actor, the channel and the moment."""

    session: Session
    actor: Actor
    channel: Channel
    now: datetime
    contexts: Contexts
    events: list[EventRecord] = field(default_factory=list)
    seen_at: datetime | None = None  # when the person saw the preview that is being confirmed
    # Not cached_property: Python 3.11 holds one lock for all contexts while it reads, and the reading may wait for the
    # database's lock, which a context that wants the first one holds.
    _preferences: PortalPreferences | None = field(default=None, init=False, repr=False)
    _customer: Customer | None = field(default=None, init=False, repr=False)

    @property
    def settings(self) -> Settings:
        return self.contexts.settings

    @property
    def gateway(self) -> Gateway:
        return self.contexts.gateway

    @property
    def renderer(self) -> Renderer:
        return self.contexts.renderer

    @property
    def files(self) -> Files:
        return self.contexts.files

    @property
    def preferences(self) -> PortalPreferences:
        """The admin's switches, read once a request."""
        if self._preferences is None:
            self._preferences = load_preferences(self.session)
        return self._preferences

    @property
    def customer(self) -> Customer:
        """The account that is acted on, read once. Raises `no_account` where there is none."""
        if self._customer is None or self._customer.id != self.actor.customer_id:
            self._customer = self.session.get(Customer, self.actor.customer_id) if self.actor.customer_id else None
        if self._customer is None:
            raise PortalError("no_account")
        return self._customer

    def money_in(self, currency: str) -> MoneyFormat:
        """Says amounts of that currency as the customer reads them."""
        return lambda amount: format_money(amount, currency, self.customer.locale)

    @property
    def moment(self) -> datetime:
        """The moment for which parts of a day are priced: that of the preview, so that its figures can be confirmed."""
        return self.seen_at or self.now

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.customer.time_zone)

    @property
    def today(self) -> date:
        """Today where the customer is."""
        return self.now.astimezone(self.zone).date()

    def acting_for(self, customer: Customer, at: datetime | None = None) -> Context:
        """The same transaction, in which Parley itself acts on that account: now, or at the moment when it was due."""
        actor = replace(SYSTEM, customer_id=customer.id)
        return Context(self.session, actor, self.channel, at or self.now, self.contexts, events=self.events)

    def emit(self, name: str, *topics: str, customer_id: int | None = None, **details: Any) -> None:
        """Records that something happened; pages that show one of `topics` are told after the commit.

        Topics are nouns: invoices, payments, credits, subscriptions, reviews, conversations, profile.
        """
        event = EventRecord(
            at=self.now,
            name=name,
            customer_id=customer_id if customer_id is not None else self.actor.customer_id,
            topics=list(topics),
            details=details,
        )
        self.session.add(event)
        self.events.append(event)
        for react in self.contexts.registry.reactions.get(name, ()):
            react(self, event)


Listener = Callable[[EventRecord], None]


@dataclass
class Contexts:
    """Makes contexts. Built once by the portal's bootstrap and handed to pages, chat, jobs and shell."""

    settings: Settings
    engine: Engine
    clock: Clock
    registry: Registry
    gateway: Gateway
    renderer: Renderer
    files: Files
    throttle: Throttle = field(default_factory=Throttle)
    listeners: list[Listener] = field(default_factory=list)

    @contextmanager
    def open(self, actor: Actor, channel: Channel, *, writes: bool = False) -> Iterator[Context]:
        """A context in a transaction of its own; after the commit its events go to the listeners."""
        with transaction(self.engine, writes=writes) as session:
            context = Context(session, actor, channel, self.clock.now(), self)
            yield context
        for event in context.events:
            for listener in self.listeners:
                listener(event)

    def system(self, *, writes: bool = False, channel: Channel = Channel.JOB) -> AbstractContextManager[Context]:
        """A context of the machinery itself (jobs, webhooks, sign-in), which acts for no customer."""
        return self.open(SYSTEM, channel, writes=writes)
