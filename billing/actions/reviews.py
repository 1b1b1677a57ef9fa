"""Customers say what they think of the business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import col, select

from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import CUSTOMER_ONLY, not_allowed
from billing.models.reviews import Review
from billing.posting import next_number
from billing.references import Rating, Words
from billing.registry import Role, action, query

RATINGS = {1: "1 of 5, bad", 2: "2 of 5, poor", 3: "3 of 5, fair", 4: "4 of 5, good", 5: "5 of 5, very good"}


class ReviewInput(BaseModel):
    """One to five, and in one's own words why."""

    rating: Rating
    words: Words = ""


class ReviewGiven(BaseModel):
    """A review as it was left."""

    number: str
    rating: int
    words: str
    at: datetime
    sentence: str


@dataclass(frozen=True)
class Reviewing:
    effect: Effect


def plan_review(ctx: Context, input: ReviewInput) -> Reviewing:
    """The review as the business will read it. Raises not_allowed for whoever isn't a person of the customer."""
    _reviewer(ctx)
    business = ctx.preferences.business_name
    facts = [EffectFact(label="Rating", value=RATINGS[input.rating])]
    if input.words:
        facts.append(EffectFact(label="Your words", value=input.words))
    facts.append(EffectFact(label="Seen by", value=f"{business}, with your name"))
    return Reviewing(Effect(title=f"Review of {business}", facts=tuple(facts), confirm="Leave review"))


def _reviewer(ctx: Context) -> int:
    if ctx.actor.kind != "contact" or ctx.actor.id is None:
        raise not_allowed("Leave a review", only=CUSTOMER_ONLY)
    return ctx.actor.id


@action(
    "reviews.leave",
    title="Leave a review",
    help="Rate the business from 1 to 5 and say why, in your own words.",
    role=Role.VIEWER,
    gate="leave_review",
    page="/reviews",
    slash="/review",
    icon="star",
    phrases=(
        "I want to leave a review",
        "leave a review",
        "give you {rating} stars",
        "rate you {rating} out of 5",
        "{rating} stars: {words}",
        "I want to rate your service",
        "let me give some feedback about you",
    ),
    plan=plan_review,
    audit="{actor} left review {number}: {rating} of 5.",
)
def leave_review(ctx: Context, input: ReviewInput, plan: Reviewing) -> ReviewGiven:
    """Keeps the review; a person's newest one counts."""
    review = Review(
        number=next_number(ctx, "REV"),
        customer_id=ctx.customer.id or 0,
        contact_id=_reviewer(ctx),
        rating=input.rating,
        words=input.words,
        channel=ctx.channel,
        created_at=ctx.now,
    )
    ctx.session.add(review)
    ctx.emit("review.left", "reviews", number=review.number, rating=review.rating)
    return ReviewGiven(
        number=review.number,
        rating=review.rating,
        words=review.words,
        at=ctx.now,
        sentence=f"Thank you. Your review of {input.rating} out of 5 is with {ctx.preferences.business_name}.",
    )


class ReviewsInput(BaseModel):
    """Nothing to say."""


class ReviewRow(BaseModel):
    """A review that somebody of this account left. `yours` marks the reader's own."""

    number: str
    rating: int
    words: str
    at: datetime
    yours: bool


class ReviewList(BaseModel):
    """The account's reviews, newest first, at most 50."""

    rows: list[ReviewRow]


@query(
    "reviews.list",
    title="Reviews",
    help="List the reviews that you and your colleagues have left.",
    role=Role.VIEWER,
    gate="leave_review",
    page="/reviews",
    slash="/reviews",
    icon="star",
    phrases=("show my reviews", "which reviews have I left", "what did we say about you", "our ratings"),
)
def list_reviews(ctx: Context, input: ReviewsInput) -> ReviewList:
    """The account's reviews, newest first."""
    rows = ctx.session.exec(
        select(Review).where(Review.customer_id == ctx.customer.id).order_by(col(Review.id).desc()).limit(50)
    ).all()
    return ReviewList(
        rows=[
            ReviewRow(
                number=r.number,
                rating=r.rating,
                words=r.words,
                at=r.created_at,
                yours=ctx.actor.kind == "contact" and r.contact_id == ctx.actor.id,
            )
            for r in rows
        ]
    )
