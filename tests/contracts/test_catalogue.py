"""The laws of the catalogue: they hold for every registered action, from the day it is registered."""

from __future__ import annotations

import re
import string
import subprocess
import sys

import pytest

from billing.preferences import PortalPreferences
from billing.registry import Action, Audience, Role, Ungated
from portal.bootstrap import whole_catalogue

ACTIONS = list(whole_catalogue())
CUSTOMERS = [a for a in ACTIONS if a.audience is Audience.CUSTOMER]
every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)


def test_the_first_actions_are_there() -> None:
    assert {a.id for a in ACTIONS} >= {
        "invoices.list", "invoices.show", "invoices.download", "invoices.pay", "subscriptions.list",
        "subscriptions.switch_plan", "payments.list", "reviews.leave", "support.talk_to_person", "support.rate",
    }  # fmt: skip


def test_dunning_follows_what_begins_and_ends_it_wherever_parley_is_put_together() -> None:
    asked = "from portal.bootstrap import whole_catalogue as all; print(*sorted(all().reactions), sep='\\n')"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)

    assert {"payment.failed", "invoice.paid", "invoice.voided", "invoice.written_off"} <= {*found.stdout.split()}


@every_action
def test_it_says_what_it_is(action: Action) -> None:
    assert action.title and action.title[0].isupper() and not action.title.endswith(".")
    assert len(action.help) > 15 and action.help.endswith(".") and "!" not in action.help


@every_action
def test_its_gate_is_a_switch_that_exists_or_a_reason(action: Action) -> None:
    if isinstance(action.gate, Ungated):
        assert len(action.gate.reason.split()) >= 4
    else:
        assert PortalPreferences.model_fields[action.gate].annotation is bool


@every_action
def test_what_changes_something_has_a_preview_and_an_audit_sentence(action: Action) -> None:
    if action.moves_money:
        assert action.plan is not None and action.asks
    if action.changes:
        names = {name for _, name, _, _ in string.Formatter().parse(action.audit) if name}
        assert "actor" in names, f"{action.id}'s audit sentence does not say who"


@every_action
def test_it_can_be_reached_by_a_page_a_sentence_and_a_command(action: Action) -> None:
    assert action.page.startswith("/")
    assert re.fullmatch(r"/[a-z][a-z-]*", action.slash)
    assert len(action.phrases) >= 3


@every_action
def test_its_input_says_what_each_field_is_and_never_asks_for_a_database_id(action: Action) -> None:
    for name in action.input.model_fields:
        assert name != "id" and not name.endswith("_id"), f"{action.id} asks for {name}"


@every_action
def test_a_viewer_of_a_customer_is_the_least_role_and_staff_work_needs_staff(action: Action) -> None:
    assert action.role >= (Role.AGENT if action.audience is Audience.STAFF else Role.VIEWER)
    if action.audience is Audience.CUSTOMER:
        assert action.role <= Role.OWNER


def test_slash_commands_are_unique() -> None:
    commands = [a.slash for a in ACTIONS]
    assert len(commands) == len(set(commands))


def test_every_switch_governs_something() -> None:
    switches = {name for name, field in PortalPreferences.model_fields.items() if field.annotation is bool}
    governed = {a.gate for a in ACTIONS if isinstance(a.gate, str)}
    governed |= {"use_credit", "email_links", "staff_codes_required"}
    assert switches <= governed, f"nothing asks for {sorted(switches - governed)}"
