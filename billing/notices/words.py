"""What a notice says: one sentence from what was kept when it happened, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.dates import said_day
from billing.models.notices import NoticeKind
from billing.money import format_money

K = NoticeKind
Details = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """Says the notices of one customer on one day: amounts as they read them, days without this year."""

    locale: str
    today: date

    def sentence(self, kind: str, subject: str, details: Details) -> str:
        """The sentence of a notice."""
        return _SENTENCES[NoticeKind(kind)](self, subject, details)

    def money(self, details: Details) -> str:
        return format_money(details["amount"], details["currency"], self.locale)

    def day(self, details: Details) -> str:
        return said_day(date.fromisoformat(details["on"]), self.today)


def link_of(kind: str, subject: str) -> str:
    """The page of what a notice is about; empty for an answer, which is in the chat."""
    match NoticeKind(kind):
        case K.INVOICE_NEW | K.CREDIT_NEW | K.INVOICE_OVERDUE:
            return f"/invoices?open={subject}" if subject else "/invoices?status=to_pay"
        case K.PAYMENT_RECEIVED | K.PAYMENT_FAILED | K.REFUNDED:
            return "/payments"
        case K.RENEWAL_COMING | K.TRIAL_ENDS | K.SUBSCRIPTION_CHANGED:
            return "/subscriptions"
        case K.HOURS_LOGGED | K.MILESTONE_DONE:
            return f"/projects?open={subject}"
        case K.PERSON_INVITED | K.PERSON_JOINED | K.PERSON_CHANGED | K.PERSON_REMOVED:
            return "/account"
        case K.ANSWERED:
            return ""


def _invoice(said: Said, number: str, of: Details) -> str:
    return f"New invoice {number} for {of['title']}: {said.money(of)}."


def _credit(said: Said, number: str, of: Details) -> str:
    return f"Credit note {number}, {of['title'].removeprefix('Credit note: ')}: {said.money(of)} for you."


def _overdue(said: Said, number: str, of: Details) -> str:
    if not number:
        return f"{of['count']} invoices were due and are not paid: {said.money(of)} to pay."
    return f"Invoice {number} was due on {said.day(of)}: {said.money(of)} to pay."


def _paid(said: Said, number: str, of: Details) -> str:
    what = f" for {of['invoices']}" if of["invoices"] else ", kept for your next invoices"
    source = _source(of["source"])
    if of["by"]:
        return f"{of['by']} paid {said.money(of)}{source}{what}."
    return f"{said.money(of)} came in{source}{what}."


def _source(label: str) -> str:
    """Money comes from a card, and by a bank's debit or transfer."""
    return f" {'by' if label.startswith('bank') else 'from'} {label}" if label else ""


def _not_paid(said: Said, number: str, of: Details) -> str:
    what = f" for {of['invoices']}" if of["invoices"] else ""
    return f"{said.money(of)}{what} did not come through from {of['source'] or 'your card'}. Nothing was taken."


def _refunded(said: Said, number: str, of: Details) -> str:
    return f"{said.money(of)} of your payment {of['payment']} {of['way']}."


def _renewal(said: Said, number: str, of: Details) -> str:
    return f"{of['name']} renews on {said.day(of)}: {said.money(of)}, tax included."


def _trial(said: Said, number: str, of: Details) -> str:
    if not of["goes_on"]:
        return f"Your trial of {of['name']} ends on {said.day(of)}, as you asked, and costs nothing."
    return f"Your trial of {of['name']} ends on {said.day(of)}. Then it costs {said.money(of)} a period, tax included."


def _changed(said: Said, number: str, of: Details) -> str:
    by = f", by {of['by']}" if of["by"] else ""
    return f"{of['what']}{by}."


def _hours(said: Said, number: str, of: Details) -> str:
    return f"{of['hours']} on {of['project']} for you to approve, logged by {of['people']}."


def _milestone(said: Said, number: str, of: Details) -> str:
    return f"“{of['milestone']}” of {of['project']} is done, for you to approve: {said.money(of)} without tax."


def _invited(said: Said, email: str, of: Details) -> str:
    return f"{of['by']} invited {of['name']}, who {of['may']}."


def _joined(said: Said, email: str, of: Details) -> str:
    return f"{of['name']} has opened the account for the first time, and {of['may']}."


def _role(said: Said, email: str, of: Details) -> str:
    if of["you"]:
        return f"{of['by']} changed what you may do. Your role: {of['may']}."
    return f"{of['name']} {of['may']} from now on. {of['by']} changed it."


def _removed(said: Said, email: str, of: Details) -> str:
    return f"{of['by']} took {of['name']} off the account."


def _answered(said: Said, number: str, of: Details) -> str:
    return f"{of['by']} answered you: “{of['words']}”"


_SENTENCES: dict[NoticeKind, Callable[[Said, str, Details], str]] = {
    K.INVOICE_NEW: _invoice,
    K.CREDIT_NEW: _credit,
    K.INVOICE_OVERDUE: _overdue,
    K.PAYMENT_RECEIVED: _paid,
    K.PAYMENT_FAILED: _not_paid,
    K.REFUNDED: _refunded,
    K.RENEWAL_COMING: _renewal,
    K.TRIAL_ENDS: _trial,
    K.SUBSCRIPTION_CHANGED: _changed,
    K.HOURS_LOGGED: _hours,
    K.MILESTONE_DONE: _milestone,
    K.PERSON_INVITED: _invited,
    K.PERSON_JOINED: _joined,
    K.PERSON_CHANGED: _role,
    K.PERSON_REMOVED: _removed,
    K.ANSWERED: _answered,
}
