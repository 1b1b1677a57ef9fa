"""The shell: `parley COMMAND`. Every mistake is a sentence, never a traceback."""

import gc


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0 when it did what it says, 1 when it could not, 2 for a wrong command line."""
    gc.disable()  # what is imported stays; looking through it for garbage took a fifth of every start
    from portal.cli import commands

    gc.freeze()
    gc.enable()
    commands.main(arguments)
