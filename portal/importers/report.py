"""What an import did, or why it did nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from billing.money import format_money


@dataclass(frozen=True, order=True)
class Problem:
    """A row that can't be taken: the file's name, the line on which the row begins, the column, and why."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.reason}"


@dataclass
class ImportReport:
    """Counts of what was added, or would be in a dry run, and of what was there already; and every bad row.

    With a problem nothing was added. `totals` are minor units for each currency.
    """

    source: str
    dry_run: bool = False
    problems: list[Problem] = field(default_factory=list)
    customers: int = 0
    invoices: int = 0
    lines: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    customers_already: int = 0
    invoices_already: int = 0
    skipped: int = 0  # rows that the mapping says to leave out

    @property
    def ok(self) -> bool:
        return not self.problems

    def sentences(self) -> list[str]:
        """The report as people read it, a sentence an entry; bad rows first."""
        if self.problems:
            many = f"{len(self.problems)} bad row{'s' if len(self.problems) != 1 else ''}"
            return [str(p) for p in self.problems] + [f"{many}. Nothing was imported. Mend the rows and run it again."]
        verb = "Would add" if self.dry_run else "Added"
        sums = ", ".join(format_money(amount, currency) for currency, amount in sorted(self.totals.items()))
        said = f"{verb} {self.customers:,} customers, {self.invoices:,} invoices and {self.lines:,} lines"
        done = [said + (f", {sums} in all." if sums else ".")]
        if self.customers_already or self.invoices_already:
            already = f"{self.customers_already:,} customers and {self.invoices_already:,} invoices"
            done.append(f"{already} were here already.")
        if self.skipped:
            done.append(f"{self.skipped:,} rows were left out, as the mapping says.")
        return done
