-- Rows in the shape that the service's replies want them in. Statements read whole rows of them, alone or as JSON lists, so that
-- each list of columns stands here once and is met once more, in catalog_rows.c.

CREATE VIEW picture_card AS
    SELECT id, product_id, position, url, media, alt, width, height FROM picture;

-- A product in a list. Pictures: the first.
CREATE VIEW product_card AS
    SELECT p.id AS product_id, o.currency, p.handle, p.title, p.vendor, o.price_minor, o.compare_at_minor, o.price_varies,
           EXISTS (SELECT FROM variant v
                     JOIN variant_price vp ON vp.variant_id = v.id AND vp.currency = o.currency
                     JOIN stock s ON s.variant_id = v.id
                    WHERE v.product_id = p.id AND v.active AND s.on_hand > s.reserved) AS in_stock,
           coalesce(pic.url, '') AS picture_url, coalesce(pic.media, '') AS picture_media,
           coalesce(nullif(pic.alt, ''), p.title) AS picture_alt, coalesce(pic.width, 0) AS picture_width,
           coalesce(pic.height, 0) AS picture_height
      FROM product p
      JOIN offer o ON o.product_id = p.id
      LEFT JOIN LATERAL (SELECT * FROM picture WHERE picture.product_id = p.id ORDER BY position LIMIT 1) pic ON true;

-- A category; the root is not one for people.
CREATE VIEW category_card AS
    SELECT c.number, coalesce(c.parent, 0) AS parent, c.position, c.id, c.path, c.name, coalesce(parent.path, '') AS parent_path,
           c.depth, c.product_count,
           coalesce(pic.url, '') AS picture_url, coalesce(pic.media, '') AS picture_media,
           coalesce(nullif(pic.alt, ''), c.name) AS picture_alt, coalesce(pic.width, 0) AS picture_width,
           coalesce(pic.height, 0) AS picture_height
      FROM category c
      LEFT JOIN category parent ON parent.number = c.parent
      LEFT JOIN picture pic ON pic.id = c.picture_id
     WHERE c.depth >= 0;

-- A variant as it is sold in a currency.
CREATE VIEW variant_card AS
    SELECT v.id, v.product_id, vp.currency, v.position, coalesce(v.sku, '') AS sku, v.barcode, v.option1, v.option2, v.option3,
           vp.amount_minor, vp.compare_at_minor, v.weight_grams, s.on_hand - s.reserved AS available
      FROM variant v
      JOIN variant_price vp ON vp.variant_id = v.id
      JOIN stock s ON s.variant_id = v.id
     WHERE v.active;
