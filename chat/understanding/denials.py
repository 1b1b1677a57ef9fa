"""What a message refuses: a "not" that denies, and one that asks for a change all the same."""

from __future__ import annotations

import re

from chat.understanding.mentions import Mentions
from chat.understanding.phrases import action_of

NEGATED = re.compile(
    r"\b(?:not|never|nothing|neither|nor|refuse|refusing|avoid|refrain|without|stop|unwilling|hold off|"
    r"rather than|hate|no way|"
    r"by no means|no (?:payment|switch|change|review|upgrade|downgrade))\b"
)
NO_PERSON = re.compile(
    r"\b(?:do|did|would|should) not (?:want|need|wish|like|have|talk|speak|connect|transfer|hand|call|ask|get)\b|"
    r"\bno need\b"
    r"|^(?:not|no|never|nobody)\b|\bnever\b"
)
NO_CHANGE = re.compile(
    r"\b(?:(?:do|did|would|should|must|will|shall|may|please) not|never)(?: (?:want|wish|have|need|you))*(?: to)? "
    r"(?:pay|settle|charge|switch|change|upgrade|downgrade|move|add|rate|review|leave)\b"
)
_UNKNOWING = re.compile(
    r"\b(?:do|did) not (?:know|understand|see) (?:how|what|where|why|if|whether)\b|\bnothing else\b|\bwhy not\b"
)
NOT_A_BOT = re.compile(
    r"^nobody (?:answers|answered|replies|replied|reads|reacts|calls|called|helps)\b|"
    r"\b(?:bot|robot|machine|computer|bots|robots|ai|chatbot)\b"
)
DENIAL = re.compile(
    r"\b(?:i |you |we )?(?:(?:do|does|did|would|should|must|will|can|could|shall) )?(?:not|never|refuse to|avoid|"
    r"stop|hold off|"
    r"nothing|under no circumstances)(?: (?:want|wish|like|need|going|ever))?(?: to)?(?: be)?\b"
)
# Words with a "not" in them that ask for a change all the same, for the actions that they can ask for.
_WANTED = re.compile(
    r"\bstop (?:(?!to\b|not\b)\w+ ){0,2}?(?:\{(?:subscription|plan|add_on)\}|(?:subscriptions?|plan|hosting|service|"
    r"trial|"
    r"contract|renewals?|renewing|pause|pausing|charging|charges|charge|auto|auto-?(?:charge|charging|pay|renewal)|"
    r"automatic\w*|taking)\b)"
    r"|\bstop (?:(?:that|this|the|my|waiting|pending) ){0,2}(?:payment\b(?! (?:method|card|reminder))|\{payment\})"
    r"|\bdo not (?:take|charge|make|go on with|confirm) (?:that |this |the |my )?(?:payment|money|\{payment\})"
    r"|\b(?:do|does|should|shall|must|will) not (?:automatically )?(?:renew|extend)\b"
    r"|\b(?:do|does|should|shall|must|will) not (?:automatically )?(?:want|need|use|require|like)\b.{0,60}?"
    r"\b(?:any ?more|any longer)\b"
    r"|\b(?:do|should|must) not (?:automatically )?(?:charge|debit|take|collect)\b.{0,60}?"
    r"\b(?:automatic\w*|by itself|by themselves|on its own|every month|each month|any ?more)\b"
    r"|\b(?:do|should|shall|must) not (?:cancel|end|pause|change|switch|stop)\b.{0,60}?\b(?:after all|any ?more)\b"
    r"|\b(?:stop|do not|never|no longer|not) (?:(?!to\b)\w+ ){0,2}?(?:e-?mail|mail)(?:s|ing)?\b"
    r"|\bnever charge\b.{0,40}?\b(?:automatic\w*|by itself|by themselves)\b"
    r"|\b(?:do|does) not (?:quite |really )?(?:agree|understand|recogni[sz]e)\b"
    r"|\b(?:without|no|not) (?:an? |the |any )?(?:free )?(?:trial|refund|credit|money back)\b|\bnot now\b"
)
_LIFTED = frozenset((
    "subscriptions.cancel", "subscriptions.auto_charge", "subscriptions.remove_add_on", "subscriptions.take_back",
    "subscriptions.start", "subscriptions.resume", "subscriptions.pause", "projects.question_hours",
    "payments.stop", "notifications.change_settings",
))  # fmt: skip
CREDIT_ASIDE = re.compile(r"\b(?:without|do not|not|never|but not)\b[\w ]{0,20}\bcredit\b")
GIVEN_BACK = re.compile(
    r"(?<=\w) (?:(?:without|with|and|no|for)\b(?: (?:an?|any|the|my|full))* (?:refund|money back)(?: (?:me|it|us|"
    r"the rest))?|and give "
    r"me my money back)\b"
)
_EXEMPTED = re.compile(
    r"\b(?:but not|and not|not|except(?: for)?|without|instead of|rather than)\s+"
    r"(?:the |my |our )?\{(?:invoice|plan|subscription)\}"
)


def is_negated(mentions: Mentions, label: str = "") -> bool:
    text = mentions.text
    asides = (_EXEMPTED, CREDIT_ASIDE, _UNKNOWING)
    for aside in (*asides, _WANTED) if action_of(label) in _LIFTED else asides:
        text = aside.sub(" ", text)
    return NEGATED.search(text) is not None
