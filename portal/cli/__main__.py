"""`python -m portal.cli`: the same as `parley`."""

from portal.cli.main import main

main()
