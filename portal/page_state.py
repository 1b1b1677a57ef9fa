"""What every page shares that is opened, read, and read again when the server says that its records changed."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.failures import failure_of
from portal.state import PortalState

LOADING, SHOWN, NONE, FAILED, OFF = "loading", "shown", "none", "failed", "off"


class PageState(PortalState, mixin=True):
    """A page that is being loaded, shown, empty, could not be read, or is switched off.

    A state that derives from it (`class AccountState(PageState, PortalState)`) reads its records in `_load` and forgets
    in `_start_over` what an earlier visit left. `portal.components.phases` draws the phases.
    """

    phase: str = LOADING
    page_problem: str = ""
    page_advice: str = ""
    page_code: str = ""

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the page; whom it isn't for goes elsewhere."""
        self._start_over()
        try:
            gone = await self._admit()
        except Exception as error:
            return await self._fail(error)
        return gone or await self._read()

    @rx.event
    async def read(self) -> Any:
        """Reads the page again."""
        return await self._read()

    def _start_over(self) -> None:
        """Forgets what was typed, selected or opened on an earlier visit."""

    async def _admit(self) -> Any:
        """Fills the shell; gives the way elsewhere for whom the page isn't."""
        return await self._enter()

    async def _load(self) -> str:
        """Reads the records and shows them; gives `NONE` where there are none, else `SHOWN`."""
        raise NotImplementedError

    async def _read(self) -> Any:
        """Reads the page, or says why it couldn't; whoever is signed out by now goes to the login page."""
        try:
            self.phase = await self._load()
            self.page_problem = self.page_advice = self.page_code = ""
        except Exception as error:
            return await self._fail(error)
        return None

    async def _fail(self, error: Exception) -> Any:
        failure = failure_of(error, self._place())
        problem, full_stop, self.page_advice = failure.sentence.partition(". ")
        self.phase = OFF if failure.switched_off else FAILED
        self.page_problem, self.page_code = problem + full_stop.strip(), failure.code
        return await self._enter() if failure.signed_out else None

    def _place(self) -> str:
        """Begins the code under which a failure is logged."""
        return "PAGE"


class PagedState(PageState, mixin=True):
    """A long list, of which each page says by which cursor the next is read.

    Its `_load` asks with `_cursor()` and ends with `_turned(...)`. `portal.components.phases.turns` draws the buttons.
    """

    further: str = ""
    page_number: int = 1
    top: int = 0
    _cursors: list[str] = []

    @rx.event
    async def turn(self, to: str) -> Any:
        """Goes to the next page, to the one before, or to the first."""
        if to == "next" and self.further:
            self._cursors.append(self.further)
        elif to == "before" and self._cursors:
            self._cursors.pop()
        elif to == "first":
            self._cursors = []
        self.top += 1
        return await self._read()

    def _start_over(self) -> None:
        self._cursors = []

    def _cursor(self) -> str | None:
        """By what the page on show is read; nothing for the first."""
        return self._cursors[-1] if self._cursors else None

    def _turned(self, further: str | int | None) -> None:
        """Keeps by what the next page is read; nothing where there is none."""
        self.further, self.page_number = str(further or ""), len(self._cursors) + 1
