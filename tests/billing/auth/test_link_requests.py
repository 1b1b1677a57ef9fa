"""Asking for a link by mail: who gets one, and that nobody else can tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from billing.auth.invitations import invite_staff
from billing.auth.link_requests import ask_for_link
from billing.auth.link_uses import read_link, set_password
from billing.auth.login import Client, sign_in
from billing.auth.sessions import actor_for
from billing.clock import SetClock
from billing.context import Contexts
from billing.errors import PortalError
from billing.mail import send_waiting
from billing.models.people import Contact, Customer, LinkPurpose, Membership, Staff
from billing.notifications import write_mail
from billing.registry import Role
from tests.billing.auth.links import LINK, NEW, both_kinds, deliver, everything_written, linked, use
from tests.billing.auth.people import (
    ANIA,
    HERE,
    MARIT,
    SAMI,
    open_sessions,
    outbox,
    refused,
)
from tests.fixtures.mail import Mailbox


@both_kinds
def test_asking_writes_the_same_for_everybody(people: Contexts, purpose: LinkPurpose) -> None:
    written = []
    for email in (ANIA, "nobody@example.com", SAMI, MARIT):
        before = everything_written(people)
        assert ask_for_link(people, purpose, email, HERE) == email
        after = everything_written(people)
        written.append({name: after[name] - before[name] for name in after})
    assert written == [{"Mail": 0, "OneTimeLink": 0, "LinkRequest": 1, "AuditEntry": 0}] * 4


def test_nothing_is_mailed_to_an_address_that_nobody_has(people: Contexts) -> None:
    ask_for_link(people, LinkPurpose.PASSWORD, "nobody@example.com", HERE)
    deliver(people)
    assert outbox(people) == []
    assert everything_written(people) == {"Mail": 0, "OneTimeLink": 0, "LinkRequest": 0, "AuditEntry": 0}


@both_kinds
def test_who_has_no_account_any_more_is_told_by_mail_alone(people: Contexts, purpose: LinkPurpose) -> None:
    ask_for_link(people, purpose, SAMI, HERE)
    deliver(people)
    [mail] = outbox(people)
    assert mail["To"] == SAMI and "That address opens no account at RenoTech." in mail.get_content()
    assert LINK.search(mail.get_content()) is None


@both_kinds
def test_who_was_invited_and_has_set_no_password_gets_a_link_for_the_first(
    people: Contexts, clock: SetClock, purpose: LinkPurpose
) -> None:
    with people.system(writes=True) as ctx:
        invite_staff(ctx, "rio@renotech.example", name="Rio")
    clock.advance(timedelta(days=8))
    send_waiting(people)
    token = linked(people, purpose, "rio@renotech.example")

    assert "You have not set a password yet." in outbox(people)[-1].get_content()
    assert read_link(people, LinkPurpose.PASSWORD, token).new
    assert actor_for(people, set_password(people, LinkPurpose.PASSWORD, token, NEW, HERE).token)
    sent = len(outbox(people))
    assert send_waiting(people) == 0 and len(outbox(people)) == sent, "a first password is no change to be told of"


def test_who_was_never_invited_gets_no_link(people: Contexts) -> None:
    with people.system(writes=True) as ctx:
        zoe = Contact(email="zoe@example.com", name="Zoë", created_at=ctx.now)
        ctx.session.add(zoe)
        ctx.session.flush()
        account = ctx.session.exec(select(Customer.id).where(Customer.number == "C-3")).one()
        ctx.session.add(Membership(contact_id=zoe.id or 0, customer_id=account or 0, role=Role.OWNER))
    ask_for_link(people, LinkPurpose.PASSWORD, "zoe@example.com", HERE)
    deliver(people)
    [mail] = outbox(people)
    assert "RenoTech has not invited you to sign in yet." in mail.get_content()
    assert LINK.search(mail.get_content()) is None


@both_kinds
def test_a_link_ends_when_the_person_loses_the_account_or_the_address(people: Contexts, purpose: LinkPurpose) -> None:
    token, theirs = linked(people, purpose), linked(people, purpose, MARIT)
    with people.system(writes=True) as ctx:
        for row in ctx.session.exec(select(Membership)).all():
            ctx.session.delete(row)
        ctx.session.exec(select(Staff).where(Staff.email == MARIT)).one().email = "other@renotech.example"
    for each in (token, theirs):
        with refused("link_ended"):
            use(people, purpose, each)
    assert open_sessions(people) == []


@pytest.mark.parametrize(
    "email",
    [
        "", "ania", "ania@", "a b@example.com", "a@b.c\r\nBcc: x@y.z", "\x00", "a" * 300,
        "a@b..c", "@a@b.cc", "(x)@y.zz", "<x>@y.zz", "everybody:;@x.yy", "a@b.c,d@e.ff", "a;b@c.dd", '"a b"@c.dd',
        "a@[1.2.3.4]", "a@-b.cc", ".a@b.cc", "a..b@c.dd",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_so(people: Contexts, email: str) -> None:
    with refused("invalid_input"):
        ask_for_link(people, LinkPurpose.PASSWORD, email, HERE)
    assert everything_written(people)["LinkRequest"] == 0


@pytest.mark.parametrize("email", [ANIA, "nobody@example.com"])
def test_asking_too_often_has_to_wait_whoever_it_is(people: Contexts, email: str) -> None:
    for _ in range(3):
        ask_for_link(people, LinkPurpose.PASSWORD, email, HERE)
    with pytest.raises(PortalError, match="Wait 15 minutes"):
        ask_for_link(people, LinkPurpose.PASSWORD, email, HERE)
    for n in range(5):
        ask_for_link(people, LinkPurpose.PASSWORD, email, Client(f"10.0.0.{n}"))
    with refused("too_many_tries"):
        ask_for_link(people, LinkPurpose.PASSWORD, email, Client("10.0.0.9"))


def test_one_browser_asks_for_so_many_people_and_no_more(people: Contexts) -> None:
    for n in range(30):
        ask_for_link(people, LinkPurpose.PASSWORD, f"person{n}@example.com", HERE)
    with refused("too_many_tries"):
        ask_for_link(people, LinkPurpose.PASSWORD, ANIA, HERE)


def test_a_new_password_forgets_the_wrong_tries(people: Contexts) -> None:
    for _ in range(8):
        with refused("wrong_login"):
            sign_in(people, ANIA, "wrong", HERE)
    set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE)
    assert actor_for(people, sign_in(people, ANIA, NEW, HERE).token)


@pytest.mark.parametrize(
    "email", ["ania+bills@example.com", "o'neill@example.com", "zoë@exämple.nl", "a_b-c.d@sub.x-y.zz"]
)
def test_every_address_that_people_have_is_taken(people: Contexts, email: str) -> None:
    assert ask_for_link(people, LinkPurpose.PASSWORD, f" {email.upper()} ", HERE) == email


@pytest.mark.parametrize("strange", ["a@b..c", "(x)@y.zz", "everybody:;@x.yy", "@a@b.cc"])
def test_a_mail_that_can_not_be_sent_holds_up_no_other(people: Contexts, smtp_server: Mailbox, strange: str) -> None:
    people.settings = people.settings.model_copy(update={"smtp_url": smtp_server.url})
    with people.system(writes=True) as ctx:
        write_mail(ctx, "strange", strange, "An old address", "It came with an import.")
    ask_for_link(people, LinkPurpose.PASSWORD, ANIA, HERE)
    deliver(people)
    assert [message["To"] for message in smtp_server.messages] == [ANIA]
