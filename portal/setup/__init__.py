"""What `make` runs before Parley exists: the set-up, the builds and the checks. Standard library only."""
