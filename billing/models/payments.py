"""Cards, payments, and which payment or credit settled which invoice."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from billing.models.columns import BigId, key, maybe_moment, minor, moment, ref

KEPT_ON = text("removed_at IS NOT NULL AND let_go_at IS NULL")


class PaymentMethod(SQLModel, table=True):
    """A saved card. The gateway has the number; here lies what may be shown."""

    __tablename__ = "payment_method"
    __table_args__ = (Index("ix_payment_method_kept_on", "id", sqlite_where=KEPT_ON, postgresql_where=KEPT_ON),)
    id: int | None = key()
    customer_id: int = ref("customer.id", index=True)
    gateway_id: str = Field(unique=True)
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool = False
    created_at: datetime = moment()
    removed_at: datetime | None = maybe_moment()
    let_go_at: datetime | None = maybe_moment()  # a removed one: since when the gateway has it no more


UNUSED = text("unallocated > 0")  # a statement that has it word for word reads the index of unused money


class PaymentStatus(StrEnum):
    """`pending` until the gateway's answer is known; then settled once, for good."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Payment(SQLModel, table=True):
    """Money that came in, or is on its way. Committed as pending before the gateway is asked."""

    __table_args__ = (
        Index("ix_payment_customer", "customer_id", "created_at", "id"),
        Index("ix_payment_status", "status", "created_at"),
        Index("ix_payment_unused", "customer_id", "currency", "id", sqlite_where=UNUSED, postgresql_where=UNUSED),
    )
    id: int | None = key()
    number: str = Field(unique=True)
    customer_id: int = ref("customer.id")
    contact_id: int | None = ref("contact.id", nullable=True)
    status: str = PaymentStatus.PENDING
    currency: str
    amount: int = minor()
    refunded: int = minor()
    unallocated: int = minor()  # paid in advance and not yet used
    method: str = "card"  # card, bank_debit, bank_transfer
    method_label: str = ""  # "Visa ending 4417", "bank debit from ING ending 88"
    method_token: str = ""  # the gateway's payment method
    save_method: bool = False
    gateway_id: str | None = Field(default=None, unique=True)
    idempotency_key: str = Field(unique=True)
    redirect_url: str = ""  # where the customer confirms with the bank (3-D Secure)
    failure_code: str = ""
    failure_reason: str = ""  # the bank's decline code
    off_session: bool = False  # charged by itself, with nobody there to answer the bank
    stop_asked_at: datetime | None = maybe_moment()  # since when it is not to be taken; its status says what came of it
    reference: str = ""  # what the bank's statement says, for money received outside
    received_on: date | None = None  # the day on which it came in, where staff recorded it
    created_at: datetime = moment()
    settled_at: datetime | None = maybe_moment()


class PaymentAllocation(SQLModel, table=True):
    """How much of a payment is for an invoice, and how much credit goes with it. Counts once the payment succeeded."""

    __tablename__ = "payment_allocation"
    id: int | None = key()
    payment_id: int = ref("payment.id", index=True)
    invoice_id: int = ref("invoice.id", index=True)
    amount: int = minor()
    credit: int = minor()  # used together with the money
    applied_at: datetime | None = maybe_moment()


class CreditApplication(SQLModel, table=True):
    """How much of a credit note (or of an advance payment) was used on an invoice."""

    __tablename__ = "credit_application"
    id: int | None = key()
    invoice_id: int = ref("invoice.id", index=True)
    credit_note_id: int | None = ref("invoice.id", nullable=True, index=True)
    payment_id: int | None = ref("payment.id", nullable=True, index=True)
    amount: int = minor()
    applied_at: datetime = moment()


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundTo(StrEnum):
    """Where the money goes: back to the card that paid, to the customer's credit, or by the business's own bank."""

    CARD = "card"
    CREDIT = "credit"
    BANK = "bank"


class Refund(SQLModel, table=True):
    """Money of a payment that goes back. Committed as pending before the gateway is asked; counts once it succeeded."""

    __table_args__ = (Index("ix_refund_status", "status", "created_at"),)
    id: int | None = key()
    number: str = Field(unique=True)  # REF-2026-0001
    customer_id: int = ref("customer.id", index=True)
    payment_id: int = ref("payment.id", index=True)
    status: str = RefundStatus.PENDING
    to: str = RefundTo.CARD
    currency: str
    amount: int = minor()
    reason: str = ""
    gateway_id: str | None = Field(default=None, unique=True)
    idempotency_key: str = Field(unique=True)
    failure_code: str = ""
    created_at: datetime = moment()
    settled_at: datetime | None = maybe_moment()


class RefundAllocation(SQLModel, table=True):
    """Where a refund's money is taken from. Counts once `applied_at` is set.

    An invoice: what was paid of it is owed again. A credit note: that much of it can't be used any more, or, where the
    refund is to credit, came of it and stays there. Neither: money of the payment that was not yet used.
    """

    __tablename__ = "refund_allocation"
    id: int | None = key()
    refund_id: int = ref("refund.id", index=True)
    invoice_id: int | None = ref("invoice.id", nullable=True, index=True)
    credit_note_id: int | None = ref("invoice.id", nullable=True, index=True)
    amount: int = minor()
    applied_at: datetime | None = maybe_moment()


class WriteOff(SQLModel, table=True):
    """What is owed and given up."""

    __tablename__ = "write_off"
    id: int | None = key()
    number: str = Field(unique=True)  # WO-2026-0001
    customer_id: int = ref("customer.id", index=True)
    invoice_id: int = ref("invoice.id", index=True)
    amount: int = minor()
    reason: str = ""
    created_at: datetime = moment()


class DunningState(StrEnum):
    RETRYING = "retrying"
    ENDED = "ended"  # paid, or given up


class Dunning(SQLModel, table=True):
    """An invoice whose charge failed, and when its card is asked again."""

    __table_args__ = (Index("ix_dunning_due", "state", "next_on"),)
    invoice_id: int = Field(foreign_key="invoice.id", primary_key=True, sa_type=BigId)
    customer_id: int = ref("customer.id", index=True)
    state: str = DunningState.RETRYING
    attempts: int = 1
    started_on: date
    next_on: date | None = None
    last_failure: str = ""
    outcome: str = ""  # paid, past_due, paused, cancelled, void
