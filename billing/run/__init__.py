"""The billing run: whose turn it is, renewals and planned changes, and reminders."""
