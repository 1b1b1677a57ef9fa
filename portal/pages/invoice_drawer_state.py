"""One invoice in the drawer over the list."""

from __future__ import annotations

from datetime import date
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.dates import format_day, format_days, format_span, said_day
from billing.invoices.detail import Applied, DetailLine, InvoiceDetail
from billing.models.invoices import InvoiceKind, InvoiceStatus
from portal import routes
from portal.components.sums import SumLine
from portal.days import distance, near_day
from portal.failures import failure_of
from portal.pages.invoices_state import InvoicesState
from portal.state import money

HOUR = "h"  # the unit of the lines that bill a project's hours


class Sheet(BaseModel):
    """An invoice as the drawer shows it; all amounts are text."""

    number: str = ""
    title: str = ""
    mark: str = ""
    status: str = ""
    headline: str = ""
    when: str = ""
    why: str = ""
    payable: bool = False
    pay_words: str = ""
    pending: str = ""
    pdf: str = ""
    lines: list[SumLine] = []
    has_working: bool = False
    about: list[str] = []
    time_sheet: str = ""


def sheet_of(detail: InvoiceDetail, today: date) -> Sheet:
    """The invoice in words, with its sum from the first line to what is left to pay."""
    row = detail.row
    lines = _lines(detail, today)
    return Sheet(
        number=row.number,
        title=row.title,
        mark=row.mark,
        status=row.status_words,
        headline=_headline(detail),
        when=_when(detail, today),
        why="Why this amount",
        payable=row.payable and detail.pending_payment is None,
        pay_words=f"Pay {money(detail.due, row.currency)}",
        pending=detail.pending_payment or "",
        pdf=f"/documents/invoices/{row.number}.pdf",
        lines=lines,
        has_working=any(line.working for line in lines),
        about=_about(detail, today),
        time_sheet=_time_sheet(detail),
    )


def _headline(detail: InvoiceDetail) -> str:
    row = detail.row
    if row.status == InvoiceStatus.VOID:
        return f"{money(detail.total, row.currency)} cancelled"
    if row.kind == InvoiceKind.CREDIT_NOTE:
        given = money(row.credit_left or -detail.total, row.currency)
        return f"{given} ready to use" if row.credit_left else f"{given} used"
    if row.payable:
        return f"{money(detail.due, row.currency)} to pay"
    if row.status == InvoiceStatus.UNCOLLECTIBLE:
        return f"{money(detail.written_off, row.currency)} written off"
    return f"{money(detail.total - detail.written_off, row.currency)} paid"


def _when(detail: InvoiceDetail, today: date) -> str:
    row = detail.row
    issued = f"Issued {said_day(row.issued_on, today)}."
    if row.payable and row.due_on:
        verb = "Was due" if row.due_on < today else "Due"
        return f"{verb} {near_day(row.due_on, today)}, {distance(row.due_on, today)}. {issued}"
    if row.status == InvoiceStatus.PAID and detail.settled:
        return f"Settled {near_day(max(one.on for one in detail.settled), today)}. {issued}"
    return issued


def _lines(detail: InvoiceDetail, today: date) -> list[SumLine]:
    currency = detail.row.currency
    lines = [_line(line, currency) for line in detail.lines]
    if detail.taxes or detail.discounts:
        lines.append(SumLine(label="Subtotal", amount=money(detail.subtotal, currency), kind="total"))
        lines += [
            SumLine(label=one.label, amount=money(-one.amount, currency), negative=one.amount > 0)
            for one in detail.discounts
        ]
        lines += [
            SumLine(label=tax.label, amount=money(tax.amount, currency)) for tax in detail.taxes if not tax.inclusive
        ]
    credit_note, void = detail.row.kind == InvoiceKind.CREDIT_NOTE, detail.row.status == InvoiceStatus.VOID
    ends_here = not detail.settled and not credit_note and not void
    if not ends_here:
        lines.append(SumLine(label="Total", amount=money(detail.total, currency), kind="total"))
    lines += [_applied(one, currency, today, credit_note) for one in detail.settled]
    if void:
        lines.append(SumLine(label="Cancelled", amount=money(-detail.total, currency), negative=True))
    last, left = ("Left to use", detail.row.credit_left) if credit_note else ("To pay", detail.due)
    lines.append(SumLine(label=last, amount=money(left, currency), kind="grand"))
    return lines


def _line(line: DetailLine, currency: str) -> SumLine:
    each = f"{line.quantity.normalize():f} {line.unit} × {money(line.unit_amount, currency)}".replace("  ", " ")
    amount = money(line.amount, currency)
    notes = (line.detail, each if line.quantity != 1 else "")
    return SumLine(
        label=line.description,
        note="" if line.working else ", ".join(part for part in notes if part),
        amount=amount,
        working=[words.replace(f"= {amount}", f"=\t{amount}") for words in line.working],
        negative=line.amount < 0,
    )


def _applied(one: Applied, currency: str, today: date, credit_note: bool) -> SumLine:
    amount = one.amount if credit_note else -one.amount
    note = said_day(one.on, today)
    return SumLine(label=one.label, note=note, amount=money(amount, currency), negative=amount < 0)


def _time_sheet(detail: InvoiceDetail) -> str:
    """Where the hours stand that the invoice bills, day by day; empty where it bills none of a project."""
    hours = detail.project is not None and any(line.unit == HOUR for line in detail.lines)
    return f"{routes.PROJECTS}?open={detail.project}" if hours else ""


def _about(detail: InvoiceDetail, today: date) -> list[str]:
    said = []
    if detail.period_start and detail.period_end:
        days = format_days if detail.period_start.year == today.year else format_span
        said.append(f"For {days(detail.period_start, detail.period_end)}.")
    included = [tax for tax in detail.taxes if tax.inclusive]
    said += [f"{money(abs(tax.amount), detail.row.currency)} of {tax.label} is included." for tax in included]
    if detail.corrects:
        said.append(f"It corrects {detail.corrects}.")
    shown = {one.reference for one in detail.settled}
    said += [
        f"Corrected by {note.number}: {money(note.amount, detail.row.currency)}."
        for note in detail.corrected_by
        if note.number not in shown
    ]
    if detail.ended_reason and detail.ended_on:
        verb = "Cancelled" if detail.row.status == InvoiceStatus.VOID else "Written off"
        said.append(f"{verb} {format_day(detail.ended_on)}: {detail.ended_reason.rstrip('.')}.")
    if detail.purchase_order:
        said.append(f"Your order number: {detail.purchase_order}.")
    if detail.note:
        said.append(detail.note)
    return said


class DrawerState(InvoicesState):
    """The open invoice."""

    opened: str = ""
    sheet: Sheet = Sheet()
    sheet_problem: str = ""
    working: bool = True

    @rx.var
    def above(self) -> str:
        """The invoice before this one in the list."""
        return self._beside(-1)

    @rx.var
    def below(self) -> str:
        """The invoice after this one in the list."""
        return self._beside(1)

    def _beside(self, step: int) -> str:
        numbers = [row.number for row in self.rows]
        if self.opened not in numbers:
            return ""
        place = numbers.index(self.opened) + step
        return numbers[place] if 0 <= place < len(numbers) else ""

    async def _read_sheet(self) -> None:
        try:
            detail: InvoiceDetail = await self._ask("invoices.show", number=self.opened)
            self.sheet = sheet_of(detail, (await self._local_now()).date())
            self.sheet_problem = ""
        except Exception as error:
            self.sheet = Sheet(number=self.opened)
            self.sheet_problem = failure_of(error, "INV").said

    @rx.event
    async def open_named(self) -> None:
        """Opens the invoice that the page's address names, or none."""
        self.opened = self.router.url.query_parameters.get("open", "").strip().upper()[:40]
        await self.read_sheet()
        self._keep_address(**({"open": self.opened} if self.opened else {}))

    @rx.event
    async def read_sheet(self) -> None:
        """Reads the open invoice again."""
        if self.opened:
            await self._read_sheet()

    @rx.event
    async def open_invoice(self, number: str) -> Any:
        """Shows an invoice over the list."""
        if not number:
            return None
        self.opened = number
        await self._read_sheet()
        self._keep_address(open=number)
        return None

    @rx.event
    def close_invoice(self) -> None:
        """Back to the list."""
        self.opened = ""
        self._keep_address()

    @rx.event
    def turn_working(self) -> None:
        """Shows or hides the working under the lines."""
        self.working = not self.working
