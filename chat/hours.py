"""When people answer: the business's hours, and until when a first answer is due."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.preferences import PortalPreferences

HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[–-]\s*(\d{1,2}):(\d{2})")


def opening(preferences: PortalPreferences, now: datetime) -> datetime:
    """The moment from which a person can answer: now within the hours, else when they next begin.

    Hours that can't be read (`people_hours` is the admin's own words) count as always.
    """
    found = HOURS.search(preferences.people_hours)
    if found is None:
        return now
    first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
    local = now.astimezone(ZoneInfo(preferences.business_time_zone))
    first, last = time(first_hour % 24, first_minute), time(last_hour % 24, last_minute)
    if first <= local.time() < last:
        return now
    day = local.date() if local.time() < first else local.date() + timedelta(days=1)
    return datetime.combine(day, first, local.tzinfo)


def answer_due(preferences: PortalPreferences, now: datetime) -> datetime:
    """Until when somebody who asks for a person now is to have a first answer."""
    return opening(preferences, now) + timedelta(minutes=preferences.answer_within_minutes)
