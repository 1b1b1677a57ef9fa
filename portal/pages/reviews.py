"""Reviews: rate the business from one to five and say why."""

from __future__ import annotations

from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.reviews import ReviewGiven, ReviewList
from billing.dates import format_day
from portal.components.buttons import button
from portal.components.fields import field, text_area
from portal.components.marks import icon
from portal.components.phases import by_phase
from portal.components.sections import note, problem_note, section, skeleton
from portal.failures import failure_of
from portal.layout import shell
from portal.page_state import NONE, SHOWN, PageState
from portal.state import PortalState

WORDS = {1: "Bad", 2: "Poor", 3: "Fair", 4: "Good", 5: "Very good"}


class ReviewItem(BaseModel):
    """A review as the page shows it."""

    number: str
    rating: str
    words: str
    day: str
    yours: bool


class ReviewsState(PageState, PortalState):
    """The form and the account's reviews."""

    rating: int = 0
    words: str = ""
    thanks: str = ""
    review_problem: str = ""
    busy: bool = False
    reviews: list[ReviewItem] = []

    def _start_over(self) -> None:
        self.thanks, self.review_problem, self.busy = "", "", False
        self.rating, self.words = 0, ""

    async def _load(self) -> str:
        found: ReviewList = await self._ask("reviews.list")
        self.reviews = [
            ReviewItem(
                number=row.number,
                rating=f"{row.rating} of 5, {WORDS[row.rating].lower()}",
                words=row.words,
                day=format_day(row.at.date()),
                yours=row.yours,
            )
            for row in found.rows
        ]
        return SHOWN if self.reviews else NONE

    def _place(self) -> str:
        return "REV"

    @rx.event
    def rate(self, rating: int) -> None:
        """Chooses how many of five."""
        self.rating, self.review_problem = rating, ""

    @rx.event
    def write(self, words: str) -> None:
        """Keeps the words."""
        self.words = words

    @rx.event
    async def leave(self) -> Any:
        """Leaves the review."""
        if self.busy:
            return
        if not self.rating:
            self.review_problem = "Choose how many stars first."
            return
        self.busy, self.review_problem = True, ""
        yield
        asked = {"rating": self.rating, "words": self.words}
        try:
            preview = await self._preview("reviews.leave", **asked)
            given: ReviewGiven = await self._confirm("reviews.leave", preview.token, **asked)
            self.thanks, self.rating, self.words = given.sentence, 0, ""
            await self._read()
        except Exception as error:
            self.review_problem = failure_of(error, self._place()).said
        self.busy = False


def view() -> rx.Component:
    """The page."""
    state = ReviewsState
    return shell(
        "Reviews",
        rx.el.div(
            rx.el.div(
                rx.el.h1("Reviews"),
                rx.el.p("Say how ", PortalState.business, " does. They read it with your name."),
            ),
            class_name="head",
        ),
        rx.cond(PortalState.allowed["reviews_leave"], section("Your review", _form(), class_name="narrow")),
        section(
            "Your account’s reviews",
            by_phase(
                state,
                rx.fragment(rx.foreach(state.reviews, _review)),
                loading=skeleton(2, (260, 90)),
                none=rx.el.p("Nothing yet. Your first review appears here.", class_name="sub li"),
            ),
            class_name="narrow",
            style={"marginTop": "32px"},
        ),
        refresh=state.read,
    )


def _form() -> rx.Component:
    state = ReviewsState
    return rx.el.div(
        rx.cond(state.thanks != "", note(state.thanks)),
        problem_note(state.review_problem),
        rx.el.fieldset(
            rx.el.legend("How many stars?", class_name="label"),
            *[_star(n) for n in range(1, 6)],
            rx.el.span(
                rx.match(state.rating, *WORDS.items(), ""),
                class_name="sub",
                aria_hidden="true",
            ),
            class_name="starpick",
        ),
        field(
            "In your words",
            text_area(4, id="words", value=state.words, on_change=state.write),
            "words",
            hint="If you like: what was good, what should change.",
            style={"marginTop": "12px"},
        ),
        rx.el.div(
            button("Leave review", kind="primary", disabled=state.busy, on_click=state.leave),
            style={"marginTop": "12px"},
        ),
        class_name="formpart",
    )


def _star(n: int) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="rating",
            value=str(n),
            checked=ReviewsState.rating == n,
            on_change=ReviewsState.rate(n),
            class_name="vh",
            aria_label=f"{n} of 5, {WORDS[n].lower()}",
        ),
        icon("star", 24),
        class_name=rx.cond(ReviewsState.rating >= n, "on", ""),
    )


def _review(review: rx.Var[ReviewItem]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(review.rating, class_name="m"),
            rx.cond(review.words != "", rx.el.p(review.words, dir="auto", class_name="said")),
            class_name="grow",
        ),
        rx.el.span(rx.cond(review.yours, "You, ", "A colleague, "), review.day, class_name="sm sub nw"),
        class_name="li",
    )
