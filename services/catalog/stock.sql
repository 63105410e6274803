-- Stock and the holds on it. Locks are always taken in one order, reservations before stock and each sorted by id, so that no
-- two transactions wait for each other.

-- name: insert_reservation
INSERT INTO reservation (order_id, state, expires_at) VALUES ($1, 'held', $2);

-- name: lock_stock
SELECT variant_id, on_hand, reserved
  FROM stock
 WHERE variant_id = ANY ($1)
 ORDER BY variant_id
   FOR NO KEY UPDATE;

-- name: move_stock
UPDATE stock
   SET on_hand = stock.on_hand + move.on_hand, reserved = stock.reserved + move.reserved
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS move (variant_id, on_hand, reserved)
 WHERE stock.variant_id = move.variant_id;

-- name: insert_reservation_lines
INSERT INTO reservation_line (order_id, variant_id, quantity)
SELECT $1, line.variant_id, line.quantity
  FROM unnest($2::uuid[], $3::bigint[]) AS line (variant_id, quantity);

-- name: set_answer
UPDATE reservation SET answer = $2 WHERE order_id = $1;

-- name: find_reservation
SELECT r.state, r.answer,
       array_agg(l.variant_id ORDER BY l.variant_id) FILTER (WHERE l.variant_id IS NOT NULL) AS variant_ids,
       array_agg(l.quantity ORDER BY l.variant_id) FILTER (WHERE l.variant_id IS NOT NULL) AS quantities
  FROM reservation r
  LEFT JOIN reservation_line l ON l.order_id = r.order_id
 WHERE r.order_id = $1
 GROUP BY r.order_id;

-- name: lock_reservations
SELECT r.order_id, r.state, l.variant_id, l.quantity
  FROM reservation r
  LEFT JOIN reservation_line l ON l.order_id = r.order_id
 WHERE r.order_id = ANY ($1)
 ORDER BY r.order_id, l.variant_id
   FOR NO KEY UPDATE OF r;

-- name: lock_due_reservations
SELECT r.order_id, r.state, l.variant_id, l.quantity
  FROM reservation r
  LEFT JOIN reservation_line l ON l.order_id = r.order_id
 WHERE r.order_id IN (SELECT due.order_id
                        FROM reservation due
                       WHERE due.state = 'held' AND due.expires_at <= $1
                       ORDER BY due.expires_at
                       LIMIT $2
                         FOR NO KEY UPDATE SKIP LOCKED)
 ORDER BY r.order_id, l.variant_id;

-- name: set_reservation_states
UPDATE reservation
   SET state = change.state
  FROM unnest($1::uuid[], $2::text[]) AS change (order_id, state)
 WHERE reservation.order_id = change.order_id;

-- name: refuse_reservation
INSERT INTO reservation (order_id, state, expires_at) VALUES ($1, 'released', now()) ON CONFLICT (order_id) DO NOTHING;

-- name: next_expiry
SELECT min(expires_at) AS expires_at FROM reservation WHERE state = 'held';

-- name: insert_adjustment
INSERT INTO stock_adjustment (variant_id, delta, reason, adjusted_by) VALUES ($1, $2, $3, $4);
