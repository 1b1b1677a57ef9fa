"""Reflex, HTTP and wiring. This file stays empty: the set-up imports it before anything is installed."""
