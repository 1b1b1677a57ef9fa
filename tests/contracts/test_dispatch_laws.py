"""What dispatch promises, held over every registered action on the story's account."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, func, select

from billing import dispatch
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.records import AuditEntry
from billing.registry import Action, Audience, Channel, Role
from billing.verify import verify
from chat.models import Conversation
from portal.bootstrap import whole_catalogue
from tests.contracts.conftest import ANIA, JAN_WILLEM, WANJIRU, House
from tests.contracts.samples import BEFORE, CONVERSATION, DRAFT, NAMES_A_RECORD, SAMPLES

ACTIONS = list(whole_catalogue())
CHANGES = [a for a in ACTIONS if a.changes]
GATED = [a for a in ACTIONS if isinstance(a.gate, str)]
CHANNELS = [Channel.PORTAL, Channel.CHAT, Channel.SHELL]
BEYOND = [
    "0001-01-01", "1969-12-31", "9999-12-31",
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00",
]  # fmt: skip


def cases(actions: list[Action]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("action", actions, ids=lambda a: a.id)


def sample(house: House, action: Action) -> dict[str, Any]:
    """The action's input; for the desk's actions on a conversation that waits, taken where that is needed."""
    input = dict(SAMPLES[action.id])
    for first, given in BEFORE.get(action.id, []):
        dispatch.run(house.contexts, first, given, house.actor_for(house.contexts.registry.get(first)), Channel.SHELL)
    if action.id == "people.reset_code":
        house.use_codes(input["person"])
    if input.get("draft") == DRAFT:
        with house.contexts.system() as ctx:
            newest = ctx.session.exec(select(func.max(Invoice.id)).where(Invoice.status == "draft")).one()
        input["draft"] = f"DRAFT-{newest}"
    if input.get("conversation") == CONVERSATION:
        with house.contexts.system() as ctx:
            waiting = ctx.session.exec(select(Conversation.number).where(Conversation.status == "waiting")).first()
        input["conversation"] = waiting
        if action.id in ("support.hand_back", "support.resolve"):
            dispatch.run(house.contexts, "support.take", {"conversation": waiting}, house.agent(), Channel.DESK)
    return input


def moments_in(action: Action) -> list[tuple[str, str]]:
    """Every field that takes a day or a moment, with the ends of the calendar and of what is taken."""
    found = []
    for name, field in action.input.model_json_schema()["properties"].items() if action.input.model_fields else ():
        formats = {kind.get("format") for kind in [field, *field.get("anyOf", [])]}
        if "date" in formats:
            found += [(name, day) for day in (*BEYOND[:3], "1970-01-01", "9998-12-31")]
        if "date-time" in formats:
            found += [(name, moment) for moment in (*BEYOND[3:], "1970-01-01T00:00:00Z", "9998-12-31T23:59:59Z")]
    return found


def refusals(house: House) -> int:
    """How often the audit says that something was refused."""
    with house.contexts.system() as ctx:
        return ctx.session.exec(select(func.count()).where(AuditEntry.outcome == "refused")).one()


def do(house: House, action: Action, channel: Channel) -> Any:
    actor, input = house.actor_for(action), sample(house, action)
    if not (action.changes and action.asks):
        return house.run(action, input, actor, channel)
    preview = dispatch.preview(house.contexts, action.id, input, actor, channel)
    return house.run(action, input, actor, channel, token=preview.token)


def test_every_action_has_a_sample() -> None:
    assert {a.id for a in ACTIONS} == set(SAMPLES)


@cases(CHANGES)
def test_it_works_and_leaves_the_books_right(house: House, action: Action) -> None:
    assert do(house, action, Channel.PORTAL) is not None
    assert verify(house.contexts) == []


@cases([a for a in ACTIONS if not a.changes])
def test_it_answers_and_writes_nothing_but_the_document_that_it_drew(house: House, action: Action) -> None:
    actor, input = house.actor_for(action), sample(house, action)
    before = house.everything()
    assert house.run(action, input, actor, Channel.PORTAL) is not None
    after = house.everything()
    assert after.pop("stored_file") - before.pop("stored_file") in (0, 1) and after == before


@cases(CHANGES)
def test_what_is_shown_before_writes_nothing_and_what_is_done_is_audited(house: House, action: Action) -> None:
    actor, input = house.actor_for(action), sample(house, action)
    before = house.everything()
    preview = dispatch.preview(house.contexts, action.id, input, actor, Channel.PORTAL)
    assert house.everything() == before
    house.run(action, input, actor, Channel.PORTAL, token=preview.token)
    with house.contexts.system() as ctx:
        entry = ctx.session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None and entry.action == action.id and entry.outcome == "done"
    assert actor.name in entry.sentence and "…" not in entry.sentence and "{" not in entry.sentence


@cases(CHANGES)
def test_confirming_twice_changes_nothing_more_and_answers_the_same(house: House, action: Action) -> None:
    actor, input = house.actor_for(action), sample(house, action)
    token = dispatch.preview(house.contexts, action.id, input, actor, Channel.PORTAL).token
    first = house.run(action, input, actor, Channel.PORTAL, token=token)
    once = house.everything()
    again = house.run(action, input, actor, Channel.PORTAL, token=token)
    assert again == first
    assert house.everything() == once


@cases([a for a in CHANGES if a.asks])
def test_without_a_yes_nothing_happens(house: House, action: Action) -> None:
    actor, input = house.actor_for(action), sample(house, action)
    before = house.everything()
    for channel in (Channel.PORTAL, Channel.CHAT):
        with pytest.raises(PortalError, match="needs your yes"):
            house.run(action, input, actor, channel)
    assert house.everything() == before


@cases(CHANGES)
def test_a_yes_is_for_one_person_and_one_input(house: House, action: Action) -> None:
    actor, input = house.actor_for(action), sample(house, action)
    token = dispatch.preview(house.contexts, action.id, input, actor, Channel.PORTAL).token
    colleague = house.person(JAN_WILLEM) if action.audience is Audience.CUSTOMER else house.person(WANJIRU)
    with pytest.raises(PortalError) as refused:
        house.run(action, input, colleague, Channel.PORTAL, token=token)
    assert refused.value.code in ("preview_invalid", "not_allowed", "not_found")


@cases(GATED)
@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_switched_off_it_is_refused_everywhere_and_shown_nowhere(
    house: House, action: Action, channel: Channel
) -> None:
    assert isinstance(action.gate, str)
    actor, input = house.actor_for(action), sample(house, action)
    house.switch_off(action.gate)
    with house.contexts.open(actor, channel) as ctx:
        assert not dispatch.allowed(ctx, action)
    with pytest.raises(PortalError) as refused:
        house.run(action, input, actor, channel)
    assert refused.value.code == "switched_off"


@cases([a for a in ACTIONS if a.id in NAMES_A_RECORD])
def test_somebody_elses_record_is_not_found_just_like_one_that_is_not_there(house: House, action: Action) -> None:
    field, stranger = NAMES_A_RECORD[action.id], house.person(WANJIRU)
    stranger = (
        stranger if stranger.role >= action.role else stranger.__class__(**{**stranger.__dict__, "role": Role.OWNER})
    )
    theirs = sample(house, action)
    missing = dict(theirs)
    missing[field] = ["RT-1999-0001"] if isinstance(theirs[field], list) else "RT-1999-0001"
    said = []
    for input in (theirs, missing):
        with pytest.raises(PortalError) as refused:
            if action.changes:
                dispatch.preview(house.contexts, action.id, input, stranger, Channel.PORTAL)
            else:
                house.run(action, input, stranger, Channel.PORTAL)
        assert refused.value.code == "not_found" and refused.value.field == field
        said.append(refused.value.status)
    assert said == [404, 404]


@cases([a for a in ACTIONS if a.audience is Audience.CUSTOMER and a.role > Role.VIEWER])
def test_who_may_only_look_is_told_whom_to_ask(house: House, action: Action) -> None:
    viewer = house.person(JAN_WILLEM)
    assert viewer.role < action.role
    with pytest.raises(PortalError) as refused:
        house.run(action, sample(house, action), viewer, Channel.PORTAL)
    assert refused.value.code == "not_allowed" and "Ania" in refused.value.message


@cases([a for a in ACTIONS if a.audience is Audience.STAFF])
def test_customers_can_not_do_the_desks_work(house: House, action: Action) -> None:
    with pytest.raises(PortalError) as refused:
        house.run(action, sample(house, action), house.person(WANJIRU), Channel.PORTAL)
    assert refused.value.code == "not_allowed"


@cases([a for a in ACTIONS if a.audience is Audience.CUSTOMER and not a.changes])
def test_page_and_chat_get_the_same_answer(house: House, action: Action) -> None:
    input, actor = sample(house, action), house.actor_for(action)
    assert house.run(action, input, actor, Channel.PORTAL) == house.run(action, input, actor, Channel.CHAT)


@cases([a for a in CHANGES if a.audience is Audience.CUSTOMER])
def test_page_and_chat_show_the_same_effect(house: House, action: Action) -> None:
    input, actor = sample(house, action), house.actor_for(action)
    effects = [dispatch.preview(house.contexts, action.id, input, actor, c).effect for c in CHANNELS]
    assert effects[0] == effects[1] == effects[2]


@cases(ACTIONS)
def test_nonsense_gets_a_sentence_and_the_field(house: House, action: Action) -> None:
    actor, good = house.actor_for(action), sample(house, action)
    for name in action.input.model_fields:
        bad = {**good, name: {"not": ["this", 1]}}
        with pytest.raises(PortalError) as refused:
            house.run(action, bad, actor, Channel.SHELL)
        assert refused.value.code == "invalid_input" and (refused.value.field or "").startswith(name)
        assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("action", "asked", "said"),
    [
        ("subscriptions.switch_plan", {"plan": "Growth", "seats": 1_000_001}, "Seats must be 1,000,000 or less."),
        ("payments.advance", {"amount": 10**13 + 1}, "Amount must be €100,000,000,000.00 or less."),
        ("payments.record", {"amount": 10**13 + 1, "reference": "R", "currency": "USD"},
         "Amount must be US$100,000,000,000.00 or less."),
        ("payments.record", {"amount": 0, "reference": "R"}, "Amount must be more than 0."),
        ("invoices.pay", {"invoices": []}, "Invoices: at least one is needed."),
        ("preferences.change", {"changes": {}}, "Changes: at least one is needed."),
        ("support.rate", {"conversation": "C-1", "rating": 5, "words": "a\x00b"},
         "Your text has a character that no one can read."),
    ],
)  # fmt: skip
def test_wrong_input_is_said_in_the_words_of_its_field(
    house: House, action: str, asked: dict[str, Any], said: str
) -> None:
    entry = house.contexts.registry.get(action)
    with pytest.raises(PortalError) as refused:
        house.run(entry, asked, house.actor_for(entry), Channel.SHELL)
    assert (refused.value.code, refused.value.message) == ("invalid_input", said)


@cases(ACTIONS)
def test_without_an_account_it_works_or_says_so(house: House, action: Action) -> None:
    input = sample(house, action)
    before = house.everything()
    for actor in (house.admin(), replace(house.person(ANIA), customer_id=None)):
        try:
            if action.changes:
                dispatch.preview(house.contexts, action.id, input, actor, Channel.PORTAL)
            else:
                house.run(action, input, actor, Channel.PORTAL)
        except PortalError as refused:
            assert refused.code in ("not_allowed", "not_found", "no_account", "taken") and refused.message.endswith(".")
    assert house.everything() == before


@cases([a for a in ACTIONS if moments_in(a)])
def test_any_day_that_a_calendar_has_is_taken_or_refused_in_a_sentence(house: House, action: Action) -> None:
    actor, good = house.actor_for(action), sample(house, action)
    for name, odd in moments_in(action):
        for own in (good, {}):
            try:
                if action.changes:
                    dispatch.preview(house.contexts, action.id, {**own, name: odd}, actor, Channel.PORTAL)
                else:
                    house.run(action, {**own, name: odd}, actor, Channel.SHELL)
            except PortalError as refused:
                assert refused.code != "failed" and refused.message[-1] in ".?"
        if odd in BEYOND:
            with pytest.raises(PortalError, match=r"must be a day (from 1970 on|before 9999)") as out:
                house.run(action, {**good, name: odd}, actor, Channel.SHELL)
            assert out.value.field == name


@cases([a for a in ACTIONS if {"since", "until"} <= a.input.model_fields.keys()])
def test_days_out_of_order_are_refused(house: House, action: Action) -> None:
    asked = {**sample(house, action), "since": "2026-03-02", "until": "2026-03-01"}
    with pytest.raises(PortalError, match=r"^The first day is after the last one\.$") as refused:
        house.run(action, asked, house.actor_for(action), Channel.PORTAL)
    assert refused.value.field == "since"


@cases(CHANGES)
def test_what_no_database_keeps_is_refused_and_the_refusal_is_kept(house: House, action: Action) -> None:
    actor = house.actor_for(action)
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    for odd in (deep, [float("nan")], [Decimal("1.50")], [date(2026, 3, 12)], [10**5000], {"a": {"b": float("inf")}}):
        before = refusals(house)
        with pytest.raises(PortalError) as refused:
            house.run(action, dict.fromkeys(action.input.model_fields, odd), actor, Channel.SHELL)
        assert refused.value.code == "invalid_input" and refusals(house) == before + 1
