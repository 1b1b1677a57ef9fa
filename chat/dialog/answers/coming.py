"""Answers about what comes next: the invoice that is due, the next regular one, the end of a trial."""

from __future__ import annotations

from collections.abc import Sequence

from billing.actions.subscriptions import NextInvoice, SubscriptionList
from billing.subscriptions.rows import SubscriptionRow
from chat.blocks import Block, QuickReply
from chat.dialog.saying import buttons, counted, day, joined, money, text
from chat.dialog.turn import Turn


def regular_invoice(turn: Turn, regular: NextInvoice) -> tuple[str, str]:
    """The next regular invoice in a sentence, and its total."""
    total = money(regular.total, regular.currency, turn.account)
    names = joined([name.replace(", ", " ") for name in regular.names])
    return f"Your next regular invoice comes on {day(regular.on, turn.account)}: {total} with VAT, for {names}.", total


def next_due(turn: Turn, found: SubscriptionList) -> list[Block]:
    """What is overdue and what is due next, as far as this person sees invoices, then the next regular invoice."""
    account = turn.account
    open_ones = account.payable if turn.may("invoices.list") else []
    late = [i for i in open_ones if i.overdue(account.today)]
    ahead = next((i for i in open_ones if i.due_on and i not in late), None)
    said, strong = [], []
    if len(late) == 1:
        days = (account.today - (late[0].due_on or account.today)).days
        amount = money(late[0].due, late[0].currency, account)
        said.append(f"{late[0].number} is {counted(days, 'day')} overdue: {amount}.")
        strong.append(late[0].number)
    elif late:
        sums = {i.currency: sum(o.due for o in late if o.currency == i.currency) for i in late}
        amounts = joined([money(amount, currency, account) for currency, amount in sums.items()])
        said.append(f"{counted(len(late), 'invoice')} are overdue, {amounts} in all.")
    if ahead:
        when = "today" if ahead.due_on == account.today else f"next, on {day(ahead.due_on, account)}"
        said.append(f"{ahead.number} is due {when}: {money(ahead.due, ahead.currency, account)}.")
        strong.append(ahead.number)
    if not said and turn.may("invoices.list"):
        said.append("Nothing is to pay now.")
    if found.next_invoice:
        sentence, total = regular_invoice(turn, found.next_invoice)
        said.append(sentence)
        strong.append(total)
    elif not open_ones:
        said.append("Nothing renews by itself at the moment.")
    shown = [i.number for i in (*([ahead] if ahead else []), *late)]
    turn.memory = turn.memory.showing("invoice", shown)
    pay = [QuickReply(label=f"Pay {n}", action="invoices.pay", input={"invoices": [n]}) for n in shown[:2]]
    return [text(" ".join(said), *strong), *(buttons(pay) if turn.may("invoices.pay") else [])]


def trial_ends(turn: Turn, rows: Sequence[SubscriptionRow]) -> list[Block]:
    """The last day of each trial, how far it is, and what comes then."""
    said, strong = [], []
    for row in rows:
        if row.trial_end is None:
            continue
        on = day(row.trial_end, turn.account)
        left = (row.trial_end - turn.account.today).days
        price = f"{money(row.next_price_with_tax, row.currency, turn.account)} a {row.interval} with VAT"
        then = "It ends with it, and nothing is billed." if row.ends_on else f"Then it is {price}."
        far = "today" if left <= 0 else "tomorrow" if left == 1 else f"in {left} days"
        said.append(f"The trial of {row.name} ends on {on}, {far}. {then}")
        strong.append(on)
    if said:
        return [text(" ".join(said), *strong)]
    whose = f"{rows[0].name} is not on trial." if len(rows) == 1 else "None of your subscriptions is on trial."
    return [text(whose)]
