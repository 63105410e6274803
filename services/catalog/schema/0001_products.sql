-- What the shop sells: categories, products, variants, prices, pictures.

-- The tree of categories. Its root has the empty path and is nobody's child; categories are never moved, so that `lineage`
-- (the numbers from the root down to the category itself) holds for ever.
CREATE TABLE category (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number         integer NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    parent         integer REFERENCES category (number),
    path           text NOT NULL UNIQUE CHECK (length(path) <= 600),
    name           text NOT NULL,
    depth          integer NOT NULL,                -- 0: a child of the root; -1: the root
    position       integer NOT NULL,
    lineage        integer[] NOT NULL,
    product_count  bigint NOT NULL DEFAULT 0 CHECK (product_count >= 0)     -- active products in it and below it
);
CREATE INDEX category_parent ON category (parent, position);

INSERT INTO category (path, name, depth, position, lineage) VALUES ('', '', -1, 0, '{}');
UPDATE category SET lineage = ARRAY[number];

-- Ids of products and variants are UUID version 7, so the order of the ids is the order in which they came.
CREATE TABLE product (
    id             uuid PRIMARY KEY,
    handle         text NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(handle) <= 200),
    title          text NOT NULL,
    description    text NOT NULL DEFAULT '',
    vendor         text NOT NULL DEFAULT '',
    type           text NOT NULL DEFAULT '',
    tags           text[] NOT NULL DEFAULT '{}',
    status         text NOT NULL CHECK (status IN ('active', 'draft', 'archived')),
    category       integer NOT NULL REFERENCES category (number),
    option_names   text[] NOT NULL DEFAULT '{}' CHECK (cardinality(option_names) <= 3),
    import_digest  bytea,                           -- of the file's rows it was made from; NULL: changed by hand since
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- A variant that is no longer offered stays, inactive: orders, holds and the count of its units still speak of it.
CREATE TABLE variant (
    id             uuid PRIMARY KEY,
    product_id     uuid NOT NULL REFERENCES product (id),
    position       integer NOT NULL,
    sku            text CHECK (sku <> ''),          -- NULL: it has none
    barcode        text NOT NULL DEFAULT '',
    option1        text NOT NULL DEFAULT '',
    option2        text NOT NULL DEFAULT '',
    option3        text NOT NULL DEFAULT '',
    weight_grams   integer NOT NULL DEFAULT 0 CHECK (weight_grams >= 0),
    active         boolean NOT NULL DEFAULT true,
    -- Deferrable, so that one statement may swap the values of two variants.
    CONSTRAINT variant_options_unique EXCLUDE (product_id WITH =, option1 WITH =, option2 WITH =, option3 WITH =)
        WHERE (active) DEFERRABLE,
    CONSTRAINT variant_sku_unique EXCLUDE (sku WITH =) WHERE (active AND sku IS NOT NULL) DEFERRABLE
);
CREATE INDEX variant_product ON variant (product_id);

CREATE TABLE variant_price (
    variant_id        uuid NOT NULL REFERENCES variant (id),
    currency          text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 1000000000000000),
    compare_at_minor  bigint CHECK (compare_at_minor > amount_minor AND compare_at_minor <= 1000000000000000),
    PRIMARY KEY (variant_id, currency)
);

-- Either an address elsewhere, or the name that renditions in the media folder bear (a digest of the picture's bytes).
CREATE TABLE picture (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id     uuid NOT NULL REFERENCES product (id),
    position       integer NOT NULL,
    alt            text NOT NULL DEFAULT '',
    url            text NOT NULL DEFAULT '',
    media          text NOT NULL DEFAULT '',
    width          integer NOT NULL DEFAULT 0 CHECK (width >= 0),           -- of the largest rendition
    height         integer NOT NULL DEFAULT 0 CHECK (height >= 0),
    CHECK ((url = '') <> (media = ''))
);
CREATE INDEX picture_product ON picture (product_id, position);

-- The picture that a category is shown with, one of its products'.
ALTER TABLE category ADD COLUMN picture_id uuid REFERENCES picture (id) ON DELETE SET NULL;
CREATE INDEX category_picture ON category (picture_id) WHERE picture_id IS NOT NULL;
