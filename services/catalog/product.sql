-- How products are written: rows are staged in temporary tables, merged set by set, and indexed for lists and search. One
-- product that staff save and two thousand of a file go the same way.

-- name: is_staging_ready
SELECT to_regclass('pg_temp.staged_product') IS NOT NULL AS ready;

-- name: create_staged_product
CREATE TEMPORARY TABLE staged_product (
    number         integer NOT NULL,                -- within the batch
    handle         text NOT NULL,
    id             uuid NOT NULL,                   -- the one it gets when it is new
    title          text NOT NULL,
    description    text NOT NULL,
    vendor         text NOT NULL,
    type           text NOT NULL,
    tags           text NOT NULL,                   -- separated by U+001F, as the option names are
    status         text NOT NULL,
    category_path  text NOT NULL,
    option_names   text NOT NULL,
    digest         text NOT NULL,                   -- hexadecimal; empty: none
    is_whole       boolean NOT NULL,                -- all its variants are staged: others are retired
    is_new         boolean NOT NULL DEFAULT true,
    is_same        boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS;

-- name: create_staged_variant
CREATE TEMPORARY TABLE staged_variant (
    product        integer NOT NULL,
    position       integer NOT NULL,
    id             uuid NOT NULL,
    line           bigint NOT NULL,                 -- where it came from, for messages
    sku            text NOT NULL,
    barcode        text NOT NULL,
    option1        text NOT NULL,
    option2        text NOT NULL,
    option3        text NOT NULL,
    weight_grams   integer NOT NULL,
    on_hand        bigint NOT NULL,
    sell_policy    text NOT NULL,                   -- empty: as it is
    is_new         boolean NOT NULL DEFAULT true
) ON COMMIT DELETE ROWS;

-- name: create_staged_price
CREATE TEMPORARY TABLE staged_price (
    product           integer NOT NULL,
    position          integer NOT NULL,
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL,
    compare_at_minor  bigint                        -- NULL: not reduced
) ON COMMIT DELETE ROWS;

-- name: create_staged_picture
CREATE TEMPORARY TABLE staged_picture (
    product        integer NOT NULL,
    position       integer NOT NULL,
    alt            text NOT NULL,
    url            text NOT NULL,
    media          text NOT NULL,
    width          integer NOT NULL,
    height         integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: copy_products
COPY staged_product (number, handle, id, title, description, vendor, type, tags, status, category_path, option_names, digest,
                     is_whole) FROM STDIN;

-- name: copy_variants
COPY staged_variant (product, position, id, line, sku, barcode, option1, option2, option3, weight_grams, on_hand,
                     sell_policy) FROM STDIN;

-- name: copy_prices
COPY staged_price (product, position, currency, amount_minor, compare_at_minor) FROM STDIN;

-- name: copy_pictures
COPY staged_picture (product, position, alt, url, media, width, height) FROM STDIN;

-- name: analyze_products
ANALYZE staged_product;

-- name: analyze_variants
ANALYZE staged_variant;

-- name: analyze_prices
ANALYZE staged_price;

-- name: analyze_pictures
ANALYZE staged_picture;

-- name: lock_catalogue
SELECT pg_advisory_xact_lock(7163520841);

-- name: insert_categories
WITH fresh AS (
    SELECT nextval(pg_get_serial_sequence('category', 'number'))::integer AS number, parent.number AS parent, asked.path,
           asked.name, parent.depth + 1 AS depth, asked.position::integer AS position, parent.lineage
      FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (path, parent_path, name, position)
      JOIN category parent ON parent.path = asked.parent_path AND parent.depth = $4 - 1
     WHERE NOT EXISTS (SELECT FROM category known WHERE known.path = asked.path))
INSERT INTO category (number, parent, path, name, depth, position, lineage) OVERRIDING SYSTEM VALUE
SELECT number, parent, path, name, depth,
       position + (SELECT coalesce(max(sibling.position), 0) FROM category sibling WHERE sibling.parent = fresh.parent),
       lineage || number
  FROM fresh;

-- name: match_products
UPDATE staged_product s
   SET id = p.id, is_new = false, is_same = (s.digest <> '' AND p.import_digest = decode(s.digest, 'hex')) IS TRUE
  FROM product p
 WHERE p.handle = s.handle;

-- name: drop_unchanged
DELETE FROM staged_product WHERE is_same;

-- name: match_variants_by_sku
UPDATE staged_variant sv
   SET id = match.id, is_new = false
  FROM (SELECT DISTINCT ON (s.product, s.position) s.product, s.position, v.id
          FROM staged_variant s
          JOIN staged_product p ON p.number = s.product AND NOT p.is_new
          JOIN variant v ON v.product_id = p.id AND v.sku = s.sku
         ORDER BY s.product, s.position, v.active DESC, v.position) match
 WHERE sv.product = match.product AND sv.position = match.position;

-- name: match_variants_by_options
UPDATE staged_variant sv
   SET id = match.id, is_new = false
  FROM (SELECT DISTINCT ON (s.product, s.position) s.product, s.position, v.id
          FROM staged_variant s
          JOIN staged_product p ON p.number = s.product AND NOT p.is_new
          JOIN variant v ON v.product_id = p.id AND (v.option1, v.option2, v.option3) = (s.option1, s.option2, s.option3)
         WHERE s.is_new AND NOT EXISTS (SELECT FROM staged_variant other WHERE other.id = v.id)
         ORDER BY s.product, s.position, v.active DESC, v.position) match
 WHERE sv.product = match.product AND sv.position = match.position;

-- name: refuse_variants
WITH taken AS (
    SELECT sv.product, sv.position, 'sku' AS field
      FROM staged_variant sv
      JOIN staged_product p ON p.number = sv.product
      JOIN variant v ON v.sku = sv.sku AND v.active AND v.product_id <> p.id
     UNION ALL
    SELECT product, position, 'sku'
      FROM (SELECT s.product, s.position, row_number() OVER (PARTITION BY s.sku ORDER BY s.line, s.position) AS place
              FROM staged_variant s JOIN staged_product p ON p.number = s.product
             WHERE s.sku <> '') AS ranked
     WHERE place > 1
     UNION ALL
    SELECT sv.product, sv.position, 'option_values'
      FROM staged_variant sv
      JOIN staged_product p ON p.number = sv.product AND NOT p.is_new AND NOT p.is_whole
      JOIN variant v ON v.product_id = p.id AND v.active AND v.id <> sv.id
                    AND (v.option1, v.option2, v.option3) = (sv.option1, sv.option2, sv.option3)
     WHERE NOT EXISTS (SELECT FROM staged_variant other WHERE other.id = v.id)),
gone AS (
    DELETE FROM staged_variant sv USING taken
     WHERE sv.product = taken.product AND sv.position = taken.position
 RETURNING sv.product, sv.position, sv.line, sv.sku, taken.field)
SELECT product, position, line, sku, field FROM gone ORDER BY line, position;

-- name: keep_absent_of_refused
UPDATE staged_product SET is_whole = false WHERE number = ANY ($1);

-- name: drop_empty
DELETE FROM staged_product p
 WHERE p.is_new AND NOT EXISTS (SELECT FROM staged_variant v WHERE v.product = p.number);

-- name: merge_products
INSERT INTO product AS p (id, handle, title, description, vendor, type, tags, status, category, option_names, import_digest)
SELECT s.id, s.handle, s.title, s.description, s.vendor, s.type, string_to_array(s.tags, U&'\001F'), s.status, c.number,
       string_to_array(s.option_names, U&'\001F'), decode(nullif(s.digest, ''), 'hex')
  FROM staged_product s
  JOIN category c ON c.path = s.category_path
ON CONFLICT (handle) DO UPDATE
   SET title = excluded.title, description = excluded.description, vendor = excluded.vendor, type = excluded.type,
       tags = excluded.tags, status = excluded.status, category = excluded.category, option_names = excluded.option_names,
       import_digest = excluded.import_digest, updated_at = now();

-- name: retire_variants
UPDATE variant v
   SET active = false
  FROM staged_product p
 WHERE v.product_id = p.id AND p.is_whole AND NOT p.is_new AND v.active
   AND NOT EXISTS (SELECT FROM staged_variant s WHERE s.id = v.id);

-- name: insert_variants
INSERT INTO variant (id, product_id, position, sku, barcode, option1, option2, option3, weight_grams)
SELECT s.id, p.id, s.position, nullif(s.sku, ''), s.barcode, s.option1, s.option2, s.option3, s.weight_grams
  FROM staged_variant s
  JOIN staged_product p ON p.number = s.product
 WHERE s.is_new;

-- name: update_variants
UPDATE variant v
   SET position = s.position, sku = nullif(s.sku, ''), barcode = s.barcode, option1 = s.option1, option2 = s.option2,
       option3 = s.option3, weight_grams = s.weight_grams, active = true
  FROM staged_variant s
  JOIN staged_product p ON p.number = s.product
 WHERE v.id = s.id AND NOT s.is_new
   AND (v.position, v.sku, v.barcode, v.option1, v.option2, v.option3, v.weight_grams, v.active)
       IS DISTINCT FROM (s.position, nullif(s.sku, ''), s.barcode, s.option1, s.option2, s.option3, s.weight_grams, true);

-- name: drop_other_prices
DELETE FROM variant_price vp
 USING staged_variant s
  JOIN staged_product p ON p.number = s.product
 WHERE vp.variant_id = s.id AND NOT s.is_new
   AND NOT EXISTS (SELECT FROM staged_price sp
                    WHERE sp.product = s.product AND sp.position = s.position AND sp.currency = vp.currency);

-- name: merge_prices
INSERT INTO variant_price AS vp (variant_id, currency, amount_minor, compare_at_minor)
SELECT s.id, sp.currency, sp.amount_minor, sp.compare_at_minor
  FROM staged_price sp
  JOIN staged_variant s ON s.product = sp.product AND s.position = sp.position
  JOIN staged_product p ON p.number = s.product
ON CONFLICT (variant_id, currency) DO UPDATE
   SET amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor
 WHERE (vp.amount_minor, vp.compare_at_minor) IS DISTINCT FROM (excluded.amount_minor, excluded.compare_at_minor);

-- name: ensure_stock
INSERT INTO stock (variant_id, location_id, on_hand)
SELECT s.id, first.id, 0
  FROM staged_variant s
  JOIN staged_product p ON p.number = s.product
 CROSS JOIN (SELECT id FROM stock_location WHERE active ORDER BY priority, id LIMIT 1) first
ON CONFLICT DO NOTHING;

-- name: insert_stock
INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reason, made_by)
SELECT s.id, first.id, 'received', s.on_hand, 'First count', $1
  FROM staged_variant s
  JOIN staged_product p ON p.number = s.product
 CROSS JOIN (SELECT id FROM stock_location WHERE active ORDER BY priority, id LIMIT 1) first
 WHERE s.is_new AND s.on_hand <> 0;

-- name: set_stock
INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reason, made_by)
SELECT variant_id, location_id, 'adjusted', counted - on_hand, 'Counted', $1
  FROM (SELECT locked.variant_id, locked.location_id, locked.on_hand, greatest(s.on_hand, locked.reserved) AS counted
          FROM stock locked
          JOIN staged_variant s ON s.id = locked.variant_id AND NOT s.is_new
          JOIN staged_product p ON p.number = s.product
         WHERE locked.location_id = (SELECT id FROM stock_location WHERE active ORDER BY priority, id LIMIT 1)
         ORDER BY locked.variant_id
           FOR NO KEY UPDATE OF locked) counts
 WHERE counted <> on_hand;

-- name: set_policies
-- A file knows no pre-orders: it leaves one that is sold ahead already as it is.
INSERT INTO stock_policy AS known (variant_id, policy)
SELECT s.id, s.sell_policy
  FROM staged_variant s
  JOIN staged_product p ON p.number = s.product
 WHERE s.sell_policy = 'backorder'
    OR s.sell_policy = 'deny' AND EXISTS (SELECT FROM stock_policy sp WHERE sp.variant_id = s.id)
ON CONFLICT (variant_id) DO UPDATE
   SET policy = excluded.policy
 WHERE (known.policy = 'deny') <> (excluded.policy = 'deny');

-- name: drop_pictures
DELETE FROM picture
 USING staged_product p
 WHERE picture.product_id = p.id AND NOT p.is_new
   AND EXISTS (SELECT FROM staged_picture s WHERE s.product = p.number);

-- name: insert_pictures
INSERT INTO picture (product_id, position, alt, url, media, width, height)
SELECT p.id, s.position, s.alt, s.url, s.media, s.width, s.height
  FROM staged_picture s
  JOIN staged_product p ON p.number = s.product;

-- name: index_unlist
WITH stale AS MATERIALIZED (
    SELECT place.category, o.currency, s.id
      FROM staged_product s
      JOIN product_index i ON i.product_id = s.id
      JOIN category c ON c.number = i.category
      JOIN offer o ON o.product_id = s.id
     CROSS JOIN unnest(c.lineage) AS place (category)
     WHERE NOT s.is_new
    EXCEPT
    SELECT place.category, vp.currency, s.id
      FROM staged_product s
      JOIN product p ON p.id = s.id AND p.status = 'active'
      JOIN category c ON c.number = p.category
      JOIN variant v ON v.product_id = s.id AND v.active
      JOIN variant_price vp ON vp.variant_id = v.id
     CROSS JOIN unnest(c.lineage) AS place (category)
     WHERE NOT s.is_new)
DELETE FROM listing l
 USING stale
 WHERE l.category = stale.category AND l.currency = stale.currency AND l.product_id = stale.id;

-- name: index_drop_offers
DELETE FROM offer o
 USING staged_product s
 WHERE o.product_id = s.id AND NOT s.is_new
   AND NOT EXISTS (SELECT
                     FROM variant v
                     JOIN variant_price vp ON vp.variant_id = v.id AND vp.currency = o.currency
                    WHERE v.product_id = s.id AND v.active);

-- name: index_offers
INSERT INTO offer AS o (product_id, currency, price_minor, compare_at_minor, price_varies)
SELECT DISTINCT ON (s.id, vp.currency) s.id, vp.currency, vp.amount_minor, vp.compare_at_minor,
       vp.amount_minor < max(vp.amount_minor) OVER (PARTITION BY s.id, vp.currency)
  FROM staged_product s
  JOIN variant v ON v.product_id = s.id AND v.active
  JOIN variant_price vp ON vp.variant_id = v.id
 ORDER BY s.id, vp.currency, vp.amount_minor, v.position
ON CONFLICT (product_id, currency) DO UPDATE
   SET price_minor = excluded.price_minor, compare_at_minor = excluded.compare_at_minor, price_varies = excluded.price_varies
 WHERE (o.price_minor, o.compare_at_minor, o.price_varies)
       IS DISTINCT FROM (excluded.price_minor, excluded.compare_at_minor, excluded.price_varies);

-- name: index_listings
WITH keyed AS MATERIALIZED (
    SELECT p.id, c.lineage, left(search_text(p.title), 64) AS title_key
      FROM staged_product s
      JOIN product p ON p.id = s.id AND p.status = 'active'
      JOIN category c ON c.number = p.category)
INSERT INTO listing AS l (category, currency, product_id, price_minor, title_key)
SELECT category.number, o.currency, keyed.id, o.price_minor, keyed.title_key
  FROM keyed
  JOIN offer o ON o.product_id = keyed.id
 CROSS JOIN unnest(keyed.lineage) AS category (number)
 ORDER BY category.number, o.currency, keyed.id
ON CONFLICT (category, currency, product_id) DO UPDATE
   SET price_minor = excluded.price_minor, title_key = excluded.title_key
 WHERE (l.price_minor, l.title_key) IS DISTINCT FROM (excluded.price_minor, excluded.title_key);

-- name: index_counts
WITH change AS (
    SELECT i.category, -1 AS products
      FROM staged_product s JOIN product_index i ON i.product_id = s.id
     UNION ALL
    SELECT p.category, 1
      FROM staged_product s JOIN product p ON p.id = s.id AND p.status = 'active'),
delta AS (
    SELECT ancestor.number, sum(change.products) AS products
      FROM change
      JOIN category c ON c.number = change.category
     CROSS JOIN unnest(c.lineage) AS ancestor (number)
     GROUP BY ancestor.number
    HAVING sum(change.products) <> 0)
UPDATE category SET product_count = product_count + delta.products FROM delta WHERE category.number = delta.number;

-- name: index_documents
WITH fresh AS MATERIALIZED (
    SELECT p.id, p.category,
           setweight(to_tsvector('shop', search_text(p.title)), 'A') ||
           setweight(to_tsvector('shop', search_text(concat_ws(' ', p.vendor, p.type, array_to_string(p.tags, ' '), c.name))), 'B') ||
           setweight(to_tsvector('shop', search_text(choices.words)), 'C') ||
           setweight(to_tsvector('shop', search_text(p.description)), 'D') ||
           array_to_tsvector(marks.words) AS document
      FROM staged_product s
      JOIN product p ON p.id = s.id AND p.status = 'active'
      JOIN category c ON c.number = p.category
     CROSS JOIN LATERAL (SELECT coalesce(string_agg(DISTINCT concat_ws(' ', v.option1, v.option2, v.option3), ' '), '') AS words
                           FROM variant v WHERE v.product_id = p.id AND v.active) AS choices
     CROSS JOIN LATERAL (SELECT array_agg('#' || mark) AS words
                           FROM (SELECT o.currency FROM offer o WHERE o.product_id = p.id
                                 UNION ALL SELECT n::text FROM unnest(c.lineage) AS n) AS all_marks (mark)) AS marks),
delta AS (
    SELECT lexeme, sum(products) AS products
      FROM (SELECT unnest(tsvector_to_array(document)), 1 FROM fresh
             UNION ALL
            SELECT unnest(tsvector_to_array(i.document)), -1
              FROM staged_product s JOIN product_index i ON i.product_id = s.id) AS change (lexeme, products)
     WHERE NOT starts_with(lexeme, '#')
     GROUP BY lexeme
    HAVING sum(products) <> 0),
gone AS (
    DELETE FROM product_index i USING staged_product s
     WHERE i.product_id = s.id AND NOT EXISTS (SELECT FROM fresh WHERE fresh.id = s.id)),
saved AS (
    INSERT INTO product_index AS i (product_id, category, document)
    SELECT id, category, document FROM fresh
    ON CONFLICT (product_id) DO UPDATE SET category = excluded.category, document = excluded.document
     WHERE (i.category, i.document) IS DISTINCT FROM (excluded.category, excluded.document)),
known AS (
    UPDATE lexeme SET products = lexeme.products + delta.products FROM delta WHERE lexeme.lexeme = delta.lexeme)
INSERT INTO lexeme (lexeme, products)
SELECT lexeme, products FROM delta WHERE NOT EXISTS (SELECT FROM lexeme WHERE lexeme.lexeme = delta.lexeme);

-- name: index_words
INSERT INTO word (word, lexeme)
SELECT spoken.word, (ts_lexize('shop_stem', spoken.word))[1]
  FROM (SELECT DISTINCT string_to_table(search_text(concat_ws(' ', p.title, p.vendor, p.type, array_to_string(p.tags, ' '))), ' ')
          FROM staged_product s
          JOIN product p ON p.id = s.id AND p.status = 'active') AS spoken (word)
 WHERE length(spoken.word) BETWEEN 3 AND 40 AND spoken.word !~ '^[0-9]+$'
   AND NOT EXISTS (SELECT FROM word known WHERE known.word = spoken.word)
ON CONFLICT (word) DO NOTHING;

-- name: index_category_pictures
WITH bare AS MATERIALIZED (
    SELECT number FROM category WHERE picture_id IS NULL),
shown AS MATERIALIZED (
    SELECT DISTINCT ON (p.category) p.category, pic.id
      FROM staged_product s
      JOIN product p ON p.id = s.id AND p.status = 'active'
      JOIN picture pic ON pic.product_id = p.id
     WHERE EXISTS (SELECT FROM bare)
     ORDER BY p.category, p.id, pic.position),
first AS (
    SELECT DISTINCT ON (bare.number) bare.number, shown.id
      FROM shown
      JOIN category c ON c.number = shown.category
     CROSS JOIN unnest(c.lineage) AS ancestor (number)
      JOIN bare ON bare.number = ancestor.number
     ORDER BY bare.number, shown.id)
UPDATE category SET picture_id = first.id FROM first WHERE category.number = first.number;

-- name: tell_changed
-- "product.changed" in the outbox, of each product of the batch (ProductEvent of proto/events.proto).
WITH told AS (
    INSERT INTO outbox_event (id, topic, key, payload)
    SELECT gen_random_uuid(), 'product.changed', p.id::text,
           json_build_object('id', p.id, 'handle', p.handle, 'title', p.title, 'status', upper(p.status))::text
      FROM staged_product s JOIN product p ON p.handle = s.handle
    RETURNING true)
SELECT pg_notify('outbox_' || current_schema(), '') WHERE EXISTS (SELECT FROM told);

-- name: count_merged
SELECT count(*) FILTER (WHERE is_new) AS created, count(*) FILTER (WHERE NOT is_new) AS updated FROM staged_product;

-- name: get_record
SELECT p.id, p.handle, p.title, p.description, p.vendor, p.type, p.tags, p.status, c.path AS category_path, p.option_names,
       p.created_at, p.updated_at,
       (SELECT coalesce(json_agg(row ORDER BY row.position), '[]')::text
          FROM (SELECT v.id, v.position, coalesce(v.sku, '') AS sku, v.barcode, v.option1, v.option2, v.option3, v.weight_grams,
                       (SELECT sum(s.on_hand)::bigint FROM stock s WHERE s.variant_id = v.id) AS on_hand,
                       (SELECT sum(s.reserved)::bigint FROM stock s WHERE s.variant_id = v.id) AS reserved
                  FROM variant v
                 WHERE v.product_id = p.id AND v.active) row) AS variants,
       (SELECT coalesce(json_agg(row ORDER BY row.currency), '[]')::text
          FROM (SELECT vp.variant_id, vp.currency, vp.amount_minor, vp.compare_at_minor
                  FROM variant v JOIN variant_price vp ON vp.variant_id = v.id
                 WHERE v.product_id = p.id AND v.active) row) AS prices
  FROM product p
  JOIN category c ON c.number = p.category
 WHERE p.handle = $1;
