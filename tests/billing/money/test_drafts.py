"""A draft is written, looked at, and issued later; the customer sees nothing of it before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing import dispatch
from billing.actions.invoice_drafts import DraftList, DraftRow
from billing.errors import PortalError
from billing.registry import Channel
from tests.billing.money.desk import Desk

VISIT = {"description": "Visit", "unit_amount": 85_00, "quantity": "2.5", "unit": "h", "tax_rate": "21"}


def drafts(desk: Desk) -> list[DraftRow]:
    found = dispatch.run(desk.account.contexts, "invoices.drafts", {}, desk.rio, Channel.PORTAL)
    assert isinstance(found, DraftList)
    return found.rows


def test_a_draft_owes_nothing_until_it_is_issued_with_a_number_and_new_terms(desk: Desk) -> None:
    desk.account.on(date(2026, 3, 2))
    draft = desk.do("invoices.draft", title="Visit", lines=[VISIT], due_on="2026-03-09")
    assert (draft.total, draft.due_on) == (257_13, date(2026, 3, 9))
    assert desk.account.balance() == (0, 0)
    assert desk.account.ask("invoices.list").counts.all == 0
    with pytest.raises(PortalError, match="There is no invoice"):
        desk.account.ask("invoices.show", number=draft.draft)

    desk.account.on(date(2026, 3, 16))
    issued = desk.do("invoices.issue", draft=draft.draft)
    assert (issued.total, issued.due, issued.due_on) == (257_13, 257_13, date(2026, 3, 30))
    assert desk.account.balance() == (257_13, 0)
    assert drafts(desk) == []
    assert [line.quantity for line in desk.account.detail(issued.invoice).lines] == [Decimal("2.5")]


def test_what_is_thrown_away_or_issued_is_not_found_again(desk: Desk) -> None:
    kept, gone = (desk.do("invoices.draft", title=title, lines=[VISIT]) for title in ("Kept", "Gone"))
    desk.do("invoices.discard", draft=gone.draft)
    assert [row.title for row in drafts(desk)] == ["Kept"]
    first = desk.do("invoices.issue", draft=kept.draft)
    assert first.invoice.endswith("-0001"), "a draft that was thrown away took a number"
    for action in ("invoices.issue", "invoices.discard"):
        for number in (gone.draft, kept.draft, "DRAFT-x", "DRAFT-²", "DRAFT-999999999999999999999"):
            with pytest.raises(PortalError) as refused:
                desk.do(action, draft=number)
            assert (refused.value.code, refused.value.field) == ("not_found", "draft")
