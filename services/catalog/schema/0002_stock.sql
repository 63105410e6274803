-- How many units there are, and for which orders units are held. The checks are what makes overselling impossible: whatever a
-- program does, the database refuses a count below zero and a hold on units that are not there.

CREATE TABLE stock (
    variant_id     uuid PRIMARY KEY REFERENCES variant (id),
    on_hand        bigint NOT NULL CHECK (on_hand >= 0),
    reserved       bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    CONSTRAINT stock_not_oversold CHECK (reserved <= on_hand)
) WITH (fillfactor = 80);

-- One for each order that ever asked; what leads from state to state is the table in services/catalog/stock.c.
CREATE TABLE reservation (
    order_id       uuid PRIMARY KEY,
    state          text NOT NULL CHECK (state IN ('held', 'sold', 'released', 'expired')),
    expires_at     timestamptz NOT NULL,
    answer         bytea,                           -- the packed first reply, given again when the call is repeated
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reservation_due ON reservation (expires_at) WHERE state = 'held';

CREATE TABLE reservation_line (
    order_id       uuid NOT NULL REFERENCES reservation (order_id),
    variant_id     uuid NOT NULL REFERENCES variant (id),
    quantity       bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, variant_id)
);

-- Units that staff counted in or out, and why.
CREATE TABLE stock_adjustment (
    id             bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    variant_id     uuid NOT NULL REFERENCES variant (id),
    delta          bigint NOT NULL CHECK (delta <> 0),
    reason         text NOT NULL,
    adjusted_by    text NOT NULL,
    adjusted_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stock_adjustment_variant ON stock_adjustment (variant_id, id);
