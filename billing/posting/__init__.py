"""The only writer of numbers, ledger and running totals. All of it happens in the caller's transaction.

The customer's row is locked before (dispatch does it; jobs and settlement lock it themselves), so that balances and
sequences of one customer are written one after another.
"""

from billing.posting.credit import apply_credit, usable_credit
from billing.posting.documents import billing_address, finalise_invoice, issue_credit_note
from billing.posting.ledger import move
from billing.posting.numbers import next_number
from billing.posting.payments import record_payment

__all__ = [
    "apply_credit",
    "billing_address",
    "finalise_invoice",
    "issue_credit_note",
    "move",
    "next_number",
    "record_payment",
    "usable_credit",
]
