"""What time does: the billing run, charges by themselves, dunning and reminders."""
