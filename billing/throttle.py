"""How often somebody may try. Counts live in memory for one process, in Redis for many."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from billing.errors import PortalError

# What is counted, and how much of it is let through. One person at one address, one person from anywhere (a guesser
# with many addresses), one address (a guesser of many persons); codes of one person, in a while and in a day; links
# that are opened; links that are asked for, by one browser for one person, for one person from anywhere, by one
# browser; addresses to which one account has us write; questions of visitors whom nobody knows.
LIMITS: dict[str, RateLimitItem] = {
    "login_pair": RateLimitItemPerMinute(8, 15),
    "login_email": RateLimitItemPerHour(40, 1),
    "login_address": RateLimitItemPerMinute(100, 15),
    "code": RateLimitItemPerMinute(5, 15),
    "code_day": RateLimitItemPerDay(30, 1),
    "own_password": RateLimitItemPerMinute(8, 15),
    "link_address": RateLimitItemPerMinute(30, 15),
    "asked_pair": RateLimitItemPerMinute(3, 15),
    "asked_email": RateLimitItemPerHour(8, 1),
    "asked_address": RateLimitItemPerMinute(30, 15),
    "mailed_by_account": RateLimitItemPerHour(30, 1),
    "visitor_address": RateLimitItemPerMinute(60, 5),
}


class Throttle:
    """Counts tries by name and key over a moving window of the machine's own time."""

    def __init__(self, redis_url: str = "") -> None:
        storage = RedisStorage(redis_url) if redis_url else MemoryStorage()
        self._limiter = MovingWindowRateLimiter(storage)

    def count(self, name: str, key: str) -> int:
        """Counts one try and returns how many are left. Raises `too_many_tries` when there was none left."""
        limit = LIMITS[name]
        if not self._limiter.hit(limit, name, key):
            ends, _ = self._limiter.get_window_stats(limit, name, key)
            raise PortalError("too_many_tries", minutes=max(1, math.ceil((ends - time.time()) / 60)))
        return int(self._limiter.get_window_stats(limit, name, key).remaining)

    def forget(self, name: str, key: str) -> None:
        """Starts the count afresh: the person got in."""
        self._limiter.clear(LIMITS[name], name, key)
