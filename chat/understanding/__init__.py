"""A message in, an action with its arguments out."""

from chat.understanding.account import Account, Shown, load_account
from chat.understanding.meaning import Answer, Outcome, Talk, Understood
from chat.understanding.reading import understand

__all__ = ["Account", "Answer", "Outcome", "Shown", "Talk", "Understood", "load_account", "understand"]
