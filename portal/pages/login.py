"""Signing in: real forms that post, with what went wrong said above the fields."""

from __future__ import annotations

from urllib.parse import urlencode

import reflex as rx

from billing.preferences import PortalPreferences
from portal import routes
from portal.answers import sentence_of
from portal.components.elements import PlainElement
from portal.components.fields import code_input
from portal.components.forms import post_form
from portal.components.marks import icon, logo
from portal.components.sections import note
from portal.services import contexts
from portal.work import in_pool


class PlainLink(PlainElement):
    """A link to a page that is none of Reflex's: Reflex's own would look for it among its pages."""

    tag = "a"
    href: rx.Var[str]


class LoginState(rx.State):
    """What the login pages show before anybody is known."""

    business: str = ""
    contact: str = ""
    problem: str = ""
    goes_to: str = ""
    recovery: str = routes.LOGIN_RECOVERY
    email: str = ""
    email_links: bool = False

    @rx.event
    async def enter_page(self) -> None:
        """Reads the business's name and what went wrong from the address."""
        query = self.router.url.query_parameters
        self.problem = "" if query.get("error") == "not_signed_in" else sentence_of(query)
        self.goes_to = query.get("next", "")
        onwards = f"?{urlencode({'next': self.goes_to})}" if self.goes_to else ""
        self.recovery = f"{routes.LOGIN_RECOVERY}{onwards}"
        self.email = query.get("email", "")
        of_business = await in_pool(_business)
        self.business, self.contact = of_business.business_name, of_business.business_contact
        self.email_links = of_business.email_links


def _business() -> PortalPreferences:
    with contexts().system() as ctx:
        return ctx.preferences


def _page(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.header(logo(LoginState.business)),
        rx.el.main(
            rx.el.div(
                rx.el.h1(title),
                *content,
                class_name="card",
            )
        ),
        rx.el.footer(
            rx.el.span(LoginState.contact),
            rx.el.span(class_name="grow desk-only"),
            rx.el.span("Runs on Parley", class_name="dim"),
        ),
        class_name="auth",
    )


def _problem() -> rx.Component:
    return rx.cond(LoginState.problem != "", rx.el.div(note(LoginState.problem, "bad"), class_name="login-error"))


def _goes_to() -> rx.Component:
    return rx.el.input(type="hidden", name="next", value=LoginState.goes_to, read_only=True)


def sign_in() -> rx.Component:
    """Email and password."""
    return _page(
        "Sign in",
        rx.el.p(
            "See and pay your invoices with ",
            LoginState.business,
            ".",
            class_name="sub",
            style={"margin": "4px 0 24px"},
        ),
        _problem(),
        post_form(
            "/auth/login",
            _goes_to(),
            rx.el.label("Email", html_for="email", class_name="label"),
            rx.el.input(
                id="email",
                name="email",
                type="email",
                required=True,
                auto_complete="username",
                auto_focus=True,
                class_name="field",
                default_value=LoginState.email,
            ),
            rx.el.div(
                rx.el.label("Password", html_for="password", class_name="label"),
                rx.el.span(class_name="grow"),
                PlainLink.create("Forgot your password?", href=routes.LOGIN_FORGOT, class_name="sm"),
                class_name="row",
                style={"margin_top": "16px"},
            ),
            rx.el.div(
                rx.el.input(
                    id="password", name="password", type="password", required=True, auto_complete="current-password"
                ),
                rx.el.button(
                    "Show",
                    type="button",
                    class_name="linkish sm",
                    aria_label="Show the password",
                    custom_attrs={"data-reveal": "password", "aria-pressed": "false"},
                ),
                class_name="field pw",
            ),
            rx.el.button(
                "Sign in", type="submit", class_name="btn primary", style={"width": "100%", "margin_top": "24px"}
            ),
            rx.cond(LoginState.email_links, _by_email()),
        ),
        rx.el.p(
            "No account yet? Use the link in the invitation that we mailed you, or ask us for one.",
            class_name="sm sub",
            style={"margin_top": "24px"},
        ),
    )


def _by_email() -> rx.Component:
    """Sends what was typed as the email to another address of ours, without asking for the password."""
    return rx.fragment(
        rx.el.div("or", class_name="or"),
        rx.el.button(
            icon("mail"),
            "Email me a sign-in link",
            type="submit",
            form_action=routes.LOGIN_LINK,
            form_no_validate=True,
            class_name="btn second",
            style={"width": "100%"},
        ),
    )


def enter_code() -> rx.Component:
    """The second factor."""
    return _page(
        "Enter your code",
        rx.el.p(
            "Open your authenticator app and type the 6-digit code for ",
            LoginState.business,
            ".",
            class_name="sub",
            style={"margin": "4px 0 24px"},
        ),
        post_form(
            "/auth/mfa",
            _goes_to(),
            rx.el.label("Code", html_for="code", class_name="label"),
            code_input("code", name="code", required=True, auto_focus=True),
            rx.cond(LoginState.problem != "", rx.el.div(note(LoginState.problem, "bad"), style={"margin_top": "12px"})),
            rx.el.button(
                "Continue", type="submit", class_name="btn primary", style={"width": "100%", "margin_top": "20px"}
            ),
        ),
        rx.el.p(
            PlainLink.create("Use a recovery code instead", href=LoginState.recovery),
            class_name="sm",
            style={"margin_top": "20px"},
        ),
        rx.el.p(rx.el.a("Sign in as somebody else", href="/login"), class_name="sm", style={"margin_top": "8px"}),
    )
