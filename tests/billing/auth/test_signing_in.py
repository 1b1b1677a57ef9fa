"""Signing in with a password and a code, and staying signed in."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import func, select

from billing.auth.invitations import invite_contact, invite_staff
from billing.auth.link_uses import Addressee, read_link, set_password
from billing.auth.login import Client, Entry, confirm_code, sign_in
from billing.auth.sessions import actor_for, awaiting_code, end_session, open_account
from billing.clock import SetClock
from billing.context import Contexts
from billing.errors import PortalError
from billing.mail import send_waiting
from billing.models.people import Contact, LinkPurpose, LoginSession, OneTimeLink, Staff
from billing.models.records import Mail
from billing.registry import Role
from tests.billing.auth.people import ANIA, HERE, PASSWORD, code_at, open_sessions, outbox, refused, use_codes

WAITS_FOR_CODE = [True]


def actor_id(contexts: Contexts) -> int | None:
    with contexts.system() as ctx:
        return ctx.session.exec(select(Contact.id).where(Contact.email == ANIA)).one()


def test_a_right_password_opens_the_first_account(people: Contexts) -> None:
    entry = sign_in(people, f"  {ANIA.upper()} ", PASSWORD, HERE)
    who = actor_for(people, entry.token)
    assert who is not None and not entry.mfa_pending
    assert (who.actor.name, who.actor.role) == ("Ania Kowalczyk", Role.OWNER)
    assert [account.number for account in who.memberships] == ["C-1", "C-2"]
    assert who.csrf_fits(who.csrf_token) and not who.csrf_fits("")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (ANIA, "wrong"),
        (ANIA, ""),
        ("nobody@example.com", PASSWORD),
        ("sami@example.com", PASSWORD),
        ("", ""),
        ("ania\x00@moellerkowalczyk.nl", PASSWORD),
        (f"{'a' * 300}@example.com", PASSWORD),
        (ANIA, f"{PASSWORD}{' ' * 5000}"),
    ],
)
def test_every_wrong_login_is_refused_alike(people: Contexts, email: str, password: str) -> None:
    with refused("wrong_login"):
        sign_in(people, email, password, HERE)
    assert open_sessions(people) == []


def test_the_database_holds_no_token(people: Contexts) -> None:
    entry = sign_in(people, ANIA, PASSWORD, HERE)
    with people.system() as ctx:
        row = ctx.session.exec(select(LoginSession)).one()
    assert entry.token not in row.model_dump_json()


@pytest.mark.parametrize("token", ["", "x", "\ud800", "é" * 5000])
def test_a_made_up_token_is_nobody(people: Contexts, token: str) -> None:
    assert actor_for(people, token) is None


def test_a_session_ends_when_told(people: Contexts) -> None:
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    end_session(people, token)
    end_session(people, token)
    assert actor_for(people, token) is None


def test_a_session_ends_after_two_idle_hours(people: Contexts, clock: SetClock) -> None:
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    clock.advance(timedelta(hours=1, minutes=59))
    assert actor_for(people, token)
    clock.advance(timedelta(hours=1, minutes=59))
    assert actor_for(people, token)
    clock.advance(timedelta(hours=2))
    assert actor_for(people, token) is None


def test_a_busy_session_ends_after_twelve_hours(people: Contexts, clock: SetClock) -> None:
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert actor_for(people, token)
    clock.advance(timedelta(hours=1))
    assert actor_for(people, token) is None


def test_another_account_brings_its_own_role(people: Contexts) -> None:
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    open_account(people, token, " c-2 ")
    who = actor_for(people, token)
    assert who is not None and who.actor.role == Role.VIEWER


@pytest.mark.parametrize("number", ["C-3", "C-9", "", "C-\x003"])
def test_somebody_elses_account_is_not_found(people: Contexts, number: str) -> None:
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    with refused("account_not_found"):
        open_account(people, token, number)
    who = actor_for(people, token)
    assert who is not None and who.actor.role == Role.OWNER


def test_staff_look_at_any_account(people: Contexts) -> None:
    token = sign_in(people, "marit@renotech.example", PASSWORD, HERE).token
    opened = open_account(people, token, "C-3")
    who = actor_for(people, token)
    assert who is not None and who.actor.is_staff and who.actor.customer_id == opened.customer_id


def test_the_ninth_try_has_to_wait(people: Contexts) -> None:
    for _ in range(8):
        with refused("wrong_login"):
            sign_in(people, ANIA, "wrong", HERE)
    with refused("too_many_tries"):
        sign_in(people, ANIA, PASSWORD, HERE)
    assert open_sessions(people) == []
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, Client("10.0.0.9")).token)


def test_an_unknown_email_has_to_wait_as_well(people: Contexts) -> None:
    for _ in range(8):
        with refused("wrong_login"):
            sign_in(people, "nobody@example.com", "wrong", HERE)
    with refused("too_many_tries"):
        sign_in(people, "nobody@example.com", "wrong", HERE)
    assert open_sessions(people) == []
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token), "it is that email's tries that were counted"


def test_getting_in_forgets_the_wrong_tries(people: Contexts) -> None:
    for _ in range(3):
        for _ in range(7):
            with refused("wrong_login"):
                sign_in(people, ANIA, "wrong", HERE)
        assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)
    assert len(open_sessions(people)) == 3


def test_with_a_second_factor_the_password_opens_nothing(people: Contexts) -> None:
    use_codes(people)
    entry = sign_in(people, ANIA, PASSWORD, HERE)
    assert entry.mfa_pending and awaiting_code(people, entry.token)
    assert actor_for(people, entry.token) is None
    with refused("not_signed_in"):
        open_account(people, entry.token, "C-2")


def test_the_code_opens_under_a_new_token(people: Contexts) -> None:
    secret = use_codes(people)
    entry = sign_in(people, ANIA, PASSWORD, HERE)
    code = code_at(people, secret)
    opened = confirm_code(people, entry.token, f"{code[:3]} {code[3:]}", HERE)
    assert actor_for(people, opened.token)
    assert opened.token != entry.token
    assert awaiting_code(people, entry.token) is None and actor_for(people, entry.token) is None


def test_a_code_opens_only_once(people: Contexts, clock: SetClock) -> None:
    secret = use_codes(people)
    code = code_at(people, secret)
    confirm_code(people, sign_in(people, ANIA, PASSWORD, HERE).token, code, HERE)
    again = sign_in(people, ANIA, PASSWORD, HERE).token
    with refused("wrong_code"):
        confirm_code(people, again, code, HERE)
    clock.advance(timedelta(seconds=30))
    assert actor_for(people, confirm_code(people, again, code_at(people, secret), HERE).token)


def test_of_two_at_once_with_the_same_code_one_gets_in(people: Contexts) -> None:
    secret = use_codes(people)
    code = code_at(people, secret)
    halves = [sign_in(people, ANIA, PASSWORD, HERE).token for _ in range(4)]
    start = threading.Barrier(4)
    said: list[bool | str] = []

    def press(half: str) -> None:
        start.wait()
        try:
            said.append(bool(actor_for(people, confirm_code(people, half, code, HERE).token)))
        except PortalError as error:
            said.append(error.code)

    threads = [threading.Thread(target=press, args=(half,)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == ["True", "wrong_code", "wrong_code", "wrong_code"]


def test_a_password_waits_for_its_code_for_a_quarter_of_an_hour(people: Contexts, clock: SetClock) -> None:
    secret = use_codes(people)
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    clock.advance(timedelta(minutes=15))
    with refused("not_signed_in"):
        confirm_code(people, token, code_at(people, secret), HERE)


def test_codes_can_not_be_guessed_on_for_days(people: Contexts) -> None:
    secret = use_codes(people)
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    for _ in range(30):
        people.throttle.forget("code", f"contact:{actor_id(people)}")
        with refused("wrong_code"):
            confirm_code(people, token, "12345", HERE)
    people.throttle.forget("code", f"contact:{actor_id(people)}")
    with refused("too_many_tries"):
        confirm_code(people, token, code_at(people, secret), HERE)


def test_an_old_code_is_wrong(people: Contexts, clock: SetClock) -> None:
    secret = use_codes(people)
    code = code_at(people, secret)
    clock.advance(timedelta(minutes=2))
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    with refused("wrong_code"):
        confirm_code(people, token, code, HERE)
    assert actor_for(people, token) is None and open_sessions(people) == WAITS_FOR_CODE


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "1234567"])
def test_what_is_no_code_is_wrong(people: Contexts, code: str) -> None:
    use_codes(people)
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    with refused("wrong_code"):
        confirm_code(people, token, code, HERE)
    assert actor_for(people, token) is None and open_sessions(people) == WAITS_FOR_CODE


def test_codes_can_not_be_guessed_on(people: Contexts) -> None:
    secret = use_codes(people)
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(PortalError, match=f"{left} tries are left") as caught:
            confirm_code(people, token, "000000" if code_at(people, secret) != "000000" else "111111", HERE)
        assert caught.value.field == "code"
    token = sign_in(people, ANIA, PASSWORD, HERE).token
    with refused("too_many_tries"):
        confirm_code(people, token, code_at(people, secret), HERE)
    assert actor_for(people, token) is None


def test_a_code_without_a_password_opens_nothing(people: Contexts) -> None:
    with refused("not_signed_in"):
        confirm_code(people, "", "123456", HERE)
    assert open_sessions(people) == []


def invited(contexts: Contexts) -> str:
    with contexts.system(writes=True) as ctx:
        return invite_staff(ctx, " Rio@RenoTech.example ", name="Rio").rpartition("/")[2]


def read_invitation(contexts: Contexts, token: str) -> Addressee:
    return read_link(contexts, LinkPurpose.INVITATION, token)


def accept_invitation(contexts: Contexts, token: str, password: str, client: Client) -> Entry:
    return set_password(contexts, LinkPurpose.INVITATION, token, password, client)


def test_an_invitation_sets_the_password_once(people: Contexts) -> None:
    token = invited(people)
    assert read_invitation(people, token).email == "rio@renotech.example"
    entry = accept_invitation(people, token, PASSWORD, HERE)
    who = actor_for(people, entry.token)
    assert who is not None and who.actor.role == Role.ADMIN
    with refused("invitation_ended"):
        accept_invitation(people, token, "another good password", HERE)
    assert actor_for(people, sign_in(people, "rio@renotech.example", PASSWORD, HERE).token)


def test_of_several_invitations_the_newest_is_good(people: Contexts) -> None:
    before, newest = invited(people), invited(people)
    with refused("invitation_ended"):
        accept_invitation(people, before, "another good password", HERE)
    assert open_sessions(people) == []
    assert actor_for(people, accept_invitation(people, newest, PASSWORD, HERE).token)


def test_the_links_of_others_stay_open(people: Contexts) -> None:
    mine = invited(people)
    with people.system(writes=True) as ctx:
        theirs = invite_staff(ctx, "marit@renotech.example", name="Marit").rpartition("/")[2]
    accept_invitation(people, mine, PASSWORD, HERE)
    assert read_invitation(people, theirs).email == "marit@renotech.example"


def test_an_invitation_goes_out_by_mail(people: Contexts) -> None:
    token = invited(people)
    assert send_waiting(people) == 1
    [mail] = outbox(people)
    assert mail["To"] == "rio@renotech.example"
    assert f"http://127.0.0.1:8000/invite/{token}" in mail.get_content()
    assert "Thursday 19 March 2026" in mail.get_content()


def test_an_invitation_ends_after_seven_days(people: Contexts, clock: SetClock) -> None:
    token = invited(people)
    clock.advance(timedelta(days=7))
    with refused("invitation_ended"):
        read_invitation(people, token)
    with refused("invitation_ended"):
        accept_invitation(people, token, PASSWORD, HERE)
    assert open_sessions(people) == []
    with refused("wrong_login"):
        sign_in(people, "rio@renotech.example", PASSWORD, HERE)


@pytest.mark.parametrize("password", ["short", "", "aaaaaaaaaaaaaaaa", "rio@renotech.example", "x1" * 600])
def test_a_weak_password_leaves_the_invitation_open(people: Contexts, password: str) -> None:
    token = invited(people)
    with refused("weak_password"):
        accept_invitation(people, token, password, HERE)
    assert open_sessions(people) == []
    assert actor_for(people, accept_invitation(people, token, PASSWORD, HERE).token)


def test_a_new_password_signs_out_everywhere_else(people: Contexts) -> None:
    before = sign_in(people, ANIA, PASSWORD, HERE).token
    with people.system(writes=True) as ctx:
        ania = ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one()
        token = invite_contact(ctx, ania).rpartition("/")[2]
    after = accept_invitation(people, token, "a quite new password", HERE)
    assert actor_for(people, before) is None
    assert actor_for(people, after.token)


@pytest.mark.parametrize("email", ["", "rio", "rio@", "@example.com", "a b@example.com"])
def test_what_is_no_address_is_not_invited(people: Contexts, email: str) -> None:
    with people.system(writes=True) as ctx, refused("invalid_input"):
        invite_staff(ctx, email)
    with people.system() as ctx:
        sent = [ctx.session.exec(select(func.count()).select_from(kind)).one() for kind in (OneTimeLink, Mail)]
        staff = ctx.session.exec(select(Staff.email)).all()
    assert sent == [0, 0] and staff == ["marit@renotech.example"]
