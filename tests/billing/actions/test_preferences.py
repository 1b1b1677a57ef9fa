"""An admin changes what customers may see and do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from sqlmodel import select

from billing import dispatch
from billing.actions.preferences import PreferenceField, PreferencesChanged, PreferenceSheet
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.models.people import Contact, Customer
from billing.models.records import AuditEntry, EventRecord, PreferenceRecord
from billing.preference_fields import Kind, seen_by_customers, shapes
from billing.preferences import PortalPreferences
from billing.registry import Channel, Role
from portal.bootstrap import whole_catalogue
from tests.fixtures.offline import offline

RIO = Actor("staff", 1, "Rio Aalbers", "rio@renotech.example", Role.ADMIN)
MARIT = Actor("staff", 2, "Marit de Vries", "marit@renotech.example", Role.AGENT)


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    return offline(engine, clock, tmp_path, whole_catalogue())


@pytest.fixture
def ania(contexts: Contexts) -> Actor:
    with contexts.system(writes=True) as ctx:
        customer = Customer(number="C-1", name="Möller & Kowalczyk", currency="EUR", created_at=ctx.now)
        contact = Contact(email="ania@example.com", name="Ania Kowalczyk", created_at=ctx.now)
        ctx.session.add_all([customer, contact])
        ctx.session.flush()
        return Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer.id)


def change(contexts: Contexts, actor: Actor = RIO, /, **changes: object) -> PreferencesChanged:
    """Changes them as the page does: first the preview, then the yes to it."""
    asked = {"changes": changes}
    preview = dispatch.preview(contexts, "preferences.change", asked, actor, Channel.PORTAL)
    done = dispatch.run(contexts, "preferences.change", asked, actor, Channel.PORTAL, token=preview.token)
    assert isinstance(done, PreferencesChanged)
    return done


def shown(contexts: Contexts) -> dict[str, PreferenceField]:
    sheet = dispatch.run(contexts, "preferences.show", {}, RIO, Channel.PORTAL)
    assert isinstance(sheet, PreferenceSheet)
    return {field.name: field for group in sheet.groups for field in group.fields}


def test_every_preference_is_shown_with_its_words_and_what_it_governs(contexts: Contexts) -> None:
    fields = shown(contexts)

    assert set(fields) == set(PortalPreferences.model_fields)
    pays = fields["pay_invoices"]
    assert (pays.title, pays.group, pays.kind, pays.value, pays.default) == (
        "Pay by card", "Payments", Kind.SWITCH, True, True,
    )  # fmt: skip
    assert ("invoices.pay", "/pay") in [(one.action, one.command) for one in pays.governs]
    assert [choice.value for choice in fields["downgrade"].choices] == ["today", "renewal"]
    assert (fields["payment_terms_days"].least, fields["payment_terms_days"].most) == (0, 365)


def test_the_groups_keep_the_order_of_the_model(contexts: Contexts) -> None:
    sheet = dispatch.run(contexts, "preferences.show", {}, RIO, Channel.PORTAL)

    names = [group.name for group in sheet.groups]
    assert len(names) == len(set(names)) and names[:3] == ["Business", "Invoices", "Payments"]


def test_a_switch_is_refused_at_once_in_every_channel_and_comes_back(contexts: Contexts, ania: Actor) -> None:
    change(contexts, leave_review=False)

    for channel in (Channel.PORTAL, Channel.CHAT, Channel.SHELL):
        with pytest.raises(PortalError) as refused:
            dispatch.run(contexts, "reviews.list", {}, ania, channel)
        assert refused.value.message == "“Reviews” is not offered here. A person at RenoTech can tell you more."
    change(contexts, leave_review=True)
    assert dispatch.run(contexts, "reviews.list", {}, ania, Channel.CHAT).rows == []


def test_the_preview_says_old_new_and_what_customers_lose_where(contexts: Contexts) -> None:
    asked = {"changes": {"invoice_download": False, "payment_terms_days": 30}}
    effect = dispatch.preview(contexts, "preferences.change", asked, RIO, Channel.SHELL).effect

    assert [(fact.label, fact.value) for fact in effect.facts] == [
        ("Download invoices", "On → Off"),
        (
            "Customers can no longer",
            "Download an invoice (Invoices page, /download in the chat, invoices.download on the shell)",
        ),
        ("Days to pay", "14 → 30"),
        ("Starts", "at once, on every page, in the chat and on the shell"),
    ]
    assert (effect.confirm, effect.title) == ("Save 2 changes", "Change 2 preferences")


def test_who_changed_what_and_when_is_kept(contexts: Contexts, clock: SetClock) -> None:
    change(contexts, pay_invoices=False, business_name="Reno")
    first = clock.now()
    clock.advance(timedelta(days=2))
    change(contexts, pay_invoices=True)

    sheet = dispatch.run(contexts, "preferences.show", {}, RIO, Channel.PORTAL)
    assert [(past.by, past.channel, past.words, past.at) for past in sheet.history] == [
        ("Rio Aalbers", "portal", "“Pay by card” from Off to On.", clock.now()),
        ("Rio Aalbers", "portal", "“Pay by card” from On to Off; “Short name” from “RenoTech” to “Reno”.", first),
    ]
    fields = shown(contexts)
    assert (fields["business_name"].by, fields["business_name"].since) == ("Rio Aalbers", first)
    assert fields["pay_invoices"].since is None


def test_only_what_differs_from_its_default_is_kept(contexts: Contexts) -> None:
    change(contexts, downgrade="renewal")
    change(contexts, downgrade="today")

    with contexts.system() as ctx:
        assert ctx.session.exec(select(PreferenceRecord)).all() == []


def test_open_pages_are_told(contexts: Contexts) -> None:
    change(contexts, switch_plan=False)

    with contexts.system() as ctx:
        event = ctx.session.exec(select(EventRecord)).one()
    assert (event.name, event.topics, event.details) == (
        "preferences.changed", ["preferences"], {"names": ["switch_plan"]},
    )  # fmt: skip


REFUSED: list[tuple[dict[str, object], str, str]] = [
    ({"pay_invoicez": False}, "pay_invoicez", "There is no preference “pay_invoicez”."),
    ({"pay_invoices": "no"}, "pay_invoices", "“Pay by card” is either on (true) or off (false)."),
    ({"pay_invoices": None}, "pay_invoices", "“Pay by card” is either on (true) or off (false)."),
    ({"payment_terms_days": "soon"}, "payment_terms_days", "“Days to pay” is a whole number from 0 to 365."),
    ({"payment_terms_days": True}, "payment_terms_days", "“Days to pay” is a whole number from 0 to 365."),
    ({"payment_terms_days": 366}, "payment_terms_days", "“Days to pay” is a whole number from 0 to 365."),
    ({"downgrade": "never"}, "downgrade", "“A cheaper plan starts” is one of: today, renewal."),
    ({"business_name": "  "}, "business_name", "“Short name” can not be empty."),
    ({"business_name": "x" * 61}, "business_name", "“Short name” is a text of at most 60 characters."),
    ({"business_time_zone": "Mars"}, "business_time_zone", "“Mars” is no time zone. Write it as Europe/Amsterdam."),
    ({"business_time_zone": "../a"}, "business_time_zone", "“../a” is no time zone. Write it as Europe/Amsterdam."),
    (
        {"invoice_series": "rt 1"}, "invoice_series",
        "A prefix is up to 8 capital letters and digits, a letter first, such as RT.",
    ),
    (
        {"invoice_series": "PAY"}, "invoice_series",
        "PAY is the prefix of other records. Choose another one, such as RT.",
    ),
    (
        {"credit_note_series": "RT"}, "credit_note_series",
        "RT is the prefix of invoices. Choose another one, such as CN.",
    ),
    (
        {"invoice_series": "CN"}, "invoice_series",
        "CN is the prefix of credit notes. Choose another one, such as INV.",
    ),
    (
        {"invoice_series": "CN", "credit_note_series": "CN"}, "credit_note_series",
        "CN is the prefix of invoices. Choose another one, such as CR.",
    ),
    ({"retry_days": "3, 1"}, "retry_days", "Up to 10 days from 1 to 365, each later than the one before."),
    ({"banner": ["a", {"b": 1}]}, "banner", "“Banner on the home page” is a text of at most 300 characters."),
    ({"payment_terms_days": 14}, "payment_terms_days", "“Days to pay” is 14 already. Nothing was changed."),
    ({"rounding": "half_up"}, "rounding", "“A line is rounded” is set to “Half up” already. Nothing was changed."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name", "sentence"), REFUSED, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_does_not_fit_gets_a_sentence_at_its_field_and_nothing_is_changed(
    contexts: Contexts, changes: dict[str, object], name: str, sentence: str
) -> None:
    with pytest.raises(PortalError) as refused:
        dispatch.run(contexts, "preferences.change", {"changes": changes}, RIO, Channel.SHELL)

    assert (refused.value.code, refused.value.field) == ("invalid_input", f"changes.{name}")
    assert refused.value.message == sentence
    with contexts.system() as ctx:
        assert ctx.session.exec(select(PreferenceRecord)).all() == []


@pytest.mark.parametrize("changes", [{}, "pay_invoices", {"business_name": "a\x00b"}, {"banner\x00": "a"}, None])
def test_changes_that_can_not_be_read_are_refused(contexts: Contexts, changes: object) -> None:
    with pytest.raises(PortalError) as refused:
        dispatch.run(contexts, "preferences.change", {"changes": changes}, RIO, Channel.SHELL)

    assert (refused.value.code, refused.value.field) == ("invalid_input", "changes")


def test_one_mistake_keeps_all_of_them_from_being_saved(contexts: Contexts) -> None:
    with pytest.raises(PortalError) as refused:
        change(contexts, pay_invoices=False, payment_terms_days=-1)

    assert refused.value.field == "changes.payment_terms_days"
    assert shown(contexts)["pay_invoices"].value is True


def test_only_an_admin_sees_or_changes_them_and_a_refusal_is_kept(contexts: Contexts, ania: Actor) -> None:
    refusals = {
        MARIT: "Your role does not allow this: {}. Ask an administrator to do it.",
        ania: "Only staff can do this: {}.",
    }
    for actor, refusal in refusals.items():
        for action, asked in (("preferences.show", {}), ("preferences.change", {"changes": {"pay_invoices": False}})):
            with pytest.raises(PortalError) as refused:
                dispatch.run(contexts, action, asked, actor, Channel.SHELL)
            assert refused.value.code == "not_allowed"
            assert refused.value.message == refusal.format(contexts.registry.get(action).title)
    with contexts.system() as ctx:
        kept = ctx.session.exec(select(AuditEntry.actor, AuditEntry.outcome)).all()
    assert kept == [("Marit de Vries", "refused"), ("Ania Kowalczyk", "refused")]


def test_what_somebody_else_changed_meanwhile_is_not_run_over(contexts: Contexts) -> None:
    asked = {"changes": {"payment_terms_days": 30}}
    preview = dispatch.preview(contexts, "preferences.change", asked, RIO, Channel.PORTAL)
    change(contexts, payment_terms_days=60)

    with pytest.raises(PortalError) as refused:
        dispatch.run(contexts, "preferences.change", asked, RIO, Channel.PORTAL, token=preview.token)
    assert refused.value.code == "preview_changed"
    assert shown(contexts)["payment_terms_days"].value == 60


def test_a_yes_that_comes_too_late_says_until_when_it_stood_by_the_business_clock(
    contexts: Contexts, clock: SetClock
) -> None:
    asked = {"changes": {"pay_invoices": False}}
    preview = dispatch.preview(contexts, "preferences.change", asked, RIO, Channel.PORTAL)
    clock.advance(timedelta(minutes=16))

    with pytest.raises(PortalError) as refused:
        dispatch.run(contexts, "preferences.change", asked, RIO, Channel.PORTAL, token=preview.token)
    until = preview.exact_until.astimezone(ZoneInfo("Europe/Amsterdam"))
    assert refused.value.message == f"The price was exact until {until:%H:%M}. Nothing was done. Here is the new one."


def test_two_admins_at_the_same_moment_leave_what_one_of_them_saved(contexts: Contexts) -> None:
    def set_days(number: int) -> str:
        try:
            asked = {"changes": {"payment_terms_days": number}}
            dispatch.run(contexts, "preferences.change", asked, RIO, Channel.SHELL)
        except PortalError as error:
            return error.code
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(set_days, range(20, 28)))

    assert "saved" in outcomes and set(outcomes) <= {"saved", "preview_changed", "busy"}
    with contexts.system() as ctx:
        assert len(ctx.session.exec(select(PreferenceRecord)).all()) == 1
        done = ctx.session.exec(select(AuditEntry).where(AuditEntry.outcome == "done")).all()
    assert len(done) == outcomes.count("saved")


def test_what_customers_find_follows_from_the_catalogue(contexts: Contexts) -> None:
    now = PortalPreferences()
    after = now.model_copy(update={"pay_invoices": False})
    seen = {one.action: one for one in seen_by_customers(contexts.registry, now, after)}

    assert (seen["invoices.pay"].there, seen["invoices.pay"].changed) == (False, True)
    assert (seen["invoices.list"].there, seen["invoices.list"].changed) == (True, False)
    assert not {"preferences.change", "support.queue"} & set(seen)


class EveryKind(BaseModel):
    """A field of each kind that a preference may be."""

    on: bool = True
    number: int = Field(default=3, gt=0, lt=10)
    maybe: int | None = None
    exact: Decimal = Field(default=Decimal("21.0"), ge=0, le=100)
    words: str = Field(default="", max_length=40)
    word: Literal["a_one", "b"] = "a_one"
    maybe_word: Literal["a", "b"] | None = None


def test_a_field_of_any_kind_can_be_set() -> None:
    found = shapes(EveryKind)

    assert [(one.kind.value, one.optional) for one in found.values()] == [
        ("switch", False), ("number", False), ("number", True), ("decimal", False), ("text", False),
        ("choice", False), ("choice", True),
    ]  # fmt: skip
    assert (found["number"].least, found["number"].most, found["words"].longest) == (1, 9, 40)
    assert [choice.words for choice in found["word"].choices] == ["A one", "B"]
    assert found["maybe"].said(None) == "not set" and found["exact"].default == "21.0"


def test_a_field_that_no_admin_could_set_is_found_out_at_once() -> None:
    class Strange(BaseModel):
        names: list[str] = []

    with pytest.raises(TypeError, match="names"):
        shapes(Strange)
