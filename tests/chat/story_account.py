"""The account of the story as understanding sees it, without a database."""

from __future__ import annotations

from datetime import date

from chat.understanding.account import Account, KnownInvoice, KnownPayment, KnownPlan, KnownSubscription

TODAY = date(2026, 3, 12)


def _invoice(number: str, title: str, issued: date, due_on: date | None, due: int, total: int) -> KnownInvoice:
    return KnownInvoice(number, title, "EUR", issued, due_on, due, total, credit_note=number.startswith("CN"))


INVOICES = (
    _invoice("CN-2026-0011", "Credit note: outage on 27 February", date(2026, 3, 5), None, 0, -4000),
    _invoice("RT-2026-0187", "Monthly services, March", date(2026, 3, 1), date(2026, 3, 15), 52801, 74238),
    _invoice("RT-2026-0171", "Photography and 3D tour, Haarlem showroom", date(2026, 2, 24), date(2026, 3, 26), 77440, 77440),
    _invoice("RT-2026-0162", "Milestone 2 of 4, showroom website redesign", date(2026, 2, 16), date(2026, 3, 2), 290400, 290400),
    _invoice("RT-2026-0118", "Monthly services, February", date(2026, 2, 1), date(2026, 2, 15), 0, 35937),
    _invoice("RT-2026-0059", "Milestone 1 of 4, showroom website redesign", date(2026, 1, 12), date(2026, 1, 26), 0, 290400),
    _invoice("RT-2026-0021", "Monthly services, January", date(2026, 1, 1), date(2026, 1, 15), 0, 35937),
    _invoice("RT-2025-1204", "Monthly services, December", date(2025, 12, 1), date(2025, 12, 15), 0, 35937),
    _invoice("RT-2025-1130", "Domains moellerkowalczyk.nl, .de and .pl, one year", date(2025, 11, 18), date(2025, 12, 2), 0, 13794),
)  # fmt: skip

ACCOUNT = Account(
    today=TODAY,
    business="RenoTech",
    known=True,
    series=("RT-2026", "CN-2026", "PAY-2026", "RT-2025"),
    invoices=INVOICES,
    subscriptions=(
        KnownSubscription("SUB-0001", "Hosting", "Growth", 1, per_seat=False),
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
    payments=(KnownPayment("PAY-2026-0031", 35937, "EUR", date(2026, 2, 15)),),
)

OVERDUE = ["RT-2026-0162"]
PAYABLE = ["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"]
