"""Turns words into the catalogue's actions, and lets people talk to people."""
