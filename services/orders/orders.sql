-- name: insert_order
INSERT INTO orders (id, number, subject, cart_id, status, version, country_code, currency_code, item_count, subtotal_minor,
                    delivery_minor, vat_minor, total_minor, vat_basis_points, vat_included, contact_name, contact_phone,
                    contact_email, recipient, recipient_phone, line1, line2, landmark, city, region, postal_code, note, placed_at,
                    pay_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
        $27, $28, $29);

-- name: insert_lines
-- Columns in the order of the arrays: texts, then numbers.
INSERT INTO order_line (order_id, position, variant_id, product_handle, product_title, variant_title, sku, picture_url,
                        picture_srcset, picture_alt, unit_price_minor, quantity, line_total_minor, picture_width, picture_height,
                        awaited, expected_at)
SELECT $1, line.position, line.variant_id, line.product_handle, line.product_title, line.variant_title, line.sku,
       line.picture_url, line.picture_srcset, line.picture_alt, line.unit_price_minor, line.quantity, line.line_total_minor,
       line.picture_width, line.picture_height, line.awaited,
       timestamptz 'epoch' + nullif(line.expected_at_us, 0) * interval '1 microsecond'
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
              $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[]) WITH ORDINALITY
       AS line (variant_id, product_handle, product_title, variant_title, sku, picture_url, picture_srcset, picture_alt,
                unit_price_minor, quantity, line_total_minor, picture_width, picture_height, awaited, expected_at_us, position);

-- name: insert_payment
INSERT INTO payment (id, order_id, method, status, amount_minor, currency_code, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: insert_step
INSERT INTO order_step (order_id, version, status, what, note, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: set_status
UPDATE orders SET status = $2, version = $3 WHERE id = $1;

-- name: set_payment_status
UPDATE payment SET status = $2, changed_at = $3 WHERE order_id = $1;

-- name: find_order
-- By id or by number. $3 is who may see it: one of these subjects, or everybody's when it is NULL.
SELECT o.id, o.number, o.subject, o.cart_id, o.status, o.version, o.country_code, o.currency_code, o.item_count, o.subtotal_minor,
       o.delivery_minor, o.vat_minor, o.total_minor, o.vat_basis_points, o.vat_included, o.contact_name, o.contact_phone,
       o.contact_email, o.recipient, o.recipient_phone, o.line1, o.line2, o.landmark, o.city, o.region, o.postal_code, o.note,
       o.placed_at, o.pay_until, p.method, p.status AS payment_status,
       o.status = 'placed' AND EXISTS (SELECT FROM order_code WHERE order_id = o.id AND kind = 'confirm') AS needs_code,
       p.amount_minor AS payment_minor,
       CASE WHEN p.status = 'collected' THEN p.amount_minor ELSE m.captured_minor END AS captured_minor, m.refunded_minor,
       a.id AS attempt_id, a.method AS attempt_method, a.state AS attempt_state, a.reference AS attempt_reference,
       a.amount_minor AS attempt_minor, a.captured_minor AS attempt_captured_minor, a.currency_code AS attempt_currency, a.captured_currency, a.phone,
       a.action_kind, a.action_url, a.action_text, a.reason, a.provider_ref, a.created_at, a.deadline_at,
       l.variant_ids, l.product_handles, l.product_titles, l.variant_titles, l.skus, l.picture_urls, l.picture_srcsets,
       l.picture_alts, l.unit_prices_minor, l.quantities, l.line_totals_minor, l.picture_widths, l.picture_heights,
       l.awaited, l.expected_at_us,
       s.statuses, s.whats, s.notes, s.made_at_us
  FROM orders o
  JOIN payment p ON p.order_id = o.id
 CROSS JOIN LATERAL (
       SELECT COALESCE((SELECT captured_minor - reversed_minor FROM payment_attempt WHERE order_id = o.id AND is_counted),
                       0)::bigint AS captured_minor,
              COALESCE((SELECT sum(amount_minor) FROM refund
                         WHERE order_id = o.id AND booked_as = 'sales' AND state <> 'failed'), 0)::bigint AS refunded_minor) m
  LEFT JOIN LATERAL (
       SELECT * FROM payment_attempt WHERE order_id = o.id ORDER BY created_at DESC, id DESC LIMIT 1) a ON true
 CROSS JOIN LATERAL (
       SELECT array_agg(variant_id ORDER BY position) AS variant_ids,
              array_agg(product_handle ORDER BY position) AS product_handles,
              array_agg(product_title ORDER BY position) AS product_titles,
              array_agg(variant_title ORDER BY position) AS variant_titles,
              array_agg(sku ORDER BY position) AS skus,
              array_agg(unit_price_minor ORDER BY position) AS unit_prices_minor,
              array_agg(quantity ORDER BY position) AS quantities,
              array_agg(line_total_minor ORDER BY position) AS line_totals_minor,
              array_agg(picture_url ORDER BY position) AS picture_urls,
              array_agg(picture_srcset ORDER BY position) AS picture_srcsets,
              array_agg(picture_alt ORDER BY position) AS picture_alts,
              array_agg(picture_width ORDER BY position) AS picture_widths,
              array_agg(picture_height ORDER BY position) AS picture_heights,
              array_agg(awaited ORDER BY position) AS awaited,
              array_agg(coalesce((extract(epoch FROM expected_at) * 1000000)::bigint, 0) ORDER BY position) AS expected_at_us
         FROM order_line WHERE order_id = o.id) l
 CROSS JOIN LATERAL (
       SELECT array_agg(status ORDER BY version) AS statuses,
              array_agg(what ORDER BY version) AS whats,
              array_agg(note ORDER BY version) AS notes,
              array_agg((extract(epoch FROM made_at) * 1000000)::bigint ORDER BY version) AS made_at_us
         FROM order_step WHERE order_id = o.id) s
 WHERE (o.id = $1 OR o.number = $2) AND ($3::uuid[] IS NULL OR o.subject = ANY ($3));

-- name: list_of_subjects
SELECT o.id, o.number, o.status, o.total_minor, o.currency_code, o.item_count, o.placed_at, l.product_title, l.picture_url,
       l.picture_srcset, l.picture_alt, l.picture_width, l.picture_height
  FROM orders o
  JOIN order_line l ON l.order_id = o.id AND l.position = 1
 WHERE o.subject = ANY ($1) AND o.id < $2
 ORDER BY o.id DESC
 LIMIT $3;

-- name: list_by_status
SELECT o.id, o.number, o.status, o.total_minor, o.currency_code, o.item_count, o.placed_at, l.product_title, l.picture_url,
       l.picture_srcset, l.picture_alt, l.picture_width, l.picture_height
  FROM orders o
  JOIN order_line l ON l.order_id = o.id AND l.position = 1
 WHERE o.status = $1 AND o.id < $2
 ORDER BY o.id DESC
 LIMIT $3;

-- name: list_all
SELECT o.id, o.number, o.status, o.total_minor, o.currency_code, o.item_count, o.placed_at, l.product_title, l.picture_url,
       l.picture_srcset, l.picture_alt, l.picture_width, l.picture_height
  FROM orders o
  JOIN order_line l ON l.order_id = o.id AND l.position = 1
 WHERE o.id < $1
 ORDER BY o.id DESC
 LIMIT $2;
