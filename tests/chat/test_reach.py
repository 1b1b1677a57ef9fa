"""The law that every action of the catalogue can be reached by a sentence and by a command."""

from __future__ import annotations

import pytest

from billing.registry import Action, catalogue
from portal.bootstrap import load_actions
from tests.chat.reach import reached_by_command, reached_by_sentences, sentences_of

load_actions()
ACTIONS = list(catalogue)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_it_is_reached_by_what_its_own_phrases_say(action: Action) -> None:
    reached, said = reached_by_sentences(action, ACTIONS), sentences_of(action)
    assert len(reached) * 2 >= len(said), f"{action.id} is not understood from {sorted(set(said) - set(reached))}"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_it_is_reached_by_its_command(action: Action) -> None:
    assert reached_by_command(action, ACTIONS)
