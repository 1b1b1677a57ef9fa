"""The story of RenoTech, told once a run and copied for each law, with a sandbox that really takes cards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import SQLModel, select

from billing import dispatch
from billing.auth.mfa import new_secret
from billing.auth.sealing import seal
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Actor, Contexts
from billing.models.people import Contact, Membership, Staff
from billing.models.records import PreferenceRecord
from billing.registry import Action, Audience, Channel, Role
from portal.bootstrap import build
from portal.seeds.story import seed_story
from tests.billing.gateways.running import RunningSandbox

NOW = datetime.fromisoformat("2026-03-12T14:00:00+01:00")
ANIA, JAN_WILLEM, WANJIRU = (
    "ania@moellerkowalczyk.nl", "janwillem@moellerkowalczyk.nl", "wanjiru@kamauodegaard.example",
)  # fmt: skip
MARIT, RIO = "marit@renotech.example", "rio@renotech.example"


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with the story in it."""
    folder = tmp_path_factory.mktemp("story")
    shutil.copyfile(sqlite_template, folder / "parley.db")
    contexts = _open(folder, "")
    seed_story(contexts)
    contexts.engine.dispose()
    return folder


def _open(folder: Path, api_base: str) -> Contexts:
    settings = Settings(
        demo=True, test_clock=True, data=folder, secret_key="s" * 40, DATABASE_URL=f"sqlite:///{folder}/parley.db",
        STRIPE_API_BASE=api_base,
    )  # fmt: skip
    return build(settings, clock=SetClock(NOW))


@dataclass
class House:
    """The story's people, and asking in their name."""

    contexts: Contexts

    def person(self, email: str) -> Actor:
        with self.contexts.system() as ctx:
            contact = ctx.session.exec(select(Contact).where(Contact.email == email)).one()
            member = ctx.session.exec(select(Membership).where(Membership.contact_id == contact.id)).first()
            assert member is not None
            return Actor("contact", contact.id, contact.name, email, Role(member.role), member.customer_id)

    def use_codes(self, email: str) -> None:
        """Has the person sign in with a code."""
        with self.contexts.system(writes=True) as ctx:
            person = ctx.session.exec(select(Contact).where(Contact.email == email)).one()
            person.mfa_secret = seal(ctx.settings, new_secret())

    def agent(self, email: str = MARIT) -> Actor:
        with self.contexts.system() as ctx:
            staff = ctx.session.exec(select(Staff).where(Staff.email == email)).one()
            return Actor("staff", staff.id, staff.name, email, Role(staff.role))

    def admin(self) -> Actor:
        with self.contexts.system() as ctx:
            staff = ctx.session.exec(select(Staff).where(Staff.email == RIO)).one()
            return Actor("staff", staff.id, staff.name, RIO, Role(staff.role))

    def actor_for(self, action: Action) -> Actor:
        """Who may do it: a customer's owner, or an agent or admin with Ania's account open where it is about one."""
        if action.audience is not Audience.STAFF:
            return self.person(ANIA)
        staff = self.admin() if action.role is Role.ADMIN else self.agent()
        no_account = action.id.split(".")[0] in ("support", "preferences")
        return staff if no_account else replace(staff, customer_id=self.person(ANIA).customer_id)

    def switch_off(self, preference: str) -> None:
        with self.contexts.system(writes=True) as ctx:
            ctx.session.add(PreferenceRecord(name=preference, value=False, changed_at=ctx.now))

    def run(self, action: Action, input: Any, actor: Actor, channel: Channel, *, token: str | None = None) -> Any:
        return dispatch.run(self.contexts, action.id, input, actor, channel, token=token)

    def everything(self) -> dict[str, int]:
        """How many rows each table has, but for the audit."""
        with self.contexts.system() as ctx:
            tables = {n: t for n, t in SQLModel.metadata.tables.items() if n != "audit_entry"}
            connection = ctx.session.connection()
            return {n: connection.execute(select(func.count()).select_from(t)).scalar_one() for n, t in tables.items()}


@pytest.fixture
def house(told: Path, tmp_path: Path) -> Iterator[House]:
    """A copy of the story, to do things in."""
    folder = tmp_path / "data"
    shutil.copytree(told, folder)
    contexts = _open(folder, "http://127.0.0.1:1")
    sandbox = RunningSandbox(folder, contexts.clock)
    contexts.gateway = sandbox.gateway()
    yield House(contexts)
    sandbox.stop(wait=False)
    contexts.engine.dispose()
