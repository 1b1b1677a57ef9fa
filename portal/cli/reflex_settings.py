"""What Reflex is told by its environment when Parley serves the pages that are built already."""

from __future__ import annotations

from billing.auth.origins import allowed_origins
from billing.config import Settings


def reflex_environment(settings: Settings) -> dict[str, str]:
    """Reflex's own names: no compiling, pages on this port, its socket for our pages only, Redis where it is set."""
    told = {
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CORS_ALLOWED_ORIGINS": ",".join(allowed_origins(settings)),
    }
    shared = {"REFLEX_REDIS_URL": settings.redis_url, "REFLEX_STATE_MANAGER_MODE": "redis"}
    return told | (shared if settings.redis_url else {"REFLEX_STATE_MANAGER_MODE": "memory"})
