-- What staff see of stock and settle about it.

-- name: list_stock
SELECT s.variant_id, p.handle, p.title, v.option1, v.option2, v.option3, coalesce(v.sku, '') AS sku, l.code, s.location_id,
       s.on_hand, s.reserved, s.owed, coalesce(sp.policy, 'deny') AS policy, coalesce(sp.ahead_max, 0) AS ahead_max,
       sp.available_from, coalesce(nullif(sp.low_at, 0), CASE WHEN sp.low_at = 0 THEN -1 ELSE 0 END) AS low_at
  FROM stock s
  JOIN stock_location l ON l.id = s.location_id
  JOIN variant v ON v.id = s.variant_id AND v.active
  JOIN product p ON p.id = v.product_id
  LEFT JOIN stock_policy sp ON sp.variant_id = v.id
 WHERE (s.variant_id, s.location_id) < ($1::uuid, $2::integer)
   AND ($3 = '' OR l.code = $3)
   AND ($4 = '' OR s.variant_id IN (SELECT id FROM variant WHERE sku = $4
                                     UNION ALL
                                    SELECT fv.id
                                      FROM product fp
                                      JOIN variant fv ON fv.product_id = fp.id
                                     WHERE starts_with(fp.handle, lower($4)) OR starts_with(lower(fp.title), lower($4))))
   AND (NOT $5::boolean OR s.on_hand - s.reserved - s.owed <= coalesce(sp.low_at, $6::bigint))
 ORDER BY s.variant_id DESC, s.location_id DESC
 LIMIT $7;

-- name: list_movements
SELECT m.id, l.code, m.kind, m.on_hand_change, m.reserved_change, m.owed_change, coalesce(m.order_id::text, '') AS order_id,
       m.reason, m.made_by, m.made_at
  FROM stock_movement m
  JOIN stock_location l ON l.id = m.location_id
 WHERE m.variant_id = $1 AND m.id < $2
 ORDER BY m.id DESC
 LIMIT $3;

-- name: list_locations
SELECT code, name, country_codes, priority, active FROM stock_location ORDER BY priority, id;

-- name: lock_locations
SELECT pg_advisory_xact_lock(7163520842);

-- name: save_location
INSERT INTO stock_location (code, name, country_codes, priority, active) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE
   SET name = excluded.name, country_codes = excluded.country_codes, priority = excluded.priority, active = excluded.active;

-- name: count_active_locations
SELECT count(*) AS active FROM stock_location WHERE active;

-- name: set_policy
INSERT INTO stock_policy (variant_id, policy, ahead_max, available_from, low_at)
SELECT v.id, $2, nullif($3::bigint, 0), $4::timestamptz, $5::bigint
  FROM variant v
 WHERE v.id = $1
ON CONFLICT (variant_id) DO UPDATE
   SET policy = excluded.policy, ahead_max = excluded.ahead_max, available_from = excluded.available_from,
       low_at = excluded.low_at;
