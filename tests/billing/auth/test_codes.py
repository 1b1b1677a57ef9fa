"""Turning codes at sign-in on and off, and what to do without the phone."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import SQLModel, col, select

from billing.auth.login import Entry, confirm_code, confirm_recovery_code, sign_in
from billing.auth.own_sign_in import own_sign_in
from billing.auth.sealing import seal, unseal
from billing.auth.second_factor import (
    begin,
    replace_recovery_codes,
    reset_codes,
    show_key,
    turn_off,
    turn_on,
)
from billing.auth.sessions import actor_for
from billing.clock import SetClock
from billing.context import Contexts
from billing.errors import PortalError
from billing.mail import send_waiting
from billing.models.people import Contact, LoginSession, RecoveryCode, Staff
from billing.models.records import AuditEntry
from tests.billing.auth.app_codes import HALF_MINUTE, here, now_code, shown_secret, with_codes
from tests.billing.auth.people import ANIA, HERE, MARIT, PASSWORD, outbox, refused


def half_way(contexts: Contexts) -> str:
    entry = sign_in(contexts, ANIA, PASSWORD, HERE)
    assert entry.mfa_pending
    return entry.token


def sentences(contexts: Contexts) -> list[str]:
    with contexts.system() as ctx:
        return list(ctx.session.exec(select(AuditEntry.sentence).order_by(col(AuditEntry.id))).all())


def mailed(contexts: Contexts) -> list[tuple[str, str]]:
    send_waiting(contexts)
    return [(mail["Subject"], mail.get_content()) for mail in outbox(contexts)]


def everything_kept(contexts: Contexts) -> str:
    with contexts.system() as ctx:
        tables: tuple[type[SQLModel], ...] = (Contact, Staff, LoginSession, RecoveryCode, AuditEntry)
        return "\n".join(row.model_dump_json() for table in tables for row in ctx.session.exec(select(table)).all())


@pytest.mark.parametrize("email", [ANIA, MARIT])
def test_codes_are_asked_for_once_the_app_has_shown_one(people: Contexts, clock: SetClock, email: str) -> None:
    who = here(people, email)
    begin(people, who, PASSWORD)
    assert not own_sign_in(people, who).codes_on and not sign_in(people, email, PASSWORD, HERE).mfa_pending

    secret = shown_secret(people, who)
    assert len(turn_on(people, who, now_code(people, secret))) == 10
    found = own_sign_in(people, who)
    assert (found.codes_on, found.codes_since, found.recovery_codes) == (True, clock.now(), 10)

    entry = sign_in(people, email, PASSWORD, HERE)
    assert entry.mfa_pending
    clock.advance(HALF_MINUTE)
    assert actor_for(people, confirm_code(people, entry.token, now_code(people, secret), HERE).token)


def test_the_picture_says_whose_key_it_is_and_where_it_opens(people: Contexts) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    key = show_key(people, who)
    assert key is not None and all(len(group) == 4 for group in key.groups)
    address = urlsplit(key.address)
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert asked["secret"] == ["".join(key.groups)] and ANIA.replace("@", "%40") in address.path


def test_turning_codes_on_signs_out_everywhere_else_and_tells_them(people: Contexts, clock: SetClock) -> None:
    before = sign_in(people, ANIA, PASSWORD, HERE).token
    who, _, _ = with_codes(people, clock)
    assert actor_for(people, before) is None
    assert own_sign_in(people, who).devices[0].this_one
    assert sentences(people) == ["Ania Kowalczyk signs in with a code from now on."]
    [(subject, text)] = mailed(people)
    assert subject == "Codes at sign-in are on" and "It was not you?" in text and "12 March 2026" in text


def test_a_stolen_session_turns_nothing_on(people: Contexts) -> None:
    who = here(people)
    for left in (7, 6, 5, 4, 3, 2, 1, 0):
        with refused("wrong_own_password") as caught:
            begin(people, who, "a guess")
        assert caught.value.values["left"] == left
    with refused("too_many_tries"):
        begin(people, who, PASSWORD)
    assert show_key(people, who) is None
    with refused("new_key_ended"):
        turn_on(people, who, "123456")
    assert not own_sign_in(people, who).codes_on


@pytest.mark.parametrize("code", ["", "000000 ", "12345", "abcdef", "١٢٣٤٥٦", "9" * 500, "12345\x00"])
def test_a_wrong_first_code_turns_nothing_on_and_the_key_stays(people: Contexts, code: str) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    secret = shown_secret(people, who)
    with refused("wrong_code"):
        turn_on(people, who, code)
    assert not own_sign_in(people, who).codes_on and shown_secret(people, who) == secret
    turn_on(people, who, now_code(people, secret))


def test_a_key_ends_after_ten_minutes(people: Contexts, clock: SetClock) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    secret = shown_secret(people, who)
    clock.advance(timedelta(minutes=10))
    assert show_key(people, who) is None
    with refused("new_key_ended"):
        turn_on(people, who, now_code(people, secret))


def test_a_key_is_good_in_its_own_session_alone(people: Contexts) -> None:
    who, elsewhere = here(people), here(people)
    begin(people, who, PASSWORD)
    assert show_key(people, elsewhere) is None
    with refused("new_key_ended"):
        turn_on(people, elsewhere, now_code(people, shown_secret(people, who)))


def test_codes_are_turned_on_once(people: Contexts, clock: SetClock) -> None:
    who, secret, _ = with_codes(people, clock)
    with refused("codes_are_on"):
        begin(people, who, PASSWORD)
    with refused("codes_are_on"):
        turn_on(people, who, now_code(people, secret))
    with refused("codes_are_on"):
        show_key(people, who)


def test_of_two_that_turn_codes_on_at_once_one_gets_recovery_codes(people: Contexts) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    code = now_code(people, shown_secret(people, who))
    got: list[int] = []
    gate = threading.Barrier(2)

    def press() -> None:
        gate.wait()
        try:
            got.append(len(turn_on(people, who, code)))
        except PortalError as error:
            assert error.code in ("codes_are_on", "new_key_ended")

    presses = [threading.Thread(target=press) for _ in range(2)]
    for each in presses:
        each.start()
    for each in presses:
        each.join(30)
    assert got == [10] and own_sign_in(people, who).recovery_codes == 10


def test_the_database_holds_neither_key_nor_recovery_codes_in_clear(people: Contexts, clock: SetClock) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    secret = shown_secret(people, who)
    assert secret not in everything_kept(people)
    codes = turn_on(people, who, now_code(people, secret))
    kept = everything_kept(people)
    assert secret not in kept and not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_what_was_sealed_under_another_key_opens_nothing(people: Contexts) -> None:
    sealed = seal(people.settings, "JBSWY3DPEHPK3PXP")
    other = people.settings.model_copy(update={"secret_key": "another secret key of forty characters !"})
    assert unseal(people.settings, sealed) == "JBSWY3DPEHPK3PXP"
    assert unseal(other, sealed) is None and unseal(people.settings, "JBSWY3DPEHPK3PXP") is None


def test_a_recovery_code_opens_the_door_once(people: Contexts, clock: SetClock) -> None:
    _, _, codes = with_codes(people, clock)
    assert len(set(codes)) == 10 and all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", code) for code in codes)
    typed = f" {codes[3].upper().replace('-', ' ')} "
    who = actor_for(people, confirm_recovery_code(people, half_way(people), typed, HERE).token)
    assert who is not None and own_sign_in(people, who).recovery_codes == 9
    with refused("wrong_recovery_code"):
        confirm_recovery_code(people, half_way(people), codes[3], HERE)
    assert "Ania Kowalczyk signed in with a recovery code. 9 are left." in sentences(people)
    subject, text = mailed(people)[-1]
    assert subject == "A recovery code signed you in" and "9 are left." in text


def test_of_two_with_one_recovery_code_one_gets_in(people: Contexts, clock: SetClock) -> None:
    _, _, codes = with_codes(people, clock)
    doors = [half_way(people), half_way(people)]
    inside: list[Entry] = []
    gate = threading.Barrier(2)

    def enter(token: str) -> None:
        gate.wait()
        try:
            inside.append(confirm_recovery_code(people, token, codes[0], HERE))
        except PortalError as error:
            assert error.code == "wrong_recovery_code"

    both = [threading.Thread(target=enter, args=(token,)) for token in doors]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert len(inside) == 1


@pytest.mark.parametrize("typed", ["", "-", "aaaa-aaaa-aaaa", "x" * 5000, "\ud800", "\x00", "’; --"])
def test_what_is_no_recovery_code_opens_nothing(people: Contexts, clock: SetClock, typed: str) -> None:
    with_codes(people, clock)
    token = half_way(people)
    with refused("wrong_recovery_code"):
        confirm_recovery_code(people, token, typed, HERE)
    assert actor_for(people, token) is None


def test_the_recovery_codes_of_others_open_nothing(people: Contexts, clock: SetClock) -> None:
    _, _, marits = with_codes(people, clock, MARIT)
    with_codes(people, clock)
    with refused("wrong_recovery_code"):
        confirm_recovery_code(people, half_way(people), marits[0], HERE)


def test_recovery_codes_can_not_be_guessed_on(people: Contexts, clock: SetClock) -> None:
    _, _, codes = with_codes(people, clock)
    token = half_way(people)
    for _ in range(5):
        with refused("wrong_recovery_code"):
            confirm_recovery_code(people, token, "aaaa-aaaa-aaaa", HERE)
    with refused("too_many_tries"):
        confirm_recovery_code(people, token, codes[0], HERE)


def test_a_recovery_code_without_a_password_opens_nothing(people: Contexts, clock: SetClock) -> None:
    _, _, codes = with_codes(people, clock)
    with refused("not_signed_in"):
        confirm_recovery_code(people, "", codes[0], HERE)


def test_new_recovery_codes_end_the_old_ones(people: Contexts, clock: SetClock) -> None:
    who, secret, old = with_codes(people, clock)
    new = replace_recovery_codes(people, who, PASSWORD, now_code(people, secret))
    assert not set(old) & set(new) and own_sign_in(people, who).recovery_codes == 10
    with refused("wrong_recovery_code"):
        confirm_recovery_code(people, half_way(people), old[0], HERE)
    assert actor_for(people, confirm_recovery_code(people, half_way(people), new[0], HERE).token)
    assert "Ania Kowalczyk made new recovery codes." in sentences(people)


@pytest.mark.parametrize("with_recovery_code", [False, True])
def test_codes_are_turned_off_with_password_and_code(
    people: Contexts, clock: SetClock, with_recovery_code: bool
) -> None:
    who, secret, codes = with_codes(people, clock)
    other = confirm_recovery_code(people, half_way(people), codes[1], HERE).token
    turn_off(people, who, PASSWORD, codes[0] if with_recovery_code else now_code(people, secret))
    assert not own_sign_in(people, who).codes_on
    assert actor_for(people, other) is None
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)
    assert sentences(people)[-1] == "Ania Kowalczyk signs in without a code from now on."
    assert mailed(people)[-1][0] == "Codes at sign-in are off"
    with people.system() as ctx:
        assert ctx.session.exec(select(RecoveryCode)).all() == []


@pytest.mark.parametrize(
    ("password", "code", "why"), [("a guess", "", "wrong_own_password"), (PASSWORD, "", "wrong_code")]
)
def test_neither_half_alone_turns_codes_off(
    people: Contexts, clock: SetClock, password: str, code: str, why: str
) -> None:
    who, secret, _ = with_codes(people, clock)
    for ask in (turn_off, replace_recovery_codes):
        with refused(why):
            ask(people, who, password, code or ("000000" if now_code(people, secret) != "000000" else "111111"))
    found = own_sign_in(people, who)
    assert found.codes_on and found.recovery_codes == 10


def test_a_code_that_was_used_turns_nothing_off(people: Contexts) -> None:
    who = here(people)
    begin(people, who, PASSWORD)
    code = now_code(people, shown_secret(people, who))
    turn_on(people, who, code)
    with refused("wrong_code"):
        turn_off(people, who, PASSWORD, code)


def test_codes_that_are_off_can_not_be_turned_off(people: Contexts) -> None:
    who = here(people)
    for ask in (turn_off, replace_recovery_codes):
        with refused("codes_are_off"):
            ask(people, who, PASSWORD, "123456")


def test_codes_can_be_turned_on_again_with_another_key(people: Contexts, clock: SetClock) -> None:
    who, secret, _ = with_codes(people, clock)
    turn_off(people, who, PASSWORD, now_code(people, secret))
    begin(people, who, PASSWORD)
    again = shown_secret(people, who)
    assert again != secret
    turn_on(people, who, now_code(people, again))
    assert own_sign_in(people, who).codes_on


def test_a_reset_ends_codes_and_every_session(people: Contexts, clock: SetClock) -> None:
    who, _, codes = with_codes(people, clock)
    waiting = half_way(people)
    with people.system(writes=True) as ctx:
        reset_codes(ctx, ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one())
    with refused("not_signed_in"):
        turn_off(people, who, PASSWORD, codes[0])
    with refused("not_signed_in"):
        confirm_recovery_code(people, waiting, codes[0], HERE)
    assert not sign_in(people, ANIA, PASSWORD, HERE).mfa_pending
    assert "turned codes off for you" in mailed(people)[-1][1]
