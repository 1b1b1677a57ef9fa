"""What moves from one account to another, and what that does to a customer's balances."""

from __future__ import annotations

from dataclasses import dataclass

from billing.models.ledger import Account


@dataclass(frozen=True, slots=True)
class Movement:
    """Debits one account and credits another, minor units; `text` is what the ledger says of it."""

    debit: Account
    credit: Account
    amount: int
    text: str

    @property
    def upright(self) -> Movement:
        """The same with an amount that is not below zero: the accounts change places."""
        return self if self.amount >= 0 else Movement(self.credit, self.debit, -self.amount, self.text)

    @property
    def owed(self) -> int:
        """How much more the customer owes by it."""
        return self.amount * ((self.debit == Account.RECEIVABLE) - (self.credit == Account.RECEIVABLE))

    @property
    def credited(self) -> int:
        """How much more credit the customer has by it."""
        return self.amount * ((self.credit == Account.CREDIT) - (self.debit == Account.CREDIT))
