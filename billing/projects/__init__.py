"""Projects: steps, hours, the budget, and the invoices made from them."""
