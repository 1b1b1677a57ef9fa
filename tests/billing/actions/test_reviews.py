"""A customer's people leave reviews."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

import billing.actions.reviews  # noqa: F401
from billing import dispatch
from billing.actions.reviews import ReviewGiven, ReviewList
from billing.clock import SetClock
from billing.context import SYSTEM, Actor, Contexts
from billing.errors import PortalError
from billing.models.people import Contact, Customer
from billing.models.reviews import Review
from billing.registry import Channel, Role
from tests.fixtures.offline import offline


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    return offline(engine, clock, tmp_path)


@pytest.fixture
def ania(contexts: Contexts) -> Actor:
    with contexts.system(writes=True) as ctx:
        customer = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", created_at=ctx.now)
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        ctx.session.add_all([customer, contact])
        ctx.session.flush()
        return Actor("contact", contact.id, contact.name, contact.email, Role.VIEWER, customer.id)


def leave(contexts: Contexts, actor: Actor, **review: object) -> ReviewGiven:
    preview = dispatch.preview(contexts, "reviews.leave", review, actor, Channel.CHAT)
    given = dispatch.run(contexts, "reviews.leave", review, actor, Channel.CHAT, token=preview.token)
    assert isinstance(given, ReviewGiven)
    return given


def test_the_preview_shows_stars_and_words(contexts: Contexts, ania: Actor) -> None:
    preview = dispatch.preview(
        contexts, "reviews.leave", {"rating": 4, "words": " Quick answers. "}, ania, Channel.CHAT
    )  # fmt: skip

    assert [(f.label, f.value) for f in preview.effect.facts] == [
        ("Rating", "4 of 5, good"), ("Your words", "Quick answers."), ("Seen by", "RenoTech, with your name"),
    ]  # fmt: skip


def test_a_review_is_kept_and_listed_newest_first(contexts: Contexts, ania: Actor, clock: SetClock) -> None:
    first = leave(contexts, ania, rating=2, words="Slow in January.")
    clock.advance(timedelta(days=30))
    second = leave(contexts, ania, rating=5)

    assert (first.number, second.number) == ("REV-2026-0001", "REV-2026-0002")
    listed = dispatch.run(contexts, "reviews.list", {}, ania, Channel.PORTAL)
    assert isinstance(listed, ReviewList)
    assert [(r.rating, r.words, r.yours) for r in listed.rows] == [(5, "", True), (2, "Slow in January.", True)]


@pytest.mark.parametrize("rating", [0, 6, "four", None])
def test_a_rating_that_is_none_is_refused_and_nothing_is_kept(contexts: Contexts, ania: Actor, rating: object) -> None:
    with pytest.raises(PortalError) as refused:
        dispatch.preview(contexts, "reviews.leave", {"rating": rating}, ania, Channel.CHAT)

    assert (refused.value.code, refused.value.field) == ("invalid_input", "rating")
    with contexts.system() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Review)) == 0


def test_the_machinery_has_no_opinion(contexts: Contexts, ania: Actor) -> None:
    machine = Actor(SYSTEM.kind, None, SYSTEM.name, "", SYSTEM.role, ania.customer_id)

    with pytest.raises(PortalError) as refused:
        dispatch.preview(contexts, "reviews.leave", {"rating": 5}, machine, Channel.JOB)

    assert refused.value.code == "not_allowed"


def test_words_beyond_4000_characters_are_refused(contexts: Contexts, ania: Actor) -> None:
    with pytest.raises(PortalError) as refused:
        dispatch.preview(contexts, "reviews.leave", {"rating": 5, "words": "a" * 4001}, ania, Channel.CHAT)

    assert refused.value.field == "words"
