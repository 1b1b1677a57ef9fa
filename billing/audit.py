"""Who did what: a sentence for each change, and for each refused one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from billing.context import Context
from billing.models.people import Contact, Staff
from billing.models.records import AuditEntry
from billing.registry import Action


class _Missing(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def record(ctx: Context, action: Action, input: BaseModel, result: BaseModel, title: str) -> None:
    """Writes the action's audit sentence, in the transaction of the change itself.

    The sentence may use {actor}, {effect} (the preview's title) and every field of the input and the result.
    """
    values = _Missing(result.model_dump(mode="json") | input.model_dump(mode="json"))
    values |= {"actor": ctx.actor.name, "effect": title}
    shown = _Missing({k: ", ".join(map(str, v)) if isinstance(v, list) else v for k, v in values.items()})
    _write(ctx, action, action.audit.format_map(shown), "done", {"input": input.model_dump(mode="json")})


def _objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def record_refusal(ctx: Context, action: Action, code: str, input: Any) -> None:
    """Writes that an action was asked for and refused."""
    sentence = f"{ctx.actor.name} asked for “{action.title}” and was refused ({code})."
    _write(ctx, action, sentence, "refused", {"input": input})


def record_sign_in(ctx: Context, event: str, sentence: str, person: Contact | Staff | None = None) -> None:
    """Writes what happened around signing in, which has no action: by the person, or else by the machinery itself."""
    kind = ctx.actor.kind if person is None else "staff" if isinstance(person, Staff) else "contact"
    ctx.session.add(
        AuditEntry(
            at=ctx.now, action=f"sign_in.{event}", actor=(person or ctx.actor).name, actor_kind=kind,
            actor_id=(person or ctx.actor).id, channel=ctx.channel, sentence=sentence,
        )
    )  # fmt: skip


def _write(ctx: Context, action: Action, sentence: str, outcome: str, details: dict[str, Any]) -> None:
    ctx.session.add(
        AuditEntry(
            at=ctx.now,
            action=action.id,
            actor=ctx.actor.name,
            actor_kind=ctx.actor.kind,
            actor_id=ctx.actor.id,
            customer_id=ctx.actor.customer_id,
            channel=ctx.channel,
            outcome=outcome,
            sentence=sentence,
            details=details,
        )
    )
