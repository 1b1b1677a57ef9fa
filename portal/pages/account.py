"""The account: where invoices go, what stands on them, and who signs in. Each change is a form of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import reflex as rx
from pydantic import BaseModel

from billing.actions.account_details import AccountDetails, AccountPerson
from billing.actions.people import ROLES
from billing.registry import Role
from portal import routes
from portal.components.buttons import link_button
from portal.components.marks import avatar, icon
from portal.components.phases import by_phase
from portal.components.sections import section, skeleton
from portal.layout import shell
from portal.page_state import SHOWN, PageState
from portal.state import PortalState, initials


class Detail(BaseModel):
    """A name with what holds."""

    label: str
    value: str


class PersonItem(BaseModel):
    """Somebody who signs in, with the ways to change that."""

    name: str
    initials: str
    email: str
    may: str
    you: bool
    waiting: bool
    fixed: bool
    change: str
    remove: str


class AccountState(PageState, PortalState):
    """What the account page shows."""

    billing_email: str = ""
    details: list[Detail] = []
    people: list[PersonItem] = []
    change_email: str = ""
    change_details: str = ""

    async def _load(self) -> str:
        found: AccountDetails = await self._ask("account.show")
        self.billing_email = found.email
        self.change_email = form_of("account.change_email", email=found.email)
        self.change_details = form_of(
            "account.change", address_line=found.address_line, postal_code=found.postal_code, city=found.city,
            region=found.region, phone=found.phone, vat_number=found.tax_id, purchase_order=found.purchase_order,
        )  # fmt: skip
        self.details, self.people = details_of(found), people_of(found)
        return SHOWN

    def _place(self) -> str:
        return "ACCT"


def form_of(action: str, **filled: str) -> str:
    """The address of an action's form, filled with what holds."""
    return f"{routes.FORMS}?{urlencode({'action': action} | {name: said for name, said in filled.items() if said})}"


def details_of(found: AccountDetails) -> list[Detail]:
    """What stands on the next invoice, in the order in which it stands there; nothing that is empty."""
    place = " ".join(part for part in (found.postal_code, found.city) if part)
    address = ", ".join(part for part in (found.address_line, place, found.region, found.country_name) if part)
    said = {
        "Name": found.name,
        "Address": address,
        "VAT number": found.tax_id,
        "Phone": found.phone,
        "Your reference": found.purchase_order,
        "Customer number": found.number,
    }
    return [Detail(label=label, value=value) for label, value in said.items() if value]


def people_of(found: AccountDetails) -> list[PersonItem]:
    """Everybody in words; the only owner can't be changed."""
    owners = [person for person in found.people if person.role >= Role.OWNER and not person.waiting]
    return [person_item(person, fixed=owners == [person]) for person in found.people]


def person_item(person: AccountPerson, *, fixed: bool) -> PersonItem:
    """The person in words."""
    may = next(may for may, role in ROLES.items() if role == person.role)
    return PersonItem(
        name=person.name,
        initials=initials(person.name),
        email=person.email,
        may=person.may[:1].upper() + person.may[1:],
        you=person.you,
        waiting=person.waiting,
        fixed=fixed,
        change=form_of("people.change_role", person=person.email, may=may),
        remove=form_of("people.remove", person=person.email),
    )


def view() -> rx.Component:
    """The page."""
    state = AccountState
    return shell(
        "Account",
        rx.el.div(
            rx.el.div(
                rx.el.h1("Account"),
                rx.el.p("Where your invoices go, what stands on them, and who signs in."),
            ),
            class_name="head",
        ),
        by_phase(
            state,
            rx.el.div(_where(), _details(), _people(), class_name="stack gap narrow account"),
            loading=skeleton(6),
        ),
        refresh=state.read,
    )


def _may(action: str, shown: rx.Component) -> rx.Component:
    return rx.cond(PortalState.allowed[action], shown)


def _where() -> rx.Component:
    state = AccountState
    return section(
        "Invoices, receipts and reminders go to",
        rx.el.div(
            icon("mail"),
            rx.el.span(
                rx.cond(state.billing_email != "", state.billing_email, "Nobody gets them yet."), class_name="grow m"
            ),
            _may("account_change_email", _link("Change", "the billing email", state.change_email)),
            class_name="li person",
        ),
    )


def _details() -> rx.Component:
    state = AccountState
    return section(
        "On your invoices",
        rx.el.dl(
            rx.foreach(
                state.details,
                lambda one: rx.el.div(
                    rx.el.dt(one.label, class_name="sub"), rx.el.dd(one.value, dir="auto"), class_name="li detail"
                ),
            )
        ),
        rx.el.p(
            PortalState.business,
            " changes your name and country for you, since they decide how you are billed: ask in the chat.",
            class_name="sm sub li",
        ),
        end=_may("account_change", _link("Change", "these details", state.change_details)),
    )  # fmt: skip


def _people() -> rx.Component:
    return section(
        "Who signs in",
        rx.foreach(AccountState.people, _person),
        end=_may("people_invite", _link("Invite a colleague", "", form_of("people.invite"))),
    )


def _person(person: rx.Var[PersonItem]) -> rx.Component:
    return rx.el.div(
        avatar(person.initials),
        rx.el.div(
            rx.el.div(
                rx.el.span(person.name, dir="auto"),
                rx.cond(person.you, rx.el.span(" you", class_name="sm sub")),
                class_name="m",
            ),
            rx.el.div(person.email, class_name="sm sub"),
            rx.el.div(
                person.may, rx.cond(person.waiting, ". Invited, and has not signed in yet", ""), class_name="sm sub"
            ),
            class_name="grow",
        ),
        rx.cond(
            ~person.fixed,
            rx.el.div(
                _may("people_change_role", _link("Change", person.name, person.change)),
                _may("people_remove", _link("Take off", person.name, person.remove)),
                class_name="row acts",
            ),
        ),
        class_name="li person",
    )


def _link(words: str, about: Any, href: Any) -> rx.Component:
    """A quiet way to a form; `about` says to screen readers which one it is."""
    return link_button(words, rx.el.span(" ", about, class_name="vh"), href=href, kind="quiet", small=True)
