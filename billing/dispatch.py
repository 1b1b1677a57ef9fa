"""The one way in: validate, role, gate, plan, compare, transaction, audit, events. Every channel comes through here.

`preview` shows the exact effect and gives a token for it. `run` takes the token, works the plan out again inside the
transaction and refuses with `preview_changed` when the figures differ from what the person saw. Repeating a
confirmation changes nothing and gives the same result.
"""

from __future__ import annotations

import secrets
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pycountry
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from billing import audit
from billing.access import lock_customer
from billing.context import Actor, Context, Contexts
from billing.effects import Effect, Preview
from billing.errors import CUSTOMER_ONLY, STAFF_ONLY, PortalError, not_allowed, switched_off
from billing.input_words import input_problem, label_of
from billing.models.people import Contact, Membership
from billing.models.records import Confirmation
from billing.registry import Action, Audience, Channel, Ungated
from billing.tokens import digest, sign, unsign

EXACT_FOR = timedelta(minutes=15)
KEPT_TEXT, KEPT_EACH = 5_000, 100  # how much the audit keeps of what was refused
DEEPEST = 10  # lists in lists
Raw = Mapping[str, Any] | BaseModel
Inside = Callable[[Context, Any], None]


def allowed(ctx: Context, action: Action) -> bool:
    """Whether this actor sees the action at all: audience, role and gate."""
    return refusal(ctx, action) is None


def refusal(ctx: Context, action: Action) -> PortalError | None:
    """Why this actor may not do the action at all, whatever its input; None where they may."""
    try:
        _check(ctx, action)
    except PortalError as error:
        return error
    return None


def preview(contexts: Contexts, action_id: str, raw: Raw, actor: Actor, channel: Channel) -> Preview:
    """The exact effect of an action, worked out and not done, with the token that confirms it.

    Raises PortalError: invalid_input, not_allowed, switched_off, or what the action itself refuses.
    """
    action = contexts.registry.get(action_id)
    with _not_busy(), contexts.open(actor, channel) as ctx:
        _check(ctx, action)
        if action.plan is None:
            raise PortalError("invalid_input", problem=f"{action.title}: nothing to confirm.")
        input = parse(action, raw, ctx)
        effect = action.plan(ctx, input).effect
        until = ctx.now + EXACT_FOR
        return Preview(effect=effect, token=_token(ctx, action, input, effect, until), exact_until=until)


def run(
    contexts: Contexts,
    action_id: str,
    raw: Raw,
    actor: Actor,
    channel: Channel,
    *,
    token: str | None = None,
    inside: Inside | None = None,
) -> Any:
    """Runs an action and returns its result.

    What changes something needs the token of its preview, except on the shell and in jobs, where the call itself is
    the yes, and for actions that ask nothing. `inside(ctx, result)` runs in the same transaction: either both happen
    or neither. Raises PortalError; then nothing was done, and the audit says who asked.
    """
    action = contexts.registry.get(action_id)
    if not action.changes:
        with _not_busy(), contexts.open(actor, channel) as ctx:
            _check(ctx, action)
            return action.run(ctx, parse(action, raw, ctx))
    try:
        with _not_busy(), contexts.open(actor, channel, writes=True) as ctx:
            result = _change(ctx, action, raw, token, inside)
    except PortalError as error:
        with contexts.open(actor, channel, writes=True) as ctx:
            shown = raw.model_dump(mode="json") if isinstance(raw, BaseModel) else _plain(raw)
            audit.record_refusal(ctx, action, error.code, shown)
        raise
    return action.then(contexts, result) if action.then else result


def parse(action: Action, raw: Raw, ctx: Context | None = None) -> BaseModel:
    """The action's typed input. Raises `invalid_input` with the field and a sentence, in the account's currency."""
    given = raw.model_dump() if isinstance(raw, BaseModel) else dict(raw)
    for name, value in given.items():
        if not _readable(value):
            problem = f"{label_of(str(name))} has a character that no one can read."
            raise PortalError("invalid_input", field=str(name), problem=problem)
    try:
        return action.input.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise PortalError("invalid_input", field=field, problem=input_problem(first, _currency(ctx, given))) from None


def _currency(ctx: Context | None, given: Mapping[str, Any]) -> str:
    """The currency in which the input's amounts are: its own, or else the account's; empty where neither is known."""
    said = given.get("currency")
    code = said.strip().upper() if isinstance(said, str) else ""
    if pycountry.currencies.get(alpha_3=code) is not None:
        return code
    return ctx.customer.currency if ctx is not None and ctx.actor.customer_id else ""


def _readable(value: object, deep: int = 0) -> bool:
    """False for text with a NUL or half a sign in it, which not every database takes, and for lists too deep."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    if deep > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(_readable(one, deep + 1) for pair in value.items() for one in pair)
    return all(_readable(one, deep + 1) for one in value) if isinstance(value, list | tuple) else True


def _check(ctx: Context, action: Action) -> None:
    actor = ctx.actor
    if action.audience is Audience.CUSTOMER and actor.is_staff and action.changes:
        raise not_allowed(action.title, only=CUSTOMER_ONLY)
    if action.audience is Audience.STAFF and actor.kind == "contact":
        raise not_allowed(action.title, only=STAFF_ONLY)
    if actor.role < action.role:
        raise not_allowed(action.title, ask=_people_who_may(ctx, action))
    if not isinstance(action.gate, Ungated) and not getattr(ctx.preferences, action.gate):
        iban = ctx.preferences.business_iban if action.gate == "pay_invoices" else ""
        otherwise = f"Pay by bank transfer to {iban}, and name the invoice." if iban else ""
        raise switched_off(f"“{action.title}”", ctx.preferences.business_name, otherwise)


def _people_who_may(ctx: Context, action: Action) -> str:
    if action.audience is Audience.STAFF or ctx.actor.customer_id is None:
        return "an administrator"
    names = ctx.session.exec(
        select(Contact.name)
        .join(Membership, Membership.contact_id == Contact.id)  # type: ignore[arg-type]
        .where(
            Membership.customer_id == ctx.actor.customer_id,
            Membership.role >= action.role,
            Membership.invited_as == "",
        )
        .order_by(Contact.name)
        .limit(3)
    ).all()
    return " or ".join(name.split()[0] for name in names) or "the owner of the account"


def _change(ctx: Context, action: Action, raw: Raw, token: str | None, inside: Inside | None) -> Any:
    _check(ctx, action)
    input = parse(action, raw, ctx)
    if ctx.actor.customer_id is not None:
        lock_customer(ctx)
    claims = _claims(ctx, action, input, token)
    if claims and (done := ctx.session.get(Confirmation, claims["id"])):
        return _result_type(action).model_validate(done.result)
    if claims and ctx.now > datetime.fromisoformat(claims["until"]):
        zone = ZoneInfo(ctx.preferences.business_time_zone) if ctx.actor.customer_id is None else ctx.zone
        until = datetime.fromisoformat(claims["until"]).astimezone(zone)
        raise PortalError("preview_ended", until=f"{until:%H:%M}")
    assert action.plan is not None
    ctx.seen_at = datetime.fromisoformat(claims["at"]) if claims else None
    plan = action.plan(ctx, input)
    if claims and claims["effect"] != _fingerprint(plan.effect):
        raise PortalError("preview_changed")
    result = action.run(ctx, input, plan)
    audit.record(ctx, action, input, result, plan.effect.title)
    if inside:
        inside(ctx, result)
    if claims:
        ctx.session.add(
            Confirmation(token_id=claims["id"], action=action.id, at=ctx.now, result=result.model_dump(mode="json"))
        )
    ctx.session.flush()
    return result


def _token(ctx: Context, action: Action, input: BaseModel, effect: Effect, until: datetime) -> str:
    claims = {
        "id": secrets.token_urlsafe(12),
        "action": action.id,
        "input": digest(input.model_dump(mode="json")),
        "effect": _fingerprint(effect),
        "who": ctx.actor.key,
        "customer": ctx.actor.customer_id,
        "at": ctx.now.isoformat(),
        "until": until.isoformat(),
    }
    return sign(claims, ctx.settings.secret_key)


def _claims(ctx: Context, action: Action, input: BaseModel, token: str | None) -> dict[str, Any] | None:
    if token is None:
        if action.asks and ctx.channel not in (Channel.SHELL, Channel.JOB):
            raise PortalError("preview_needed")
        return None
    claims = unsign(token, ctx.settings.secret_key)
    expected = {
        "action": action.id,
        "input": digest(input.model_dump(mode="json")),
        "who": ctx.actor.key,
        "customer": ctx.actor.customer_id,
    }
    if claims is None or any(claims.get(name) != value for name, value in expected.items()):
        raise PortalError("preview_invalid")
    return claims


def _fingerprint(effect: Effect) -> str:
    return digest(effect.model_dump(mode="json"))


def _result_type(action: Action) -> type[BaseModel]:
    found = typing.get_type_hints(action.run)["return"]
    assert isinstance(found, type) and issubclass(found, BaseModel), f"{action.id} must return a pydantic model"
    return found


def _plain(raw: Any, deep: int = 0) -> Any:
    """What was asked, as every database keeps it: no numbers that are none, and no more than the beginning of much."""
    if isinstance(raw, str):
        return raw[:KEPT_TEXT]
    if deep > DEEPEST:
        return "…"
    if isinstance(raw, Mapping):
        return {str(name)[:KEPT_TEXT]: _plain(value, deep + 1) for name, value in islice(raw.items(), KEPT_EACH)}
    if isinstance(raw, list | tuple):
        return [_plain(value, deep + 1) for value in raw[:KEPT_EACH]]
    if isinstance(raw, int):
        return raw if abs(raw) < 2**63 else hex(raw)[:60]  # as a decimal Python does not write the longest
    return raw if raw is None else str(raw)[:KEPT_TEXT]


@contextmanager
def _not_busy() -> Iterator[None]:
    """Turns a database that another change has locked for too long into the sentence for it."""
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error) or "timeout" in str(error):
            raise PortalError("busy") from error
        raise
