"""The shell: `parley COMMAND`. Every mistake is a sentence, never a traceback."""

from portal.cli.commands import main

__all__ = ["main"]
