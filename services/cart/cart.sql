-- Every change names the version that it was decided on and changes nothing when the cart has moved on since, so that two tabs
-- never lose each other's work: the one that comes second decides again.

-- name: find_open
SELECT c.id, c.subject, c.country_code, c.version, c.updated_at,
       i.id AS item_id, i.variant_id, i.quantity, i.product_title, i.variant_title, i.seen_price_minor, i.seen_currency
  FROM cart c
  LEFT JOIN cart_item i ON i.cart_id = c.id
 WHERE c.subject = ANY ($1) AND c.state = 'open'
 ORDER BY c.id, i.added_at, i.id;

-- name: create
WITH made AS (
    INSERT INTO cart (id, subject, country_code, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (subject) WHERE state = 'open' DO NOTHING
    RETURNING id)
INSERT INTO cart_item (id, cart_id, variant_id, quantity, product_title, variant_title, seen_price_minor, seen_currency, added_at)
SELECT $5::uuid, made.id, $6::uuid, $7::bigint, $8::text, $9::text, $10::bigint, $11::text, $4
  FROM made;

-- name: put_item
WITH changed AS (
    UPDATE cart SET version = version + 1, updated_at = $3
     WHERE id = $1 AND version = $2 AND state = 'open'
    RETURNING id)
INSERT INTO cart_item (id, cart_id, variant_id, quantity, product_title, variant_title, seen_price_minor, seen_currency, added_at)
SELECT $4::uuid, changed.id, $5::uuid, $6::bigint, $7::text, $8::text, $9::bigint, $10::text, $3
  FROM changed
    ON CONFLICT ON CONSTRAINT cart_item_once
    DO UPDATE SET quantity = excluded.quantity, product_title = excluded.product_title, variant_title = excluded.variant_title,
                  seen_price_minor = excluded.seen_price_minor, seen_currency = excluded.seen_currency;

-- name: remove_item
WITH changed AS (
    UPDATE cart SET version = version + 1, updated_at = $3
     WHERE id = $1 AND version = $2 AND state = 'open'
    RETURNING id)
DELETE FROM cart_item USING changed WHERE cart_item.cart_id = changed.id AND cart_item.id = $4;

-- name: set_country
-- The prices of the new market are the ones that the shopper is about to see.
WITH changed AS (
    UPDATE cart SET version = version + 1, updated_at = $3, country_code = $4
     WHERE id = $1 AND version = $2 AND state = 'open'
    RETURNING id),
seen AS (
    UPDATE cart_item SET seen_price_minor = now.price_minor, seen_currency = now.currency
      FROM changed, unnest($5::uuid[], $6::bigint[], $7::text[]) AS now (item_id, price_minor, currency)
     WHERE cart_item.cart_id = changed.id AND cart_item.id = now.item_id)
SELECT id FROM changed;

-- name: adopt
-- The customer has no open cart: the guest's becomes theirs.
UPDATE cart SET subject = $3, version = version + 1
 WHERE id = $1 AND version = $2 AND state = 'open'
   AND NOT EXISTS (SELECT FROM cart own WHERE own.subject = $3 AND own.state = 'open');

-- name: merge
WITH own AS (
    UPDATE cart SET version = version + 1, updated_at = $5, country_code = $6
     WHERE id = $1 AND version = $2 AND state = 'open'
    RETURNING id),
guest AS (
    UPDATE cart SET state = 'merged', merged_into = own.id, version = version + 1, updated_at = $5
      FROM own
     WHERE cart.id = $3 AND cart.version = $4 AND cart.state = 'open'
    RETURNING own.id AS own_id)
INSERT INTO cart_item (id, cart_id, variant_id, quantity, product_title, variant_title, seen_price_minor, seen_currency, added_at)
SELECT item.id, guest.own_id, item.variant_id, item.quantity, item.product_title, item.variant_title, item.seen_price_minor,
       item.seen_currency, $5
  FROM guest, unnest($7::uuid[], $8::uuid[], $9::bigint[], $10::text[], $11::text[], $12::bigint[], $13::text[])
           AS item (id, variant_id, quantity, product_title, variant_title, seen_price_minor, seen_currency)
    ON CONFLICT ON CONSTRAINT cart_item_once
    DO UPDATE SET quantity = excluded.quantity, seen_price_minor = excluded.seen_price_minor,
                  seen_currency = excluded.seen_currency;

-- name: close
UPDATE cart SET state = 'ordered', closed_by_order = $2, version = version + 1, updated_at = $3
 WHERE id = $1 AND (state = 'open' OR closed_by_order = $2);
