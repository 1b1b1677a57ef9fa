"""The admin's preferences: what customers may see and do, shown with what each governs, and changed at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pydantic import BaseModel, Field, JsonValue
from sqlmodel import Session, col, select, text

from billing.auth.second_factor import end_sessions_without_codes
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.records import AuditEntry, PreferenceRecord
from billing.preference_fields import (
    Governed,
    Kind,
    Shape,
    Value,
    changed_preferences,
    governed_by,
    plain_value,
    shapes,
)
from billing.preferences import PortalPreferences, load_preferences
from billing.registry import Audience, Role, Ungated, action, query

ADMINS = Ungated("What is switched off must always be possible to switch on again.")
CHANGE = "preferences.change"
SENTENCE = "{actor} changed preferences: {sentence}."
CHANGES_SHOWN = 50
MOST_AT_ONCE = 200


class PreferencesInput(BaseModel):
    """Nothing to say."""


class PreferenceField(Shape):
    """A preference as it is set now. `since` and `by` say who set it, where it differs from its default."""

    value: Value
    words: str
    default_words: str
    governs: tuple[Governed, ...] = ()
    since: datetime | None = None
    by: str = ""


class PreferenceGroup(BaseModel):
    """The preferences that belong together."""

    name: str
    fields: tuple[PreferenceField, ...]


class PastChange(BaseModel):
    """Who changed what, when and through what."""

    at: datetime
    by: str
    channel: str
    words: str


class PreferenceSheet(BaseModel):
    """Every preference by groups, and the newest 50 changes. `time_zone` is the business's."""

    groups: tuple[PreferenceGroup, ...]
    history: tuple[PastChange, ...]
    time_zone: str


@query(
    "preferences.show",
    title="Show preferences",
    help="What customers may see and do, and who changed it when.",
    role=Role.ADMIN,
    gate=ADMINS,
    audience=Audience.STAFF,
    page="/desk/preferences",
    slash="/preferences",
    icon="sliders-horizontal",
    phrases=("show the preferences", "which preferences are set", "what may customers do themselves"),
)
def show_preferences(ctx: Context, input: PreferencesInput) -> PreferenceSheet:
    """Every preference as it is now, with what it governs."""
    kept = {row.name: row for row in ctx.session.exec(select(PreferenceRecord)).all()}
    found = [_field(ctx, shape, kept.get(name)) for name, shape in shapes().items()]
    order = list(dict.fromkeys(field.group for field in found))
    found.sort(key=lambda field: order.index(field.group))
    groups = [PreferenceGroup(name=name, fields=tuple(rows)) for name, rows in groupby(found, lambda f: f.group)]
    return PreferenceSheet(
        groups=tuple(groups), history=_history(ctx.session), time_zone=ctx.preferences.business_time_zone
    )


def _field(ctx: Context, shape: Shape, kept: PreferenceRecord | None) -> PreferenceField:
    value = plain_value(ctx.preferences, shape.name)
    differs = kept is not None and value != shape.default
    return PreferenceField(
        **shape.model_dump(),
        value=value,
        words=shape.said(value),
        default_words=shape.said(shape.default),
        governs=governed_by(shape.name, ctx.contexts.registry) if shape.kind is Kind.SWITCH else (),
        since=kept.changed_at if kept and differs else None,
        by=kept.changed_by if kept and differs else "",
    )


def _history(session: Session) -> tuple[PastChange, ...]:
    entries = session.exec(
        select(AuditEntry)
        .where(AuditEntry.action == CHANGE, AuditEntry.outcome == "done")
        .order_by(col(AuditEntry.id).desc())
        .limit(CHANGES_SHOWN)
    ).all()
    return tuple(
        PastChange(
            at=entry.at,
            by=entry.actor,
            channel=entry.channel,
            words=entry.sentence.removeprefix(SENTENCE.format(actor=entry.actor, sentence="").rstrip(".")),
        )
        for entry in entries
    )


class ChangePreferences(BaseModel):
    """New values by the preferences' names, such as {"pay_invoices": false}."""

    changes: dict[str, JsonValue] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Changed(BaseModel):
    """One preference that gets another value."""

    name: str
    title: str
    before: Value
    after: Value
    words: str


class PreferencesChanged(BaseModel):
    """What was changed. `sentence` says it as the audit keeps it."""

    changes: tuple[Changed, ...]
    sentence: str


@dataclass(frozen=True)
class PreferencePlan:
    """The preferences that change, worked out; none that has the wanted value already."""

    changes: tuple[Changed, ...]
    effect: Effect


def plan_change(ctx: Context, input: ChangePreferences) -> PreferencePlan:
    """Raises invalid_input for a name or value that does not fit, and where everything is as wanted already."""
    before = ctx.preferences
    after = changed_preferences(before, input.changes)
    changes = tuple(_changed(shapes()[name], before, after) for name in input.changes if _differs(name, before, after))
    if not changes:
        name, shape = (first := next(iter(input.changes))), shapes()[first]
        said = shape.said(plain_value(before, name))
        stands = f"is set to “{said}”" if shape.choices else f"is {said[:1].lower()}{said[1:]}"
        problem = f"“{shape.title}” {stands} already. Nothing was changed."
        raise PortalError("invalid_input", field=f"changes.{name}", problem=problem)
    return PreferencePlan(changes, _effect(ctx, changes))


def _differs(name: str, before: PortalPreferences, after: PortalPreferences) -> bool:
    return plain_value(before, name) != plain_value(after, name)


def _changed(shape: Shape, before: PortalPreferences, after: PortalPreferences) -> Changed:
    old, new = plain_value(before, shape.name), plain_value(after, shape.name)
    words = f"“{shape.title}” from {shape.said(old)} to {shape.said(new)}"
    return Changed(name=shape.name, title=shape.title, before=old, after=new, words=words)


def _effect(ctx: Context, changes: tuple[Changed, ...]) -> Effect:
    facts = []
    for change in changes:
        shape = shapes()[change.name]
        facts.append(EffectFact(label=change.title, value=f"{shape.said(change.before)} → {shape.said(change.after)}"))
        if shape.kind is Kind.SWITCH:
            label = "Customers can then" if change.after else "Customers can no longer"
            governed = governed_by(change.name, ctx.contexts.registry)
            facts += [EffectFact(label=label, value=f"{one.title} ({one.places})") for one in governed]
    facts.append(EffectFact(label="Starts", value="at once, on every page, in the chat and on the shell"))
    one = len(changes) == 1
    return Effect(
        title=f"Change {changes[0].words}" if one else f"Change {len(changes)} preferences",
        facts=tuple(facts),
        confirm="Save change" if one else f"Save {len(changes)} changes",
        decline="Discard",
    )


@action(
    CHANGE,
    title="Change preferences",
    help="Switch on or off what customers may see and do, and set the business's values. It works at once.",
    role=Role.ADMIN,
    gate=ADMINS,
    audience=Audience.STAFF,
    page="/desk/preferences",
    slash="/change-preferences",
    icon="sliders-horizontal",
    phrases=("change a preference", "switch paying by card off", "set the days to pay"),
    plan=plan_change,
    audit=SENTENCE,
)
def change_preferences(ctx: Context, input: ChangePreferences, plan: PreferencePlan) -> PreferencesChanged:
    """Keeps what differs from its default. Raises preview_changed where somebody was quicker."""
    for change, row in _held(ctx.session, plan):
        if row is not None:
            ctx.session.delete(row)
        if change.after != shapes()[change.name].default:
            ctx.session.flush()
            ctx.session.add(
                PreferenceRecord(
                    name=change.name, value=change.after, changed_at=ctx.now, changed_by=ctx.actor.name
                )
            )  # fmt: skip
    if any(change.name == "staff_codes_required" and change.after for change in plan.changes):
        end_sessions_without_codes(ctx, ctx.actor.id if ctx.actor.is_staff else None)
    ctx.emit("preferences.changed", "preferences", names=[change.name for change in plan.changes])
    return PreferencesChanged(changes=plan.changes, sentence="; ".join(change.words for change in plan.changes))


def _held(session: Session, plan: PreferencePlan) -> list[tuple[Changed, PreferenceRecord | None]]:
    """The rows to be written, which nobody else changes until the end; SQLite's one writer has them anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE preference IN SHARE ROW EXCLUSIVE MODE"))
    held = [(change, session.get(PreferenceRecord, change.name, populate_existing=True)) for change in plan.changes]
    now = load_preferences(session)
    if any(plain_value(now, change.name) != change.before for change in plan.changes):
        raise PortalError("preview_changed")
    return held
