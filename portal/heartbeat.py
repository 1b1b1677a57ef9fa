"""The job worker's sign of life: what it leaves at each turn, and whether one was left lately."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from billing.config import Settings

FRESH_SECONDS = 20
KEY = "parley:jobs:alive"


def beat(settings: Settings) -> None:
    """Leaves a sign of life: in Redis where it is set, else as a file's time in the data folder."""
    if settings.redis_url:
        with _redis(settings.redis_url) as client:
            client.set(KEY, "1", ex=FRESH_SECONDS)
    else:
        _file(settings).touch()


def jobs_answer(settings: Settings) -> bool:
    """Whether a job worker left a sign of life in the last 20 seconds."""
    try:
        if settings.redis_url:
            with _redis(settings.redis_url) as client:
                return bool(client.exists(KEY))
        return time.time() - _file(settings).stat().st_mtime < FRESH_SECONDS
    except (OSError, redis.RedisError):
        return False


def _file(settings: Settings) -> Path:
    return settings.data / "jobs_alive"


def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
