"""What a customer has by the period: what it costs, and each change of it, worked out and then done."""
