"""What is mailed by itself about invoices and subscriptions: subject and text, short, with a link and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.dates import format_day
from billing.models.invoices import Invoice
from billing.models.people import Customer
from billing.money import format_money
from billing.preferences import PortalPreferences


@dataclass(frozen=True)
class Letters:
    """Writes to one business's customers; `address` is where Parley is."""

    business: PortalPreferences
    address: str

    def invoice(self, customer: Customer, number: str, title: str, currency: str, total: int, due: int, due_on: date,
                card: str = "") -> tuple[str, str]:  # fmt: skip
        """A new invoice; `card` is the one that is asked for the money by itself."""
        amount = format_money(due, currency, customer.locale)
        day = format_day(due_on)
        if not due:
            what = "Nothing is left to pay: your credit covers it." if total else "There is nothing to pay."
            return f"Invoice {number}: nothing to pay", self._text(f"Your invoice {number} is here: {title}.", what,
                                                                   self._invoice(number))  # fmt: skip
        used = f" after {format_money(total - due, currency, customer.locale)} of your credit" if total > due else ""
        if card:
            what = f"Autopay takes {amount}{used} from {card}. You have nothing to do."
            return f"Invoice {number}: {amount}", self._text(f"Your invoice {number} is here: {title}.", what,
                                                             self._invoice(number))  # fmt: skip
        what = f"It comes to {amount}{used}, to pay by {day}."
        return f"Invoice {number}: {amount} to pay by {day}", self._text(
            f"Your invoice {number} is here: {title}.", what, f"See it and pay it here:\n{self._invoice(number)}"
        )

    def charge_failed(self, customer: Customer, invoice: Invoice, card: str, next_on: date | None) -> tuple[str, str]:
        """The card of an invoice was asked in vain; `next_on` is when it is asked again."""
        amount = format_money(invoice.due, invoice.currency, customer.locale)
        again = (
            f"We ask the card again on {format_day(next_on)}. If you would rather not wait, pay it yourself"
            if next_on
            else "We don't ask the card again. Please pay it yourself, with that card or another one"
        )
        return f"{amount} for {invoice.number} did not come through", self._text(
            f"{card or 'Your card'} did not let us take {amount} for invoice {invoice.number}: {invoice.title}.",
            "Nothing was taken.",
            f"{again}:\n{self._invoice(invoice.number or '')}",
        )

    def given_up(self, customer: Customer, invoice: Invoice, what: str) -> tuple[str, str]:
        """No try is left; `what` says in a sentence what that means for the subscription."""
        amount = format_money(invoice.due, invoice.currency, customer.locale)
        return f"{invoice.number} is still to pay: {amount}", self._text(
            f"We asked your card for {amount} for invoice {invoice.number} several times, and it did not come through.",
            what,
            f"You can pay it here:\n{self._invoice(invoice.number or '')}",
        )

    def before_due(self, customer: Customer, invoice: Invoice) -> tuple[str, str]:
        """An invoice is due soon."""
        amount = format_money(invoice.due, invoice.currency, customer.locale)
        day = format_day(invoice.due_on or invoice.issued_on)
        return f"{invoice.number}: {amount} to pay by {day}", self._text(
            f"Invoice {invoice.number} ({invoice.title}) is due on {day}: {amount}.",
            f"See it and pay it here:\n{self._invoice(invoice.number or '')}",
            "If your payment is on its way already, thank you.",
        )

    def after_due(self, customer: Customer, invoice: Invoice) -> tuple[str, str]:
        """An invoice was due and isn't paid."""
        amount = format_money(invoice.due, invoice.currency, customer.locale)
        day = format_day(invoice.due_on or invoice.issued_on)
        return f"{invoice.number} was due on {day}: {amount}", self._text(
            f"Invoice {invoice.number} ({invoice.title}) was due on {day}. {amount} is still to pay.",
            f"See it and pay it here:\n{self._invoice(invoice.number or '')}",
            "If your payment is on its way already, thank you. If something is wrong with it, write back to us.",
        )

    def trial_ends(self, customer: Customer, name: str, on: date, costs: int, currency: str,
                   goes_on: bool) -> tuple[str, str]:  # fmt: skip
        """A trial ends soon; `costs` is what a period costs then, with tax."""
        day = format_day(on)
        amount = format_money(costs, currency, customer.locale)
        what = (
            f"From then on it costs {amount} a period, tax included. If you would rather not go on, cancel it before."
            if goes_on
            else "It ends then, as you asked, and costs nothing."
        )
        return f"Your trial of {name} ends on {day}", self._text(
            f"Your trial of {name} ends on {day}.", what, f"See it here:\n{self.address}/subscriptions"
        )

    def _invoice(self, number: str) -> str:
        return f"{self.address}/invoices/{number}"

    def _text(self, *parts: str) -> str:
        sign = f"{self.business.business_legal_name}\n{self.business.business_contact}\n"
        return "\n\n".join((*parts, sign))
