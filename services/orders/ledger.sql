-- The books.

-- name: post
-- One transaction with its entries, which the database refuses unless they balance.
WITH posted AS (
    INSERT INTO ledger_transaction (id, kind, source_id, order_id, at) VALUES ($1, $2, $3, $4, $5) RETURNING id)
INSERT INTO ledger_entry (transaction_id, account, currency_code, amount_minor)
SELECT posted.id, entry.account, $6, entry.amount_minor
  FROM posted, unnest($7::text[], $8::bigint[]) AS entry (account, amount_minor);

-- name: list_of_order
SELECT t.kind, e.account, e.currency_code, e.amount_minor, t.at
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
 WHERE t.order_id = $1
 ORDER BY t.at, t.id, e.amount_minor DESC;
