"""What is sold: plans and their prices, what is taken to them, and taxes."""
