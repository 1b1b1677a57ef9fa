"""The state that every page stands on: who is signed in, and asking the domain in a worker thread.

State holds what is shown and nothing else: who asks is read from the session's cookie at every event, and what they may
do is decided by dispatch. Pages' states derive from `PortalState`.

Only what is decorated as an event may be called from a browser; what pages share is named with an underscore.

Handlers give back nothing that runs text as code in the browser (`rx.call_script`, `rx.toast`, `rx.run_script`): the
pages' policy forbids it. `rx.redirect` works; a toast is a state variable that `components.toasts.toast` shows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx
from pydantic import BaseModel
from reflex.event import EventSpec

from billing import dispatch
from billing.auth.sessions import SignedIn, actor_for, token_in
from billing.context import Context
from billing.effects import Preview
from billing.errors import PortalError
from billing.money import format_money
from billing.preferences import PortalPreferences
from billing.registry import Channel
from portal import routes
from portal.services import contexts
from portal.work import in_pool


class AccountItem(BaseModel):
    """An account that the person may open."""

    number: str
    name: str
    open: bool


def initials(name: str) -> str:
    """The two letters that stand for a person: those of the first and the last name."""
    words = [word for word in name.replace("&", " ").split() if word]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else ""


def company_initials(name: str) -> str:
    """The two letters that stand for a company: those of its first two words."""
    return initials(" ".join(name.replace("&", " ").split()[:2]))


class PortalState(rx.State):
    """Who is signed in, as the shell shows it."""

    ready: bool = False
    person: str = ""
    person_initials: str = ""
    account: str = ""
    account_initials: str = ""
    accounts: list[AccountItem] = []
    csrf: str = ""
    to_pay_count: int = 0
    unread: str = ""
    business: str = ""
    legal_name: str = ""
    card_key: str = ""
    card_api: str = ""
    allowed: dict[str, bool] = {}
    trouble: str = ""

    def _session_token(self) -> str:
        """The session's token from the cookie of this connection; it never reaches the browser's scripts."""
        return token_in(self.router.headers.cookie)

    async def _signed_in(self) -> SignedIn:
        """Who asks. Raises `not_signed_in`."""
        who = await in_pool(actor_for, contexts(), self._session_token())
        if who is None:
            raise PortalError("not_signed_in")
        return who

    async def _ask(self, action: str, **input: Any) -> Any:
        """Runs an action of the catalogue that asks for no yes. Raises PortalError."""
        who = await self._signed_in()
        return await in_pool(dispatch.run, contexts(), action, input, who.actor, Channel.PORTAL)

    async def _preview(self, action: str, **input: Any) -> Preview:
        """The exact effect of an action. Raises PortalError."""
        who = await self._signed_in()
        return await in_pool(dispatch.preview, contexts(), action, input, who.actor, Channel.PORTAL)

    async def _confirm(self, action: str, token: str, **input: Any) -> Any:
        """Runs what was previewed. Raises PortalError."""
        who = await self._signed_in()
        return await in_pool(dispatch.run, contexts(), action, input, who.actor, Channel.PORTAL, token=token)

    async def _local_now(self) -> datetime:
        """The moment where the customer is; where no account is open, where the business is. Raises `not_signed_in`."""
        who = await self._signed_in()

        def read() -> datetime:
            with contexts().open(who.actor, Channel.PORTAL) as ctx:
                of_business = ZoneInfo(ctx.preferences.business_time_zone)
                return ctx.now.astimezone(ctx.zone if ctx.actor.customer_id is not None else of_business)

        return await in_pool(read)

    async def _enter(self) -> EventSpec | None:
        """Fills the shell; gives the way to the login page when nobody is signed in, or to the desk for staff."""
        token = self._session_token()
        who = await in_pool(actor_for, contexts(), token)
        path = self.router.url.path
        if who is None:
            return rx.redirect(f"{routes.LOGIN}?{urlencode({'next': path})}", replace=True)
        if who.actor.is_staff and not path.startswith(routes.DESK):
            return rx.redirect(routes.DESK, replace=True)
        await in_pool(self._fill, who)
        return None

    async def _enter_staff(self) -> EventSpec | None:
        """As `_enter`, for a page of the staff's: a customer goes to their own first page."""
        if gone := await self._enter():
            return gone
        return None if (await self._signed_in()).actor.is_staff else rx.redirect(routes.HOME, replace=True)

    @rx.event
    async def look_again(self) -> None:
        """Fills the shell anew: what may be done, and how the business is called, may have changed."""
        who = await in_pool(actor_for, contexts(), self._session_token())
        if who is not None:
            await in_pool(self._fill, who)

    @rx.event
    def say_trouble(self, sentence: str) -> None:
        """Shows a sentence at the lower edge of the page until it is put away."""
        self.trouble = sentence

    @rx.event
    def forget_trouble(self) -> None:
        """Puts that sentence away."""
        self.trouble = ""

    @rx.event
    def search_invoices(self, form: dict[str, Any]) -> EventSpec:
        """Goes to the list of invoices with what was typed into the top bar."""
        return rx.redirect(f"{routes.INVOICES}?{urlencode({'search': str(form.get('search', ''))[:200]})}")

    def _fill(self, who: SignedIn) -> None:
        services = contexts()
        with services.open(who.actor, Channel.PORTAL) as ctx:
            preferences = ctx.preferences
            self.allowed = {a.id.replace(".", "_"): dispatch.allowed(ctx, a) for a in services.registry}
            self.to_pay_count = _open_invoices(ctx)
            self.unread = _unread(ctx) if self.allowed.get("notifications_list") else ""
        self._name(who, preferences)
        self.ready = True

    def _name(self, who: SignedIn, preferences: PortalPreferences) -> None:
        from portal.bootstrap import card_form

        form = card_form(contexts().settings)
        self.card_key, self.card_api = form.publishable_key, form.api_base
        self.person, self.person_initials = who.actor.name, initials(who.actor.name)
        opened = next((a for a in who.memberships if a.customer_id == who.actor.customer_id), None)
        self.account = opened.name if opened else ""
        self.account_initials = company_initials(self.account)
        self.accounts = [AccountItem(number=a.number, name=a.name, open=a == opened) for a in who.memberships]
        self.csrf = who.csrf_token
        self.business, self.legal_name = preferences.business_name, preferences.business_legal_name


def _open_invoices(ctx: Context) -> int:
    from sqlmodel import func, select

    from billing.models.invoices import DueTotal

    if ctx.actor.customer_id is None:
        return 0
    total = ctx.session.exec(
        select(func.coalesce(func.sum(DueTotal.count), 0)).where(DueTotal.customer_id == ctx.actor.customer_id)
    ).one()
    return int(total)


def _unread(ctx: Context) -> str:
    """How many notifications are unread, as the bell shows it; nothing for none."""
    from billing.actions.notifications import said_count
    from billing.notices.reading import count_unread

    unread = count_unread(ctx)
    return said_count(unread) if unread else ""


def money(amount: int, currency: str) -> str:
    """An amount as pages show it."""
    return format_money(amount, currency)
