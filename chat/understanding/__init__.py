"""A message in, an action with its arguments out."""

from chat.understanding.account import Account, Shown
from chat.understanding.candidates import subscription_missing
from chat.understanding.corrections import Correction, read_correction
from chat.understanding.languages import READS_ENGLISH, foreign_language
from chat.understanding.loading import load_account
from chat.understanding.meaning import Answer, Outcome, Talk, Understood
from chat.understanding.naming import named_subscriptions
from chat.understanding.questions import ask_for, command_of
from chat.understanding.reading import understand
from chat.understanding.slash import read_answer

__all__ = [
    "READS_ENGLISH",
    "Account",
    "Answer",
    "Correction",
    "Outcome",
    "Shown",
    "Talk",
    "Understood",
    "ask_for",
    "command_of",
    "foreign_language",
    "load_account",
    "named_subscriptions",
    "read_answer",
    "read_correction",
    "subscription_missing",
    "understand",
]
