"""Customers and money: what may be seen and done, and what it costs. No UI, no sockets."""
