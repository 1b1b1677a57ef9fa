"""Forms that really post: Reflex's own swallow the post when nothing in Python listens."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.elements import PlainElement


class PostForm(PlainElement):
    """A native form."""

    tag = "form"
    method: rx.Var[str]
    action: rx.Var[str]


def post_form(action: str, *children: Any, csrf: Any = None, **props: Any) -> rx.Component:
    """A form that posts to `action` as a browser does, with the session's token when there is a session."""
    token = [] if csrf is None else [rx.el.input(type="hidden", name="csrf_token", value=csrf, read_only=True)]
    return PostForm.create(*token, *children, method="post", action=action, **props)
