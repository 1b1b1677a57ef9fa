"""Rates of tax by country and by customer, where a plan's own rate is not the one."""

from decimal import Decimal

from sqlmodel import Field, SQLModel

from billing.models.columns import DecimalText, key, ref


class TaxRate(SQLModel, table=True):
    """A tax that a line bears. A customer's own rates stand for those of the country, these for the plan's own.

    Several of one country (or customer) all apply, each to the same amount. `inclusive` says that prices contain it.
    """

    __tablename__ = "tax_rate"
    id: int | None = key()
    code: str = Field(unique=True)
    label: str  # "GST 5%"
    percent: Decimal = Field(sa_type=DecimalText)
    inclusive: bool = False
    country: str = Field(default="", index=True)  # ISO 3166-1 alpha-2
    customer_id: int | None = ref("customer.id", nullable=True, index=True)
    active: bool = True
