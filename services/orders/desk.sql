-- What staff see.

-- name: count_work
SELECT count(*) FILTER (WHERE status = 'placed') AS placed,
       count(*) FILTER (WHERE status = 'paid') AS paid,
       count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE status = 'partly_shipped') AS partly_shipped,
       count(*) FILTER (WHERE status = 'shipped') AS shipped,
       count(*) FILTER (WHERE status = 'pending_payment') AS pending_payment,
       (SELECT count(*) FROM order_return WHERE state = 'requested') AS returns_requested,
       (SELECT count(*) FROM order_task WHERE state = 'failed') AS failed_tasks,
       (SELECT count(*) FROM payment_attempt WHERE state = 'review') AS payments_in_review,
       (SELECT count(*) FROM refund WHERE state = 'review') AS refunds_in_review,
       (SELECT count(*) FROM courier_message WHERE state IN ('failed', 'in_doubt')) AS failed_messages
  FROM orders
 WHERE status IN ('placed', 'paid', 'confirmed', 'partly_shipped', 'shipped', 'pending_payment');

-- name: list_refund_reviews
-- Why money goes back is told by what was taken off; the refund itself says only what a provider may read.
SELECT r.id AS refund_id, r.order_id, o.number AS order_number, r.method, r.amount_minor, r.currency_code,
       coalesce(nullif(c.reason, ''), r.reason) AS reason, r.detail, r.changed_at
  FROM refund r
  JOIN orders o ON o.id = r.order_id
  LEFT JOIN credit c ON c.id = r.id
 WHERE r.state = 'review'
 ORDER BY r.changed_at, r.id
 LIMIT $1;

-- name: find_orders
-- By number of the order or of one of its invoices, by phone, by e-mail; newest first.
SELECT o.id, o.number, o.status, o.total_minor, o.currency_code, o.item_count, o.placed_at, l.product_title, l.picture_url,
       l.picture_srcset, l.picture_alt, l.picture_width, l.picture_height
  FROM orders o
  JOIN order_line l ON l.order_id = o.id AND l.position = 1
 WHERE o.number = $1 OR o.contact_phone = $2 OR (lower(o.contact_email) = $3 AND o.contact_email <> '')
    OR o.id = (SELECT order_id FROM invoice WHERE number = $4)
 ORDER BY o.id DESC
 LIMIT 50;
