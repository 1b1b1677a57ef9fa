"""The ground that the other tests stand on."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import redis
from sqlalchemy import Engine, func, inspect, select, text

from billing.db import transaction
from billing.models.people import Staff
from tests.fixtures.mail import Mailbox


def test_a_fresh_database_has_every_table_and_no_row(engine: Engine) -> None:
    tables = set(inspect(engine).get_table_names())
    assert {"customer", "invoice", "payment", "conversation"} <= tables
    with transaction(engine, writes=False) as session:
        assert session.scalar(select(func.count()).select_from(Staff)) == 0


def test_what_one_test_writes_no_other_test_sees(engine: Engine) -> None:
    with transaction(engine, writes=True) as session:
        session.execute(text("CREATE TABLE left_behind (id integer)"))
    assert "left_behind" in inspect(engine).get_table_names()


def test_databases_stand_apart(engine: Engine) -> None:
    assert "left_behind" not in inspect(engine).get_table_names()


def test_redis_starts_empty(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.dbsize() == 0
    client.set("a", "b")
    assert client.get("a") == b"b"


def test_mail_that_is_sent_arrives(smtp_server: Mailbox) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Réçu"
    message.set_content("Paid.")
    with smtplib.SMTP(smtp_server.url.removeprefix("smtp://")) as client:
        client.send_message(message)
    assert smtp_server.wait_for("b@example.com")["Subject"] == "Réçu"
