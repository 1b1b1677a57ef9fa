"""Derives everything again from the records and says where it differs: the proof that the books are right.

Each check is one statement of plain SQL that gives what differs: of what, as kept, as derived. They share no code with
what writes the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from billing.context import Contexts
from billing.verify_lines import wrong_lines
from billing.verify_notices import CHECKS as NOTICES

CHECKS = {
    "subtotal of invoice": """
        SELECT i.number, i.subtotal, COALESCE(l.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM invoice_line GROUP BY invoice_id) l ON l.invoice_id = i.id
        WHERE i.status <> 'draft' AND i.subtotal <> COALESCE(l.s, 0)""",
    "tax of invoice": """
        SELECT i.number, i.tax, COALESCE(t.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM invoice_tax GROUP BY invoice_id) t ON t.invoice_id = i.id
        WHERE i.status <> 'draft' AND i.tax <> COALESCE(t.s, 0)""",
    "total of invoice": """
        SELECT number, total, subtotal - discount + tax - tax_included FROM invoice
        WHERE status <> 'draft' AND total <> subtotal - discount + tax - tax_included""",
    "discount of invoice": """
        SELECT i.number, i.discount, COALESCE(d.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM invoice_discount GROUP BY invoice_id) d ON d.invoice_id = i.id
        WHERE i.status <> 'draft' AND i.discount <> COALESCE(d.s, 0)""",
    "tax included in invoice": """
        SELECT i.number, i.tax_included, COALESCE(t.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM invoice_tax WHERE inclusive GROUP BY invoice_id) t
               ON t.invoice_id = i.id
        WHERE i.status <> 'draft' AND i.tax_included <> COALESCE(t.s, 0)""",
    "periods of subscription": """
        SELECT s.number, p.start, p.before FROM (
            SELECT subscription_id, start, LAG("end") OVER (PARTITION BY subscription_id ORDER BY start) AS before,
                   ROW_NUMBER() OVER (PARTITION BY subscription_id ORDER BY start) AS place
            FROM subscription_period) p JOIN subscription s ON s.id = p.subscription_id
        WHERE p.place > 1 AND (p.before IS NULL OR p.before <> p.start)""",
    "due of invoice": """
        SELECT number, due, total - paid - credited - written_off FROM invoice
        WHERE kind = 'invoice' AND status IN ('open', 'paid', 'uncollectible')
        AND (due < 0 OR due <> total - paid - credited - written_off)""",
    "status of invoice": """
        SELECT number, status, CASE WHEN due = 0 THEN 'paid' ELSE 'open' END FROM invoice
        WHERE kind = 'invoice' AND status IN ('open', 'paid') AND (due = 0) <> (status = 'paid')""",
    "paid on invoice": """
        SELECT i.number, i.paid, COALESCE(a.s, 0) - COALESCE(r.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM payment_allocation WHERE applied_at IS NOT NULL
                   GROUP BY invoice_id) a ON a.invoice_id = i.id
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM refund_allocation WHERE applied_at IS NOT NULL
                   GROUP BY invoice_id) r ON r.invoice_id = i.id
        WHERE i.paid <> COALESCE(a.s, 0) - COALESCE(r.s, 0) OR i.paid < 0""",
    "written off on invoice": """
        SELECT i.number, i.written_off, COALESCE(w.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM write_off GROUP BY invoice_id) w ON w.invoice_id = i.id
        WHERE i.written_off <> COALESCE(w.s, 0)""",
    "invoice that was cancelled and yet counts": """
        SELECT number, due + paid + credited + written_off, 0 FROM invoice
        WHERE status = 'void' AND (due <> 0 OR paid <> 0 OR credited <> 0 OR written_off <> 0)""",
    "credit note that was cancelled and yet gives": """
        SELECT i.number, i.credit_left + COALESCE(c.s, 0) + COALESCE(r.s, 0), 0 FROM invoice i
        LEFT JOIN (SELECT credit_note_id, SUM(amount) s FROM credit_application GROUP BY credit_note_id) c
               ON c.credit_note_id = i.id
        LEFT JOIN (SELECT a.credit_note_id, SUM(a.amount) s FROM refund_allocation a JOIN refund f ON f.id = a.refund_id
                   WHERE f.status <> 'failed' AND f."to" <> 'credit' GROUP BY a.credit_note_id) r
               ON r.credit_note_id = i.id
        WHERE i.kind = 'credit_note' AND i.status = 'void'
        AND i.credit_left + COALESCE(c.s, 0) + COALESCE(r.s, 0) <> 0""",
    "uncollectible invoice that is still owed": """
        SELECT number, due, written_off FROM invoice
        WHERE status = 'uncollectible' AND (due <> 0 OR written_off = 0)""",
    "invoice that was credited beyond its total": """
        SELECT i.number, -n.s, i.total FROM invoice i
        JOIN (SELECT corrects_id, SUM(total) s FROM invoice WHERE kind = 'credit_note' AND status IN ('open', 'paid')
              GROUP BY corrects_id) n ON n.corrects_id = i.id
        WHERE -n.s > i.total""",
    "credit used on invoice": """
        SELECT i.number, i.credited, COALESCE(c.s, 0) FROM invoice i
        LEFT JOIN (SELECT invoice_id, SUM(amount) s FROM credit_application GROUP BY invoice_id) c
               ON c.invoice_id = i.id
        WHERE i.credited <> COALESCE(c.s, 0)""",
    "left of credit note": """
        SELECT i.number, i.credit_left, -i.total - COALESCE(c.s, 0) - COALESCE(r.s, 0) FROM invoice i
        LEFT JOIN (SELECT credit_note_id, SUM(amount) s FROM credit_application GROUP BY credit_note_id) c
               ON c.credit_note_id = i.id
        LEFT JOIN (SELECT a.credit_note_id, SUM(a.amount) s FROM refund_allocation a JOIN refund f ON f.id = a.refund_id
                   WHERE a.applied_at IS NOT NULL AND f."to" <> 'credit' GROUP BY a.credit_note_id) r
               ON r.credit_note_id = i.id
        WHERE i.kind = 'credit_note' AND i.status IN ('open', 'paid')
        AND (i.credit_left <> -i.total - COALESCE(c.s, 0) - COALESCE(r.s, 0) OR i.credit_left < 0)""",
    "status of credit note": """
        SELECT number, status, CASE WHEN credit_left = 0 THEN 'paid' ELSE 'open' END FROM invoice
        WHERE kind = 'credit_note' AND status IN ('open', 'paid') AND (credit_left = 0) <> (status = 'paid')""",
    "credit that two refunds are to take": """
        SELECT i.number, i.credit_left, r.s FROM invoice i
        JOIN (SELECT a.credit_note_id, SUM(a.amount) s FROM refund_allocation a JOIN refund f ON f.id = a.refund_id
              WHERE f.status = 'pending' GROUP BY a.credit_note_id) r ON r.credit_note_id = i.id
        WHERE r.s > i.credit_left""",
    "amount of payment": """
        SELECT p.number, p.amount, p.unallocated + COALESCE(a.s, 0) + COALESCE(c.s, 0) + COALESCE(r.s, 0) FROM payment p
        LEFT JOIN (SELECT payment_id, SUM(amount) s FROM payment_allocation WHERE applied_at IS NOT NULL
                   GROUP BY payment_id) a ON a.payment_id = p.id
        LEFT JOIN (SELECT payment_id, SUM(amount) s FROM credit_application WHERE payment_id IS NOT NULL
                   GROUP BY payment_id) c ON c.payment_id = p.id
        LEFT JOIN (SELECT f.payment_id,
                          SUM(CASE WHEN f."to" = 'credit' THEN -x.amount WHEN x.invoice_id IS NULL THEN x.amount
                                   ELSE 0 END) s
                   FROM refund_allocation x JOIN refund f ON f.id = x.refund_id
                   WHERE x.applied_at IS NOT NULL AND x.credit_note_id IS NULL
                   GROUP BY f.payment_id) r ON r.payment_id = p.id
        WHERE p.status = 'succeeded'
        AND (p.unallocated < 0
             OR p.amount <> p.unallocated + COALESCE(a.s, 0) + COALESCE(c.s, 0) + COALESCE(r.s, 0))""",
    "refunded of payment": """
        SELECT p.number, p.refunded, COALESCE(r.s, 0) FROM payment p
        LEFT JOIN (SELECT payment_id, SUM(amount) s FROM refund WHERE status = 'succeeded' AND "to" <> 'credit'
                   GROUP BY payment_id) r ON r.payment_id = p.id
        WHERE p.refunded <> COALESCE(r.s, 0) OR p.refunded > p.amount""",
    "what went back of payment on invoice": """
        SELECT p.number, b.s, COALESCE(a.s, 0) FROM payment p
        JOIN (SELECT f.payment_id, COALESCE(x.invoice_id, n.corrects_id) AS invoice_id, SUM(x.amount) s
              FROM refund_allocation x JOIN refund f ON f.id = x.refund_id
              LEFT JOIN invoice n ON n.id = x.credit_note_id
              WHERE f.status <> 'failed' AND (n.id IS NULL OR n.status <> 'void')
              GROUP BY f.payment_id, COALESCE(x.invoice_id, n.corrects_id)) b ON b.payment_id = p.id
        LEFT JOIN (SELECT payment_id, invoice_id, SUM(amount) s FROM payment_allocation WHERE applied_at IS NOT NULL
                   GROUP BY payment_id, invoice_id) a ON a.payment_id = p.id AND a.invoice_id = b.invoice_id
        WHERE b.invoice_id IS NOT NULL AND b.s > COALESCE(a.s, 0)""",
    "amount of refund": """
        SELECT f.number, f.amount, COALESCE(x.s, 0) FROM refund f
        LEFT JOIN (SELECT refund_id, SUM(amount) s FROM refund_allocation GROUP BY refund_id) x ON x.refund_id = f.id
        WHERE f.status <> 'failed' AND f.amount <> COALESCE(x.s, 0)""",
    "refund that did not happen and yet counts": """
        SELECT f.number, 'booked', f.status FROM refund f JOIN refund_allocation x ON x.refund_id = f.id
        WHERE x.applied_at IS NOT NULL AND f.status <> 'succeeded'""",
    "refund that happened and does not count": """
        SELECT f.number, 'not booked', f.status FROM refund f JOIN refund_allocation x ON x.refund_id = f.id
        WHERE x.applied_at IS NULL AND f.status = 'succeeded'""",
    "amount that was applied": """
        SELECT what, amount, 0 FROM (
            SELECT 'payment' what, amount FROM payment_allocation WHERE amount < 0 OR credit < 0
            UNION ALL SELECT 'credit', amount FROM credit_application WHERE amount < 0
            UNION ALL SELECT 'refund', amount FROM refund_allocation WHERE amount <= 0
            UNION ALL SELECT 'write-off', amount FROM write_off WHERE amount <= 0) x""",
    "payment that did not come in and yet counts": """
        SELECT p.number, 'applied', p.status FROM payment p JOIN payment_allocation a ON a.payment_id = p.id
        WHERE a.applied_at IS NOT NULL AND p.status <> 'succeeded'""",
    "payment that was stopped by nobody": """
        SELECT number, status, failure_code FROM payment
        WHERE failure_code = 'stopped' AND (stop_asked_at IS NULL OR status <> 'cancelled')""",
    "payment to be stopped that still sends to the bank": """
        SELECT number, redirect_url, '' FROM payment WHERE stop_asked_at IS NOT NULL AND redirect_url <> ''""",
    "card that was let go and not removed": """
        SELECT gateway_id, let_go_at, removed_at FROM payment_method
        WHERE let_go_at IS NOT NULL AND (removed_at IS NULL OR let_go_at < removed_at)""",
    "charge that was booked twice": """
        SELECT gateway_id, COUNT(*), 1 FROM payment WHERE gateway_id IS NOT NULL GROUP BY gateway_id
        HAVING COUNT(*) > 1""",
    "count of invoices (customer, kind, status)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.count, 0), COALESCE(d.n, 0)
        FROM (SELECT customer_id, kind, status, count FROM invoice_count WHERE count <> 0) k
        FULL JOIN (SELECT customer_id, kind, status, COUNT(*) n FROM invoice WHERE status <> 'draft'
                   GROUP BY customer_id, kind, status) d
               ON d.customer_id = k.customer_id AND d.kind = k.kind AND d.status = k.status
        WHERE COALESCE(k.count, 0) <> COALESCE(d.n, 0)""",
    "due total (customer)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.amount, 0), COALESCE(d.s, 0)
        FROM (SELECT customer_id, currency, due_on, amount, count FROM due_total WHERE amount <> 0 OR count <> 0) k
        FULL JOIN (SELECT customer_id, currency, due_on, SUM(due) s, COUNT(*) n FROM invoice
                   WHERE kind = 'invoice' AND status = 'open' GROUP BY customer_id, currency, due_on) d
               ON d.customer_id = k.customer_id AND d.currency = k.currency AND d.due_on = k.due_on
        WHERE COALESCE(k.amount, 0) <> COALESCE(d.s, 0) OR COALESCE(k.count, 0) <> COALESCE(d.n, 0)""",
    "due month (customer)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.amount, 0), COALESCE(d.s, 0)
        FROM (SELECT customer_id, currency, month, amount, count FROM due_month WHERE amount <> 0 OR count <> 0) k
        FULL JOIN (SELECT customer_id, currency, {due_month} AS month, SUM(due) s, COUNT(*) n FROM invoice
                   WHERE kind = 'invoice' AND status = 'open' GROUP BY customer_id, currency, {due_month}) d
               ON d.customer_id = k.customer_id AND d.currency = k.currency AND d.month = k.month
        WHERE COALESCE(k.amount, 0) <> COALESCE(d.s, 0) OR COALESCE(k.count, 0) <> COALESCE(d.n, 0)""",
    "late day (customer)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.amount, 0), COALESCE(d.s, 0)
        FROM (SELECT * FROM late_day WHERE amount <> 0) k
        FULL JOIN (SELECT e.customer_id, e.currency, {booked} AS booked, i.due_on, {owed} s
                   FROM ledger_entry e JOIN invoice i ON i.id = e.invoice_id WHERE {booked} > i.due_on
                   GROUP BY e.customer_id, e.currency, {booked}, i.due_on) d
               ON d.customer_id = k.customer_id AND d.currency = k.currency
               AND d.booked = k.booked_on AND d.due_on = k.due_on
        WHERE COALESCE(k.amount, 0) <> COALESCE(d.s, 0)""",
    "late month (customer)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.amount, 0), COALESCE(d.s, 0)
        FROM (SELECT * FROM late_month WHERE amount <> 0) k
        FULL JOIN (SELECT e.customer_id, e.currency, {booked_month} AS month, i.due_on, {owed} s
                   FROM ledger_entry e JOIN invoice i ON i.id = e.invoice_id WHERE {booked} > i.due_on
                   GROUP BY e.customer_id, e.currency, {booked_month}, i.due_on) d
               ON d.customer_id = k.customer_id AND d.currency = k.currency
               AND d.month = k.month AND d.due_on = k.due_on
        WHERE COALESCE(k.amount, 0) <> COALESCE(d.s, 0)""",
    "billed in month (customer)": """
        SELECT COALESCE(k.customer_id, d.customer_id), COALESCE(k.billed, 0) || '/' || COALESCE(k.due, 0),
               COALESCE(d.billed, 0) || '/' || COALESCE(d.due, 0)
        FROM (SELECT customer_id, currency, month, billed, due FROM billed_month WHERE billed <> 0 OR due <> 0) k
        FULL JOIN (SELECT customer_id, currency, {month} AS month, SUM(total) billed, SUM(due) due FROM invoice
                   WHERE kind = 'invoice' AND status NOT IN ('draft', 'void') AND total <> 0
                   GROUP BY customer_id, currency, {month}) d
               ON d.customer_id = k.customer_id AND d.currency = k.currency AND d.month = k.month
        WHERE COALESCE(k.billed, 0) <> COALESCE(d.billed, 0) OR COALESCE(k.due, 0) <> COALESCE(d.due, 0)""",
    "document that a search can't find": """
        SELECT i.number, 'no terms', i.title FROM invoice i WHERE i.status <> 'draft' AND NOT EXISTS (
            SELECT 1 FROM invoice_term t WHERE t.customer_id = i.customer_id AND t.term = '#' || LOWER(i.number)
            AND t.issued_on = i.issued_on AND t.invoice_id = i.id)""",
    # Half a unit off its base's at most, where the lines say that they are rounded half up. Rounded down, contained in
    # the price, or of a base after coupons, base and tax are both rounded; a correction's are what its invoice has left
    "tax of a rate on invoice": """
        SELECT i.number, t.amount, t.base FROM invoice_tax t JOIN invoice i ON i.id = t.invoice_id
        WHERE ABS(t.amount * 100 - t.base * CAST(t.rate AS NUMERIC)) > CASE
            WHEN i.corrects_id IS NOT NULL THEN (100 + CAST(t.rate AS NUMERIC)) * (1 + (
                SELECT COUNT(*) FROM invoice n WHERE n.corrects_id = i.corrects_id))
            WHEN i.kind = 'invoice' AND i.discount = 0 AND NOT t.inclusive AND NOT EXISTS (
                SELECT 1 FROM invoice_line l WHERE l.invoice_id = i.id
                AND CAST(l.arithmetic AS VARCHAR(10000)) NOT LIKE '%"rounding": "half_up"%') THEN 50
            ELSE 100 + CAST(t.rate AS NUMERIC) END""",
    "day on which invoice is due": """
        SELECT number, 'none', issued_on FROM invoice WHERE status <> 'draft' AND due_on IS NULL""",
    "ledger entry": """
        SELECT id, receivable_after * 1000003 + credit_after, receivable * 1000003 + credit FROM (
            SELECT id, sequence, amount, receivable_after, credit_after,
                   ROW_NUMBER() OVER account AS place,
                   SUM(CASE WHEN debit = 'receivable' THEN amount WHEN credit = 'receivable' THEN -amount ELSE 0 END)
                       OVER account AS receivable,
                   SUM(CASE WHEN credit = 'credit' THEN amount WHEN debit = 'credit' THEN -amount ELSE 0 END)
                       OVER account AS credit
            FROM ledger_entry
            WINDOW account AS (PARTITION BY customer_id, currency ORDER BY sequence)
        ) e WHERE amount <= 0 OR sequence <> place OR receivable <> receivable_after OR credit <> credit_after""",
    "moment of ledger entry": """
        SELECT id, at, before FROM (
            SELECT id, at, LAG(at) OVER (PARTITION BY customer_id, currency ORDER BY sequence) AS before
            FROM ledger_entry) e WHERE at < before""",
    "receivable of customer by the ledger": """
        SELECT b.customer_id, b.receivable, e.receivable_after FROM balance b JOIN ledger_entry e
        ON e.customer_id = b.customer_id AND e.currency = b.currency AND e.sequence = b.last_sequence
        WHERE b.receivable <> e.receivable_after OR b.credit <> e.credit_after""",
    "ledger without a balance": """
        SELECT DISTINCT e.customer_id, 0, 1 FROM ledger_entry e LEFT JOIN balance b
        ON b.customer_id = e.customer_id AND b.currency = e.currency
        WHERE b.customer_id IS NULL OR e.sequence > b.last_sequence""",
    "receivable of customer by the invoices": """
        SELECT COALESCE(b.customer_id, i.customer_id), COALESCE(b.receivable, 0), COALESCE(i.s, 0)
        FROM (SELECT * FROM balance WHERE receivable <> 0) b
        FULL JOIN (SELECT customer_id, currency, SUM(due) s FROM invoice WHERE kind = 'invoice' AND status = 'open'
                   GROUP BY customer_id, currency) i ON i.customer_id = b.customer_id AND i.currency = b.currency
        WHERE COALESCE(b.receivable, 0) <> COALESCE(i.s, 0)""",
    "credit of customer by its sources": """
        SELECT COALESCE(b.customer_id, s.customer_id), COALESCE(b.credit, 0), COALESCE(s.left_over, 0)
        FROM (SELECT * FROM balance WHERE credit <> 0) b
        FULL JOIN (SELECT customer_id, currency, SUM(amount) left_over FROM (
                       SELECT customer_id, currency, credit_left amount FROM invoice
                       WHERE kind = 'credit_note' AND status = 'open'
                       UNION ALL
                       SELECT customer_id, currency, unallocated FROM payment WHERE status = 'succeeded') x
                   GROUP BY customer_id, currency) s ON s.customer_id = b.customer_id AND s.currency = b.currency
        WHERE COALESCE(b.credit, 0) <> COALESCE(s.left_over, 0)""",
    "numbers given in the series": """
        SELECT n.series, n.last, x.given || ' up to ' || x.highest FROM number_series n JOIN (
            SELECT series, COUNT(DISTINCT place) given, MAX(place) highest FROM (
            SELECT n2.series, CAST(SUBSTR(g.number, LENGTH(n2.series) + 2) AS BIGINT) place
            FROM number_series n2 JOIN (
                SELECT number FROM invoice WHERE number IS NOT NULL AND source IS NULL
                UNION ALL SELECT number FROM payment
                UNION ALL SELECT number FROM refund
                UNION ALL SELECT number FROM write_off
                UNION ALL SELECT number FROM subscription
                UNION ALL SELECT number FROM subscription_change
                UNION ALL SELECT number FROM project
                UNION ALL SELECT number FROM time_entry
                UNION ALL SELECT number FROM review) g ON g.number LIKE n2.series || '-%'
            ) y GROUP BY series) x ON x.series = n.series
        WHERE n.last <> x.given OR n.last <> x.highest""",
    "milestone of another project's invoice": """
        SELECT p.number || ', milestone ' || m.position, i.number, 'an invoice of ' || p.number
        FROM milestone m JOIN project p ON p.id = m.project_id JOIN invoice i ON i.id = m.invoice_id
        WHERE i.project_id IS NULL OR i.project_id <> m.project_id OR i.customer_id <> p.customer_id
        OR i.currency <> p.currency OR m.state NOT IN ('done', 'approved')""",
    "milestone's amount on its invoice": """
        SELECT p.number || ', milestone ' || m.position, i.subtotal, m.amount
        FROM milestone m JOIN project p ON p.id = m.project_id JOIN invoice i ON i.id = m.invoice_id
        WHERE i.subtotal <> m.amount""",
    "milestones on one invoice": """
        SELECT i.number, COUNT(*), 1 FROM milestone m JOIN invoice i ON i.id = m.invoice_id
        GROUP BY i.number HAVING COUNT(*) > 1""",
    "hours on another project's invoice": """
        SELECT t.number, i.number, 'an invoice of ' || p.number
        FROM time_entry t JOIN project p ON p.id = t.project_id JOIN invoice i ON i.id = t.invoice_id
        WHERE NOT t.billable OR t.state = 'questioned' OR i.project_id IS NULL OR i.project_id <> t.project_id
        OR i.customer_id <> p.customer_id OR i.currency <> p.currency""",
    "hours of invoice (in hundredths, by rate)": """
        SELECT COALESCE(l.number, t.number), COALESCE(l.hours, 0), COALESCE(t.hours, 0) FROM (
            SELECT i.number, x.unit_amount rate, CAST(SUM(ROUND(CAST(x.quantity AS NUMERIC) * 100)) AS BIGINT) hours
            FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
            WHERE x.invoice_id IN (SELECT invoice_id FROM time_entry WHERE invoice_id IS NOT NULL)
            AND i.status <> 'void' GROUP BY i.number, x.unit_amount) l
        FULL JOIN (
            SELECT i.number, e.rate, CAST(SUM(ROUND(CAST(e.hours AS NUMERIC) * 100)) AS BIGINT) hours
            FROM time_entry e JOIN invoice i ON i.id = e.invoice_id
            WHERE i.status <> 'void' GROUP BY i.number, e.rate) t
               ON t.number = l.number AND t.rate = l.rate
        WHERE COALESCE(l.hours, 0) <> COALESCE(t.hours, 0)""",
    "amount of a line of hours": """
        SELECT i.number || ', line ' || x.position, x.amount, x.quantity || ' at ' || x.unit_amount
        FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
        WHERE x.invoice_id IN (SELECT invoice_id FROM time_entry WHERE invoice_id IS NOT NULL)
        AND ABS(x.amount * 100 - ROUND(CAST(x.quantity AS NUMERIC) * 100) * x.unit_amount) >= 100""",
    "last stretch of subscription": """
        SELECT s.number, p."end", s.period_end FROM subscription s JOIN subscription_period p
               ON p.subscription_id = s.id AND p.start = (SELECT MAX(start) FROM subscription_period
                                                          WHERE subscription_id = s.id)
        WHERE s.status IN ('active', 'trialing', 'past_due') AND (p."end" IS NULL OR p."end" <> s.period_end)""",
    "tries for an invoice that is not owed": """
        SELECT i.number, d.state, i.status FROM dunning d JOIN invoice i ON i.id = d.invoice_id
        WHERE d.state = 'retrying' AND i.status <> 'open'""",
    "past due without an invoice that was asked for in vain": """
        SELECT s.number, s.status, 'active' FROM subscription s WHERE s.status = 'past_due' AND NOT EXISTS (
            SELECT 1 FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id JOIN dunning d ON d.invoice_id = i.id
            WHERE l.subscription_id = s.id AND i.status = 'open' AND d.attempts > 0)""",
    "end of period of subscription": """
        SELECT number, period_end, period_start FROM subscription
        WHERE status <> 'ended' AND period_end <= period_start""",
    "start of the period of invoice": """
        SELECT number, period_start, before FROM (
            SELECT i.number, i.period_start, LAG(COALESCE(p."end", i.period_end)) OVER (
                   PARTITION BY i.subscription_id ORDER BY i.period_start) AS before
            FROM invoice i LEFT JOIN subscription_period p
                   ON p.subscription_id = i.subscription_id AND p.start = i.period_start
            WHERE i.subscription_id IS NOT NULL AND i.period_start IS NOT NULL AND i.period_end IS NOT NULL
            AND i.status <> 'void'
        ) x WHERE period_start < before""",
}

MONTH = {"sqlite": "date({day}, 'start of month')", "postgresql": "CAST(date_trunc('month', {day}) AS date)"}
BOOKED = {"sqlite": "date(e.at)", "postgresql": "CAST(e.at AT TIME ZONE 'UTC' AS date)"}
OWED = """SUM(CASE WHEN e.debit = 'receivable' THEN e.amount WHEN e.credit = 'receivable' THEN -e.amount ELSE 0 END)"""


@dataclass(frozen=True)
class Difference:
    """Something that is kept and differs from what the records give."""

    what: str
    kept: object
    derived: object

    def __str__(self) -> str:
        return f"{self.what}: kept {self.kept}, derived {self.derived}"


def verify(contexts: Contexts, connection: Connection | None = None) -> list[Difference]:
    """Every difference; an empty list says that balances, allocations, numbers and periods are right.

    With a connection it looks at what that one's transaction sees.
    """
    if connection is None:
        with contexts.system() as ctx:
            return verify(contexts, ctx.session.connection())
    month, booked = (words[connection.dialect.name] for words in (MONTH, BOOKED))
    parts = {
        "{month}": month.replace("{day}", "issued_on"),
        "{due_month}": month.replace("{day}", "due_on"),
        "{booked_month}": month.replace("{day}", booked),
        "{booked}": booked,
        "{owed}": OWED,
    }
    found: list[Difference] = []
    for name, sql in {**CHECKS, **NOTICES}.items():
        for mark, words in parts.items():
            sql = sql.replace(mark, words)
        found += _differing(connection, name, sql)
    found += [Difference(f"amount of {of}", kept, derived) for of, kept, derived in wrong_lines(connection)]
    return found


def _differing(connection: Connection, name: str, sql: str) -> Iterator[Difference]:
    for of, kept, derived in connection.execute(text(sql)):
        yield Difference(f"{name} {of}", kept, derived)
