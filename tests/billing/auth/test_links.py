"""Links by mail: a new password for who forgot theirs, and signing in without one."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select

from billing.auth.invitations import invite_contact
from billing.auth.link_requests import answer_requests, ask_for_link
from billing.auth.link_uses import read_link, set_password, sign_in_by_link
from billing.auth.login import confirm_code, sign_in
from billing.auth.passwords import password_fits
from billing.auth.sessions import SignedIn, actor_for, awaiting_code
from billing.clock import SetClock
from billing.context import Contexts
from billing.errors import PortalError
from billing.mail import send_waiting
from billing.models.people import Contact, LinkPurpose, OneTimeLink
from billing.models.records import AuditEntry, Mail, PreferenceRecord
from tests.billing.auth.links import LINK, NEW, PATHS, both_kinds, deliver, everything_written, linked, use
from tests.billing.auth.people import (
    ANIA,
    HERE,
    MARIT,
    PASSWORD,
    code_at,
    open_sessions,
    outbox,
    refused,
    use_codes,
)


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


@pytest.mark.parametrize("old_hash", [False, True], ids=["", "of-other-costs"])
def test_who_signs_in_while_the_password_changes_stays_outside(
    people: Contexts, monkeypatch: pytest.MonkeyPatch, old_hash: bool
) -> None:
    token = linked(people)

    def fits(kept: str, password: str) -> bool:
        set_password(people, LinkPurpose.PASSWORD, token, NEW, HERE)
        return password_fits(kept, password)

    monkeypatch.setattr("billing.auth.login.password_fits", fits)
    monkeypatch.setattr("billing.auth.login.hash_is_old", lambda _: old_hash)
    with refused("wrong_login"):
        sign_in(people, ANIA, PASSWORD, HERE)
    monkeypatch.undo()
    assert open_sessions(people) == [False], "that of the new password"
    assert actor_for(people, sign_in(people, ANIA, NEW, HERE).token)


def test_a_code_that_comes_while_the_password_changes_opens_nothing(
    people: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, token = use_codes(people), linked(people)
    half = sign_in(people, ANIA, PASSWORD, HERE).token

    def awaiting(contexts: Contexts, token_of_half: str) -> SignedIn | None:
        who = awaiting_code(contexts, token_of_half)
        set_password(people, LinkPurpose.PASSWORD, token, NEW, HERE)
        return who

    monkeypatch.setattr("billing.auth.login.awaiting_code", awaiting)
    with refused("not_signed_in"):
        confirm_code(people, half, code_at(people, secret), HERE)
    assert open_sessions(people) == [True]


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
