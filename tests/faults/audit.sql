-- The books, as the database has them. Each statement names an invariant and lists what breaks it; nothing listed: it holds.
-- What shoppers and staff were answered is in the temporary tables that audit.mjs fills: acknowledged (order_id, number,
-- total_minor, currency, method, lines, key), cancelled (order_id), refunded (id, amount_minor), undecided (key), counted (variant_id, delta),
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

-- invariant: reserved = open reservations, owed = what they wait for
SELECT s.variant_id, s.location_id, s.reserved, coalesce(open.held, 0) AS held, s.owed, coalesce(open.awaited, 0) AS awaited
  FROM catalog.stock s
  LEFT JOIN (SELECT l.variant_id, l.location_id, sum(l.quantity) FILTER (WHERE r.state = 'held') AS held, sum(l.owed) AS awaited
               FROM catalog.reservation r JOIN catalog.reservation_line l USING (order_id)
              WHERE r.state IN ('held', 'sold') GROUP BY 1, 2) open USING (variant_id, location_id)
 WHERE s.reserved <> coalesce(open.held, 0) OR s.owed <> coalesce(open.awaited, 0);

-- invariant: the figures are the sum of the movements
SELECT s.variant_id, s.location_id, s.on_hand, s.reserved, s.owed, m.on_hand AS moved, m.reserved AS moved_reserved, m.owed AS moved_owed
  FROM catalog.stock s
  LEFT JOIN (SELECT variant_id, location_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved, sum(owed_change) AS owed
               FROM catalog.stock_movement GROUP BY 1, 2) m USING (variant_id, location_id)
 WHERE (s.on_hand, s.reserved, s.owed) IS DISTINCT FROM (coalesce(m.on_hand, 0)::bigint, coalesce(m.reserved, 0)::bigint, coalesce(m.owed, 0)::bigint);

-- invariant: no count was negative at any moment
SELECT * FROM (
    SELECT id, variant_id, location_id, kind, sum(on_hand_change) OVER past AS on_hand, sum(reserved_change) OVER past AS reserved,
           sum(owed_change) OVER past AS owed
      FROM catalog.stock_movement WINDOW past AS (PARTITION BY variant_id, location_id ORDER BY id)) history
 WHERE on_hand < 0 OR reserved < 0 OR owed < 0 OR reserved > on_hand;

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
  LEFT JOIN (SELECT order_id, variant_id, sum(quantity + owed) AS quantity FROM catalog.reservation_line GROUP BY 1, 2) r
    ON r.order_id = l.order_id AND r.variant_id = l.variant_id
 WHERE o.status <> 'cancelled' AND r.quantity IS DISTINCT FROM l.quantity;

-- invariant: received - sold + returned = on hand
SELECT op.variant_id, op.on_hand AS opening, coalesce(c.delta, 0) AS counted, coalesce(sold.quantity, 0) AS sold, s.on_hand
  FROM opening op
  JOIN (SELECT variant_id, sum(on_hand) AS on_hand FROM catalog.stock GROUP BY variant_id) s ON s.variant_id = op.variant_id
  LEFT JOIN (SELECT variant_id, sum(delta) AS delta FROM counted GROUP BY variant_id) c ON c.variant_id = op.variant_id
  -- Of an order that ended, only those units are gone that staff had written off before.
  LEFT JOIN (SELECT l.variant_id,
                    sum(CASE WHEN o.status IN ('cancelled', 'returned') THEN coalesce(back.lost, 0)
                             ELSE l.quantity - coalesce(back.units, 0) END) AS quantity
               FROM orders.orders o
               JOIN orders.order_line l ON l.order_id = o.id
               LEFT JOIN (SELECT order_id, position, sum(restocked) AS units, sum(lost) AS lost
                            FROM (SELECT order_id, position, restocked, 0 AS lost FROM orders.return_line
                                  UNION ALL
                                  SELECT order_id, position, restocked, dropped + credited - restocked
                                    FROM orders.credit_line) given
                           GROUP BY 1, 2) back ON back.order_id = l.order_id AND back.position = l.position
              GROUP BY l.variant_id) sold ON sold.variant_id = op.variant_id
 WHERE s.on_hand <> op.on_hand + coalesce(c.delta, 0) - coalesce(sold.quantity, 0)
   AND NOT EXISTS (SELECT FROM uncounted u WHERE u.variant_id = op.variant_id);

-- invariant: no saga is stuck
SELECT t.order_id, t.step, t.state, t.attempts, t.due_at, t.last_error, o.status FROM orders.order_task t JOIN orders.orders o ON o.id = t.order_id;

-- invariant: every order has one payment, in keeping with its state
SELECT o.id, o.status, count(p.id) AS payments, min(p.status) AS payment
  FROM orders.orders o LEFT JOIN orders.payment p ON p.order_id = o.id
 GROUP BY o.id
HAVING count(p.id) <> 1
    OR min(p.method) = 'cash_on_delivery' AND min(p.status) <> CASE o.status WHEN 'delivered' THEN 'collected' WHEN 'cancelled' THEN 'void' WHEN 'returned' THEN 'void' ELSE 'to_collect' END;

-- invariant: every key that was answered has one answer
SELECT subject, method, key, answers FROM orders.idempotency_key WHERE answers > 1;

-- invariant: invoices have numbers without gaps
SELECT kind, country_code, count(*) AS invoices, max(sequence) AS last FROM orders.invoice GROUP BY 1, 2 HAVING count(*) <> max(sequence) OR min(sequence) <> 1;

-- ---- events ----

-- invariant: every event reached its consumer
SELECT 'auth' AS service, topic, key, state, attempts, last_error FROM auth.outbox_event
 UNION ALL SELECT 'catalog', topic, key, state, attempts, last_error FROM catalog.outbox_event
 UNION ALL SELECT 'cart', topic, key, state, attempts, last_error FROM cart.outbox_event
 UNION ALL SELECT 'orders', topic, key, state, attempts, last_error FROM orders.outbox_event;

-- invariant: what became of an order was told, once for each time
SELECT coalesce(told.id, happened.id) AS order_id, coalesce(told.topic, happened.topic) AS topic, told.times AS told, happened.times AS happened
  FROM (SELECT key::uuid AS id, topic, count(*) AS times FROM orders.inbox_event
         WHERE topic IN ('order.placed', 'order.confirmed', 'order.delivered', 'order.cancelled', 'order.returned', 'order.paid') GROUP BY 1, 2) told
  FULL JOIN (SELECT order_id AS id, 'order.' || CASE WHEN status = 'pending_payment' THEN 'placed' ELSE status END AS topic, count(*) AS times
               FROM orders.order_step
              WHERE what = '' AND status IN ('placed', 'pending_payment', 'confirmed', 'delivered', 'cancelled', 'returned', 'paid') GROUP BY 1, 2) happened
    ON happened.id = told.id AND happened.topic = told.topic
 WHERE told.times IS DISTINCT FROM happened.times;

-- invariant: every message was sent, or is known to be in doubt
SELECT id, kind, state, attempts, last_code, last_error FROM orders.courier_message WHERE state NOT IN ('delivered', 'in_doubt');

-- invariant: a mail arrives, and copies of it are told by their Message-ID
SELECT * FROM (SELECT received, count(m.id) - before AS delivered FROM mails LEFT JOIN orders.courier_message m ON m.kind = 'mail' AND m.state = 'delivered'
                GROUP BY received, before) sent
 WHERE received <> delivered;

-- ---- money ----

-- invariant: the books balance
SELECT NULL::uuid AS transaction_id, currency_code, sum(amount_minor) FROM orders.ledger_entry GROUP BY currency_code HAVING sum(amount_minor) <> 0
 UNION ALL
SELECT transaction_id, currency_code, sum(amount_minor) FROM orders.ledger_entry GROUP BY 1, 2 HAVING sum(amount_minor) <> 0;

-- invariant: what a provider holds for the shop is what the books say
-- (but for refunds that staff have to look at, since the provider does not say what became of them, and for payments of the next)
SELECT coalesce(b.account, 'provider:' || s.provider) AS account, coalesce(b.currency_code, s.currency) AS currency, coalesce(b.minor, 0) AS books, coalesce(s.minor, 0) AS provider
  FROM (SELECT account, currency_code, sum(amount_minor) AS minor FROM orders.ledger_entry WHERE account LIKE 'provider:%' GROUP BY 1, 2) b
  FULL JOIN (SELECT provider, currency, sum(minor) AS minor
               FROM (SELECT provider, paid_currency AS currency, paid_minor AS minor FROM charge c
                      WHERE state = 'paid' AND EXISTS (SELECT FROM orders.payment_attempt a WHERE a.method = c.provider AND (c.id = a.provider_ref OR c.reference = a.reference OR c.id = a.id::text))
                     UNION ALL SELECT provider, currency, -minor FROM provider_refund WHERE state = 'done') moved GROUP BY 1, 2) s
    ON b.account = 'provider:' || s.provider AND b.currency_code = s.currency
  LEFT JOIN (SELECT method, currency_code, sum(amount_minor) AS minor FROM orders.refund WHERE state = 'review' GROUP BY 1, 2) r
    ON 'provider:' || r.method = coalesce(b.account, 'provider:' || s.provider) AND r.currency_code = coalesce(b.currency_code, s.currency)
 WHERE coalesce(s.minor, 0) NOT BETWEEN coalesce(b.minor, 0) - coalesce(r.minor, 0) AND coalesce(b.minor, 0);

-- invariant: a payment whose answer and notice were both lost waits for a person
-- (M-Pesa, which can only be asked by a number that the lost answer had)
SELECT c.provider, c.id, c.order_number, c.paid_minor, o.status, (SELECT string_agg(state, ', ') FROM orders.payment_attempt WHERE order_id = o.id) AS attempts
  FROM charge c
  LEFT JOIN orders.orders o ON o.number = c.order_number
 WHERE c.state = 'paid'
   AND NOT EXISTS (SELECT FROM orders.payment_attempt a WHERE a.method = c.provider AND (c.id = a.provider_ref OR c.reference = a.reference OR c.id = a.id::text))
   AND NOT EXISTS (SELECT FROM orders.payment_attempt a WHERE a.order_id = o.id AND a.method = 'mpesa' AND c.provider = 'mpesa' AND a.state = 'review');

-- invariant: cash collected at the door is in the books
SELECT o.id, p.status, p.amount_minor, coalesce(b.minor, 0) AS books
  FROM orders.orders o
  JOIN orders.payment p ON p.order_id = o.id AND p.method = 'cash_on_delivery'
  LEFT JOIN (SELECT t.order_id, sum(e.amount_minor) AS minor FROM orders.ledger_transaction t JOIN orders.ledger_entry e ON e.transaction_id = t.id
              WHERE e.account = 'cash:courier' GROUP BY 1) b ON b.order_id = o.id
 WHERE coalesce(b.minor, 0) <> CASE WHEN p.status = 'collected' THEN p.amount_minor ELSE 0 END;

-- invariant: an order is paid by what was captured for it, and by nothing else
SELECT o.id, o.status, p.status AS payment, p.amount_minor, coalesce(a.captured, 0) AS captured
  FROM orders.orders o
  JOIN orders.payment p ON p.order_id = o.id AND p.method <> 'cash_on_delivery'
  LEFT JOIN (SELECT order_id, sum(captured_minor - reversed_minor) AS captured FROM orders.payment_attempt WHERE is_counted GROUP BY 1) a ON a.order_id = o.id
 WHERE o.status IN ('paid', 'confirmed', 'partly_shipped', 'shipped', 'delivered') AND coalesce(a.captured, 0) <= 0
    OR o.status = 'pending_payment' AND coalesce(a.captured, 0) > 0;

-- invariant: nobody is charged for a cancelled order
SELECT o.id, o.number, a.captured, coalesce(r.refunded, 0) AS refunded
  FROM orders.orders o
  JOIN (SELECT order_id, sum(captured_minor - reversed_minor) AS captured FROM orders.payment_attempt GROUP BY 1) a ON a.order_id = o.id
  LEFT JOIN (SELECT order_id, sum(amount_minor) AS refunded FROM orders.refund WHERE state IN ('succeeded', 'review') GROUP BY 1) r ON r.order_id = o.id
 WHERE o.status = 'cancelled' AND a.captured <> coalesce(r.refunded, 0);

-- invariant: the provider gave back what the shop says, each refund once
-- (of M-Pesa in all: money that goes out to a phone names no payment that it belongs to)
SELECT method, CASE WHEN method <> 'mpesa' THEN reference END AS reference, sum(ours) AS ours, sum(review) AS review, sum(theirs) AS theirs
  FROM (SELECT a.method, a.reference,
               coalesce((SELECT sum(amount_minor) FROM orders.refund WHERE attempt_id = a.id AND state = 'succeeded'), 0) AS ours,
               coalesce((SELECT sum(amount_minor) FROM orders.refund WHERE attempt_id = a.id AND state = 'review'), 0) AS review,
               coalesce((SELECT sum(r.minor)
                           FROM charge c JOIN provider_refund r ON r.provider = c.provider AND r.charge_id = c.id AND r.state = 'done'
                          WHERE c.provider = a.method AND (c.id = a.provider_ref OR c.reference = a.reference OR c.id = a.id::text)), 0) AS theirs
          FROM orders.payment_attempt a) each_one
 GROUP BY 1, 2
HAVING sum(theirs) NOT BETWEEN sum(ours) AND sum(ours) + sum(review);

-- invariant: an acknowledged refund is made, for that sum
SELECT r.id, r.amount_minor, kept.amount_minor AS kept
  FROM refunded r
  LEFT JOIN orders.credit kept ON kept.id = r.id
 WHERE kept.amount_minor IS DISTINCT FROM r.amount_minor;

-- invariant: every payment comes to an end
SELECT id, order_id, method, state, reason FROM orders.payment_attempt WHERE state IN ('created', 'pending')
 UNION ALL
SELECT id, order_id, method, state, detail FROM orders.refund WHERE state IN ('requested', 'sending', 'pending');
