-- Codes that are sent to a shopper's phone: one confirms an order to be paid at the door, one proves that it was handed over.

CREATE TABLE order_code (
    order_id         uuid NOT NULL REFERENCES orders (id),
    kind             text NOT NULL CHECK (kind IN ('confirm', 'delivery')),
    digest           bytea NOT NULL CHECK (octet_length(digest) = 32),
    guesses_left     bigint NOT NULL CHECK (guesses_left >= 0),
    sends            bigint NOT NULL,
    made_at          timestamptz NOT NULL,
    PRIMARY KEY (order_id, kind),
    CONSTRAINT order_code_sent_too_often CHECK (sends BETWEEN 1 AND 3)      -- COD_CODE_SENDS of cod.h
);
