"""A moment that can't be read is asked for as one, with its time zone; a day stays a day."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from billing.input_words import input_problem
from billing.references import Day, Moment


class Asked(BaseModel):
    until: Moment | None = None
    on: Day | None = None


def problem(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate(given)
    return input_problem(refused.value.errors()[0])


@pytest.mark.parametrize("said", ["2026-03-01T00:00:00", "yesterday", "2026-13-01", [], "2026-03-01T25:00:00Z"])
def test_a_moment_is_asked_for_with_its_time_zone(said: object) -> None:
    assert problem(until=said) == "Until must be a moment with its time zone, such as 2026-03-31T12:00:00+02:00."


@pytest.mark.parametrize("said", ["yesterday", "2026-02-30", "2026-03-01T10:00:00", []])
def test_a_day_is_asked_for_as_one(said: object) -> None:
    assert problem(on=said) == "On must be a day, such as 2026-03-31."
