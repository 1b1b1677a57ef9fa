"""Puts Parley together from its settings: the one place that knows every room."""

from __future__ import annotations

import hashlib
import hmac
import pkgutil
from dataclasses import dataclass
from importlib import import_module

from limits.errors import ConfigurationError
from redis import RedisError
from sqlalchemy.exc import ArgumentError

import billing.actions
import billing.dunning
import billing.models
import billing.notices
import chat.models  # noqa: F401  (makes the tables known)
from billing.clock import Clock
from billing.config import Settings, SettingsError, load_settings
from billing.context import Contexts
from billing.db import make_engine
from billing.files import Files
from billing.gateways.card_form import CardForm, card_form_config
from billing.gateways.stripe import StripeGateway
from billing.pdf import Renderer
from billing.registry import Registry, catalogue
from billing.throttle import Throttle
from chat.understanding.kept import keep_in

SANDBOX_PATH = "/sandbox"
CARD_SCRIPT_PATH = "/card-form.js"


@dataclass(frozen=True)
class GatewayKeys:
    """What the payment gateway is reached with. `api_base` is empty for Stripe itself."""

    secret: str
    publishable: str
    webhook_secret: str
    api_base: str


def build(settings: Settings | None = None, *, clock: Clock | None = None) -> Contexts:
    """Opens the database, the gateway and the files, and fills the catalogue with every action.

    Reads the environment where no settings are given. Raises SettingsError with a sentence for each mistake.
    """
    settings = settings or load_settings()
    load_actions()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([f"PARLEY_DATA can't be used: {settings.data}: {error.strerror}."]) from None
    clock = clock or settings.clock()
    try:
        engine = make_engine(settings.database)
    except (ArgumentError, ImportError, ValueError) as error:
        raise SettingsError([f"DATABASE_URL can't be used: {_first_line(error)}"]) from None
    try:
        throttle = Throttle(settings.redis_url)
    except (ConfigurationError, RedisError, ValueError) as error:
        raise SettingsError([f"REDIS_URL can't be used: {_first_line(error)}"]) from None
    keep_in(settings.data / "learned")
    keys = gateway_keys(settings)
    return Contexts(
        settings=settings,
        engine=engine,
        clock=clock,
        registry=catalogue,
        gateway=StripeGateway(
            secret_key=keys.secret, webhook_secret=keys.webhook_secret, api_base=keys.api_base, clock=clock
        ),
        renderer=Renderer(settings.data / "pdf"),
        files=Files(settings.data / "files", engine, clock),
        throttle=throttle,
    )


def load_actions() -> None:
    """Registers every action of billing and chat in the catalogue, and what follows from events."""
    for room in (billing.actions, billing.dunning, billing.notices):
        for module in pkgutil.iter_modules(room.__path__):
            import_module(f"{room.__name__}.{module.name}")
    import_module("chat.actions")


def whole_catalogue() -> Registry:
    """The catalogue with every action of billing and chat in it."""
    load_actions()
    return catalogue


def gateway_keys(settings: Settings) -> GatewayKeys:
    """The keys from the settings; the sandbox's are made from the secret key, so that all processes share them."""
    if not settings.sandbox:
        return GatewayKeys(
            settings.stripe_secret_key,
            settings.stripe_publishable_key,
            settings.stripe_webhook_secret,
            settings.stripe_api_base,
        )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return GatewayKeys(
        f"sk_test_{_derived(settings, 'secret')}",
        f"pk_test_{_derived(settings, 'publishable')}",
        f"whsec_{_derived(settings, 'webhook')}",
        settings.stripe_api_base or f"http://{host}:{settings.port}{SANDBOX_PATH}",
    )


def card_form(settings: Settings) -> CardForm:
    """How a browser asks for a card: the script (served at CARD_SCRIPT_PATH), the key, and where the card goes."""
    base = f"{settings.address}{SANDBOX_PATH}" if settings.sandbox else None
    return card_form_config(gateway_keys(settings).publishable, sandbox_base=base)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return f"{lines[0].rstrip('.')}."


def _derived(settings: Settings, name: str) -> str:
    return hmac.new(settings.secret_key.encode(), f"sandbox {name}".encode(), hashlib.sha256).hexdigest()[:32]
