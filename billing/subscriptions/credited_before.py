"""How much of what was billed has been given back or given up by hand since: that part is not given back again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sqlmodel import Session, col, select

from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus
from billing.rules.coupons import Off
from billing.subscriptions.period_lines import Charged

ALL = Fraction(1)


@dataclass
class CreditedBefore:
    """Parts of invoices, by their ids, that credit notes by hand and write-offs took: of all lines, or of one."""

    of_invoice: dict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    of_line: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def share(self, line: InvoiceLine) -> Fraction:
        """The part of a line that is gone, from none to all."""
        own = Fraction(self.of_line[line.invoice_id, line.position], line.amount) if line.amount else Fraction(0)
        return min(max(own + self.of_invoice[line.invoice_id] * (ALL - own), Fraction(0)), ALL)


def credited_before(session: Session, invoices: Collection[Invoice]) -> CreditedBefore:
    """What of these invoices is gone. One statement."""
    found = CreditedBefore()
    totals = {invoice.id: invoice.total for invoice in invoices}
    for invoice in invoices:
        if invoice.status == InvoiceStatus.VOID:
            found.of_invoice[invoice.id or 0] = ALL
        elif invoice.written_off and invoice.total:
            found.of_invoice[invoice.id or 0] += Fraction(invoice.written_off, invoice.total)
    rows = session.exec(
        select(Invoice, InvoiceLine)
        .join(InvoiceLine, col(InvoiceLine.invoice_id) == col(Invoice.id))
        .where(
            col(Invoice.corrects_id).in_(totals),
            Invoice.kind == InvoiceKind.CREDIT_NOTE,
            col(Invoice.subscription_id).is_(None),
            col(Invoice.status).in_((InvoiceStatus.OPEN, InvoiceStatus.PAID)),
        )
    ).all()
    whole: dict[int | None, Invoice] = {}
    for note, line in rows:
        place = line.arithmetic.get("corrects")
        if isinstance(place, int):
            found.of_line[note.corrects_id or 0, place] -= line.amount
        else:
            whole[note.id] = note
    for note in whole.values():
        total = totals[note.corrects_id]
        found.of_invoice[note.corrects_id or 0] += Fraction(-note.total, total) if total else Fraction(0)
    return found


def less(thing: Charged, share: Fraction) -> Charged:
    """What was charged without the part of it that is gone."""
    if not share:
        return thing
    gone = Off("Credited before", amount=thing.priced.exact() * share)
    offs = tuple(replace(off, amount=off.amount * (ALL - share)) for off in thing.off_invoice)
    return replace(thing, priced=replace(thing.priced, offs=(*thing.priced.offs, gone)), off_invoice=offs)
