"""The assistant: answers from the account, and proposals that wait for a yes."""

from chat.dialog.reply import reply

__all__ = ["reply"]
