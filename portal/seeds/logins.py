"""Who may sign in to the demo, and with what: the passwords are made once and kept in the data folder."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

SHOWN = (
    ("customer", "ania@moellerkowalczyk.nl"),
    ("agent", "marit@renotech.example"),
    ("admin", "rio@renotech.example"),
)
OTHERS = (
    "pieter@moellerkowalczyk.nl",
    "janwillem@moellerkowalczyk.nl",
    "tomas@renotech.example",
    "wanjiru@kamauodegaard.example",
    "minami@minato-sekkei.example",
    "layla@noor-design.example",
    "pieterbas@denieuwewerkplaats.example",
    "eleni@papadopoulou.example",
)
WORDS = (
    "acorn", "amber", "anchor", "apple", "bamboo", "barley", "basil", "beacon", "birch", "bridge", "canyon",
    "cedar", "cherry", "clover", "copper", "coral", "cotton", "cricket", "dahlia", "ember", "falcon", "fern",
    "fjord", "forest", "garden", "ginger", "glacier", "harbour", "hazel", "heather", "indigo", "island",
    "ivory", "jasmine", "juniper", "kettle", "lantern", "laurel", "lemon", "lichen", "linen", "lotus", "maple",
    "marble", "meadow", "mint", "mosaic", "nectar", "oak", "olive", "orchard", "otter", "pebble", "pepper",
    "pine", "plum", "poppy", "quartz", "quince", "raven", "reed", "river", "saffron", "sage", "sequoia",
    "silver", "slate", "sorrel", "spruce", "tamarind", "thistle", "timber", "topaz", "tulip", "umber", "velvet",
    "walnut", "willow", "yarrow",
)  # fmt: skip


@dataclass(frozen=True)
class DemoLogin:
    """A login of the demo. `role` is customer, agent or admin."""

    role: str
    email: str
    password: str


def demo_logins(data: Path) -> tuple[DemoLogin, ...]:
    """The logins to show: a customer, an agent and an admin. Made at the first call, the same ever after."""
    kept = story_passwords(data)
    return tuple(DemoLogin(role, email, kept[email]) for role, email in SHOWN)


def story_passwords(data: Path) -> dict[str, str]:
    """The password of everybody in the story, by address; kept in `demo_logins`, readable by this user alone."""
    path = data / "demo_logins"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {email: _password() for email in [email for _, email in SHOWN] + list(OTHERS)}
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return story_passwords(data)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=1)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _password() -> str:
    """Four words: easy to read off a terminal and to type."""
    return "-".join(secrets.choice(WORDS) for _ in range(4))
