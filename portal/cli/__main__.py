"""`python -m portal.cli`: the same as `parley`."""

from portal.cli.commands import main

main()
