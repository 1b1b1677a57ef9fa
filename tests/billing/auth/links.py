"""Asking for links by mail, and using them, as these tests do it."""

from __future__ import annotations

import re

import pytest
from sqlmodel import func, select

from billing.auth.link_requests import answer_requests, ask_for_link
from billing.auth.link_uses import set_password, sign_in_by_link
from billing.auth.login import Entry
from billing.context import Contexts
from billing.mail import send_waiting
from billing.models.people import LinkPurpose, LinkRequest, OneTimeLink
from billing.models.records import AuditEntry, Mail
from tests.billing.auth.people import (
    ANIA,
    HERE,
    outbox,
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
