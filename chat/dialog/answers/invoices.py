"""Answers about invoices: lists to choose from, one with its sum, the difference between two, the PDF."""

from __future__ import annotations

from billing.documents.downloads import Document
from billing.invoices.detail import InvoiceDetail
from billing.invoices.listing import Due, InvoicePage
from billing.invoices.rows import InvoiceRow
from billing.models.invoices import InvoiceKind, InvoiceStatus
from chat.blocks import Block, InvoiceItem, InvoiceList, Link, QuickReply
from chat.dialog.answers.differences import compare
from chat.dialog.saying import amounts_of, buttons, counted, day, days_of, invoice_page, joined, money, table, text
from chat.dialog.turn import Turn
from chat.understanding import Understood

SHOWN, MOST = 10, 100
_NONE = {
    "overdue": "Nothing is overdue.",
    "to_pay": "There is nothing left to pay.",
    "paid": "No invoice has been paid yet.",
    "credit_notes": "You have no credit notes.",
    "all": "There are no invoices yet.",
}

_WHICH = {"to_pay": " that is still to pay", "overdue": " that is overdue", "paid": " that is paid"}


def list_invoices(turn: Turn, understood: Understood) -> list[Block]:
    """Invoices of a kind, as many as a chat can show, with what they come to."""
    page: InvoicePage = turn.ask("invoices.list", understood.args | {"size": SHOWN})
    status, rows = page.status.value, page.rows
    days = days_of(understood.args.get("since"), understood.args.get("until"), turn.account)
    amounts = amounts_of(understood.args.get("at_least"), understood.args.get("at_most"), turn.account)
    if not rows:
        none = f"No invoice was issued {days}{_WHICH.get(status, '')}." if days else _NONE.get(status, _NONE["all"])
        if amounts:
            none = f"You have no invoice {amounts}{f', issued {days}' if days else ''}{_WHICH.get(status, '')}."
        found = f"Nothing matches “{page.search}”." if page.search else none
        return [text(found), *(_what_is_due(turn, page.due) if status == "overdue" and not days else [])]
    turn.memory = turn.memory.showing("invoice", [row.number for row in rows])
    narrowed = bool(page.search or days or amounts)
    total = len(rows) if narrowed else getattr(page.counts, status)
    listed = InvoiceList(
        title="",
        invoices=tuple(item(turn, row) for row in rows),
        selectable=turn.may("invoices.pay") and any(row.payable for row in rows),
        more=max(0, total - len(rows)) if not narrowed else 0,
        href=f"/invoices?status={status}" if status != "all" else "/invoices",
    )
    count, more = _counted(turn, understood, page) if days or amounts else (total, "")
    heading = _issued(page, days, count, more) if days and not page.search else _heading(turn, page, total)
    heading = _of_amounts(page, amounts, days, count, more) if amounts else heading
    blocks: list[Block] = [text(heading, *_sums(turn, page)), listed]
    payable = [row.number for row in rows if row.payable]
    if status in ("overdue", "to_pay") and payable and turn.may("invoices.pay") and len(payable) == total:
        blocks += buttons([_pay(payable)])
    return blocks


def _counted(turn: Turn, understood: Understood, page: InvoicePage) -> tuple[int, str]:
    """How many there are; of more than a hundred only that there are more."""
    if not page.next:
        return len(page.rows), ""
    all_of_them: InvoicePage = turn.ask("invoices.list", understood.args | {"size": MOST})
    return len(all_of_them.rows), "More than " if all_of_them.next else ""


def _of_amounts(page: InvoicePage, amounts: str, days: str, count: int, more: str) -> str:
    """How many are of those amounts, what kind they are, and when they were issued."""
    when = f", issued {days}" if days else ""
    noun = "credit note" if page.status.value == "credit_notes" else "invoice"
    which = _WHICH.get(page.status.value, "")
    return f"{more}{counted(count, noun)} {amounts}{when}{which.replace(' that is', ',') if count != 1 else which}."


def _issued(page: InvoicePage, days: str, count: int, more: str) -> str:
    """How many were issued in those days."""
    status = page.status.value
    if more:
        return f"More than {count} were issued {days}. These are the newest."
    noun = {"all": "document", "credit_notes": "credit note"}.get(status, "invoice")
    which = {"to_pay": "still to pay", "overdue": "overdue", "paid": "paid"}.get(status)
    said = f"{counted(count, noun)} {'was' if count == 1 else 'were'} issued {days}"
    newest = f" These are the newest {SHOWN}." if page.next else ""
    return (f"{said} and {'is' if count == 1 else 'are'} {which}." if which else f"{said}.") + newest


def _heading(turn: Turn, page: InvoicePage, total: int) -> str:
    status = page.status.value
    if page.search:
        return f"These match “{page.search}”."
    sums = joined(_sums(turn, page))
    if status == "overdue":
        return f"{counted(total, 'invoice')} {'is' if total == 1 else 'are'} overdue, {sums} in all."
    if status == "to_pay":
        late = [money(d.overdue, d.currency, turn.account) for d in page.due if d.overdue]
        overdue = f" {joined(late)} of it is overdue." if late else ""
        return f"{sums} to pay on {counted(total, 'invoice')}.{overdue}"
    if status == "credit_notes":
        return f"You have {counted(total, 'credit note')}."
    if status == "paid":
        return f"{counted(total, 'invoice')} {'is' if total == 1 else 'are'} paid. The newest come first."
    return (
        f"You have {counted(total, 'invoice')} and credit notes. The newest come first."
        if total > 1
        else "You have 1 invoice."
    )


def _sums(turn: Turn, page: InvoicePage) -> list[str]:
    wanted = "overdue" if page.status.value == "overdue" else "to_pay"
    return [money(getattr(due, wanted), due.currency, turn.account) for due in page.due if getattr(due, wanted)]


def _what_is_due(turn: Turn, due: list[Due]) -> list[Block]:
    """What is to pay where nothing is overdue: what falls due today, with the button that pays it, and the rest."""
    now = [i for i in turn.account.payable if i.due_on == turn.account.today]
    today = {d.currency: sum(i.due for i in now if i.currency == d.currency) for d in due}
    said = [money(amount, currency, turn.account) for currency, amount in today.items() if amount]
    later = [money(rest, d.currency, turn.account) for d in due if (rest := d.to_pay - today[d.currency])]
    if not said:
        return [text(f"{joined(later)} is to pay later.")] if later else []
    more = f", and {joined(later)} is to pay later" if later else ""
    pay = buttons([_pay([i.number for i in now])]) if turn.may("invoices.pay") else []
    return [text(f"{joined(said)} is due today{more}."), *pay]


def _pay(numbers: list[str]) -> QuickReply:
    label = f"Pay {numbers[0]}" if len(numbers) == 1 else f"Pay all {len(numbers)}"
    return QuickReply(label=label, action="invoices.pay", input={"invoices": numbers})


def item(turn: Turn, row: InvoiceRow) -> InvoiceItem:
    """The row as a chat shows it."""
    status = "open"
    if row.status == InvoiceStatus.VOID:
        status = "void"
    elif row.kind == InvoiceKind.CREDIT_NOTE:
        status = "credited"
    elif row.status != InvoiceStatus.OPEN:
        status = "paid"
    elif row.overdue_days:
        status = "overdue"
    elif row.due < row.total:
        status = "partly_paid"
    return InvoiceItem(
        number=row.number,
        title=row.title,
        due_on=row.due_on,
        status=status,
        status_words=row.status_words,
        amount=row.due if row.due else row.total,
        currency=row.currency,
        href=invoice_page(row.number),
        payable=row.payable,
    )


def show_invoice(turn: Turn, understood: Understood) -> list[Block]:
    """One invoice: what is left to pay, the lines with their working, and how the total became what is due."""
    detail: InvoiceDetail = turn.ask("invoices.show", understood.args)
    row = detail.row
    turn.memory = turn.memory.showing("invoice", [row.number])
    if understood.about == "compare":
        return compare(turn, detail, understood.compare_with)
    if understood.about == "tax":
        return [text(_tax(turn, detail), row.number)]
    blocks: list[Block] = [text(_standing(turn, detail), row.number), _sum(turn, detail)]
    replies = []
    if row.payable and not detail.pending_payment and turn.may("invoices.pay"):
        label = f"Pay {money(row.due, row.currency, turn.account)}"
        replies.append(QuickReply(label=label, action="invoices.pay", input={"invoices": [row.number]}))
    if turn.may("invoices.download"):
        replies.append(QuickReply(label="Download it", action="invoices.download", input={"number": row.number}))
    return [*blocks, *others_of_month(understood), *buttons(replies)]


def others_of_month(understood: Understood) -> list[Block]:
    """The other invoices of the month of which one is shown, each behind a button."""
    others = understood.beside
    if not others:
        return []
    named = joined(others) if len(others) <= 3 else f"{counted(len(others), 'other invoice')}"
    said = f"{named} {'is' if len(others) == 1 else 'are'} of that month too."
    return [
        text(said, *others),
        *buttons([QuickReply(label=f"Show {n}", action="invoices.show", input={"number": n}) for n in others[:3]]),
    ]


def _tax(turn: Turn, detail: InvoiceDetail) -> str:
    """The tax of a document: how much, at which rate, of what."""
    number, currency = detail.row.number, detail.row.currency
    if not detail.tax:
        return f"There is no VAT on {number}."
    parts = [
        f"{tax.label} of {money(tax.base, currency, turn.account)}"
        + (f" is {money(tax.amount, currency, turn.account)}" if len(detail.taxes) > 1 else "")
        for tax in detail.taxes
    ]
    total = money(detail.total, currency, turn.account)
    return f"The tax on {number} is {money(detail.tax, currency, turn.account)}: {joined(parts)}. With it, {total}."


def _standing(turn: Turn, detail: InvoiceDetail) -> str:
    row = detail.row
    start = f"{row.number}, {row.title}."
    if row.kind == InvoiceKind.CREDIT_NOTE:
        left = money(row.credit_left, row.currency, turn.account)
        return f"{start} {left} of it is left to use." if row.credit_left else f"{start} It is used up."
    if not row.payable:
        return f"{start} {row.status_words}."
    due = money(row.due, row.currency, turn.account)
    late = (
        f"It is {counted(row.overdue_days, 'day')} overdue."
        if row.overdue_days
        else f"Due {day(row.due_on, turn.account)}."
    )
    if detail.pending_payment:
        return f"{start} Payment {detail.pending_payment} for it is on its way."
    return f"{start} {due} is left to pay. {late}"


def _sum(turn: Turn, detail: InvoiceDetail) -> Block:
    """The lines, tax, credits and payments, down to what is due."""
    account, currency = turn.account, detail.row.currency

    def figure(amount: int) -> str:
        return money(amount, currency, account)

    lines = [(_described(line.description, line.working), figure(line.amount)) for line in detail.lines]
    hidden = max(0, len(lines) - 6)
    if hidden:
        rest = sum(line.amount for line in detail.lines[5:])
        lines = [*lines[:5], (f"{hidden + 1} more lines", figure(rest))]
    off = [(discount.label, figure(-discount.amount)) for discount in detail.discounts[:2]]
    taxes = [
        (f"{tax.label} of {figure(tax.base)}", figure(tax.amount)) for tax in detail.taxes[:2] if not tax.inclusive
    ]
    settled = [(f"{a.label}, {day(a.on, account)}", figure(-a.amount)) for a in detail.settled]
    if len(settled) > 2:
        settled = [("Credits and payments", figure(-sum(a.amount for a in detail.settled)))]
    rows = [*lines, *off, *taxes, ("Total", figure(detail.total))]
    if settled:
        gives = detail.row.kind == InvoiceKind.CREDIT_NOTE
        left = ("Left to use", figure(detail.row.credit_left)) if gives else ("To pay", figure(detail.due))
        rows += [*settled, left]
    return table(
        ("What it is for", "Amount"),
        rows,
        note=f"Issued {day(detail.row.issued_on, account)}",
        href=invoice_page(detail.row.number),
        grand=True,
        totals=("Total",),
    )


def _described(description: str, working: list[str]) -> str:
    return f"{description} ({working[0].rstrip('.')})" if working else description


def download_invoice(turn: Turn, understood: Understood) -> list[Block]:
    """The PDF or the spreadsheet, ready to save."""
    found: Document = turn.ask("invoices.download", understood.args)
    number = str(understood.args["number"]).upper()
    turn.memory = turn.memory.showing("invoice", [number])
    form = "for a spreadsheet" if understood.args.get("format") == "csv" else "as a PDF"
    return [text(f"Here is {number} {form}."), Link(label=found.name, href=found.url, download=found.name)]
