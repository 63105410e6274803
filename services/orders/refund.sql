-- Money that goes back to customers.

-- name: insert_of_order
-- Out of what the order was paid with. Without anything paid it is refused (refund_within_captured).
INSERT INTO refund (id, order_id, attempt_id, method, booked_as, amount_minor, currency_code, state, reason, made_by, made_at,
                    changed_at)
SELECT $1, p.order_id, a.id, COALESCE(a.method, p.method), 'sales', $3, $4,
       CASE WHEN a.id IS NULL THEN 'review' ELSE 'requested' END, $5, $6, $7, $7
  FROM payment p
  LEFT JOIN payment_attempt a ON a.order_id = p.order_id AND a.is_counted
 WHERE p.order_id = $2;

-- name: insert_of_attempt
-- Out of money that no order wanted.
INSERT INTO refund (id, order_id, attempt_id, method, booked_as, amount_minor, currency_code, state, reason, made_by, made_at,
                    changed_at)
SELECT $1, a.order_id, a.id, a.method, 'unallocated', $3, $4, 'requested', $5, $6, $7, $7
  FROM payment_attempt a
 WHERE a.id = $2;

-- name: insert_task
INSERT INTO order_task (order_id, step, subject_id, lane, due_at, deadline_at, changed_at)
SELECT order_id, $2, id, $3, $4, $5, $4 FROM refund WHERE id = $1 AND state = 'requested'
ON CONFLICT (order_id, step, subject_id) DO NOTHING;

-- name: find
SELECT r.id, r.order_id, r.attempt_id, r.method, r.booked_as, r.amount_minor, r.currency_code, r.state, r.reason,
       r.provider_ref, r.detail, r.made_at, COALESCE(a.reference, '') AS charge_reference,
       COALESCE(a.provider_ref, '') AS charge_provider_ref, COALESCE(a.transaction_id, '') AS charge_transaction_id,
       COALESCE(a.captured_minor, 0) AS charge_minor, COALESCE(a.phone, '') AS charge_phone
  FROM refund r
  LEFT JOIN payment_attempt a ON a.id = r.attempt_id
 WHERE r.id = $1;

-- name: set_state
-- Only from one of the states that $3 names: what is over stays so.
UPDATE refund
   SET state = $2, changed_at = $4, detail = $6, provider_ref = CASE WHEN $5 = '' THEN provider_ref ELSE $5 END
 WHERE id = $1 AND state = ANY ($3);
