-- Stock and the holds on it. Locks are always taken in one order, reservations before stock and each sorted by id, so that no
-- two transactions wait for each other. New reservations are inserted behind the locks: nobody has seen them yet.

-- name: plan_once
-- The statements of a hold are the same whatever they are asked: planning them anew each time took longer than running them.
SELECT set_config('plan_cache_mode', 'force_generic_plan', true);

-- name: known_reservations
SELECT order_id FROM reservation WHERE order_id = ANY ($1::uuid[]);

-- name: lock_stock
SELECT s.variant_id, s.location_id, l.active AS is_active, l.country_codes AS countries, s.on_hand, s.reserved, s.owed,
       CASE WHEN p.policy <> 'deny' THEN coalesce(p.ahead_max, $2) ELSE 0 END AS ahead_max,
       coalesce(p.low_at, $3::bigint) AS low_at
  FROM stock s
  JOIN stock_location l ON l.id = s.location_id
  LEFT JOIN stock_policy p ON p.variant_id = s.variant_id
 WHERE s.variant_id = ANY ($1)
 ORDER BY s.variant_id, l.priority, s.location_id
   FOR NO KEY UPDATE OF s;

-- name: insert_movements
INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reserved_change, owed_change, order_id, made_by, reason)
SELECT m.variant_id, m.location_id, m.kind, m.on_hand, m.reserved, m.owed, nullif(m.order_id, '')::uuid, $8, $9
  FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
       AS m (variant_id, location_id, kind, on_hand, reserved, owed, order_id);

-- name: insert_reservations
INSERT INTO reservation (order_id, state, expires_at, answer)
SELECT r.order_id, 'held', timestamptz 'epoch' + r.expires_at_us * interval '1 microsecond', decode(r.answer, 'hex')
  FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS r (order_id, expires_at_us, answer);

-- name: insert_reservation_lines
INSERT INTO reservation_line (order_id, variant_id, location_id, quantity, owed)
SELECT line.order_id, line.variant_id, line.location_id, line.quantity, line.owed
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[])
       AS line (order_id, variant_id, location_id, quantity, owed);

-- name: find_reservation
SELECT r.state, r.answer, array_agg(l.variant_id ORDER BY l.variant_id) FILTER (WHERE l.variant_id IS NOT NULL) AS variant_ids,
       array_agg(l.quantity ORDER BY l.variant_id) FILTER (WHERE l.variant_id IS NOT NULL) AS quantities
  FROM reservation r
  LEFT JOIN (SELECT order_id, variant_id, sum(quantity + owed)::bigint AS quantity
               FROM reservation_line
              WHERE order_id = $1
              GROUP BY order_id, variant_id) l ON l.order_id = r.order_id
 WHERE r.order_id = $1
 GROUP BY r.order_id;

-- name: lock_reservations
SELECT FROM reservation WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR NO KEY UPDATE;

-- name: lock_due_reservations
SELECT order_id
  FROM reservation
 WHERE state = 'held' AND expires_at <= $1
 ORDER BY expires_at
 LIMIT $2
   FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_waiting_reservations
SELECT r.order_id
  FROM reservation r
 WHERE r.state IN ('held', 'sold')
   AND r.order_id IN (SELECT l.order_id
                        FROM stock s
                        JOIN reservation_line l ON l.variant_id = s.variant_id AND l.location_id = s.location_id AND l.owed > 0
                       WHERE s.owed > 0 AND s.on_hand > s.reserved)
 ORDER BY r.created_at, r.order_id
 LIMIT $1
   FOR NO KEY UPDATE SKIP LOCKED;

-- name: list_holds
SELECT r.order_id, r.state, l.variant_id, l.location_id, l.quantity, l.owed, l.returned
  FROM reservation r
  LEFT JOIN reservation_line l ON l.order_id = r.order_id
 WHERE r.order_id = ANY ($1::uuid[])
 ORDER BY r.created_at, r.order_id, l.variant_id, l.location_id;

-- name: set_reservation_states
UPDATE reservation
   SET state = change.state
  FROM unnest($1::uuid[], $2::text[]) AS change (order_id, state)
 WHERE reservation.order_id = change.order_id;

-- name: set_reservation_line
UPDATE reservation_line
   SET quantity = $4, owed = $5, returned = $6
 WHERE order_id = $1 AND variant_id = $2 AND location_id = $3;

-- name: refuse_reservation
INSERT INTO reservation (order_id, state, expires_at) VALUES ($1, 'released', now()) ON CONFLICT (order_id) DO NOTHING;

-- name: next_expiry
SELECT min(expires_at) AS expires_at, EXISTS (SELECT FROM stock WHERE owed > 0) AS is_awaited FROM reservation WHERE state = 'held';

-- name: insert_return
INSERT INTO stock_return (return_id, order_id) VALUES ($1, $2);

-- name: find_location
SELECT id
  FROM stock_location
 WHERE CASE WHEN $1 = '' THEN active ELSE code = $1 END
 ORDER BY priority, id
 LIMIT 1;

-- name: ensure_stock
INSERT INTO stock (variant_id, location_id, on_hand)
SELECT v.id, $2::integer, 0 FROM variant v WHERE v.id = $1
ON CONFLICT DO NOTHING;

-- name: name_variant
SELECT p.handle, p.title, v.option1, v.option2, v.option3, coalesce(v.sku, '') AS sku
  FROM variant v
  JOIN product p ON p.id = v.product_id
 WHERE v.id = $1;
