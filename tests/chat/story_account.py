"""The account of the story as understanding sees it, without a database."""

from __future__ import annotations

from datetime import date

from chat.understanding.account import (
    Account,
    KnownAddOn,
    KnownHours,
    KnownInvoice,
    KnownMilestone,
    KnownPayment,
    KnownPerson,
    KnownPlan,
    KnownProject,
    KnownSubscription,
)

TODAY = date(2026, 3, 12)


def _invoice(number: str, title: str, issued: str, due_on: str, due: str, total: str) -> KnownInvoice:
    return KnownInvoice(
        number, title, "EUR", date.fromisoformat(issued), date.fromisoformat(due_on) if due_on else None,
        int(due), int(total), credit_note=number.startswith("CN"),
    )  # fmt: skip


ROWS = """
CN-2026-0011 | Credit note: outage on 27 February                 | 2026-03-05 |            |      0 |  -4000
RT-2026-0187 | Monthly services, March                            | 2026-03-01 | 2026-03-15 |  52801 |  98801
RT-2026-0171 | Photography and 3D tour, Haarlem showroom          | 2026-02-24 | 2026-03-26 |  77440 |  77440
RT-2026-0162 | Milestone 2 of 4, showroom website redesign        | 2026-02-16 | 2026-03-02 | 290400 | 290400
RT-2026-0118 | Monthly services, February                         | 2026-02-01 | 2026-02-15 |      0 |  60500
RT-2026-0059 | Milestone 1 of 4, showroom website redesign        | 2026-01-12 | 2026-01-26 |      0 | 290400
RT-2026-0021 | Monthly services, January                          | 2026-01-01 | 2026-01-15 |      0 |  60500
RT-2025-1204 | Monthly services, December                         | 2025-12-01 | 2025-12-15 |      0 |  60500
RT-2025-1130 | Domains moellerkowalczyk.nl, .de and .pl, one year | 2025-11-18 | 2025-12-02 |      0 |  13794
"""
INVOICES = tuple(_invoice(*(cell.strip() for cell in row.split("|"))) for row in ROWS.strip().splitlines())

ACCOUNT = Account(
    today=TODAY,
    business="RenoTech",
    known=True,
    series=("RT-2026", "CN-2026", "PAY-2026", "RT-2025"),
    invoices=INVOICES,
    subscriptions=(
        KnownSubscription("SUB-0001", "Hosting", "Growth", 1, per_seat=False, add_ons=("daily-backups",)),
        KnownSubscription("SUB-0002", "Team mail", "", 18, per_seat=True),
        KnownSubscription("SUB-0003", "Site care", "Standard", 1, per_seat=False),
        KnownSubscription("SUB-0004", "Visitor analytics", "", 1, per_seat=False),
    ),
    plans=(
        KnownPlan("Hosting", "Growth", per_seat=False, least=1, most=1),
        KnownPlan("Hosting", "Business", per_seat=False, least=1, most=1),
        KnownPlan("Hosting", "Scale", per_seat=False, least=1, most=1),
        KnownPlan("Site care", "Standard", per_seat=False, least=1, most=1),
        KnownPlan("Site care", "Plus", per_seat=False, least=1, most=1),
    ),
    ended=(KnownSubscription("SUB-0005", "Web shop", "", 1, per_seat=False, status="ended"),),
    add_ons=(
        KnownAddOn("extra-storage", "Extra storage", "Hosting"),
        KnownAddOn("daily-backups", "Daily backups", "Hosting"),
        KnownAddOn("spam-filter", "Spam filter", "Team mail"),
    ),
    projects=(
        KnownProject(
            "PRJ-2026-0001",
            "Showroom website redesign",
            (KnownMilestone(1, "Design", "approved"), KnownMilestone(2, "Product pages", "done")),
            (
                KnownHours("TIME-2026-0003", "Product photos, 2.5 h, 9 March"),
                KnownHours("TIME-2026-0002", "Search, 4 h"),
            ),
            ("Ilse Brand", "Noor van Dam", "Tomáš Bělohlávek"),
        ),
    ),
    payments=(KnownPayment("PAY-2026-0031", 35937, "EUR", date(2026, 2, 15)),),
    people=(
        KnownPerson("Ania Kowalczyk", "ania@moeller.example"),
        KnownPerson("Pieter Möller", "pieter@moeller.example"),
        KnownPerson("Jan-Willem van den Heuvel", "janwillem@moeller.example"),
        KnownPerson("Will Smit", "will@moeller.example"),
    ),
)

OVERDUE = ["RT-2026-0162"]
PAYABLE = ["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"]
