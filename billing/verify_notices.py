"""What people were told, held against the records that it is about: the same customer's, and the same amounts."""

from __future__ import annotations

from collections.abc import Mapping

_OF = "SELECT n.key, n.subject, 'no such record of this customer' FROM notice n WHERE n.subject <> '' AND n.kind IN"
_AMOUNT = "CAST(n.details ->> 'amount' AS BIGINT)"

CHECKS: Mapping[str, str] = {
    "notice about an invoice": f"""
        {_OF} ('invoice_new', 'credit_new', 'invoice_overdue') AND NOT EXISTS
        (SELECT 1 FROM invoice i WHERE i.number = n.subject AND i.customer_id = n.customer_id)""",
    "notice about a payment": f"""
        {_OF} ('payment_received', 'payment_failed', 'refunded') AND NOT EXISTS
        (SELECT 1 FROM payment p WHERE p.number = n.subject AND p.customer_id = n.customer_id)""",
    "notice about a subscription": f"""
        {_OF} ('renewal_coming', 'trial_ends', 'subscription_changed') AND NOT EXISTS
        (SELECT 1 FROM subscription s WHERE s.number = n.subject AND s.customer_id = n.customer_id)""",
    "notice about a project": f"""
        {_OF} ('hours_logged', 'milestone_done') AND NOT EXISTS
        (SELECT 1 FROM project p WHERE p.number = n.subject AND p.customer_id = n.customer_id)""",
    "amount told of an invoice": f"""
        SELECT n.key, {_AMOUNT}, ABS(i.total) FROM notice n
        JOIN invoice i ON i.number = n.subject AND i.customer_id = n.customer_id
        WHERE n.kind IN ('invoice_new', 'credit_new') AND {_AMOUNT} <> ABS(i.total)""",
    "amount told of a payment": f"""
        SELECT n.key, {_AMOUNT}, p.amount FROM notice n
        JOIN payment p ON p.number = n.subject AND p.customer_id = n.customer_id
        WHERE n.kind = 'payment_received' AND {_AMOUNT} <> p.amount""",
    "notice that was read before it came": """
        SELECT n.key, n.read_at, n.at FROM notice n WHERE n.read_at < n.at""",
}
