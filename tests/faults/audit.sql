-- The books, as the database has them. Each statement names an invariant and lists what breaks it; nothing listed: it holds.
-- What shoppers and staff were answered is in the temporary tables that audit.mjs fills: acknowledged (order_id, number,
-- total_minor, currency, method, lines, key), cancelled (order_id), undecided (key), counted (variant_id, delta),
-- uncounted (variant_id: somebody was not told whether a count went in), opening (variant_id, on_hand).

-- invariant: an acknowledged order is there, as it was acknowledged
SELECT a.order_id, a.number, a.total_minor AS acknowledged, o.total_minor AS kept
  FROM acknowledged a
  LEFT JOIN orders.orders o ON o.id = a.order_id
 WHERE o.id IS NULL OR o.number <> a.number OR o.total_minor <> a.total_minor OR o.currency_code <> a.currency;

-- invariant: the lines of an order are those that were acknowledged
SELECT a.order_id, a.lines AS acknowledged, kept.lines AS kept
  FROM acknowledged a
 CROSS JOIN LATERAL (SELECT string_agg(l.variant_id || ' ' || l.quantity || ' ' || l.unit_price_minor, ', ' ORDER BY l.variant_id) AS lines
                       FROM orders.order_line l WHERE l.order_id = a.order_id) kept
 WHERE kept.lines IS DISTINCT FROM a.lines;

-- invariant: no key has two effects
SELECT key, count(DISTINCT order_id) AS orders FROM acknowledged GROUP BY key HAVING count(DISTINCT order_id) > 1
 UNION ALL
SELECT substr(note, 5), count(*) FROM orders.orders WHERE note LIKE 'key %' GROUP BY note HAVING count(*) > 1;

-- invariant: no order that nobody was told of
SELECT o.id, o.number, o.status, o.note
  FROM orders.orders o
 WHERE NOT EXISTS (SELECT FROM acknowledged a WHERE a.order_id = o.id)
   AND NOT EXISTS (SELECT FROM undecided u WHERE u.key = substr(o.note, 5));

-- invariant: a cart is ordered once
SELECT cart_id, count(*) FROM orders.orders GROUP BY cart_id HAVING count(*) > 1;

-- invariant: the cart of an order is closed by it
SELECT o.id AS order_id, o.cart_id, c.state, c.closed_by_order
  FROM orders.orders o
  LEFT JOIN cart.cart c ON c.id = o.cart_id
 WHERE c.closed_by_order IS DISTINCT FROM o.id;

-- invariant: an acknowledged cancellation is one
SELECT c.order_id, o.status FROM cancelled c LEFT JOIN orders.orders o ON o.id = c.order_id WHERE o.status IS DISTINCT FROM 'cancelled';

-- invariant: the history of an order leads to its state
SELECT o.id, o.status, o.version, s.status AS last, s.steps
  FROM orders.orders o
  LEFT JOIN LATERAL (SELECT count(*) AS steps, (array_agg(status ORDER BY version DESC))[1] AS status, max(version) AS version
                       FROM orders.order_step WHERE order_id = o.id) s ON true
 WHERE s.status IS DISTINCT FROM o.status OR s.version IS DISTINCT FROM o.version OR s.steps IS DISTINCT FROM o.version;

-- invariant: totals add up
SELECT o.id, o.subtotal_minor, sum(l.line_total_minor) AS lines, o.total_minor
  FROM orders.orders o JOIN orders.order_line l ON l.order_id = o.id
 GROUP BY o.id
HAVING o.subtotal_minor <> sum(l.line_total_minor)
    OR o.total_minor <> o.subtotal_minor + o.delivery_minor + CASE WHEN o.vat_included THEN 0 ELSE o.vat_minor END
    OR o.item_count <> sum(l.quantity);

-- invariant: stock is never negative
SELECT * FROM catalog.stock WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand;

-- invariant: reserved = open reservations
SELECT s.variant_id, s.reserved, coalesce(held.quantity, 0) AS held
  FROM (SELECT variant_id, sum(reserved) AS reserved FROM catalog.stock GROUP BY variant_id) s
  LEFT JOIN (SELECT l.variant_id, sum(l.quantity) AS quantity
               FROM catalog.reservation r JOIN catalog.reservation_line l USING (order_id)
              WHERE r.state = 'held' GROUP BY l.variant_id) held USING (variant_id)
 WHERE s.reserved <> coalesce(held.quantity, 0);

-- invariant: no reservation leaked
SELECT r.order_id, r.state, r.expires_at, o.status
  FROM catalog.reservation r
  LEFT JOIN orders.orders o ON o.id = r.order_id
 WHERE r.state = 'held' OR (r.state = 'sold' AND (o.id IS NULL OR o.status = 'cancelled'));

-- invariant: every order that lives has its units, and no other has
SELECT o.id, o.number, o.status, r.state
  FROM orders.orders o
  LEFT JOIN catalog.reservation r ON r.order_id = o.id
 WHERE o.status NOT IN ('cancelled', 'returned') AND r.state IS DISTINCT FROM 'sold'
    OR o.status = 'cancelled' AND r.state IS DISTINCT FROM 'released';

-- invariant: what is reserved for an order is what it bought
SELECT o.id, l.variant_id, l.quantity AS ordered, r.quantity AS reserved
  FROM orders.orders o
  JOIN (SELECT order_id, variant_id, sum(quantity) AS quantity FROM orders.order_line GROUP BY 1, 2) l ON l.order_id = o.id
  LEFT JOIN (SELECT order_id, variant_id, sum(quantity) AS quantity FROM catalog.reservation_line GROUP BY 1, 2) r
    ON r.order_id = l.order_id AND r.variant_id = l.variant_id
 WHERE o.status <> 'cancelled' AND r.quantity IS DISTINCT FROM l.quantity;

-- invariant: received - sold + returned = on hand
SELECT op.variant_id, op.on_hand AS opening, coalesce(c.delta, 0) AS counted, coalesce(sold.quantity, 0) AS sold, s.on_hand
  FROM opening op
  JOIN (SELECT variant_id, sum(on_hand) AS on_hand FROM catalog.stock GROUP BY variant_id) s ON s.variant_id = op.variant_id
  LEFT JOIN (SELECT variant_id, sum(delta) AS delta FROM counted GROUP BY variant_id) c ON c.variant_id = op.variant_id
  LEFT JOIN (SELECT l.variant_id, sum(l.quantity) AS quantity
               FROM orders.orders o JOIN orders.order_line l ON l.order_id = o.id
              WHERE o.status NOT IN ('cancelled', 'returned') GROUP BY l.variant_id) sold ON sold.variant_id = op.variant_id
 WHERE s.on_hand <> op.on_hand + coalesce(c.delta, 0) - coalesce(sold.quantity, 0)
   AND NOT EXISTS (SELECT FROM uncounted u WHERE u.variant_id = op.variant_id);

-- invariant: no saga is stuck
SELECT order_id, step, state, attempts, due_at, last_error FROM orders.order_task;

-- invariant: every order has one payment, in keeping with its state
SELECT o.id, o.status, count(p.id) AS payments, min(p.status) AS payment
  FROM orders.orders o LEFT JOIN orders.payment p ON p.order_id = o.id
 GROUP BY o.id
HAVING count(p.id) <> 1
    OR min(p.method) = 'cash_on_delivery' AND min(p.status) <> CASE o.status WHEN 'delivered' THEN 'collected' WHEN 'cancelled' THEN 'void' WHEN 'returned' THEN 'void' ELSE 'to_collect' END;

-- invariant: every key that was answered has one answer
SELECT subject, method, key, answers FROM orders.idempotency_key WHERE answers > 1;
