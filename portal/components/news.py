"""A line of what is new."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.news import News, NewsItem


def news_line(item: rx.Var[NewsItem], state: type[News], kind: str = "") -> rx.Component:
    """A notification: its sentence, when it was, and whether it is unread; pressing it leads to what it is about."""
    inside = [
        rx.el.span(class_name="dot", aria_hidden="true"),
        rx.el.span(
            rx.cond(item.unread, rx.el.span("Unread: ", class_name="vh")),
            rx.el.span(item.sentence, class_name="said", dir="auto"),
            rx.el.span(item.when, class_name="when"),
            class_name="grow",
        ),
    ]
    name = rx.cond(item.unread, f"news {kind} new", f"news {kind}")
    follow: Any = state.follow
    return rx.el.li(
        rx.cond(
            item.page != "",
            rx.el.a(
                *inside, href=item.page, class_name=name, on_click=follow(item.key, item.page).prevent_default
            ),
            rx.el.button(
                *inside, type="button", class_name=name, custom_attrs={"data-ask": ""}, on_click=follow(item.key, "")
            ),
        )
    )  # fmt: skip
