"""One Parley and one site for all files here; their tests leave the story's overdue invoice as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.widget.site import Site, Widget, put_on_the_list
from tests.fixtures.processes import RunningParley, running_on_a_copy


@pytest.fixture(scope="package")
def parley(story_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningParley]:
    """A Parley of this folder's own."""
    with running_on_a_copy(story_data, tmp_path_factory.mktemp("widget") / "parley") as running:
        yield running


@pytest.fixture(scope="package")
def site(parley: RunningParley) -> Iterator[Site]:
    """A site that the admin has put on the list."""
    made = Site(parley)
    put_on_the_list(parley, made.listed)
    yield made
    made.close()


@pytest.fixture
def widget(page: Page, parley: RunningParley) -> Widget:
    return Widget(page, parley)
