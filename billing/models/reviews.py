"""What customers say of the business."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from billing.models.columns import key, moment, ref


class Review(SQLModel, table=True):
    """One to five, and words. A contact's newest review counts."""

    id: int | None = key()
    number: str = Field(unique=True)
    customer_id: int = ref("customer.id", index=True)
    contact_id: int = ref("contact.id", index=True)
    rating: int
    words: str = ""
    channel: str
    created_at: datetime = moment()
