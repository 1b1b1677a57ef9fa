"""A business that asks all its staff for a code."""

from __future__ import annotations

from billing.auth.login import confirm_code, confirm_recovery_code, sign_in
from billing.auth.own_sign_in import own_sign_in
from billing.auth.second_factor import begin, end_sessions_without_codes, setting_up, turn_off, turn_on
from billing.auth.sessions import actor_for
from billing.clock import SetClock
from billing.context import Contexts
from billing.models.records import PreferenceRecord
from tests.billing.auth.app_codes import now_code, shown_secret, with_codes
from tests.billing.auth.people import ANIA, HERE, MARIT, PASSWORD, refused


def require_codes(contexts: Contexts) -> None:
    with contexts.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name="staff_codes_required", value=True, changed_at=ctx.now))
        end_sessions_without_codes(ctx, None)


def test_staff_turn_codes_on_first_where_the_business_asks_for_them(people: Contexts) -> None:
    marit, ania = sign_in(people, MARIT, PASSWORD, HERE).token, sign_in(people, ANIA, PASSWORD, HERE).token
    require_codes(people)
    assert actor_for(people, marit) is None and actor_for(people, ania)
    assert actor_for(people, sign_in(people, ANIA, PASSWORD, HERE).token)

    entry = sign_in(people, MARIT, PASSWORD, HERE)
    assert entry.sets_up and actor_for(people, entry.token) is None
    with refused("wrong_code"):
        confirm_code(people, entry.token, "000000", HERE)
    with refused("wrong_recovery_code"):
        confirm_recovery_code(people, entry.token, "aaaa-aaaa-aaaa", HERE)
    who = setting_up(people, entry.token)
    assert who is not None
    begin(people, who, PASSWORD)
    turn_on(people, who, now_code(people, shown_secret(people, who)))
    assert actor_for(people, entry.token) and setting_up(people, entry.token) is None


def test_who_waits_for_a_code_can_not_set_up_another(people: Contexts, clock: SetClock) -> None:
    with_codes(people, clock, MARIT)
    require_codes(people)
    entry = sign_in(people, MARIT, PASSWORD, HERE)
    assert entry.mfa_pending and not entry.sets_up
    assert setting_up(people, entry.token) is None and setting_up(people, "") is None


def test_staff_keep_codes_on_where_the_business_asks_for_them(people: Contexts, clock: SetClock) -> None:
    who, secret, _ = with_codes(people, clock, MARIT)
    require_codes(people)
    with refused("codes_are_required"):
        turn_off(people, who, PASSWORD, now_code(people, secret))
    assert own_sign_in(people, who).codes_on
