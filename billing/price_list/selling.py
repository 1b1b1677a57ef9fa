"""What staff's actions on the price list share: finding what is meant by its code, and codes that are given once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col, func, select

from billing.context import Context
from billing.errors import PortalError
from billing.models.coupons import Coupon
from billing.models.subscriptions import AddOn, Plan, Product, Subscription, SubscriptionStatus
from billing.models.taxes import TaxRate
from billing.registry import Ungated

ON_SALE = Ungated("what is sold is the business's own affair")
CATALOGUE_PAGE = "/desk/catalogue"


def business_day(ctx: Context) -> date:
    """Today where the business is."""
    return ctx.now.astimezone(ZoneInfo(ctx.preferences.business_time_zone)).date()


def must_be_free(ctx: Context, kind: type[Plan] | type[AddOn] | type[Coupon] | type[TaxRate], code: str) -> None:
    """Raises `code_taken`."""
    if ctx.session.exec(select(kind.id).where(kind.code == code)).first() is not None:
        raise PortalError("code_taken", field="code", taken=code)


@contextmanager
def given_once(code: str) -> Iterator[None]:
    """For writing a new row: raises `code_taken` where somebody else was quicker with the same code."""
    try:
        yield
    except IntegrityError as error:
        raise PortalError("code_taken", field="code", taken=code) from error


def keep(ctx: Context, row: SQLModel, code: str) -> None:
    """Writes a new row with its code. Raises `code_taken`."""
    with given_once(code):
        ctx.session.add(row)
        ctx.session.flush()


def plan_called(ctx: Context, code: str, *, field: str = "plan") -> tuple[Plan, Product]:
    """The plan of that code, with its product. Raises `unknown_code`."""
    found = ctx.session.exec(
        select(Plan, Product).join(Product, col(Product.id) == Plan.product_id).where(Plan.code == code)
    ).first()
    if found is None:
        raise PortalError("unknown_code", field=field, thing="plan", wanted=code)
    return found


def plans_called(ctx: Context, codes: Sequence[str], *, field: str) -> list[Plan]:
    """The plans of these codes, each once, in the order asked for. Raises `unknown_code` for the first that isn't."""
    wanted = list(dict.fromkeys(codes))
    found = {p.code: p for p in ctx.session.exec(select(Plan).where(col(Plan.code).in_(wanted))).all()}
    for code in wanted:
        if code not in found:
            raise PortalError("unknown_code", field=field, thing="plan", wanted=code)
    return [found[code] for code in wanted]


def locked_plan(ctx: Context, plan: Plan) -> Plan:
    """The plan's row, locked until the end of the transaction. Raises `preview_changed` where its price is new."""
    version = plan.version
    statement = select(Plan).where(Plan.id == plan.id).with_for_update()
    row = ctx.session.exec(statement.execution_options(populate_existing=True)).one()
    if row.version != version:
        raise PortalError("preview_changed")
    return row


def holders(ctx: Context, plan: Plan) -> int:
    """How many subscriptions are on the plan and have not ended."""
    return ctx.session.exec(
        select(func.count())
        .select_from(Subscription)
        .where(Subscription.plan_id == plan.id, Subscription.status != SubscriptionStatus.ENDED)
    ).one()


def counted(number: int, one: str, many: str = "") -> str:
    """1 subscription, 3 subscriptions."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
