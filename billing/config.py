"""Settings: all from the environment, checked at start, each mistake with a sentence that says what to do."""

from __future__ import annotations

import ipaddress
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from billing.clock import Clock, RunningClock, clock_from_setting

STORY_BEGINS = datetime.fromisoformat("2026-03-12T14:00:00+01:00")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class SettingsError(Exception):
    """Settings that can't be used; `problems` holds one sentence a mistake."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(BaseSettings):
    """What the environment says. README.md's table documents each."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    data: Path = Path(".parley")
    public_url: str = ""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    redis_url: str = Field("", validation_alias="REDIS_URL")
    smtp_url: str = Field("", validation_alias="SMTP_URL")
    stripe_secret_key: str = Field("", validation_alias="STRIPE_SECRET_KEY")
    stripe_publishable_key: str = Field("", validation_alias="STRIPE_PUBLISHABLE_KEY")
    stripe_webhook_secret: str = Field("", validation_alias="STRIPE_WEBHOOK_SECRET")
    stripe_api_base: str = Field("", validation_alias="STRIPE_API_BASE")
    secret_key: str = ""
    trusted_proxies: Annotated[Networks, NoDecode] = ()
    demo: bool = False
    now: str = ""
    test_clock: bool = False

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("now")
    @classmethod
    def _moment(cls, value: str) -> str:
        clock_from_setting(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        bare = value.rstrip("/")
        if bare and (not _reaches(bare, "http", "https") or urlsplit(bare).netloc != bare.partition("://")[2]):
            raise ValueError("it must be an address such as https://billing.example.com, and nothing after the host")
        if "@" in bare:
            raise ValueError("it must be an address without a name or password")
        return bare

    @field_validator("stripe_api_base")
    @classmethod
    def _api(cls, value: str) -> str:
        if value and not _reaches(value, "http", "https"):
            raise ValueError("it must be an address such as http://127.0.0.1:12111")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and not _reaches(value, "smtp", "smtps"):
            raise ValueError("it must be an address such as smtp://user:password@mail.example.com:587")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise SettingsError(problems)
        return self

    def _problems(self) -> list[str]:
        found = []
        if self.now and not self.test_clock:
            found.append("PARLEY_NOW sets the clock and is for tests: set PARLEY_TEST_CLOCK=1 too, or leave it out.")
        if self.demo:
            if self.host not in LOOPBACK or urlsplit(self.address).hostname not in LOOPBACK:
                found.append(
                    "PARLEY_DEMO=1 is for this machine alone: set PARLEY_HOST and PARLEY_PUBLIC_URL to 127.0.0.1."
                )
            return found
        if len(self.secret_key) < 32:
            found.append("PARLEY_SECRET_KEY is missing or short: give it at least 32 random characters.")
        for name in ("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret"):
            if not getattr(self, name):
                found.append(f"{name.upper()} is missing: copy it from your Stripe dashboard.")
        if self.stripe_publishable_key and not self.stripe_publishable_key.startswith("pk_"):
            found.append("STRIPE_PUBLISHABLE_KEY goes to every browser: give it the key that begins with pk_.")
        if self.stripe_secret_key.startswith("pk_"):
            found.append("STRIPE_SECRET_KEY is a publishable key: give it the one that begins with sk_ or rk_.")
        return found

    @property
    def address(self) -> str:
        """Where people reach Parley, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def database(self) -> str:
        """The database's URL: DATABASE_URL, or a SQLite file in PARLEY_DATA."""
        return self.database_url or f"sqlite:///{(self.data / 'parley.db').resolve()}"

    @property
    def sandbox(self) -> bool:
        """Whether cards go to the sandbox that Parley brings along."""
        return self.demo and not self.stripe_secret_key

    @property
    def secure_cookies(self) -> bool:
        return self.address.startswith("https://")

    def clock(self) -> Clock:
        """The clock that everything goes by. The demo's starts at the story's moment and runs on over restarts."""
        if self.demo and not self.now:
            kept = self.data / "demo_clock"
            try:
                first = datetime.fromisoformat(_kept(kept, datetime.now(UTC).isoformat()))
            except ValueError:
                raise SettingsError([f"{kept} holds no moment: delete that file and start again."]) from None
            return RunningClock(STORY_BEGINS + (datetime.now(UTC) - first))
        return clock_from_setting(self.now)


def load_settings() -> Settings:
    """Reads and checks the environment; in the demo, makes the secrets that are missing and keeps them in the data.

    Raises SettingsError with a sentence for each mistake.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError([_sentence(e["loc"], e["msg"]) for e in error.errors()]) from None
    if settings.demo and not settings.secret_key:
        settings = settings.model_copy(
            update={"secret_key": _kept(settings.data / "secret_key", secrets.token_urlsafe(48))}
        )
    return settings


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]) if location else "environment"
    shown = name if name.isupper() else f"PARLEY_{name.upper()}"
    return f"{shown} can't be used: {message.removeprefix('Value error, ').rstrip('.')}."


def _reaches(address: str, *schemes: str) -> bool:
    """Whether it names a host, by one of these schemes, with a port that there can be. Raises ValueError."""
    parts = urlsplit(address)
    return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)


def _kept(path: Path, value: str) -> str:
    """What the file says; `value` is written when there is none, readable by this user alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
    return path.read_text().strip()
