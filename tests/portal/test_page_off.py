"""A page that the business switched off says so, and offers nothing that is no use."""

from __future__ import annotations

import asyncio

import pytest

from billing.errors import not_allowed, switched_off
from portal.page_state import FAILED, OFF, PageState
from portal.pages.notifications import NotificationsState
from portal.pages.projects_state import ProjectsState
from portal.pages.statements_state import StatementsState

PAGES = (NotificationsState, ProjectsState, StatementsState)


def refused(kind: type[PageState], error: Exception) -> PageState:
    state = kind(_reflex_internal_init=True)  # type: ignore[call-arg]
    asyncio.run(state._fail(error))
    return state


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_that_is_switched_off_says_so_and_is_not_tried_again(kind: type[PageState]) -> None:
    state = refused(kind, switched_off("“Notifications”", "RenoTech"))

    assert (state.phase, state.page_code) == (OFF, "")
    assert f"{state.page_problem} {state.page_advice}" == (
        "“Notifications” is not offered here. A person at RenoTech can tell you more."
    )


@pytest.mark.parametrize("error", [not_allowed("See projects"), OSError("gone")])
def test_what_is_refused_otherwise_or_breaks_may_be_tried_again(error: Exception) -> None:
    assert refused(ProjectsState, error).phase == FAILED
