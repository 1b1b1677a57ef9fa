"""An export comes in whole or not at all, and only once."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, func, select

from billing.context import Contexts
from billing.models.invoices import Invoice, InvoiceLine, InvoiceTax
from billing.models.ledger import Balance, LedgerEntry
from billing.models.payments import Payment
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Role
from billing.verify import verify
from portal.importers import ImportReport, MappingError, import_csv, load_mapping

DATA = Path(__file__).resolve().parents[2] / "data"
TABLES: tuple[type[SQLModel], ...] = (Customer, Contact, Membership, Invoice, InvoiceLine, Payment, LedgerEntry)


def bring_in(contexts: Contexts, folder: Path, *, dry_run: bool = False) -> ImportReport:
    mapping = load_mapping(folder / "mapping.toml")
    files = (folder / "customers.csv", folder / "invoices.csv", folder / "lines.csv")
    return import_csv(contexts, mapping, *files, dry_run=dry_run)


def counts(contexts: Contexts) -> list[int]:
    with contexts.system() as ctx:
        return [ctx.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def invoice(session: Session, number: str) -> Invoice:
    return session.exec(select(Invoice).where(Invoice.number == number)).one()


def test_a_dutch_bookkeepers_export_comes_in(contexts: Contexts) -> None:
    report = bring_in(contexts, DATA / "export")

    assert report.ok
    assert (report.customers, report.invoices, report.lines, report.skipped) == (4, 4, 6, 1)
    assert report.totals == {"EUR": 121000 + 9680 + 133149, "CHF": 108900}
    with contexts.system() as ctx:
        gent = ctx.session.exec(select(Customer).where(Customer.source_key == "11")).one()
        assert (gent.name, gent.address_line, gent.country) == ("Zoë van 't Hoff", 'Plein "Oost"; nr. 7', "BE")
        paid, open_, part = (invoice(ctx.session, n) for n in ("BH-2025-1", "BH-2025-2", "BH-2025-3"))
        assert (paid.status, paid.total, paid.paid, paid.due) == ("paid", 121000, 121000, 0)
        assert (open_.status, open_.due, open_.due_on) == ("open", 9680, date(2025, 1, 20))
        assert (part.status, part.paid, part.due) == ("open", 10000, 123149)


def test_tax_is_rounded_once_for_each_rate(contexts: Contexts) -> None:
    bring_in(contexts, DATA / "export")

    with contexts.system() as ctx:
        part = invoice(ctx.session, "BH-2025-3")
        taxes = ctx.session.exec(select(InvoiceTax).where(InvoiceTax.invoice_id == part.id)).all()
        assert sorted((t.base, t.amount) for t in taxes) == [(11250, 1013), (100000, 21000)]


def test_what_was_paid_has_a_payment_from_before_parley_and_the_ledger_says_what_is_owed(contexts: Contexts) -> None:
    bring_in(contexts, DATA / "export")

    with contexts.system() as ctx:
        payments = ctx.session.exec(select(Payment).order_by(Payment.number)).all()
        assert [(p.amount, p.method_label) for p in payments] == [
            (121000, "paid before Parley"), (10000, "paid before Parley"),
        ]  # fmt: skip
        assert [p.number for p in payments] == ["PAY-2025-0001", "PAY-2025-0002"]
        balances = {(b.customer_id, b.currency): b.receivable for b in ctx.session.exec(select(Balance)).all()}
        for owner in ctx.session.exec(select(Customer).where(Customer.source_key != "12")).all():
            due = ctx.session.scalar(select(func.sum(Invoice.due)).where(Invoice.customer_id == owner.id))
            assert balances[owner.id or 0, owner.currency] == due


def test_one_address_is_one_person_for_both_accounts(contexts: Contexts) -> None:
    bring_in(contexts, DATA / "export")

    with contexts.system() as ctx:
        ayse = ctx.session.exec(select(Contact).where(Contact.email == "ayse@ozdemir.example")).one()
        roles = ctx.session.exec(select(Membership.role).where(Membership.contact_id == ayse.id)).all()
        assert (ayse.name, list(roles)) == ("Ayşe Özdemir", [Role.OWNER, Role.OWNER])


def test_the_same_import_twice_adds_nothing(contexts: Contexts) -> None:
    bring_in(contexts, DATA / "export")
    before = counts(contexts)

    again = bring_in(contexts, DATA / "export")

    assert (again.customers, again.invoices, again.lines) == (0, 0, 0)
    assert (again.customers_already, again.invoices_already) == (4, 4)
    assert counts(contexts) == before


def test_new_rows_of_a_later_export_are_added_to_what_is_there(contexts: Contexts, tmp_path: Path) -> None:
    bring_in(contexts, DATA / "export")
    later = Path(shutil.copytree(DATA / "export", tmp_path / "later"))
    with (later / "invoices.csv").open("a", encoding="utf-8") as file:
        file.write("2025-6;11;Nazorg;01-03-2025;;open;;;121,00\n")
    with (later / "lines.csv").open("a", encoding="utf-8") as file:
        file.write("2025-6;Nazorg;1;100,00;;21\n")

    report = bring_in(contexts, later)

    assert (report.customers, report.invoices, report.lines) == (0, 1, 1)
    with contexts.system() as ctx:
        gent = ctx.session.exec(select(Customer).where(Customer.source_key == "11")).one()
        balance = ctx.session.get_one(Balance, (gent.id, "EUR"))
        assert balance.receivable == 9680 + 12100
    assert verify(contexts) == []


def test_a_dry_run_reports_the_same_and_keeps_nothing(contexts: Contexts) -> None:
    report = bring_in(contexts, DATA / "export", dry_run=True)

    assert (report.customers, report.invoices) == (4, 4)
    assert report.sentences()[0].startswith("Would add 4 customers, 4 invoices and 6 lines")
    assert counts(contexts) == [0] * len(TABLES)


EXPECTED = """
customers.csv 3 Name: This must not be empty.
customers.csv 4 Email: “not an address” is not an email address.
customers.csv 5 Country: “Atlantis” is no country that is known. Write its ISO code, such as NL.
customers.csv 6 Currency: “XQQ” is no currency. Write its ISO code, such as EUR.
customers.csv 7 Id: “1” is there twice: line 2 has it too.
customers.csv 8 : There are 4 cells, and the first line names 5.
customers.csv 9 : There are 7 cells, and the first line names 5.
customers.csv 11 Name: This is not written in utf-8.
customers.csv 12 Name: This has a sign in it that is no text.
invoices.csv 3 Customer: There is no customer “99” that could be taken in.
invoices.csv 4 Issued: “2025-02-30” is not a date in the form %Y-%m-%d.
invoices.csv 5 Due: It is due on 2025-02-01, before it was issued on 2025-02-10.
invoices.csv 6 Status: “settled” is no status. The mapping must say: open, paid or skip.
invoices.csv 7 Paid on: It is paid, and the day on which it was paid is missing.
invoices.csv 8 Paid on: It was paid on 2025-02-01, before it was issued on 2025-02-10.
invoices.csv 9 Paid: What was paid can't be below zero.
invoices.csv 10 Total: “ten” is not a number written like 1,234.50.
invoices.csv 11 Total: “10.005” has more decimals than GBP has.
invoices.csv 12 Total: A total below zero is a credit note, and those are not imported. Map it to skip.
invoices.csv 13 Total: The total is £11.00, and the lines with tax make £10.00.
invoices.csv 14 Id: Invoice “M” has no lines.
invoices.csv 15 Number: Line 2 has this number too.
invoices.csv 16 Paid: £99.00 was paid, more than the total.
invoices.csv 17 Id: The lines make less than zero. Credit notes are not imported: map it to skip.
invoices.csv 18 Id: “A” is there twice: line 2 has it too.
invoices.csv 19 Issued: This must not be empty.
invoices.csv 20 Issued: “1925-02-10” is before 1970.
lines.csv 3 Invoice: There is no invoice “Z” that could be taken in.
lines.csv 4 What: This must not be empty.
lines.csv 5 Quantity: “none” is not a number written like 1,234.50.
lines.csv 6 Price: This must not be empty.
lines.csv 7 Price: “0.001” has more decimals than GBP has.
lines.csv 8 Amount: £5.00 is not 2 × £0.00.
lines.csv 9 Tax: “200” is not a percentage from 0 to 100.
lines.csv 14 Price: “99999999999999999.00” is too large.
""".strip().splitlines()


def test_every_bad_row_is_named_and_nothing_is_imported(contexts: Contexts) -> None:
    report = bring_in(contexts, DATA / "bad_export")

    assert [f"{p.file} {p.line} {p.column}: {p.reason}" for p in report.problems] == EXPECTED
    assert report.sentences()[-1] == "35 bad rows. Nothing was imported. Mend the rows and run it again."
    assert counts(contexts) == [0] * len(TABLES)


def test_one_bad_row_in_a_good_export_keeps_everything_out(contexts: Contexts, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / "export", tmp_path / "copy"))
    with (folder / "lines.csv").open("a", encoding="utf-8") as file:
        file.write("2025-9;Wees;1;1,00;;21\n")

    report = bring_in(contexts, folder)

    assert [(p.file, p.line, p.column) for p in report.problems] == [("lines.csv", 9, "Factuurnr")]
    assert counts(contexts) == [0] * len(TABLES)


def test_a_number_that_is_taken_here_and_an_address_of_staff_are_bad_rows(contexts: Contexts, tmp_path: Path) -> None:
    bring_in(contexts, DATA / "export")
    with contexts.system(writes=True) as ctx:
        ctx.session.add(
            Staff(email="zoe@vanthoff.example", name="Zoë", role=Role.AGENT, created_at=ctx.now)
        )  # fmt: skip
    other = Path(shutil.copytree(DATA / "export", tmp_path / "other"))
    mapping = (other / "mapping.toml").read_text(encoding="utf-8")
    (other / "mapping.toml").write_text(mapping.replace('"boekhouding"', '"elders"'), encoding="utf-8")
    before = counts(contexts)

    report = bring_in(contexts, other)

    assert ("customers.csv", 3, "E-mail") in [(p.file, p.line, p.column) for p in report.problems]
    taken = [p for p in report.problems if "Another invoice here has the number" in p.reason]
    assert len(taken) == 4
    assert counts(contexts) == before


def test_a_column_that_is_missing_and_a_file_that_is_missing(contexts: Contexts, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / "export", tmp_path / "copy"))
    text = (folder / "customers.csv").read_text(encoding="utf-8")
    (folder / "customers.csv").write_text(text.replace("Bedrijf;", "Firma;", 1), encoding="utf-8")
    (folder / "lines.csv").unlink()

    report = bring_in(contexts, folder)

    found = [(p.file, p.line, p.column) for p in report.problems]
    assert ("customers.csv", 1, "Bedrijf") in found
    assert ("lines.csv", 0, "") in found
    assert counts(contexts) == [0] * len(TABLES)


def test_an_old_encoding_is_read_when_the_mapping_names_it(contexts: Contexts, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / "export", tmp_path / "copy"))
    text = (folder / "customers.csv").read_text(encoding="utf-8").replace("ş", "s")
    (folder / "customers.csv").write_text(text, encoding="cp1252")
    mapping = (folder / "mapping.toml").read_text(encoding="utf-8")
    assert not bring_in(contexts, folder).ok

    mapping = mapping.replace("[customers]", '[customers]\nencoding = "cp1252"')
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")

    assert bring_in(contexts, folder).ok
    with contexts.system() as ctx:
        assert ctx.session.exec(select(Customer.name).where(Customer.source_key == "13")).one() == "Müller & Söhne GmbH"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('key = "Klantnr"', 'kye = "Klantnr"'), "mapping.toml, customers.key: Field required."),
        (('delimiter = ";"', 'delimiter = ";;"'), "String should have at most 1 character"),
        (('{ column = "Datum", format', '{ column = "Datum", value = "x", format'), "give exactly one of column"),
        (('source = "boekhouding"', "source ="), "mapping.toml is not TOML"),
    ],
)
def test_a_mapping_that_can_not_be_used_says_why(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    text = (DATA / "export" / "mapping.toml").read_text(encoding="utf-8").replace(*change)
    (tmp_path / "mapping.toml").write_text(text, encoding="utf-8")

    with pytest.raises(MappingError) as refused:
        load_mapping(tmp_path / "mapping.toml")

    assert sentence in str(refused.value)


def test_chinook_comes_in_whole(contexts: Contexts, shared_data: Path) -> None:
    folder = shared_data / "chinook"
    files = (folder / "customers.csv", folder / "invoices.csv", folder / "invoice_lines.csv")

    report = import_csv(contexts, load_mapping(DATA / "chinook.toml"), *files)

    assert report.ok
    assert (report.customers, report.invoices, report.lines) == (59, 412, 2240)
    assert report.totals == {"USD": 232860}
    assert verify(contexts) == []
    with contexts.system() as ctx:
        assert ctx.session.scalar(select(func.sum(InvoiceLine.amount))) == 232860
        names = set(ctx.session.exec(select(Contact.name)).all())
    with files[0].open(encoding="utf-8") as file:
        assert names == {f"{r['FirstName']} {r['LastName']}" for r in csv.DictReader(file)}
    assert {"Luís Gonçalves", "František Wichterlová", "Bjørn Hansen"} <= names
