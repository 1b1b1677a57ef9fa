"""The saved cards below the payments: which one is used first, and removing one."""

from __future__ import annotations

from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.cards import CardPreferred, CardRemoved
from billing.actions.payments import SavedCards
from portal.components.buttons import button
from portal.components.dialogs import dialog
from portal.components.marks import icon
from portal.components.proposal import figures, yes_or_no
from portal.components.sections import note, problem_note, section
from portal.failures import failure_of
from portal.pages.pay_state import PayState
from portal.proposal import Proposal
from portal.state import PortalState

PREFER, REMOVE = "payments.prefer_card", "payments.remove_card"


class SavedItem(BaseModel):
    """A saved card as the list shows it."""

    id: str
    label: str
    first: bool


class CardsState(Proposal, PortalState):
    """The saved cards, and the dialog over them."""

    saved: list[SavedItem] = []
    open: bool = False
    said: str = ""

    @rx.event
    async def enter_page(self) -> None:
        """Reads the cards; the dialog of another visit is closed."""
        self.open, self.said = False, ""
        await self._read()

    @rx.event
    async def read(self) -> None:
        """Reads the cards again."""
        await self._read()

    async def _read(self) -> None:
        try:
            found: SavedCards = await self._ask("payments.cards")
        except Exception as error:
            failure_of(error, "CARD")
            return
        self.saved = [SavedItem(id=card.id, label=card.label, first=card.is_default) for card in found.cards]

    @rx.event
    async def begin(self, action: str, card: str) -> None:
        """Shows what using a card first, or removing it, means."""
        if action not in (PREFER, REMOVE):
            return
        self.busy, self.said, self.open = False, "", True
        try:
            await self._propose(action, card=card)
        except Exception as error:
            self.title = "Saved cards"
            self._say(error)

    async def _agreed(self, result: CardPreferred | CardRemoved) -> Any:
        self.open, self.said = False, result.sentence
        await self._read()
        return PayState.refresh_cards

    def _place(self) -> str:
        return "CARD"

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.open, self.busy = False, False


def to_saved_cards() -> rx.Component:
    """The way down to the list, past the payments."""
    return rx.cond(
        CardsState.saved.length() > 0,
        button(icon("credit-card"), "Saved cards", custom_attrs={"data-jump": "saved-cards"}),
    )


def saved_cards() -> rx.Component:
    """The list, where there is any card, and its dialog."""
    state = CardsState
    return rx.fragment(
        rx.cond(
            (state.saved.length() > 0) | (state.said != ""),
            section(
                "Saved cards",
                rx.cond(state.said != "", note(state.said, "good", style={"margin": "8px 0"})),
                rx.foreach(state.saved, _card),
                rx.cond(state.saved.length() == 0, rx.el.p("No card is saved.", class_name="sub li")),
                class_name="savedcards",
                id="saved-cards",
            ),
        ),
        dialog(
            state.open,
            state.title,
            rx.fragment(figures(state), problem_note(state.problem)),
            yes_or_no(state, state.close),
            on_close=state.close,
        ),
    )


def _card(card: rx.Var[SavedItem]) -> rx.Component:
    name = rx.el.span(" ", card.label, class_name="vh")
    prefer = rx.cond(
        PortalState.allowed["payments_prefer_card"] & ~card.first,
        button("Use first", name, kind="quiet", small=True, on_click=CardsState.begin(PREFER, card.id)),
    )
    remove = rx.cond(
        PortalState.allowed["payments_remove_card"],
        button("Remove", name, kind="quiet", small=True, on_click=CardsState.begin(REMOVE, card.id)),
    )
    return rx.el.div(
        icon("credit-card"),
        rx.el.span(
            rx.el.span(card.label, class_name="m"),
            rx.cond(card.first, rx.el.span(" used first", class_name="sm sub")),
            class_name="grow",
        ),
        rx.el.div(prefer, remove, class_name="row acts"),
        class_name="li",
    )
