"""All pages. A page's state lives in the page's module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal import routes
from portal.pages import home, invoices, login, payments
from portal.pages.home_state import HomeState
from portal.pages.invoice_drawer_state import DrawerState
from portal.pages.pay_state import PayState


@dataclass(frozen=True)
class Page:
    """A page: its path, its title, what it shows and what happens when it is opened."""

    route: str
    title: str
    view: Callable[[], rx.Component]
    on_load: Any = None


ALL = [
    Page(routes.HOME, "Home", home.view, [HomeState.enter_page, PayState.enter_page]),
    Page(routes.INVOICES, "Invoices", invoices.view, [DrawerState.enter_page, PayState.enter_page]),
    Page(routes.PAYMENTS, "Payments", payments.view, payments.PaymentsState.enter_page),
    Page(routes.LOGIN, "Sign in", login.sign_in, login.LoginState.enter_page),
    Page(routes.LOGIN_CODE, "Enter your code", login.enter_code, login.LoginState.enter_page),
]
