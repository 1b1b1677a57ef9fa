"""What is mailed: short, warm, exact. Each mail is a row written in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlmodel import select

from billing.context import Context
from billing.dates import format_day
from billing.models.invoices import Invoice
from billing.models.payments import Payment, Refund
from billing.models.people import Contact, Customer, OneTimeLink
from billing.models.records import Mail
from billing.money import format_money


def write_mail(
    ctx: Context, key: str, recipient: str, subject: str, text: str, link: OneTimeLink | None = None
) -> None:
    """Puts a mail into the outbox, once for one key; the job worker sends it, with the link's address for {link}."""
    if not recipient or ctx.session.exec(select(Mail.id).where(Mail.key == key)).first() is not None:
        return
    ctx.session.add(
        Mail(
            key=key, recipient=recipient, subject=subject, text=text, link_id=link.id if link else None,
            created_at=ctx.now, next_try_at=ctx.now,
        )
    )  # fmt: skip


def mail_refund(ctx: Context, refund: Refund, payment: Payment) -> None:
    """Tells the account's billing address that money is on its way back."""
    customer = ctx.session.get_one(Customer, refund.customer_id)
    amount = format_money(refund.amount, refund.currency, customer.locale)
    where = payment.method_label or "the card that paid"
    text = (
        f"{amount} of your payment {payment.number} go back to {where}. "
        "Your bank usually shows it within 5 to 10 days.\n\n"
        f"The refund's number is {refund.number}. You see it here:\n{ctx.settings.address}/payments\n\n"
        f"{ctx.preferences.business_legal_name}\n{ctx.preferences.business_contact}\n"
    )
    write_mail(ctx, f"refund/{refund.number}", customer.email, f"{amount} go back to you, refund {refund.number}", text)


def mail_receipt(ctx: Context, payment: Payment, invoices: Sequence[Invoice], credit: int = 0) -> None:
    """The receipt of a payment that came in, to the account's billing address and to whoever paid.

    `credit` is what was used of it together with the money, minor units.
    """
    customer = ctx.session.get_one(Customer, payment.customer_id)
    payer = ctx.session.get(Contact, payment.contact_id) if payment.contact_id else None
    business = ctx.preferences

    def money(amount: int) -> str:
        return format_money(amount, payment.currency, customer.locale)

    day = format_day((payment.settled_at or ctx.now).astimezone(ZoneInfo(customer.time_zone)).date())
    together = f" {money(credit)} of your credit was used with it." if credit else ""
    paid = "\n".join(
        f"  {invoice.number}  {invoice.title}" + (f", {money(invoice.due)} is left to pay" if invoice.due else "")
        for invoice in invoices
    )
    what_for = f"It is for:\n{paid}" if invoices else "It is kept on your account and comes off your next invoices."
    text = (
        f"Thank you. {money(payment.amount)} arrived on {day}, "
        f"from {payment.method_label or 'your card'}.{together}\n\n"
        f"{what_for}\n\n"
        f"Your payment number is {payment.number}. You see it here:\n"
        f"{ctx.settings.address}/payments\n\n{business.business_legal_name}\n{business.business_contact}\n"
    )
    subject = f"{money(payment.amount)} received, payment {payment.number}"
    for recipient in dict.fromkeys([customer.email, payer.email if payer else ""]):
        write_mail(ctx, f"receipt/{payment.number}/{recipient}", recipient, subject, text)


def mail_new_address(ctx: Context, customer: Customer, before: str) -> None:
    """Tells the billing address, and the one of before, where invoices go from now on and who said so."""
    business = ctx.preferences
    day = format_day(ctx.now.astimezone(ZoneInfo(customer.time_zone)).date())
    text = (
        f"From {day} on, {business.business_name} sends the invoices, receipts and reminders of {customer.name} to "
        f"{customer.email}.\n\n{ctx.actor.name} changed it. You did not expect this? Tell us at "
        f"{business.business_contact}, or change it back here:\n{ctx.settings.address}/account\n\n"
        f"{business.business_legal_name}\n"
    )
    for recipient in dict.fromkeys([before, customer.email]):
        key = f"billing-email/{customer.number}/{ctx.now.isoformat()}/{recipient}"
        write_mail(ctx, key, recipient, f"Invoices of {customer.name} go to {customer.email}", text)


def mail_new_account(ctx: Context, customer: Customer, person: Contact) -> None:
    """Tells somebody who signs in already that they may open one more account."""
    business = ctx.preferences
    text = (
        f"Hello {person.name},\n\n{ctx.actor.name} lets you see {customer.name} at {business.business_name}. "
        f"Sign in as always, then choose the account at the top left:\n{ctx.settings.address}\n\n"
        f"You did not expect this? Tell us: {business.business_contact}\n\n{business.business_legal_name}\n"
    )
    key = f"account/{customer.number}/{person.id}/{ctx.now.isoformat()}"
    write_mail(ctx, key, person.email, f"You can see {customer.name} now", text)
