-- What happens to an order after it was placed.

-- name: lines_of_order
SELECT position, variant_id, unit_price_minor, quantity, shipped, delivered, dropped, credited, claimed, product_title,
       variant_title, sku
  FROM order_line WHERE order_id = $1
 ORDER BY position;

-- name: shipments_of_order
SELECT s.id, s.order_id, s.number, s.carrier, s.tracking_number, s.tracking_url, s.note, s.shipped_at, s.shipped_by,
       s.delivered_at, l.positions, l.quantities
  FROM shipment s
 CROSS JOIN LATERAL (
       SELECT array_agg(position ORDER BY position) AS positions, array_agg(quantity ORDER BY position) AS quantities
         FROM shipment_line WHERE shipment_id = s.id) l
 WHERE s.order_id = $1
 ORDER BY s.number;

-- name: insert_shipment
INSERT INTO shipment (id, order_id, number, carrier, tracking_number, tracking_url, note, shipped_at, shipped_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: insert_shipment_lines
INSERT INTO shipment_line (shipment_id, order_id, position, quantity)
SELECT $1, $2, part.position, part.quantity FROM unnest($3::bigint[], $4::bigint[]) AS part (position, quantity)
 ORDER BY part.position;

-- name: set_delivered
UPDATE shipment SET delivered_at = $3 WHERE order_id = $1 AND ($2::uuid IS NULL OR id = $2) AND delivered_at IS NULL;

-- name: credits_of_order
SELECT c.id, c.order_id, c.return_id, c.is_refund, coalesce(f.state, '') AS refund_state, c.amount_minor, c.vat_minor,
       c.base_minor, c.currency_code, c.with_delivery, c.reason, c.location_code, c.made_at, c.made_by, l.positions, l.dropped,
       l.credited, l.returned, l.amounts_minor, l.restocked
  FROM credit c
  LEFT JOIN refund f ON f.id = c.id
 CROSS JOIN LATERAL (
       SELECT array_agg(position ORDER BY position) AS positions, array_agg(dropped ORDER BY position) AS dropped,
              array_agg(credited ORDER BY position) AS credited, array_agg(returned ORDER BY position) AS returned,
              array_agg(amount_minor ORDER BY position) AS amounts_minor, array_agg(restocked ORDER BY position) AS restocked
         FROM credit_line WHERE credit_id = c.id) l
 WHERE c.order_id = $1
 ORDER BY c.id;

-- name: insert_credit
INSERT INTO credit (id, order_id, return_id, is_refund, amount_minor, vat_minor, base_minor, currency_code, with_delivery,
                    reason, location_code, made_at, made_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: insert_credit_lines
INSERT INTO credit_line (credit_id, order_id, position, dropped, credited, returned, amount_minor, restocked)
SELECT $1, $2, part.position, part.dropped, part.credited, part.returned, part.amount_minor, part.restocked
  FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
       AS part (position, dropped, credited, returned, amount_minor, restocked)
 ORDER BY part.position;

-- name: take_off
-- The payment's own CHECK keeps it from going below nothing.
UPDATE payment SET amount_minor = amount_minor - $2, changed_at = $3 WHERE order_id = $1;

-- name: returns_of_order
SELECT r.id, r.order_id, r.number, r.state, r.reason, r.note, r.answer, r.location_code, r.requested_at, r.requested_by,
       r.received_at, c.id AS credit_id, l.positions, l.quantities, l.received, l.restocked, l.conditions
  FROM order_return r
  LEFT JOIN credit c ON c.return_id = r.id
 CROSS JOIN LATERAL (
       SELECT array_agg(position ORDER BY position) AS positions, array_agg(quantity ORDER BY position) AS quantities,
              array_agg(coalesce(received, 0) ORDER BY position) AS received,
              array_agg(restocked ORDER BY position) AS restocked, array_agg(condition ORDER BY position) AS conditions
         FROM return_line WHERE return_id = r.id) l
 WHERE r.order_id = $1
 ORDER BY r.number;

-- name: insert_return
INSERT INTO order_return (id, order_id, number, state, reason, note, requested_at, requested_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7);

-- name: insert_return_lines
INSERT INTO return_line (return_id, order_id, position, quantity)
SELECT $1, $2, part.position, part.quantity FROM unnest($3::bigint[], $4::bigint[]) AS part (position, quantity)
 ORDER BY part.position;

-- name: set_return_state
-- An answer that is empty leaves the one before.
UPDATE order_return SET state = $2, answer = CASE WHEN $3 = '' THEN answer ELSE $3 END, changed_at = $4 WHERE id = $1;

-- name: set_return_received
UPDATE order_return
   SET state = 'received', answer = CASE WHEN $2 = '' THEN answer ELSE $2 END, location_code = $3, received_at = $4,
       changed_at = $4
 WHERE id = $1;

-- name: set_lines_received
UPDATE return_line r SET received = part.received, restocked = part.restocked, condition = part.condition
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[]) AS part (position, received, restocked, condition)
 WHERE r.return_id = $1 AND r.position = part.position;

-- name: order_of_return
SELECT order_id FROM order_return WHERE id = $1;

-- name: list_returns
SELECT r.id, r.order_id, o.number AS order_number, r.number, r.state, r.reason, r.note, r.requested_at
  FROM order_return r JOIN orders o ON o.id = r.order_id
 WHERE r.id < $2 AND ($1::text IS NULL OR r.state = $1)
 ORDER BY r.id DESC
 LIMIT $3;

-- name: find_restock
-- Of a return what came, of a credit its units that did not come back by a return.
SELECT s.order_id, s.location_code, s.variant_ids, s.restocked, s.discarded
  FROM (SELECT r.order_id, r.location_code, array_agg(ol.variant_id ORDER BY l.position) AS variant_ids,
               array_agg(l.restocked ORDER BY l.position) AS restocked,
               array_agg(l.received - l.restocked ORDER BY l.position) AS discarded
          FROM order_return r
          JOIN return_line l ON l.return_id = r.id AND l.received > 0
          JOIN order_line ol ON ol.order_id = l.order_id AND ol.position = l.position
         WHERE r.id = $1
         GROUP BY r.id
         UNION ALL
        SELECT c.order_id, c.location_code, array_agg(ol.variant_id ORDER BY l.position),
               array_agg(l.restocked ORDER BY l.position),
               array_agg(l.dropped + l.credited - l.restocked ORDER BY l.position)
          FROM credit c
          JOIN credit_line l ON l.credit_id = c.id AND l.dropped + l.credited > 0
          JOIN order_line ol ON ol.order_id = l.order_id AND ol.position = l.position
         WHERE c.id = $1
         GROUP BY c.id) s;

-- name: money_of_order
-- What the order was paid with, what of it goes back, and what is still to be collected at the door.
SELECT CASE WHEN p.status = 'collected' THEN p.amount_minor ELSE coalesce(a.captured, 0) END AS paid,
       coalesce(r.refunded, 0) AS refunded,
       CASE WHEN p.status = 'to_collect' THEN p.amount_minor ELSE 0 END AS to_collect
  FROM payment p
 CROSS JOIN LATERAL (
       SELECT sum(captured_minor - reversed_minor)::bigint AS captured FROM payment_attempt
        WHERE order_id = p.order_id AND is_counted) a
 CROSS JOIN LATERAL (
       SELECT sum(amount_minor)::bigint AS refunded FROM refund
        WHERE order_id = p.order_id AND booked_as = 'sales' AND state <> 'failed') r
 WHERE p.order_id = $1;
