"""Tells the story of RenoTech: the same customers, documents and payments every time, to the cent and the minute."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from sqlmodel import Session, select

from billing.auth.passwords import hash_password
from billing.context import Context, Contexts
from billing.gateways.sandbox import PlantedCard, plant_customer
from billing.gateways.stripe_objects import REFERENCE
from billing.models.coupons import Coupon, CouponScope, Duration
from billing.models.invoices import InvoiceKind, NumberSeries
from billing.models.payments import PaymentMethod
from billing.models.people import Contact, Customer, Membership, Staff
from billing.models.projects import Project
from billing.models.subscriptions import AddOn, Plan, Product
from billing.posting import billing_address
from billing.posting.books import BookCredit, BookPayment, Books, Document
from billing.price_list.plans import add_plan, plan_code
from billing.registry import Channel, Role
from billing.rules.totals import NewLine
from portal.seeds.background import LAST_NUMBERS, Passer, at, background_documents, passers
from portal.seeds.holding import add_background_subscriptions, add_company_subscriptions
from portal.seeds.logins import story_passwords
from portal.seeds.news import tell_news
from portal.seeds.papers import CREDITS, PAPERS, CreditPaper, Item, Paper
from portal.seeds.people import MAIN, NEIGHBOURS, STAFF, Company
from portal.seeds.products import ADD_ONS, COUPONS, PLANS, PRODUCTS, VAT
from portal.seeds.work import add_hours, add_project, link_milestones

CARD = PlantedCard("pm_story_4417", "4000000000014417", 3, 2028)
GATEWAY_CUSTOMER = "cus_story_1001"
PART_PAYMENT = (date(2026, 3, 9), 400_00)


def seed_story(contexts: Contexts, passwords: Mapping[str, str] | None = None) -> None:
    """Tells the story in one transaction; where it was told before, nothing changes.

    `passwords` are by address; left out, they are those that `demo_logins` keeps in the data folder. Every document
    has its own day, whatever the clock says. In the demo the main customer's card lies in the sandbox.
    """
    known = passwords if passwords is not None else story_passwords(contexts.settings.data)
    if contexts.settings.sandbox:
        plant_customer(
            contexts.settings.data,
            clock=contexts.clock,
            customer=GATEWAY_CUSTOMER,
            name=MAIN.name,
            email=MAIN.email,
            metadata={REFERENCE: MAIN.number},
            cards=[CARD],
        )
    with contexts.system(writes=True, channel=Channel.SHELL) as ctx:
        if ctx.session.exec(select(Customer.id).where(Customer.number == MAIN.number)).first() is None:
            _Story(ctx, known).tell()
    if find_spec("chat.story"):
        import_module("chat.story").seed_conversations(contexts)


class _Story:
    def __init__(self, ctx: Context, passwords: Mapping[str, str]) -> None:
        self._ctx, self._session, self._passwords = ctx, ctx.session, passwords
        self._dice = random.Random(20260312)

    def tell(self) -> None:
        session = self._session
        self._add_staff()
        plans = _add_catalogue(session)
        _add_extras(session)
        companies = {company.number: self._add_company(company) for company in (MAIN, *NEIGHBOURS)}
        background = [(p, self._add_passer(p)) for p in passers(self._dice)]
        main = companies[MAIN.number]
        books = Books(session)
        project = add_project(session, books, main)
        owned = add_company_subscriptions(session, books, plans, MAIN, main.id or 0)
        books.post(_main_documents(main, project, owned["Domains"]))
        for company in NEIGHBOURS:
            customer = companies[company.number]
            add_company_subscriptions(session, books, plans, company, customer.id or 0)
            books.post(_invoice(paper, customer, company.people[0].name) for paper in company.papers)
        add_background_subscriptions(session, books, plans, background, owned["Team mail"])
        for documents in background_documents(self._dice, background).values():
            books.post(documents)
        add_hours(session, books, project, MAIN.people[0].name)
        books.close()
        _set_series(session)
        link_milestones(session, project)
        self._add_card(main)
        tell_news(session, main, project)

    def _add_staff(self) -> None:
        for person in STAFF:
            self._session.add(
                Staff(
                    email=person.email,
                    name=person.name,
                    title=person.title,
                    role=person.role,
                    password_hash=self._hash(person.email),
                    created_at=at(date(2021, 1, 4)),
                )
            )

    def _hash(self, email: str) -> str:
        password = self._passwords.get(email)
        return hash_password(password) if password else ""

    def _add_company(self, company: Company) -> Customer:
        street, postal_code, city, country = company.address
        customer = Customer(
            number=company.number,
            name=company.name,
            email=company.email,
            phone=company.phone,
            address_line=street,
            postal_code=postal_code,
            city=city,
            country=country,
            tax_id=company.tax_id,
            currency=company.currency,
            locale=company.locale,
            time_zone=company.time_zone,
            purchase_order=company.purchase_order,
            created_at=at(company.since),
        )
        self._session.add(customer)
        self._session.flush()
        for person in company.people:
            self._add_person(customer, person.name, person.email, person.role, company.since)
        return customer

    def _add_person(self, customer: Customer, name: str, email: str, role: Role, since: date) -> None:
        contact = Contact(email=email, name=name, password_hash=self._hash(email), created_at=at(since))
        self._session.add(contact)
        self._session.flush()
        self._session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=role))

    def _add_passer(self, passer: Passer) -> int:
        customer = Customer(
            number=f"CUS-{2001 + passer.place}",
            name=passer.name,
            email=passer.email,
            city=passer.city,
            country="NL",
            currency="EUR",
            created_at=at(passer.since),
        )
        self._session.add(customer)
        self._session.flush()
        self._add_person(customer, f"Administratie {passer.name}", passer.email, Role.OWNER, passer.since)
        return customer.id or 0

    def _add_card(self, customer: Customer) -> None:
        """The saved card, where the sandbox has it too."""
        if not self._ctx.settings.sandbox:
            return
        customer.gateway_id = GATEWAY_CUSTOMER
        self._session.add(
            PaymentMethod(
                customer_id=customer.id or 0,
                gateway_id=CARD.id,
                brand="visa",
                last4=CARD.number[-4:],
                exp_month=CARD.exp_month,
                exp_year=CARD.exp_year,
                is_default=True,
                created_at=at(date(2025, 4, 2)),
            )
        )


def _add_catalogue(session: Session) -> dict[tuple[str, str, str], Plan]:
    """Products and plans; by product, plan and currency."""
    products = {name: Product(name=name, description=text) for name, text in PRODUCTS.items()}
    session.add_all(products.values())
    session.flush()
    plans = {}
    for place, sold in enumerate(PLANS):
        least, most = sold.seats or (1, 1)
        plan = Plan(
            product_id=products[sold.product].id or 0,
            name=sold.name,
            interval=sold.interval,
            currency=sold.currency,
            unit_amount=sold.price,
            per_seat=sold.seats is not None,
            least_seats=least,
            most_seats=most,
            tax_rate=sold.tax_rate,
            features=list(sold.features),
            offered=sold.offered,
            position=place,
        )
        plans[sold.product, sold.name, sold.currency] = add_plan(
            session, products[sold.product], plan, at(date(2021, 1, 4))
        )
    session.flush()
    return plans


def _add_extras(session: Session) -> None:
    """What is sold beside the plans, and what takes something off."""
    products = {p.name: p.id for p in session.exec(select(Product)).all()}
    for extra in ADD_ONS:
        session.add(
            AddOn(
                code=plan_code(extra.product, extra.name, "", extra.currency),
                product_id=products[extra.product],
                name=extra.name,
                currency=extra.currency,
                unit_amount=extra.price,
                recurring=extra.recurring,
                tax_rate=VAT,
            )
        )
    for coupon in COUPONS:
        session.add(
            Coupon(
                code=coupon.code,
                name=coupon.name,
                percent=Decimal(coupon.percent),
                amount=coupon.amount,
                currency="EUR" if coupon.amount else "",
                scope=CouponScope.INVOICE if coupon.amount else CouponScope.LINE,
                duration=Duration.PERIODS if coupon.periods else Duration.ONCE,
                periods=coupon.periods or 1,
                redeem_by=coupon.redeem_by,
                most_uses=coupon.most_uses,
                most_uses_per_customer=1,
                created_at=at(date(2026, 1, 5)),
            )
        )
    session.flush()


def _lines(items: tuple[Item, ...]) -> list[NewLine]:
    return [
        NewLine(
            description=item.description,
            unit_amount=item.price,
            amount=item.total,
            quantity=item.quantity,
            tax_rate=item.tax_rate,
            detail=item.detail,
            unit=item.unit,
            working=item.working,
        )
        for item in items
    ]


def _invoice(paper: Paper, customer: Customer, attention: str) -> Document:
    document = Document(
        customer_id=customer.id or 0,
        number=paper.number,
        title=paper.title,
        currency=paper.currency,
        issued_at=at(paper.on, 7),
        issued_on=paper.on,
        lines=_lines(paper.items),
        due_on=paper.on + timedelta(days=paper.days),
        bill_to=billing_address(customer, attention),
        purchase_order=customer.purchase_order,
    )
    if paper.paid_on:
        document.payment = BookPayment(_paid_at(paper.paid_on), document.total, paper.method, paper.label)
    return document


def _paid_at(day: date) -> datetime:
    return at(day, 9)


def _credit_note(paper: CreditPaper, customer: Customer, attention: str) -> Document:
    document = Document(
        customer_id=customer.id or 0,
        number=paper.number,
        title=paper.title,
        currency="EUR",
        issued_at=at(paper.on, 10),
        issued_on=paper.on,
        lines=_lines(paper.items),
        kind=InvoiceKind.CREDIT_NOTE,
        bill_to=billing_address(customer, attention),
        purchase_order=customer.purchase_order,
    )
    if paper.used_on:
        document.used = -document.total
    return document


def _main_documents(customer: Customer, project: Project, domains_id: int) -> list[Document]:
    """The main customer's, in order: what is paid in part and where its credit went, too."""
    attention = MAIN.people[0].name
    notes = [_credit_note(paper, customer, attention) for paper in CREDITS]
    documents = []
    for paper in PAPERS:
        document = _invoice(paper, customer, attention)
        if paper.milestone:
            document.project_id = project.id
        if paper.domains:
            document.subscription_id = domains_id
            document.period = (paper.on, paper.on.replace(year=paper.on.year + 1))
        used = [(p, n) for p, n in zip(CREDITS, notes, strict=True) if p.used_for == paper.number and p.used_on]
        document.credits = [BookCredit(_paid_at(p.used_on), n.number, n.used) for p, n in used if p.used_on]
        if used:
            day, amount = PART_PAYMENT
            document.payment = BookPayment(_paid_at(day), amount, paper.method, paper.label)
        documents.append(document)
    return sorted([*documents, *notes], key=lambda d: d.issued_at)


def _set_series(session: Session) -> None:
    """The next invoice goes on after the story's last."""
    for year, last in LAST_NUMBERS.items():
        session.add(NumberSeries(series=f"RT-{year}", last=last))
    session.add(NumberSeries(series="CN-2026", last=11))
    session.flush()
