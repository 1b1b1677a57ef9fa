"""Rows to begin with: the story of RenoTech and its customers, and any number of made-up ones."""

from portal.seeds.bulk import BulkReport, seed_bulk
from portal.seeds.logins import DemoLogin, demo_logins, story_passwords
from portal.seeds.story import seed_story

__all__ = ["BulkReport", "DemoLogin", "demo_logins", "seed_bulk", "seed_story", "story_passwords"]
