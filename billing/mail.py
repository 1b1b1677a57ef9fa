"""Sends what waits in the outbox: over SMTP, or as .eml files in PARLEY_DATA/outbox where there is none.

A mail goes out at least once: it is marked as sent after the server took it. What is refused is tried again, later and
later, and given up after ten tries, or once the link in it has ended.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from sqlmodel import col, select

from billing.auth.links import address_of, is_open
from billing.config import Settings
from billing.context import Context, Contexts
from billing.models.people import OneTimeLink
from billing.models.records import Mail
from billing.preferences import load_preferences

MOST_TRIES = 10
AT_ONCE = 50

log = structlog.get_logger(__name__)


def send_waiting(contexts: Contexts) -> int:
    """Sends the mails whose time has come, and says how many were taken."""
    with contexts.system() as ctx:
        waiting = ctx.session.exec(
            select(Mail.id)
            .where(col(Mail.sent_at).is_(None), Mail.next_try_at <= ctx.now, Mail.tries < MOST_TRIES)
            .order_by(col(Mail.id))
            .limit(AT_ONCE)
        ).all()
        sender = load_preferences(ctx.session).business_contact.split()[0]
    return sum(_send_one(contexts, mail_id, sender) for mail_id in waiting if mail_id is not None)


def _send_one(contexts: Contexts, mail_id: int, sender: str) -> bool:
    with contexts.system(writes=True) as ctx:
        mail = ctx.session.exec(select(Mail).where(Mail.id == mail_id).with_for_update(skip_locked=True)).first()
        if mail is None or mail.sent_at is not None or mail.next_try_at > ctx.now:
            return False
        text = _text(ctx, mail)
        if text is None:
            mail.tries = MOST_TRIES
            return False
        mail.tries += 1
        mail.next_try_at = ctx.now + timedelta(minutes=2**mail.tries)  # whoever dies while sending is followed up
        ctx.session.add(mail)
    try:
        deliver(contexts.settings, _message(mail, sender, text), f"{mail.id:08d}")
    except Exception as error:  # what can't be written or sent, such as to a strange address, must hold up no other
        log.warning("mail_not_sent", mail=mail.id, tries=mail.tries, problem=str(error)[:200])
        return False
    with contexts.system(writes=True) as ctx:
        sent = ctx.session.get_one(Mail, mail_id)
        sent.sent_at = ctx.now
        ctx.session.add(sent)
    return True


def _text(ctx: Context, mail: Mail) -> str | None:
    """What the mail says, with its link; None when the link has ended, and so is not worth sending any more."""
    if mail.link_id is None:
        return mail.text
    link = ctx.session.get_one(OneTimeLink, mail.link_id)
    return mail.text.replace("{link}", address_of(ctx.settings, link)) if is_open(ctx, link) else None


def _message(mail: Mail, sender: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = make_msgid(idstring=str(mail.id), domain=sender.partition("@")[2] or "localhost")
    message.set_content(text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def deliver(settings: Settings, message: EmailMessage, name: str) -> None:
    """Hands one message over. Raises OSError or SMTPException when it isn't taken."""
    if not settings.smtp_url:
        folder = settings.data / "outbox"
        folder.mkdir(parents=True, exist_ok=True)
        Path(folder / f"{name}.eml").write_bytes(message.as_bytes())
        return
    url = urlsplit(settings.smtp_url)
    asyncio.run(
        aiosmtplib.send(
            message,
            hostname=url.hostname,
            port=url.port,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            use_tls=url.scheme == "smtps",
            timeout=30,
        )
    )
