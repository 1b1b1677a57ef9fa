"""What every dialog and form shares that shows an exact effect and waits for the yes to it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.effects import Effect
from billing.errors import PortalError
from billing.telling import Fact
from portal.components.effects import effect_lines, exact_until
from portal.components.sums import SumLine
from portal.failures import failure_of
from portal.state import PortalState

STALE = ("preview_changed", "preview_ended", "preview_invalid")


class Proposal(PortalState, mixin=True):
    """An effect on show and the yes to it.

    A state that derives from it (`class PayState(Proposal, PortalState)`) calls `_propose` whenever something else was
    chosen, and says in `_agreed` what follows a yes. `portal.components.proposal` draws the figures and the buttons.
    """

    title: str = ""
    lines: list[SumLine] = []
    facts: list[Fact] = []
    sum_title: str = ""
    exact: str = ""
    warning: str = ""
    danger: bool = False
    confirm_words: str = ""
    decline: str = "Not now"
    problem: str = ""
    busy: bool = False
    _action: str = ""
    _proposed: dict[str, Any] = {}
    _effect: Effect | None = None
    _token: str = ""

    async def _propose(self, action: str, **input: Any) -> Effect:
        """Shows the exact effect of an action and keeps the token of its yes. Raises PortalError, and shows nothing."""
        self._withdraw()
        preview = await self._preview(action, **input)
        effect = preview.effect
        self._action, self._proposed, self._token, self._effect = action, input, preview.token, effect
        self.title, self.lines = effect.title, effect_lines(effect)
        self.facts = [Fact(label=fact.label, value=fact.value) for fact in effect.facts]
        self.sum_title = "To pay today" if effect.due_now else "What changes"
        self.warning, self.danger = effect.warning, effect.danger
        self.confirm_words, self.decline = effect.confirm, effect.decline
        self.exact = exact_until(preview.exact_until, await self._local_now())
        return effect

    def _withdraw(self) -> None:
        """What was worked out for another choice no longer stands."""
        self.lines, self.facts, self._effect, self._token = [], [], None, ""
        self.confirm_words, self.exact, self.warning, self.problem = "", "", "", ""
        self.decline, self.danger = "Not now", False

    @rx.event
    async def confirm(self) -> Any:
        """The yes to what is shown."""
        if self.busy or not self._token:
            return
        self.busy, self.problem = True, ""
        yield
        yield await self._agree()
        self._rest()

    async def _agree(self) -> Any:
        """Does what is shown, and gives the event that follows. A yes to figures that no longer stand shows the new."""
        try:
            return await self._agreed(await self._confirm(self._action, self._token, **self._proposed))
        except Exception as error:
            await self._refused(error)
            return None

    async def _agreed(self, result: Any) -> Any:
        """What follows a yes: shows the result, and gives an event for another state where there is one."""
        raise NotImplementedError

    async def _refused(self, error: Exception) -> None:
        if isinstance(error, PortalError) and error.code in STALE:
            await self._anew()
        self._say(error)

    async def _anew(self) -> None:
        """The figures of the same choice, as they are now."""
        try:
            await self._propose(self._action, **self._proposed)
        except Exception as error:
            self._say(error)

    def _say(self, error: Exception) -> None:
        self.problem = failure_of(error, self._place()).said

    def _place(self) -> str:
        """Begins the code under which a failure is logged."""
        return "PAGE"

    def _rest(self) -> None:
        """After a yes, whatever came of it."""
        self.busy = False
