-- Attempts to be paid, and what providers tell about them.

-- name: insert_attempt
INSERT INTO payment_attempt (id, order_id, method, reference, state, amount_minor, currency_code, phone, deadline_at, created_at,
                             changed_at)
VALUES ($1, $2, $3, $4, 'created', $5, $6, $7, $8, $9, $9);

-- name: set_method
-- The order is to be paid in another way.
UPDATE payment SET method = $2, changed_at = $3 WHERE order_id = $1 AND method <> $2;

-- name: find_attempt
SELECT a.id, a.order_id, a.method, a.reference, a.state, a.version, a.amount_minor, a.currency_code, a.phone, a.provider_ref,
       a.transaction_id, a.captured_minor, a.captured_currency, a.reversed_minor, a.is_counted, a.is_begun, a.deadline_at,
       a.created_at,
       COALESCE((SELECT sum(r.amount_minor) FROM refund r WHERE r.attempt_id = a.id AND r.state <> 'failed'), 0)::bigint
           AS refunds_minor,
       EXISTS (SELECT FROM payment_attempt o WHERE o.order_id = a.order_id AND o.is_counted AND o.id <> a.id) AS is_paid_by_other,
       COALESCE((SELECT sum(r.amount_minor) FROM refund r
                  WHERE r.attempt_id = a.id AND r.booked_as = 'unallocated' AND r.state <> 'failed'), 0)::bigint AS returns_minor
  FROM payment_attempt a
 WHERE a.id = $1;

-- name: find_open
SELECT id FROM payment_attempt WHERE order_id = $1 AND state IN ('created', 'pending');

-- name: begin
-- Put down before the provider is told: whoever comes later knows that it may have been.
UPDATE payment_attempt SET is_begun = true, changed_at = $2 WHERE id = $1;

-- name: start
UPDATE payment_attempt
   SET state = 'pending', version = version + 1, action_kind = $3, action_url = $4, action_text = $5,
       provider_ref = CASE WHEN $6 = '' THEN provider_ref ELSE $6 END, changed_at = $7
 WHERE id = $1 AND version = $2;

-- name: judge
-- The provider's references are kept once they are known.
UPDATE payment_attempt
   SET state = $3, version = version + 1, reason = COALESCE($4, reason), captured_minor = captured_minor + $5,
       captured_currency = CASE WHEN $6 = '' THEN captured_currency ELSE $6 END, reversed_minor = reversed_minor + $7,
       is_counted = is_counted OR $8, provider_ref = CASE WHEN provider_ref = '' THEN $9 ELSE provider_ref END,
       transaction_id = CASE WHEN transaction_id = '' THEN $10 ELSE transaction_id END, changed_at = $11
 WHERE id = $1 AND version = $2;

-- name: learn
-- References that a notice told, where none are known.
UPDATE payment_attempt
   SET provider_ref = CASE WHEN provider_ref = '' THEN $2 ELSE provider_ref END,
       transaction_id = CASE WHEN transaction_id = '' THEN $3 ELSE transaction_id END
 WHERE id = $1 AND (provider_ref = '' OR transaction_id = '');

-- name: wake_open
-- The provider is to be asked at once about what is open of an order, and about money that waits for staff and that an order
-- which ended does not want.
INSERT INTO order_task (order_id, step, subject_id, lane, due_at, deadline_at, changed_at)
SELECT order_id, $2, id, $3, $4, $5, $4 FROM payment_attempt
 WHERE order_id = $1 AND (state IN ('created', 'pending') OR state = 'review' AND captured_minor > 0 AND NOT is_counted)
ON CONFLICT (order_id, step, subject_id) DO UPDATE
   SET is_woken = order_task.lease IS NOT NULL,
       due_at = CASE WHEN order_task.lease IS NULL THEN LEAST(order_task.due_at, EXCLUDED.due_at) ELSE order_task.due_at END,
       state = 'due';

-- name: list_attempts
SELECT id, method, state, reference, amount_minor, captured_minor, currency_code, captured_currency, phone, action_kind, action_url, action_text,
       reason, provider_ref, created_at, deadline_at
  FROM payment_attempt WHERE order_id = $1 ORDER BY created_at, id;

-- name: list_reviews
SELECT o.id AS order_id, o.number, a.id, a.method, a.state, a.reference, a.amount_minor, a.captured_minor, a.currency_code, a.captured_currency,
       a.phone, a.action_kind, a.action_url, a.action_text, a.reason, a.provider_ref, a.created_at, a.deadline_at
  FROM payment_attempt a JOIN orders o ON o.id = a.order_id
 WHERE a.state = 'review'
 ORDER BY a.changed_at
 LIMIT $1;

-- name: find_noticed
-- What a notice is about: the attempt by its id, by its reference, or by the provider's.
SELECT id, order_id FROM payment_attempt
 WHERE method = $1 AND (id = $2 OR reference = $3 OR (provider_ref = $4 AND $4 <> ''))
 ORDER BY id = $2 DESC NULLS LAST, reference = $3 DESC
 LIMIT 1;

-- name: find_noticed_refund
SELECT id, order_id FROM refund
 WHERE method = $1 AND (id = $2 OR (provider_ref = $3 AND $3 <> ''))
 ORDER BY id = $2 DESC NULLS LAST
 LIMIT 1;

-- name: insert_notice
INSERT INTO payment_notice (provider, event_id, digest, received_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, event_id) DO NOTHING;

-- name: sweep_notices
DELETE FROM payment_notice WHERE ctid IN (SELECT ctid FROM payment_notice WHERE received_at < $1 LIMIT $2);
