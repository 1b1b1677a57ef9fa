"""`python -m portal.cli`: the same as `parley`."""

from portal.cli import main

main()
