-- Invoices and credit notes.

-- name: next_number
-- Locks the series until the transaction ends.
INSERT INTO invoice_series (kind, country_code, last_number) VALUES ($1, $2, 1)
    ON CONFLICT (kind, country_code) DO UPDATE SET last_number = invoice_series.last_number + 1
RETURNING last_number;

-- name: insert
INSERT INTO invoice (id, kind, country_code, sequence, number, order_id, source_id, currency_code, total_minor, vat_minor,
                     content, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: is_made
SELECT EXISTS (SELECT FROM invoice WHERE kind = $1 AND source_id = $2) AS is_made;

-- name: lock_order
-- Credit notes of one order are made one after the other, so that their VAT adds up to that of the invoice.
SELECT id FROM orders WHERE id = $1 FOR NO KEY UPDATE;

-- name: sum_of_credits
SELECT coalesce(sum(total_minor), 0)::bigint AS total_minor, coalesce(sum(vat_minor), 0)::bigint AS vat_minor
  FROM invoice WHERE order_id = $1 AND kind = 'credit_note';

-- name: list_uncredited
-- What was taken off or given back of an order and has no credit note yet, oldest first. A refund that belongs to a credit
-- has its id and is the same thing; money that was never the order's was never invoiced.
SELECT c.id AS source_id, c.amount_minor, c.reason
  FROM (SELECT id, amount_minor, reason, made_at FROM credit WHERE order_id = $1 AND amount_minor > 0
        UNION ALL
        SELECT r.id, r.amount_minor, r.reason, r.made_at FROM refund r
         WHERE r.order_id = $1 AND r.booked_as = 'sales' AND r.state <> 'failed'
           AND NOT EXISTS (SELECT FROM credit WHERE credit.id = r.id)) c
 WHERE NOT EXISTS (SELECT FROM invoice i WHERE i.kind = 'credit_note' AND i.source_id = c.id)
 ORDER BY c.made_at, c.id;

-- name: find
-- Of one order: by number, or its invoice when the number is NULL.
SELECT kind, number, currency_code, total_minor, vat_minor, content, issued_at
  FROM invoice WHERE order_id = $1 AND (number = $2 OR ($2::text IS NULL AND kind = 'invoice'));

-- name: list
SELECT kind, number, currency_code, total_minor, vat_minor, content, issued_at
  FROM invoice WHERE order_id = $1 ORDER BY issued_at, id;
