"""Invoices and credit notes as they are looked at: lists, search, details, why an amount is what it is, corrections."""
