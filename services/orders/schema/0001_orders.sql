-- Orders as they were placed, what became of them, and the work that placing and ending them leaves to do.

CREATE TABLE orders (
    id               uuid PRIMARY KEY,
    number           text NOT NULL CHECK (number ~ '^[A-Z]{2}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$'),
    subject          uuid NOT NULL,                 -- the guest or customer who placed it
    cart_id          uuid NOT NULL,
    status           text NOT NULL CHECK (status IN ('placed', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned')),
    version          bigint NOT NULL,               -- that of the last order_step
    country_code     text NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    currency_code    text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    item_count       bigint NOT NULL CHECK (item_count > 0),
    subtotal_minor   bigint NOT NULL CHECK (subtotal_minor >= 0),
    delivery_minor   bigint NOT NULL CHECK (delivery_minor >= 0),
    vat_minor        bigint NOT NULL CHECK (vat_minor >= 0),
    total_minor      bigint NOT NULL CHECK (total_minor >= 0),
    vat_basis_points bigint NOT NULL CHECK (vat_basis_points >= 0),
    vat_included     boolean NOT NULL,
    contact_name     text NOT NULL,
    contact_phone    text NOT NULL CHECK (contact_phone LIKE '+%'),
    contact_email    text NOT NULL,                 -- '': none was given
    recipient        text NOT NULL,
    recipient_phone  text NOT NULL CHECK (recipient_phone LIKE '+%'),
    line1            text NOT NULL,
    line2            text NOT NULL,
    landmark         text NOT NULL,
    city             text NOT NULL,
    region           text NOT NULL,
    postal_code      text NOT NULL,
    note             text NOT NULL,
    placed_at        timestamptz NOT NULL,
    CONSTRAINT orders_number_key UNIQUE (number),
    CONSTRAINT orders_cart_key UNIQUE (cart_id),    -- a cart is ordered once
    CONSTRAINT orders_total_adds_up
        CHECK (total_minor = subtotal_minor + delivery_minor + CASE WHEN vat_included THEN 0 ELSE vat_minor END)
) WITH (fillfactor = 90);
CREATE INDEX orders_of_subject ON orders (subject, id DESC);
CREATE INDEX orders_by_status ON orders (status, id DESC);

-- What was bought, as it was then: titles, prices and pictures stay whatever becomes of the product.
CREATE TABLE order_line (
    order_id         uuid NOT NULL REFERENCES orders (id),
    position         bigint NOT NULL CHECK (position > 0),
    variant_id       uuid NOT NULL,
    product_handle   text NOT NULL,
    product_title    text NOT NULL,
    variant_title    text NOT NULL,
    sku              text NOT NULL,
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    quantity         bigint NOT NULL CHECK (quantity > 0),
    line_total_minor bigint NOT NULL,
    picture_url      text NOT NULL,                 -- '': it had none
    picture_srcset   text NOT NULL,
    picture_alt      text NOT NULL,
    picture_width    bigint NOT NULL,
    picture_height   bigint NOT NULL,
    PRIMARY KEY (order_id, position),
    CONSTRAINT order_line_adds_up CHECK (line_total_minor = unit_price_minor * quantity)
);

-- How an order came to where it is. The key makes two changes decided on the same version impossible.
CREATE TABLE order_step (
    order_id         uuid NOT NULL REFERENCES orders (id),
    version          bigint NOT NULL CHECK (version > 0),
    status           text NOT NULL,
    note             text NOT NULL,
    made_by          uuid,                          -- NULL: the shop itself
    made_at          timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);

CREATE TABLE payment (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL REFERENCES orders (id),
    method           text NOT NULL CHECK (method IN ('cash_on_delivery')),
    status           text NOT NULL CHECK (status IN ('to_collect', 'collected', 'void')),
    amount_minor     bigint NOT NULL CHECK (amount_minor >= 0),
    currency_code    text NOT NULL,
    changed_at       timestamptz NOT NULL,
    CONSTRAINT payment_of_order UNIQUE (order_id)
);

-- Steps of the saga (services/orders/saga.c) that are still to be done. A row goes when its step is done; whoever takes a row
-- pushes due_at into the future, and when it dies the row comes due again.
CREATE TABLE order_task (
    order_id         uuid NOT NULL REFERENCES orders (id),
    step             text NOT NULL CHECK (step IN ('confirm_stock', 'close_cart', 'release_stock')),
    state            text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'failed')),
    attempts         bigint NOT NULL DEFAULT 0,
    due_at           timestamptz NOT NULL,
    last_error       text NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, step)
);
CREATE INDEX order_task_due ON order_task (due_at) WHERE state = 'due';

-- For shared/idempotency.h.
CREATE TABLE idempotency_key (
    subject          text NOT NULL,
    method           text NOT NULL,
    key              text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    digest           bytea NOT NULL CHECK (octet_length(digest) = 32),
    claim            uuid NOT NULL,
    claimed_until    timestamptz NOT NULL,
    answer           bytea,                         -- NULL: being worked on
    answers          bigint NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (subject, method, key),
    CONSTRAINT idempotency_key_answered_once CHECK (answers = CASE WHEN answer IS NULL THEN 0 ELSE 1 END)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
