-- What shoppers mean to buy. A cart is open until an order takes it or, when a guest signs in, the customer's cart takes it up.

CREATE TABLE cart (
    id              uuid PRIMARY KEY,
    subject         uuid NOT NULL,                  -- the guest or customer whose cart it is
    country_code    text NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ordered', 'merged')),
    version         bigint NOT NULL DEFAULT 1,      -- goes up with every change of the cart or its items
    closed_by_order uuid,
    merged_into     uuid REFERENCES cart (id),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT cart_ordered_by_order CHECK ((state = 'ordered') = (closed_by_order IS NOT NULL)),
    CONSTRAINT cart_merged_into_another CHECK ((state = 'merged') = (merged_into IS NOT NULL) AND merged_into <> id)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX cart_one_open ON cart (subject) WHERE state = 'open';

CREATE TABLE cart_item (
    id               uuid PRIMARY KEY,
    cart_id          uuid NOT NULL REFERENCES cart (id) ON DELETE CASCADE,
    variant_id       uuid NOT NULL,
    quantity         bigint NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    product_title    text NOT NULL,                 -- what the shopper saw when putting it in
    variant_title    text NOT NULL,
    seen_price_minor bigint NOT NULL CHECK (seen_price_minor >= 0),
    seen_currency    text NOT NULL CHECK (seen_currency ~ '^[A-Z]{3}$'),
    added_at         timestamptz NOT NULL,
    CONSTRAINT cart_item_once UNIQUE (cart_id, variant_id)
) WITH (fillfactor = 85);
