"""What is given back when a subscription stops before its period is over: worked out, shown, and handed over.

It is a credit note for the part that isn't used. What is still owed of the period's invoice comes off first; of the
rest, what was paid can go back as a refund, and otherwise stays on the account as credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.billed import billed_now, corrected, given_back
from billing.context import Context
from billing.effects import EffectFact
from billing.models.invoices import Invoice
from billing.models.payments import Refund
from billing.papers import Paper, issue, money_of
from billing.period_lines import Charged
from billing.posting import use_credit
from billing.refunding import paid_of, pay_out_note
from billing.rules.proration import Part
from billing.subscriptions import Held


@dataclass(frozen=True)
class GivingBack:
    """A credit note to be made: `owed` of it comes off the invoice `corrects`, which is still open."""

    paper: Paper
    corrects: Invoice | None = None
    owed: int = 0
    refund: int = 0

    @property
    def kept(self) -> int:
        """What stays on the account as credit."""
        return self.paper.given - self.owed - self.refund


def nothing_back(held: Held) -> GivingBack:
    """Nothing is given back."""
    return GivingBack(Paper(held.plan.currency, held.policy))


def give_back(ctx: Context, held: Held, part: Part) -> GivingBack:
    """The credit for that part of the period that runs: of what was charged for it, add-ons and coupons with it."""
    return of_things(ctx, held, billed_now(ctx, held), part)


def of_things(ctx: Context, held: Held, things: Sequence[Charged], part: Part) -> GivingBack:
    """The same for some of what was charged."""
    lines, discounts = given_back(held, things, part)
    paper = Paper(held.plan.currency, held.policy, tuple(lines), tuple(discounts))
    if paper.total >= 0:
        return nothing_back(held)
    corrects = corrected(ctx, things)
    return GivingBack(paper, corrects, min(paper.given, corrects.due) if corrects else 0)


def facts(ctx: Context, giving: GivingBack) -> tuple[EffectFact, ...]:
    """Where the credit goes, as far as it does not simply stay on the account."""
    money, found = money_of(ctx, giving.paper.currency), []
    if giving.owed and giving.corrects:
        found.append(EffectFact(label=f"Comes off {giving.corrects.number}", value=money(giving.owed)))
    if giving.refund:
        found.append(EffectFact(label="Goes back as you paid it", value=money(giving.refund)))
    if giving.kept and (giving.owed or giving.refund):
        found.append(EffectFact(label="Stays on your account as credit", value=money(giving.kept)))
    return tuple(found)


def refundable(ctx: Context, giving: GivingBack) -> int:
    """How much of it can go back as money: what was paid of the invoice, less what still comes off it."""
    if giving.corrects is None:
        return 0
    return min(giving.paper.given - giving.owed, paid_of(ctx, giving.corrects))


def send_back(ctx: Context, giving: GivingBack, note: Invoice | None, reason: str) -> list[Refund]:
    """Keeps the refunds that were shown; after the commit the gateway is asked for them."""
    if note is None or not giving.refund:
        return []
    refunds = pay_out_note(ctx, note, giving.refund, reason)
    if sum(refund.amount for refund in refunds) != giving.refund:
        raise RuntimeError(f"{note.number}: {giving.refund} was shown as a refund, and other money can go back")
    return refunds


def hand_over(ctx: Context, giving: GivingBack, held: Held, title: str, on: date | None = None) -> Invoice | None:
    """Issues the credit note and uses it on the open invoice that it corrects; None where nothing is given back."""
    note = issue(ctx, giving.paper, held, title, on=on, corrects=giving.corrects)
    if note is not None and giving.corrects is not None and giving.owed:
        use_credit(ctx, giving.corrects, note, giving.owed)
    return note
