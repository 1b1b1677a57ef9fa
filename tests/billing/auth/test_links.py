"""Links by mail: a new password for who forgot theirs, and signing in without one."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from billing.auth.invitations import invite_contact, invite_staff
from billing.auth.link_requests import answer_requests, ask_for_link
from billing.auth.link_uses import read_link, set_password, sign_in_by_link
from billing.auth.login import Client, Entry, confirm_code, sign_in
from billing.auth.sessions import actor_for
from billing.clock import SetClock
from billing.context import Contexts
from billing.errors import PortalError
from billing.mail import send_waiting
from billing.models.people import Contact, Customer, LinkPurpose, LinkRequest, Membership, OneTimeLink, Staff
from billing.models.records import AuditEntry, Mail, PreferenceRecord
from billing.registry import Role
from tests.billing.auth.people import (
    ANIA,
    HERE,
    MARIT,
    PASSWORD,
    SAMI,
    code_at,
    open_sessions,
    outbox,
    refused,
    use_codes,
)

NEW = "a quite new password"
LINK = re.compile(r"http://127\.0\.0\.1:8000/(?:reset|enter|invite)/(\S+)")
PATHS = {LinkPurpose.PASSWORD: "/reset/", LinkPurpose.SIGN_IN: "/enter/"}
both_kinds = pytest.mark.parametrize(
    "purpose", [LinkPurpose.PASSWORD, LinkPurpose.SIGN_IN], ids=["password", "sign-in"]
)


def deliver(contexts: Contexts) -> None:
    answer_requests(contexts)
    send_waiting(contexts)


def linked(contexts: Contexts, purpose: LinkPurpose = LinkPurpose.PASSWORD, email: str = ANIA) -> str:
    """The token of the link that is mailed to somebody who asks for one."""
    ask_for_link(contexts, purpose, email, HERE)
    deliver(contexts)
    found = LINK.search(outbox(contexts)[-1].get_content())
    assert found is not None
    return found[1]


def use(contexts: Contexts, purpose: LinkPurpose, token: str) -> Entry:
    if purpose is LinkPurpose.SIGN_IN:
        return sign_in_by_link(contexts, token, HERE)
    return set_password(contexts, purpose, token, NEW, HERE)


def everything_written(contexts: Contexts) -> dict[str, int]:
    with contexts.system() as ctx:
        tables = (Mail, OneTimeLink, LinkRequest, AuditEntry)
        return {t.__name__: ctx.session.exec(select(func.count()).select_from(t)).one() for t in tables}


def test_the_password_of_the_link_is_the_one_that_signs_in(people: Contexts) -> None:
    entry = set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE)

    assert actor_for(people, entry.token)
    assert actor_for(people, sign_in(people, ANIA, NEW, HERE).token)
    with refused("wrong_login"):
        sign_in(people, ANIA, PASSWORD, HERE)


def test_a_link_signs_in_without_a_password_and_leaves_it_as_it_is(people: Contexts) -> None:
    entry = sign_in_by_link(people, linked(people, LinkPurpose.SIGN_IN), HERE)

    who = actor_for(people, entry.token)
    assert who is not None and who.actor.email == ANIA
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)


@both_kinds
def test_the_mail_says_what_the_link_does_and_leads_to_the_public_address(
    people: Contexts, purpose: LinkPurpose
) -> None:
    linked(people, purpose, f"  {ANIA.upper()} ")

    [mail] = outbox(people)
    assert mail["To"] == ANIA
    assert f"http://127.0.0.1:8000{PATHS[purpose]}" in mail.get_content()
    assert "The link works once, for 30 minutes:" in mail.get_content()
    assert "You did not ask? Then leave the link alone: nothing happens." in mail.get_content()


@both_kinds
def test_no_table_holds_the_token_not_even_while_its_mail_waits(people: Contexts, purpose: LinkPurpose) -> None:
    ask_for_link(people, purpose, ANIA, HERE)
    answer_requests(people)
    with people.system() as ctx:
        rows = [*ctx.session.exec(select(Mail)).all(), *ctx.session.exec(select(OneTimeLink)).all()]
        kept = " ".join(row.model_dump_json() for row in rows)
    send_waiting(people)

    token = LINK.search(outbox(people)[-1].get_content())
    assert token is not None and token[1] not in kept and len(rows) == 2
    assert read_link(people, purpose, token[1]).email == ANIA


@both_kinds
def test_a_link_works_once(people: Contexts, purpose: LinkPurpose) -> None:
    token = linked(people, purpose)
    use(people, purpose, token)
    sessions = open_sessions(people)
    for _ in range(2):
        with refused("link_ended"):
            use(people, purpose, token)
    with refused("link_ended"):
        read_link(people, purpose, token)
    assert open_sessions(people) == sessions


@both_kinds
def test_looking_at_a_link_changes_nothing(people: Contexts, purpose: LinkPurpose) -> None:
    token = linked(people, purpose)
    before = everything_written(people)
    for _ in range(5):
        assert read_link(people, purpose, token).name == "Ania Kowalczyk"
    assert everything_written(people) == before and open_sessions(people) == []
    assert actor_for(people, use(people, purpose, token).token)


@both_kinds
def test_a_link_ends_after_half_an_hour(people: Contexts, clock: SetClock, purpose: LinkPurpose) -> None:
    token = linked(people, purpose)
    clock.advance(timedelta(minutes=29, seconds=59))
    assert read_link(people, purpose, token)
    clock.advance(timedelta(seconds=1))
    with refused("link_ended"):
        use(people, purpose, token)
    assert open_sessions(people) == []
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)


@both_kinds
def test_a_newer_link_ends_the_older_one(people: Contexts, purpose: LinkPurpose) -> None:
    older, newer = linked(people, purpose), linked(people, purpose)
    with refused("link_ended"):
        use(people, purpose, older)
    assert actor_for(people, use(people, purpose, newer).token)


@pytest.mark.parametrize("other", [LinkPurpose.SIGN_IN, LinkPurpose.INVITATION])
def test_every_link_ends_once_the_password_is_another(people: Contexts, other: LinkPurpose) -> None:
    if other is LinkPurpose.SIGN_IN:
        open_one = linked(people, other)
    else:
        with people.system(writes=True) as ctx:
            ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
            open_one = invite_contact(ctx, ania).rpartition("/")[2]
    use(people, LinkPurpose.PASSWORD, linked(people))
    with refused("link_ended" if other is LinkPurpose.SIGN_IN else "invitation_ended"):
        use(people, other, open_one)


def test_a_link_opens_only_what_it_was_made_for(people: Contexts) -> None:
    token = linked(people, LinkPurpose.SIGN_IN)
    with refused("link_ended"):
        set_password(people, LinkPurpose.PASSWORD, token, NEW, HERE)
    with refused("invitation_ended"):
        set_password(people, LinkPurpose.INVITATION, token, NEW, HERE)
    assert actor_for(people, sign_in_by_link(people, token, HERE).token)


@pytest.mark.parametrize("race", range(5))
@both_kinds
def test_of_several_at_once_one_gets_in(people: Contexts, purpose: LinkPurpose, race: int) -> None:
    token = linked(people, purpose)
    start, got, failed = threading.Barrier(4), [], []

    def press() -> None:
        start.wait()
        try:
            got.append(use(people, purpose, token))
        except PortalError as error:
            failed.append(error.code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), failed) == (1, ["link_ended"] * 3)
    assert open_sessions(people) == [False]


def test_a_new_password_ends_all_other_sessions(people: Contexts) -> None:
    secret = use_codes(people)
    half = sign_in(people, ANIA, PASSWORD, HERE).token
    elsewhere = confirm_code(people, half, code_at(people, secret), HERE).token
    waits_for_code = sign_in(people, ANIA, PASSWORD, HERE).token
    assert actor_for(people, elsewhere)

    set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE)
    assert actor_for(people, elsewhere) is None
    with refused("not_signed_in"):
        confirm_code(people, waits_for_code, code_at(people, secret), HERE)


@both_kinds
def test_who_uses_a_code_is_still_asked_for_it(people: Contexts, clock: SetClock, purpose: LinkPurpose) -> None:
    secret = use_codes(people)
    entry = use(people, purpose, linked(people, purpose))

    assert entry.mfa_pending and actor_for(people, entry.token) is None
    assert actor_for(people, confirm_code(people, entry.token, code_at(people, secret), HERE).token)


def test_the_person_is_told_of_a_new_password(people: Contexts) -> None:
    set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE)
    send_waiting(people)

    told = outbox(people)[-1]
    assert (told["To"], told["Subject"]) == (ANIA, "Your password for RenoTech was changed")
    text = told.get_content().replace("\n", " ")
    assert "was changed on 12 March 2026 at 10:00 (CET)" in text
    assert "http://127.0.0.1:8000/login/forgot" in text and "/reset/" not in text


def test_the_record_says_who_asked_and_what_became_of_it(people: Contexts) -> None:
    set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE)
    sign_in_by_link(people, linked(people, LinkPurpose.SIGN_IN), HERE)

    with people.system() as ctx:
        entries = ctx.session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(e.actor, e.sentence) for e in entries] == [
        ("Parley", f"A link was asked for as Ania Kowalczyk and sent to {ANIA}."),
        ("Ania Kowalczyk", f"Ania Kowalczyk set a new password with a link sent to {ANIA}."),
        ("Parley", f"A link was asked for as Ania Kowalczyk and sent to {ANIA}."),
        ("Ania Kowalczyk", f"Ania Kowalczyk used a sign-in link sent to {ANIA}."),
    ]


@pytest.mark.parametrize("password", ["short", "", "aaaaaaaaaaaaaaaa", ANIA, "x1y2z" * 300])
def test_a_weak_password_leaves_the_link_open(people: Contexts, password: str) -> None:
    token = linked(people)
    with refused("weak_password"):
        set_password(people, LinkPurpose.PASSWORD, token, password, HERE)
    assert open_sessions(people) == []
    assert actor_for(people, set_password(people, LinkPurpose.PASSWORD, token, NEW, HERE).token)


# Who asks


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


@pytest.mark.parametrize("email", ["", "ania", "ania@", "a b@example.com", "a@b.c\r\nBcc: x@y.z", "\x00", "a" * 300])
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


# The switch, and mail that does not get through


def switch_links_off(contexts: Contexts) -> None:
    with contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="email_links", value=False, changed_at=ctx.now))


def test_switched_off_no_link_signs_in_and_passwords_are_still_reset(people: Contexts) -> None:
    mailed = linked(people, LinkPurpose.SIGN_IN)
    ask_for_link(people, LinkPurpose.SIGN_IN, MARIT, HERE)
    switch_links_off(people)
    deliver(people)

    assert [mail["To"] for mail in outbox(people)] == [ANIA]
    for attempt in (
        lambda: sign_in_by_link(people, mailed, HERE),
        lambda: read_link(people, LinkPurpose.SIGN_IN, mailed),
        lambda: ask_for_link(people, LinkPurpose.SIGN_IN, ANIA, HERE),
    ):
        with refused("switched_off"):
            attempt()
    assert open_sessions(people) == []
    assert actor_for(people, set_password(people, LinkPurpose.PASSWORD, linked(people), NEW, HERE).token)


def test_a_mail_that_waited_until_its_link_ended_is_not_sent(people: Contexts, clock: SetClock) -> None:
    ask_for_link(people, LinkPurpose.PASSWORD, ANIA, HERE)
    answer_requests(people)
    clock.advance(timedelta(minutes=31))
    assert send_waiting(people) == 0
    clock.advance(timedelta(days=1))
    assert send_waiting(people) == 0 and outbox(people) == []


def test_workers_that_run_at_once_answer_each_wish_once(people: Contexts) -> None:
    for email in (ANIA, MARIT):
        ask_for_link(people, LinkPurpose.PASSWORD, email, HERE)
    threads = [threading.Thread(target=answer_requests, args=(people,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_waiting(people)
    assert sorted(str(mail["To"]) for mail in outbox(people)) == [ANIA, MARIT]
