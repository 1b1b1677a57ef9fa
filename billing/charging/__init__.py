"""What is charged by itself: whether and which card, the pending payment, and asking the gateway for it."""
