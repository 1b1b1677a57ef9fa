"""All pages. A page's state lives in the page's module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal import routes
from portal.desk import page as desk
from portal.desk.state import DeskState
from portal.forms import page as forms
from portal.forms.state import FormState
from portal.pages import (
    account,
    catalogue,
    home,
    invoices,
    login,
    notifications,
    payments,
    preferences,
    projects,
    reviews,
    security,
    statements,
    subscriptions,
)
from portal.pages.cards import CardsState
from portal.pages.home_state import HomeState
from portal.pages.invoice_drawer_state import DrawerState
from portal.pages.invoices_state import InvoicesState
from portal.pages.pay_state import PayState
from portal.pages.preferences_state import PreferencesState
from portal.pages.statements_state import StatementsState
from portal.pages.stop_payment import StopState
from portal.pages.subscription_steps_state import StepsState
from portal.pages.subscriptions_state import SubscriptionsState


@dataclass(frozen=True)
class Page:
    """A page: its path, its title, what it shows and what happens when it is opened."""

    route: str
    title: str
    view: Callable[[], rx.Component]
    on_load: Any = None


# a dialog of an earlier visit is not open still
PAYING = [StopState.close, PayState.enter_page]
ALL = [
    Page(routes.HOME, "Home", home.view, [HomeState.enter_page, *PAYING]),
    Page(routes.INVOICES, "Invoices", invoices.view, [InvoicesState.enter_page, DrawerState.open_named, *PAYING]),
    Page(
        routes.PAYMENTS,
        "Payments",
        payments.view,
        [payments.PaymentsState.enter_page, CardsState.enter_page, *PAYING],
    ),
    Page(routes.STATEMENTS, "Statements", statements.view, [StatementsState.enter_page, *PAYING]),
    Page(
        routes.SUBSCRIPTIONS,
        "Subscriptions",
        subscriptions.view,
        [StepsState.close, SubscriptionsState.enter_page, *PAYING],
    ),
    Page(routes.PROJECTS, "Projects", projects.view, projects.ProjectsState.enter_page),
    Page(routes.REVIEWS, "Reviews", reviews.view, reviews.ReviewsState.enter_page),
    Page(routes.ACCOUNT, "Account", account.view, account.AccountState.enter_page),
    Page(routes.NOTIFICATIONS, "Notifications", notifications.view, notifications.NotificationsState.enter_page),
    Page(routes.SECURITY, "Signing in", security.view, security.SecurityState.enter_page),
    Page(routes.DESK_SECURITY, "Signing in", security.staff_view, security.SecurityState.enter_page),
    Page(routes.DESK, "Desk", desk.view, DeskState.enter_page),
    Page(routes.CATALOGUE, "Price list", catalogue.view, catalogue.CatalogueState.enter_page),
    Page(routes.PREFERENCES, "Preferences", preferences.view, PreferencesState.enter_page),
    Page(routes.FORMS, "Everything you can do", forms.view, FormState.enter_page),
    Page(routes.DESK_FORMS, "Actions", forms.staff_view, FormState.enter_page),
    Page(routes.LOGIN, "Sign in", login.sign_in, login.LoginState.enter_page),
    Page(routes.LOGIN_CODE, "Enter your code", login.enter_code, login.LoginState.enter_page),
]
