"""Customers own everything; contacts (people) log in and belong to customers with a role; staff answer them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import key, maybe_moment, moment, ref


class Customer(SQLModel, table=True):
    """A company or person that is billed."""

    __table_args__ = (UniqueConstraint("source", "source_key"),)
    id: int | None = key()
    number: str = Field(unique=True)
    name: str
    email: str = ""
    phone: str = ""
    address_line: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    tax_id: str = ""
    tax_exempt: bool = False
    tax_exempt_reason: str = ""
    currency: str
    locale: str = "en_GB"
    time_zone: str = "Europe/Amsterdam"
    purchase_order: str = ""
    auto_charge: bool = False
    gateway_id: str = ""
    source: str | None = None  # where an import had it from, and its key there
    source_key: str | None = None
    created_at: datetime = moment()


class Contact(SQLModel, table=True):
    """A person who logs in for one or more customers."""

    id: int | None = key()
    email: str = Field(unique=True)  # lower case
    name: str
    password_hash: str = ""
    mfa_secret: str = ""  # sealed (billing/auth/sealing.py); set once confirmed
    mfa_since: datetime | None = maybe_moment()
    mfa_last_timecode: int = 0
    created_at: datetime = moment()


class Membership(SQLModel, table=True):
    """What a contact may do for a customer. `role` is a billing.registry.Role below AGENT."""

    __table_args__ = (UniqueConstraint("contact_id", "customer_id"),)
    id: int | None = key()
    contact_id: int = ref("contact.id")
    customer_id: int = ref("customer.id", index=True)
    role: int
    invited_as: str = ""  # the name by which they were invited, until they have opened the account
    mailed: list[str] = Field(default_factory=list, sa_type=JSON)  # the topics of notices that they get by mail too


class Staff(SQLModel, table=True):
    """Somebody of the business. `role` is Role.AGENT or Role.ADMIN."""

    id: int | None = key()
    email: str = Field(unique=True)  # lower case
    name: str
    title: str = ""
    role: int
    password_hash: str = ""
    mfa_secret: str = ""
    mfa_since: datetime | None = maybe_moment()
    mfa_last_timecode: int = 0
    created_at: datetime = moment()


class LoginSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds a random token; here lies only its hash."""

    __tablename__ = "login_session"
    id: int | None = key()
    token_hash: str = Field(unique=True)
    contact_id: int | None = ref("contact.id", nullable=True, index=True)
    staff_id: int | None = ref("staff.id", nullable=True, index=True)
    customer_id: int | None = ref("customer.id", nullable=True)  # the account that is open
    csrf_token: str
    mfa_pending: bool = False
    new_mfa_secret: str = ""  # sealed, until a code shows that an app has it
    new_mfa_ends_at: datetime | None = maybe_moment()
    user_agent: str = ""
    created_at: datetime = moment()
    seen_at: datetime = moment()
    ends_at: datetime = moment()
    ended_at: datetime | None = maybe_moment()


class RecoveryCode(SQLModel, table=True):
    """Opens the door once in place of a code from the app; only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (CheckConstraint("(contact_id IS NULL) <> (staff_id IS NULL)", name="one_person"),)
    id: int | None = key()
    contact_id: int | None = ref("contact.id", nullable=True, index=True)
    staff_id: int | None = ref("staff.id", nullable=True, index=True)
    code_hash: str
    created_at: datetime = moment()
    used_at: datetime | None = maybe_moment()


class LinkPurpose(StrEnum):
    """What a link sent by mail opens."""

    INVITATION = "invitation"  # the first password
    PASSWORD = "password"  # a new one
    SIGN_IN = "sign_in"


class OneTimeLink(SQLModel, table=True):
    """A link sent by mail that opens one thing for one person, once.

    Only the token's hash is kept. The token itself is made from `seed` and PARLEY_SECRET_KEY as the mail goes out.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("(contact_id IS NULL) <> (staff_id IS NULL)", name="one_person"),)
    id: int | None = key()
    token_hash: str = Field(unique=True)
    seed: str
    purpose: str
    email: str  # where it was sent
    contact_id: int | None = ref("contact.id", nullable=True, index=True)
    staff_id: int | None = ref("staff.id", nullable=True, index=True)
    created_at: datetime = moment()
    ends_at: datetime = moment()
    used_at: datetime | None = maybe_moment()


class LinkRequest(SQLModel, table=True):
    """Somebody typed an address and wants a link there. The job worker finds out whether anybody has it."""

    __tablename__ = "link_request"
    id: int | None = key()
    purpose: str
    email: str
    asked_at: datetime = moment()
