"""Whom an import brought in is invited, signs in, and sees and pays what was imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from billing import dispatch
from billing.auth.invitations import invite_contact
from billing.auth.link_uses import set_password
from billing.auth.login import Client, Entry, sign_in
from billing.auth.sessions import actor_for
from billing.context import Contexts
from billing.errors import PortalError
from billing.models.people import Contact, LinkPurpose
from billing.registry import Channel
from portal.bootstrap import load_actions
from portal.importers import import_csv, load_mapping

EXPORT = Path(__file__).resolve().parents[2] / "data" / "export"
BROWSER = Client("127.0.0.1")


@pytest.fixture
def imported(contexts: Contexts) -> Contexts:
    load_actions()
    mapping = load_mapping(EXPORT / "mapping.toml")
    import_csv(contexts, mapping, EXPORT / "customers.csv", EXPORT / "invoices.csv", EXPORT / "lines.csv")
    return contexts


def invite(contexts: Contexts, email: str) -> str:
    with contexts.system(writes=True) as ctx:
        person = ctx.session.exec(select(Contact).where(Contact.email == email)).one()
        return invite_contact(ctx, person).rpartition("/")[2]


def accept(contexts: Contexts, email: str) -> Entry:
    token = invite(contexts, email)
    return set_password(contexts, LinkPurpose.INVITATION, token, "negen rode fietsen", BROWSER)


def test_nobody_imported_can_sign_in_before_an_invitation(imported: Contexts) -> None:
    with pytest.raises(PortalError) as refused:
        sign_in(imported, "zoe@vanthoff.example", "", BROWSER)

    assert refused.value.code == "wrong_login"


def test_invited_signed_in_sees_the_invoice_and_what_paying_it_would_do(imported: Contexts) -> None:
    accept(imported, "zoe@vanthoff.example")
    entry = sign_in(imported, "zoe@vanthoff.example", "negen rode fietsen", BROWSER)
    signed_in = actor_for(imported, entry.token)
    assert signed_in is not None

    page = dispatch.run(imported, "invoices.list", {}, signed_in.actor, Channel.PORTAL)
    detail = dispatch.run(imported, "invoices.show", {"number": "bh-2025-2"}, signed_in.actor, Channel.PORTAL)
    paying = {"invoices": ["BH-2025-2"], "payment_method": "pm_card_visa"}
    preview = dispatch.preview(imported, "invoices.pay", paying, signed_in.actor, Channel.PORTAL)

    assert [(row.number, row.title, row.due) for row in page.rows] == [("BH-2025-2", "Advies", 96_80)]
    assert [(line.description, line.amount) for line in detail.lines] == [("Advies per uur", 80_00)]
    assert preview.effect.due_now == 96_80


def test_who_belongs_to_two_imported_accounts_has_both(imported: Contexts) -> None:
    entry = accept(imported, "ayse@ozdemir.example")
    signed_in = actor_for(imported, entry.token)

    assert signed_in is not None
    assert sorted(account.name for account in signed_in.memberships) == ["Bakkerij Özdemir", "Filiaal Özdemir"]
