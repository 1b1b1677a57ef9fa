"""The state of a form made from the catalogue: its fields, what was typed, the exact effect, and what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from pydantic import BaseModel
from sqlmodel import select

from billing import dispatch
from billing.access import clean_number
from billing.actions.payments import Receipt
from billing.auth.sessions import SignedIn
from billing.errors import PortalError
from billing.models.people import Customer
from billing.registry import Action, Audience, Channel
from billing.telling import Fact, Table, facts_of, tables_of
from portal import routes
from portal.failures import failure_of
from portal.forms.choices import choices_for, currency_of
from portal.forms.fields import FormField, Kind, Option, fields_of
from portal.forms.reading import read_input
from portal.forms.which import asking_which
from portal.forms.words import NOT_ASKED, STAFF_ALONE, help_of, with_label
from portal.proposal import STALE, Proposal
from portal.services import contexts
from portal.state import PortalState
from portal.work import in_pool

SENTENCES_SHOWN_APART = ("title", "sentence")
GROUPS = {"add_ons": "Add-ons"}
MOST_ACCOUNTS = 200
LONGEST = 8_000
ACCOUNT = "account"
NOT_FOR_THEM = {"not_allowed": "This is not for you to do", "switched_off": "This is not offered"}


class Entry(BaseModel):
    """An action in the list of all."""

    id: str
    title: str
    help: str
    icon: str
    href: str


class Group(BaseModel):
    """The actions on one kind of record."""

    name: str
    actions: list[Entry]


class FormState(Proposal, PortalState):
    """One action's form, or the list of all that one may do when no action is named."""

    phase: str = "loading"
    action_id: str = ""
    form_title: str = ""
    help: str = ""
    page: str = ""
    back: str = ""
    fields: list[FormField] = []
    given: dict[str, str] = {}
    row_counts: dict[str, int] = {}
    problem_field: str = ""
    refused_title: str = ""
    refusals: int = 0
    needs_account: bool = False
    _began: dict[str, str] = {}
    opened_account: str = ""
    account_choices: list[Option] = []
    done_title: str = ""
    done_words: str = ""
    result_facts: list[Fact] = []
    result_tables: list[Table] = []
    groups: list[Group] = []

    async def _signed_in(self) -> SignedIn:
        """Who asks; staff act on the account that they chose."""
        who = await super()._signed_in()
        if not who.actor.is_staff or not self.opened_account:
            return who
        opened = await in_pool(_customer_id, self.opened_account)
        return replace(who, actor=replace(who.actor, customer_id=opened))

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the form that the address names, filled with what else it says."""
        if gone := await self._enter():
            return gone
        asked = {str(k): str(v) for k, v in self.router.url.query_parameters.items()}
        self.action_id, self.opened_account = asked.pop("action", ""), asked.pop("account", "")
        self.given, self._began, self.row_counts = asked, asked, {}
        self._forget()
        await self._open()
        return None

    @rx.event
    async def read(self) -> None:
        """Reads the choices again, while nothing is shown for a yes."""
        if self.phase in ("form", "refused"):
            await self._open()

    async def _open(self) -> None:
        self.problem, self.problem_field = "", ""
        try:
            who = await self._signed_in()
            await in_pool(self._prepare, who)
        except Exception as error:
            self.problem, self.phase = failure_of(error, "FORM").said, "failed"
            return
        if self.phase == "form" and not self.confirm_words and self._all_given():
            await self._go_on()

    def _all_given(self) -> bool:
        """Whether nothing is left to ask: no field at all, or a question that the address answers."""
        if self.needs_account and not self.opened_account:
            return False
        if not self.fields:
            return True
        asks = not contexts().registry.get(self.action_id).changes
        return asks and any(self.given.values()) and all(self.given[f.name] for f in self.fields if f.required)

    def _prepare(self, who: SignedIn) -> None:
        services = contexts()
        self.back = routes.DESK_FORMS if who.actor.is_staff else routes.FORMS
        with services.open(who.actor, Channel.PORTAL) as ctx:
            if not self.action_id:
                usable = [a for a in services.registry if dispatch.allowed(ctx, a)]
                self.groups, self.phase = groups_of(usable, who.actor.is_staff, self.opened_account), "list"
                return
            action = services.registry.get(self.action_id)
            self.form_title, self.help = action.title, help_of(action, who.actor.is_staff)
            self.page = _page_of(action, who.actor.is_staff)
            if refused := dispatch.refusal(ctx, action):
                self.refused_title, self.problem, self.phase = NOT_FOR_THEM[refused.code], refused.message, "refused"
                return
            self.needs_account = who.actor.is_staff and works_on_account(action)
            if self.needs_account:
                self.account_choices = [
                    Option(value=c.number, label=f"{c.name} · {c.number}")
                    for c in ctx.session.exec(select(Customer).order_by(Customer.name).limit(MOST_ACCOUNTS)).all()
                ]
            made = fields_of(action, self.row_counts, lambda to: choices_for(ctx, to, action.id))
            asked = [field for field in made if who.actor.is_staff or (action.id, field.name) not in STAFF_ALONE]
            asked = [field for field in asked if field.name not in NOT_ASKED]
            self.fields = asking_which(ctx, action, asked, self.given) if action.changes else asked
            self.given = {field.name: self.given.get(field.name, field.start) for field in self.fields}
            self.phase = "form"

    @rx.event
    async def set_account(self, number: str) -> None:
        """Whose account staff work on: its records become the choices."""
        self.opened_account = number
        self._forget()
        await self._open()

    @rx.event
    def set_value(self, name: str, value: str) -> None:
        """What was typed or chosen."""
        self._keep(name, value)
        self._forget()

    @rx.event
    def tick(self, name: str, value: str) -> None:
        """Chooses one of many, or puts it back."""
        chosen = [one for one in self.given.get(name, "").split("\n") if one]
        chosen = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
        self._keep(name, "\n".join(chosen))
        self._forget()

    def _keep(self, name: str, value: str) -> None:
        """Keeps what belongs to a field of this form, and no more of it than any field takes."""
        if any(field.name == name for field in self.fields):
            self.given[name] = value[:LONGEST]

    @rx.event
    async def add_row(self, name: str) -> None:
        """One more record in a list."""
        if any(field.name == name and field.kind == Kind.ROWS for field in self.fields):
            self.row_counts[name] = min(self.row_counts.get(name, 1) + 1, 50)
        self._forget()
        await self._open()

    def _forget(self) -> None:
        """What was worked out for other values no longer stands."""
        self._withdraw()
        self.problem_field, self.result_facts, self.result_tables = "", [], []

    @rx.event
    async def go_on(self) -> Any:
        """Shows what would happen, or, for what only reads, the answer."""
        if self.busy:
            return
        self.busy = True
        yield
        await self._go_on()
        self.busy = False

    async def _go_on(self) -> None:
        self._forget()
        try:
            action = contexts().registry.get(self.action_id)
            if self.needs_account and not self.opened_account:
                raise PortalError("invalid_input", field=ACCOUNT, problem="Choose the account that this is for.")
            asked = read_input(self.fields, self.given, await self._typed_in(), self._began)
            if action.changes:
                await self._propose(self.action_id, **asked)
            else:
                result = await self._ask(self.action_id, **asked)
                self.result_facts, self.result_tables = facts_of(result), tables_of(result)
        except Exception as error:
            self._say(error)

    async def _typed_in(self) -> str:
        who, given = await self._signed_in(), dict(self.given)

        def read() -> str:
            with contexts().open(who.actor, Channel.PORTAL) as ctx:
                return currency_of(ctx, given)

        return await in_pool(read)

    def _say(self, error: Exception) -> None:
        super()._say(error)
        labels = {ACCOUNT: "Account"} | {field.name: field.label for field in self.fields}
        field = (error.field or "") if isinstance(error, PortalError) else ""
        self.problem_field = next((name for name in (field, field.split(".")[0]) if name in labels), "")
        if self.problem_field:
            self.problem = with_label(self.problem, self.problem_field, labels[self.problem_field])
        self.refusals += 1

    def _place(self) -> str:
        return "FORM"

    async def _refused(self, error: Exception) -> None:
        """Whatever was refused has to be looked at again before another yes."""
        if isinstance(error, PortalError) and error.code not in STALE:
            self._forget()
        await super()._refused(error)

    async def _agreed(self, result: BaseModel) -> Any:
        if isinstance(result, Receipt) and result.payment:
            # a card payment may wait for the bank's question: its own dialog knows every way that it can go on
            return rx.redirect(f"{routes.PAYMENTS}?{urlencode({'payment': result.payment})}")
        self.done_title = str(getattr(result, "title", "") or self.title)
        self.done_words = str(getattr(result, "sentence", "") or "")
        kept = {name for name in SENTENCES_SHOWN_APART if hasattr(result, name)}
        self.result_facts = [f for f in facts_of(result) if f.label.lower() not in kept]
        self.phase = "done"
        return None

    @rx.event
    def put_back(self) -> None:
        """Leaves things as they are: the form again."""
        self._forget()

    @rx.event
    async def again(self) -> None:
        """The same form once more, empty."""
        self.given, self.row_counts = {}, {}
        self._forget()
        await self._open()


def works_on_account(action: Action) -> bool:
    """Whether staff name an account for it: what is about conversations, preferences or the catalogue needs none.

    Nor does looking for a customer, or taking one on.
    """
    if action.id in ("customers.list", "customers.create"):
        return False
    return action.audience is Audience.BOTH or action.id.split(".")[0] not in (
        "support", "preferences", "plans", "add_ons", "coupons", "taxes",
    )  # fmt: skip


def groups_of(actions: list[Action], staff: bool, account: str = "") -> list[Group]:
    """The actions by what they are about, those of the desk's own screen left out; for the account that was named."""
    found: dict[str, list[Entry]] = {}
    base = routes.DESK_FORMS if staff else routes.FORMS
    for action in actions:
        noun = action.id.split(".")[0]
        if noun == "support" and staff:
            continue
        if staff and action.audience is Audience.CUSTOMER and action.changes:
            continue
        own_page = not staff and not action.changes and "{" not in action.page
        asked = urlencode(
            {"action": action.id} | ({"account": account} if account and works_on_account(action) else {})
        )
        href = action.page if own_page or action.page == routes.PREFERENCES else f"{base}?{asked}"
        entry = Entry(id=action.id, title=action.title, help=help_of(action, staff), icon=action.icon, href=href)
        found.setdefault(GROUPS.get(noun) or noun.replace("_", " ").capitalize(), []).append(entry)
    return [Group(name=name, actions=entries) for name, entries in sorted(found.items())]


def _page_of(action: Action, staff: bool) -> str:
    """Where what was done can be seen by whoever did it; empty where that takes a record's own address."""
    theirs = action.page.startswith(routes.DESK) == staff
    return action.page if theirs and "{" not in action.page else ""


def _customer_id(number: str) -> int:
    with contexts().system() as ctx:
        row = ctx.session.exec(select(Customer).where(Customer.number == clean_number(number))).first()
        if row is None or row.id is None:
            raise PortalError("account_not_found", reference=number, field="account")
        return row.id
