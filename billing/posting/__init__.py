"""The only writer of numbers, ledger and running totals. All of it happens in the caller's transaction.

The customer's row is locked before (dispatch does it; jobs and settlement lock it themselves), so that balances and
sequences of one customer are written one after another.
"""

from billing.posting.credit import apply_credit, unused, usable_by_currency, usable_credit, use_credit
from billing.posting.documents import billing_address, finalise_invoice, issue_credit_note, kept_line
from billing.posting.endings import void_credit_note, void_invoice, write_off
from billing.posting.ledger import move
from billing.posting.numbers import next_number
from billing.posting.payments import record_payment
from billing.posting.returns import book_refund, release_credit, unbook_refund

__all__ = [
    "apply_credit",
    "billing_address",
    "book_refund",
    "finalise_invoice",
    "issue_credit_note",
    "kept_line",
    "move",
    "next_number",
    "record_payment",
    "release_credit",
    "unbook_refund",
    "unused",
    "usable_by_currency",
    "usable_credit",
    "use_credit",
    "void_credit_note",
    "void_invoice",
    "write_off",
]
