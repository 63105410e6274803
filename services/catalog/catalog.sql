-- What shoppers read. A page starts behind the row whose keys are given, the first behind keys that none can have. OFFSET 0
-- keeps what is looked up for each row of a page a look-up, whatever the planner thinks of the length of a page.

-- name: list_categories
SELECT c.*
  FROM category_card c
 WHERE $1 = '' OR starts_with(c.path, $1 || '/')
 ORDER BY c.depth, c.parent, c.position, c.path;

-- name: find_shelf
SELECT c.number,
       (SELECT coalesce(json_agg(b ORDER BY b.depth), '[]')::text
          FROM category_card b WHERE b.number = ANY (c.lineage)) AS breadcrumbs,
       (SELECT coalesce(json_agg(b ORDER BY b.position, b.path), '[]')::text
          FROM category_card b WHERE b.parent = c.number) AS children,
       (SELECT coalesce(json_agg(w), '[]')::text FROM query_words($2) w) AS words
  FROM category c
 WHERE c.path = $1;

-- name: list_newest
WITH page AS MATERIALIZED (
    SELECT l.product_id
      FROM listing l
     WHERE l.category = $1 AND l.currency = $2 AND l.product_id < $3
     ORDER BY l.product_id DESC
     LIMIT $4)
SELECT card.*, 0::bigint AS number_key, '' AS text_key
  FROM page
 CROSS JOIN LATERAL (SELECT * FROM product_cards($2, $5) c WHERE c.product_id = page.product_id OFFSET 0) card
 ORDER BY page.product_id DESC;

-- name: list_price_low
WITH page AS MATERIALIZED (
    SELECT l.product_id, l.price_minor
      FROM listing l
     WHERE l.category = $1 AND l.currency = $2 AND (l.price_minor, l.product_id) > ($3, $4)
     ORDER BY l.price_minor, l.product_id
     LIMIT $5)
SELECT card.*, page.price_minor AS number_key, '' AS text_key
  FROM page
 CROSS JOIN LATERAL (SELECT * FROM product_cards($2, $6) c WHERE c.product_id = page.product_id OFFSET 0) card
 ORDER BY page.price_minor, page.product_id;

-- name: list_price_high
WITH page AS MATERIALIZED (
    SELECT l.product_id, l.price_minor
      FROM listing l
     WHERE l.category = $1 AND l.currency = $2 AND (l.price_minor, l.product_id) < ($3, $4)
     ORDER BY l.price_minor DESC, l.product_id DESC
     LIMIT $5)
SELECT card.*, page.price_minor AS number_key, '' AS text_key
  FROM page
 CROSS JOIN LATERAL (SELECT * FROM product_cards($2, $6) c WHERE c.product_id = page.product_id OFFSET 0) card
 ORDER BY page.price_minor DESC, page.product_id DESC;

-- name: list_name
WITH page AS MATERIALIZED (
    SELECT l.product_id, l.title_key
      FROM listing l
     WHERE l.category = $1 AND l.currency = $2 AND (l.title_key, l.product_id) > ($3, $4)
     ORDER BY l.title_key, l.product_id
     LIMIT $5)
SELECT card.*, 0::bigint AS number_key, page.title_key::text AS text_key
  FROM page
 CROSS JOIN LATERAL (SELECT * FROM product_cards($2, $6) c WHERE c.product_id = page.product_id OFFSET 0) card
 ORDER BY page.title_key, page.product_id;

-- name: search_products
WITH asked AS MATERIALIZED (
    SELECT plainto_tsquery('shop', $1) && $9::text::tsquery AS document, plainto_tsquery('shop', $1) AS words),
hit AS MATERIALIZED (
    SELECT i.product_id, CASE $4 WHEN 'relevance' THEN ts_rank(i.document, asked.words) ELSE 0 END AS rank
      FROM asked
      JOIN product_index i ON i.document @@ asked.document
     LIMIT CASE $4 WHEN 'relevance' THEN 5000 ELSE 20000 END),
keyed AS (
    SELECT hit.product_id,
           CASE $4 WHEN 'relevance' THEN -(hit.rank * 1000)::bigint
                   WHEN 'price_low' THEN l.price_minor
                   WHEN 'price_high' THEN -l.price_minor
                   ELSE 0 END AS number_key,
           CASE $4 WHEN 'name' THEN l.title_key ELSE '' END COLLATE "C" AS text_key
      FROM hit
      LEFT JOIN LATERAL (SELECT listing.price_minor, listing.title_key
                           FROM listing
                          WHERE $4 IN ('price_low', 'price_high', 'name') AND listing.category = $2
                            AND listing.currency = $3 AND listing.product_id = hit.product_id
                         OFFSET 0) l ON true),
page AS MATERIALIZED (
    SELECT *
      FROM keyed
     WHERE (number_key, text_key) > ($5, $6::text COLLATE "C") OR ((number_key, text_key) = ($5, $6) AND product_id < $7)
     ORDER BY number_key, text_key, product_id DESC
     LIMIT $8)
SELECT card.*, page.number_key, page.text_key::text AS text_key
  FROM page
 CROSS JOIN LATERAL (SELECT * FROM product_cards($3, $10) c WHERE c.product_id = page.product_id OFFSET 0) card
 ORDER BY page.number_key, page.text_key, page.product_id DESC;

-- name: get_product
SELECT p.id, p.handle, p.title, p.description, p.vendor, p.type, p.tags, p.option_names,
       o.price_minor, o.compare_at_minor, o.price_varies, p.created_at, p.updated_at,
       (SELECT coalesce(json_agg(b ORDER BY b.depth), '[]')::text
          FROM category_card b WHERE b.number = ANY (c.lineage)) AS breadcrumbs,
       (SELECT coalesce(json_agg(v ORDER BY v.position), '[]')::text
          FROM variant_cards($2, $3) v WHERE v.product_id = p.id) AS variants,
       (SELECT coalesce(json_agg(pic ORDER BY pic.position), '[]')::text
          FROM picture_card pic WHERE pic.product_id = p.id) AS pictures,
       (SELECT coalesce(json_agg(card), '[]')::text
          FROM ((SELECT l.product_id FROM listing l
                  WHERE l.category = p.category AND l.currency = $2 AND l.product_id < p.id
                  ORDER BY l.product_id DESC LIMIT 8)
                UNION ALL
                (SELECT l.product_id FROM listing l
                  WHERE l.category = p.category AND l.currency = $2 AND l.product_id > p.id
                  ORDER BY l.product_id LIMIT 8)
                LIMIT 8) AS near
         CROSS JOIN LATERAL (SELECT * FROM product_cards($2, $3) c WHERE c.product_id = near.product_id OFFSET 0) card
       ) AS related
  FROM product p
  JOIN category c ON c.number = p.category
  JOIN offer o ON o.product_id = p.id AND o.currency = $2
 WHERE p.handle = $1 AND p.status = 'active';

-- name: quote_variants
SELECT asked.position, v.id, p.id AS product_id, p.handle, p.title, v.option1, v.option2, v.option3, v.sku, v.amount_minor,
       v.ready, v.ahead, v.policy, v.available_from_us, v.weight_grams, coalesce(pic.url, '') AS picture_url, coalesce(pic.media, '') AS picture_media,
       coalesce(nullif(pic.alt, ''), p.title) AS picture_alt, coalesce(pic.width, 0) AS picture_width,
       coalesce(pic.height, 0) AS picture_height
  FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (variant_id, currency, country, position)
 CROSS JOIN LATERAL (SELECT * FROM variant_cards(asked.currency, asked.country) c WHERE c.id = asked.variant_id OFFSET 0) v
  JOIN product p ON p.id = v.product_id AND p.status = 'active'
  LEFT JOIN LATERAL (SELECT * FROM picture WHERE picture.product_id = p.id ORDER BY position LIMIT 1) pic ON true;

-- name: count_products
SELECT count(*) AS products FROM product;
