"""What stands beside a conversation: the customer's account as it is now, read with the agent's own rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from pydantic import BaseModel
from sqlmodel import col, select

from billing import dispatch
from billing.actions.home import HomeSummary
from billing.actions.subscriptions import SubscriptionList
from billing.auth.sessions import SignedIn
from billing.dates import said_day
from billing.models.people import Contact, Customer, Membership
from billing.registry import Channel, Role
from chat.desk_actions import ConversationDetail
from portal import routes
from portal.failures import failure_of
from portal.services import contexts
from portal.state import PortalState, company_initials, money
from portal.work import in_pool

MAY = {Role.VIEWER: "Can view", Role.BILLING: "Can pay, can change plans", Role.OWNER: "Can do everything here"}


class Figure(BaseModel):
    """A line with an amount; `mark` is that of a status, empty for none."""

    label: str
    note: str = ""
    amount: str = ""
    mark: str = ""
    href: str = ""


class Account(BaseModel):
    """The customer beside the conversation, in words."""

    number: str
    name: str
    initials: str
    since: str
    summary: str
    reason: str
    owes: str
    balance: list[Figure]
    invoices: list[Figure]
    count: int
    subscriptions: list[Figure]
    people: list[Figure]
    doing: list[Figure]


class DeskState(PortalState):
    """The agent, and the customer of the conversation that is open."""

    account_open: bool = False
    account_shown: bool = False
    customer: Account = Account(
        number="", name="", initials="", since="", summary="", reason="", owes="", balance=[], invoices=[], count=0,
        subscriptions=[], people=[], doing=[],
    )  # fmt: skip
    desk_problem: str = ""
    _conversation: str = ""

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the desk without a conversation; a customer who comes here goes to their own first page."""
        self._conversation, self.desk_problem = "", ""
        self.account_open = self.account_shown = False
        return await self._enter_staff()

    @rx.event
    async def look_at(self, number: str) -> None:
        """Shows the customer of that conversation, or nobody where it names none."""
        self._conversation = number.strip()
        if self._conversation:
            await self._read()
        else:
            self.account_open = self.account_shown = False

    @rx.event
    async def read(self) -> None:
        """Reads the customer's account again."""
        if self._conversation:
            await self._read()

    @rx.event
    def show_account(self) -> None:
        """Opens the customer's account over the conversation, where it has no room beside it."""
        self.account_shown = True

    @rx.event
    def hide_account(self) -> None:
        """Puts it away."""
        self.account_shown = False

    async def _read(self) -> None:
        try:
            who = await self._signed_in()
            self.customer = await in_pool(read_account, who, self._conversation)
            self.account_open, self.desk_problem = True, ""
        except Exception as error:
            self.desk_problem = failure_of(error, "DESK").sentence
            self.account_open = self.account_shown = False


def read_account(who: SignedIn, conversation: str) -> Account:
    """The customer's account, through the catalogue's queries. Raises PortalError."""
    services = contexts()

    def ask(action: str, actor: Any, **input: Any) -> Any:
        return dispatch.run(services, action, input, actor, Channel.DESK)

    found: ConversationDetail = ask("support.show", who.actor, conversation=conversation)
    with services.system() as ctx:
        customer = ctx.session.exec(select(Customer).where(Customer.number == found.customer_number)).one()
        members = ctx.session.exec(
            select(Contact.name, Membership.role)
            .join(Membership, col(Membership.contact_id) == Contact.id)
            .where(Membership.customer_id == customer.id)
            .order_by(col(Membership.role).desc(), Contact.name)
            .limit(20)
        ).all()
    agent = replace(who.actor, customer_id=customer.id)
    with services.open(agent, Channel.DESK) as ctx:
        today = ctx.today
    home: HomeSummary = ask("home.show", agent)
    held: SubscriptionList = ask("subscriptions.list", agent)
    since = f"Customer since {customer.created_at.year}"
    return Account(
        number=customer.number,
        name=customer.name,
        initials=company_initials(customer.name),
        since=f"{since} · {customer.city}" if customer.city else since,
        summary=found.summary,
        reason=found.reason,
        owes=_owes(home),
        balance=_balance(home),
        invoices=[
            Figure(
                label=row.invoice.number,
                note=row.words if row.mark == "bad" else _due(row.invoice.due_on, today),
                amount=money(row.invoice.due, row.invoice.currency),
                mark=row.mark if row.mark == "bad" else "",
                href=_form("invoices.show", customer.number, number=row.invoice.number),
            )
            for row in home.to_pay
        ],
        count=sum(due.count for due in home.due),
        subscriptions=[
            Figure(
                label=row.name,
                note=f"{row.pending_seats} seats from {said_day(row.pending_on, today)}"
                if row.pending_on and row.pending_seats
                else (f"{row.seats} seats" if row.seats else ""),
                amount=money(row.price, row.currency),
            )
            for row in held.rows
            if row.status != "ended"
        ],
        people=[Figure(label=name, note=MAY.get(Role(role), "Can view")) for name, role in members],
        doing=[
            Figure(label="Give credit", href=_form("credits.grant", customer.number)),
            Figure(label="Write an invoice", href=_form("invoices.create", customer.number)),
            Figure(label="All actions", href=_form("", customer.number)),
        ],
    )


def _form(action: str, account: str, **given: str) -> str:
    """The address of a form on that account."""
    return f"{routes.DESK_FORMS}?{urlencode({'action': action, 'account': account, **given})}"


def _due(day: date | None, today: date) -> str:
    return f"due {said_day(day, today)}" if day else ""


def _owes(home: HomeSummary) -> str:
    parts = []
    for due in home.due:
        late = f", {money(due.overdue, due.currency)} of it overdue" if due.overdue else ""
        parts.append(f"{money(due.to_pay, due.currency)} to pay{late}")
    return " · ".join(parts) or "Nothing to pay"


def _balance(home: HomeSummary) -> list[Figure]:
    figures = []
    for due in home.due:
        figures.append(Figure(label="To pay", amount=money(due.to_pay, due.currency)))
        if due.overdue:
            figures.append(Figure(label="Overdue", amount=money(due.overdue, due.currency), mark="bad"))
    figures = figures or [Figure(label="To pay", amount=money(0, home.currency))]
    return [*figures, *[Figure(label="Credit", amount=money(amount, currency)) for currency, amount in home.credit]]
