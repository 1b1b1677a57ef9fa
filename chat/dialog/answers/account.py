"""Answers about the account over time: statements, the balance on a day, credit and where it went, coupons."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date

from billing.actions.account import AccountBalance, CurrencyBalance
from billing.actions.credits import Credits, CreditSource
from billing.actions.statements import Balances, Statement
from billing.actions.subscription_extras import CouponAnswer
from billing.actions.totals import Totals
from chat.blocks import Block, QuickReply
from chat.dialog.saying import buttons, day, days_of, joined, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

PAGE = "/statements"
NARROW = "\N{NO-BREAK SPACE}"
NOTE = "The balance is what is to pay less the credit."
MOVEMENTS = 8
SOURCES = 6


def show_statement(turn: Turn, understood: Understood) -> list[Block]:
    """A stretch of days: how the account stood before, what moved, and how it stood at the end."""
    asked = {name: value for name, value in understood.args.items() if name in ("since", "until", "currency")}
    found: Statement = turn.ask("statements.show", asked | {"size": MOVEMENTS})

    def figure(amount: int) -> str:
        return money(amount, found.currency, turn.account)

    days = f"{day(found.since, turn.account)} to {day(found.until, turn.account)}"
    closing = _stands(turn, found.closing, found.currency)
    rows = [("", "Opening balance", figure(found.opening.balance))]
    rows += [(_short(m.day, turn), m.text, figure(m.amount)) for m in found.movements]
    if found.next:
        rows.append(("", "More follows in the statement", ""))
    rows.append(("", "Closing balance", figure(found.closing.balance)))
    overdue = found.ageing.total - found.ageing.current
    late = f" {figure(overdue)} of it was overdue by then." if overdue else ""
    replies = []
    if turn.may("statements.download"):
        replies.append(QuickReply(label="Download it", action="statements.download", input=asked))
    if not found.movements:
        return [text(f"Nothing moved from {days}. {closing}", closing), *buttons(replies)]
    return [
        text(f"From {days}. At the end {closing[0].lower()}{closing[1:]}{late}"),
        table(
            ("When", "What", "Amount"),
            rows,
            note="The balance is what is to pay less the credit.",
            href=PAGE,
            grand=True,
        ),
        *buttons(replies),
    ]


def show_totals(turn: Turn, understood: Understood) -> list[Block]:
    """What was billed, the tax in it and what was paid between two days; this year where no days are said."""
    asked = dict(understood.args)
    if not {"since", "until"} & set(asked):
        asked["since"] = turn.account.today.replace(month=1, day=1).isoformat()
    found: Totals = turn.ask("statements.totals", asked)

    def figure(amount: int) -> str:
        return money(amount, found.currency, turn.account)

    days = days_of(found.since, found.until, turn.account)
    billed, tax = figure(found.billed_with_tax), figure(found.tax)
    were = f"{_who(turn)} {'was' if turn.actor.is_staff else 'were'}"
    said = f"{were} billed {billed} {days}, {tax} of it tax. {_who(turn)} paid {figure(found.paid)}."
    rows = [("Billed without tax", figure(found.billed)), ("Tax", tax), ("Billed", billed)]
    more = ((f"Refunded to {_who(turn).lower()}", found.refunded), ("Written off", found.written_off))
    rows += [("Paid", figure(found.paid)), *((label, figure(amount)) for label, amount in more if amount)]
    note = "By the day of invoice and payment. Credit notes are taken off."
    return [text(said, billed, tax), table(("", "Amount"), rows, note=note, href=PAGE, totals=("Billed",))]


def _stands(turn: Turn, stood: Balances | CurrencyBalance, currency: str) -> str:
    to_pay = money(stood.to_pay, currency, turn.account)
    credit = f" {_who(turn)} had {money(stood.credit, currency, turn.account)} of credit." if stood.credit else ""
    return (f"{to_pay} was to pay." if stood.to_pay else "Nothing was to pay.") + credit


def _who(turn: Turn) -> str:
    """Who the account is: staff read about the customer."""
    return "The customer" if turn.actor.is_staff else "You"


def _has(turn: Turn) -> str:
    return f"{_who(turn)} {'has' if turn.actor.is_staff else 'have'}"


def _whose(turn: Turn) -> str:
    return "the customer’s" if turn.actor.is_staff else "your"


def _short(on: date, turn: Turn) -> str:
    """1 Feb, on one line."""
    return str(format_date(on, "d MMM", locale=turn.account.locale)).replace(" ", NARROW)


def show_balance(turn: Turn, understood: Understood) -> list[Block]:
    """How the account stood at the end of a day, or stands now."""
    found: AccountBalance = turn.ask("account.balance", understood.args)
    asked = understood.args.get("on")
    stood = [_stands(turn, row, row.currency) for row in found.balances] or ["Nothing was to pay."]
    if not asked and "at" not in understood.args:
        now = [s.replace(" was to pay", " is to pay").replace(f"{_who(turn)} had", _has(turn)) for s in stood]
        return [text(" ".join(now))]
    on = date.fromisoformat(str(asked)) if asked else found.at.astimezone(ZoneInfo(turn.time_zone)).date()
    return [text(f"At the end of {day(on, turn.account)}: {' '.join(stood)}", *stood)]


def list_credits(turn: Turn, understood: Understood) -> list[Block]:
    """What credit there is, and for each credit note or payment in advance where it went."""
    found: Credits = turn.ask("credits.list", understood.args)
    sums = [money(total.amount, total.currency, turn.account) for total in found.totals if total.amount]
    said = f"{_has(turn)} {joined(sums)} of credit." if sums else f"{_has(turn)} no credit left."
    if not found.sources:
        return [text(said if sums else f"There is no credit on {_whose(turn)} account, and there has been none.")]
    rows = [_source(turn, source) for source in found.sources[:SOURCES]]
    return [text(said, *sums), table(("From", "Where it went", "Left"), rows, href=PAGE)]


def _source(turn: Turn, source: CreditSource) -> tuple[str, str, str]:
    def figure(amount: int) -> str:
        return money(amount, source.currency, turn.account)

    went = []
    for use in source.uses:
        to = (
            f"back to {'the customer' if turn.actor.is_staff else 'you'}"
            if use.kind == "refund"
            else f"to {use.reference}"
        )
        went.append(f"{figure(use.amount)} {to}, {_short(use.on, turn)}")
    return (
        f"{source.number}, {source.title}: {figure(source.amount)}",
        joined(went) or "Not used yet",
        figure(source.left),
    )


def check_coupon(turn: Turn, understood: Understood) -> list[Block]:
    """What a coupon takes off, and a button for each subscription on which it can be redeemed."""
    found: CouponAnswer = turn.ask("coupons.check", understood.args)
    until = f" It can be redeemed until {day(found.redeem_by, turn.account)}." if found.redeem_by else ""
    said = f"{found.coupon}, {found.name}: {found.takes_off}, {found.lasts}.{until}"
    if not found.fits:
        return [text(f"{said} {found.why_not}".strip(), found.takes_off)]
    names = {sub.number: sub.product for sub in turn.account.subscriptions}
    replies = [
        QuickReply(
            label=f"Redeem it on {names.get(number, number)}",
            action="subscriptions.redeem_coupon",
            input={"coupon": found.coupon, "subscription": number},
        )
        for number in found.fits
        if turn.may("subscriptions.redeem_coupon")
    ]
    fits = joined([names.get(number, number) for number in found.fits])
    return [text(f"{said} It can be used for {fits}.", found.takes_off), *buttons(replies)]
