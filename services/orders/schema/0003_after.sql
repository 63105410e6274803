-- What happens to an order after it was placed. The figures of each line are kept in step with the rows by triggers and held to
-- their bounds by constraints: nothing is shipped twice, taken off twice or returned twice, whatever the program believes.

ALTER TABLE order_line
    ADD COLUMN shipped   bigint NOT NULL DEFAULT 0,     -- handed to a carrier
    ADD COLUMN delivered bigint NOT NULL DEFAULT 0,     -- of those shipped
    ADD COLUMN dropped   bigint NOT NULL DEFAULT 0,     -- taken off the order before they were shipped
    ADD COLUMN credited  bigint NOT NULL DEFAULT 0,     -- of those shipped: refunded without a return
    ADD COLUMN claimed   bigint NOT NULL DEFAULT 0,     -- of those delivered: in a return that was not refused or withdrawn
    ADD CONSTRAINT order_line_not_shipped_twice CHECK (shipped >= 0 AND dropped >= 0 AND shipped + dropped <= quantity),
    ADD CONSTRAINT order_line_not_delivered_twice CHECK (delivered BETWEEN 0 AND shipped),
    ADD CONSTRAINT order_line_not_returned_twice
        CHECK (credited >= 0 AND claimed BETWEEN 0 AND delivered AND credited + claimed <= shipped);

-- What else than a change of status happened: '', or one of those of after_store.h.
ALTER TABLE order_step ADD COLUMN what text NOT NULL DEFAULT '';

-- For rows that tell what happened: they are never changed.
CREATE FUNCTION after_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a record of what happened', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;

-- ---- shipments ----

CREATE TABLE shipment (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL REFERENCES orders (id),
    number           bigint NOT NULL CHECK (number > 0),
    carrier          text NOT NULL,                 -- '': the shop's own people
    tracking_number  text NOT NULL,
    tracking_url     text NOT NULL CHECK (tracking_url = '' OR tracking_url LIKE 'https://%'),
    note             text NOT NULL,
    shipped_at       timestamptz NOT NULL,
    shipped_by       uuid NOT NULL,
    delivered_at     timestamptz,
    CONSTRAINT shipment_of_order UNIQUE (order_id, number),
    CONSTRAINT shipment_delivered_after CHECK (delivered_at >= shipped_at),
    UNIQUE (id, order_id)
);

CREATE TABLE shipment_line (
    shipment_id      uuid NOT NULL,
    order_id         uuid NOT NULL,
    position         bigint NOT NULL,
    quantity         bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, position),
    FOREIGN KEY (shipment_id, order_id) REFERENCES shipment (id, order_id),
    FOREIGN KEY (order_id, position) REFERENCES order_line (order_id, position)
);

CREATE FUNCTION shipment_line_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_line SET shipped = shipped + NEW.quantity WHERE order_id = NEW.order_id AND position = NEW.position;
    RETURN NULL;
END $$;
CREATE TRIGGER shipment_line_counted AFTER INSERT ON shipment_line FOR EACH ROW EXECUTE FUNCTION shipment_line_count();
CREATE TRIGGER shipment_line_final BEFORE UPDATE OR DELETE ON shipment_line FOR EACH ROW EXECUTE FUNCTION after_refuse_change();

CREATE FUNCTION shipment_deliver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_line l SET delivered = l.delivered + s.quantity
      FROM shipment_line s
     WHERE s.shipment_id = NEW.id AND l.order_id = s.order_id AND l.position = s.position;
    RETURN NULL;
END $$;
CREATE TRIGGER shipment_delivered AFTER UPDATE ON shipment FOR EACH ROW
    WHEN (OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL) EXECUTE FUNCTION shipment_deliver();
CREATE TRIGGER shipment_delivered_once BEFORE UPDATE ON shipment FOR EACH ROW
    WHEN (OLD.delivered_at IS NOT NULL) EXECUTE FUNCTION after_refuse_change();
CREATE TRIGGER shipment_final BEFORE DELETE ON shipment FOR EACH ROW EXECUTE FUNCTION after_refuse_change();

-- ---- returns ----

CREATE TABLE order_return (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL REFERENCES orders (id),
    number           bigint NOT NULL CHECK (number > 0),
    state            text NOT NULL
        CHECK (state IN ('requested', 'approved', 'refused', 'withdrawn', 'received', 'refunded', 'closed')),
    reason           text NOT NULL
        CHECK (reason IN ('damaged', 'wrong_item', 'not_as_described', 'does_not_fit', 'changed_mind', 'other')),
    note             text NOT NULL,                 -- the shopper's words
    answer           text NOT NULL DEFAULT '',      -- the shop's words
    location_code    text NOT NULL DEFAULT '',      -- where units went back on the shelf
    requested_at     timestamptz NOT NULL,
    requested_by     uuid NOT NULL,
    changed_at       timestamptz NOT NULL,
    received_at      timestamptz,
    CONSTRAINT order_return_of_order UNIQUE (order_id, number),
    CONSTRAINT order_return_received CHECK ((received_at IS NOT NULL) = (state IN ('received', 'refunded', 'closed'))),
    UNIQUE (id, order_id)
);
CREATE INDEX order_return_by_state ON order_return (state, id DESC);

CREATE TABLE return_line (
    return_id        uuid NOT NULL,
    order_id         uuid NOT NULL,
    position         bigint NOT NULL,
    quantity         bigint NOT NULL CHECK (quantity > 0),
    received         bigint CHECK (received BETWEEN 0 AND quantity),      -- NULL: nothing came yet
    restocked        bigint NOT NULL DEFAULT 0,
    condition        text NOT NULL DEFAULT '' CHECK (condition IN ('', 'as_new', 'used', 'broken')),
    PRIMARY KEY (return_id, position),
    FOREIGN KEY (return_id, order_id) REFERENCES order_return (id, order_id),
    FOREIGN KEY (order_id, position) REFERENCES order_line (order_id, position),
    CONSTRAINT return_line_restocked CHECK (restocked BETWEEN 0 AND coalesce(received, 0))
);

-- What is asked for is claimed; what did not come, was refused or withdrawn is free again.
CREATE FUNCTION return_line_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_line
       SET claimed = claimed + coalesce(NEW.received, NEW.quantity)
                             - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE coalesce(OLD.received, OLD.quantity) END
     WHERE order_id = NEW.order_id AND position = NEW.position;
    RETURN NULL;
END $$;
CREATE TRIGGER return_line_counted AFTER INSERT OR UPDATE ON return_line FOR EACH ROW EXECUTE FUNCTION return_line_count();
CREATE TRIGGER return_line_received_once BEFORE UPDATE ON return_line FOR EACH ROW
    WHEN (OLD.received IS NOT NULL) EXECUTE FUNCTION after_refuse_change();
CREATE TRIGGER return_line_final BEFORE DELETE ON return_line FOR EACH ROW EXECUTE FUNCTION after_refuse_change();

CREATE FUNCTION order_return_free() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_line l SET claimed = l.claimed - coalesce(r.received, r.quantity)
      FROM return_line r
     WHERE r.return_id = NEW.id AND l.order_id = r.order_id AND l.position = r.position;
    RETURN NULL;
END $$;
CREATE TRIGGER order_return_freed AFTER UPDATE ON order_return FOR EACH ROW
    WHEN (NEW.state IN ('refused', 'withdrawn') AND OLD.state <> NEW.state) EXECUTE FUNCTION order_return_free();
CREATE TRIGGER order_return_ends_once BEFORE UPDATE ON order_return FOR EACH ROW
    WHEN (OLD.state IN ('refused', 'withdrawn', 'refunded', 'closed')) EXECUTE FUNCTION after_refuse_change();
CREATE TRIGGER order_return_final BEFORE DELETE ON order_return FOR EACH ROW EXECUTE FUNCTION after_refuse_change();

-- ---- what is taken off an order ----

-- Units, the delivery fee or an amount as such; paid out when it had been paid, else taken off what is to be collected.
CREATE TABLE credit (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL REFERENCES orders (id),
    return_id        uuid,
    is_refund        boolean NOT NULL,              -- money goes back: the refund of the same id
    amount_minor     bigint NOT NULL CHECK (amount_minor >= 0),
    vat_minor        bigint NOT NULL CHECK (vat_minor BETWEEN 0 AND amount_minor),
    base_minor       bigint NOT NULL CHECK (base_minor >= 0),      -- prices of its lines and the delivery fee in it
    currency_code    text NOT NULL,
    with_delivery    boolean NOT NULL,
    reason           text NOT NULL,
    location_code    text NOT NULL,                 -- where units go back on the shelf; '': where they were taken from
    made_at          timestamptz NOT NULL,
    made_by          uuid,                          -- NULL: the shop itself
    CONSTRAINT credit_of_return UNIQUE (return_id),
    FOREIGN KEY (return_id, order_id) REFERENCES order_return (id, order_id),
    UNIQUE (id, order_id)
);
CREATE INDEX credit_of_order ON credit (order_id);
CREATE UNIQUE INDEX credit_delivery_once ON credit (order_id) WHERE with_delivery;

CREATE TABLE credit_line (
    credit_id        uuid NOT NULL,
    order_id         uuid NOT NULL,
    position         bigint NOT NULL,
    dropped          bigint NOT NULL CHECK (dropped >= 0),
    credited         bigint NOT NULL CHECK (credited >= 0),
    returned         bigint NOT NULL CHECK (returned >= 0),        -- came back; counted by its return
    amount_minor     bigint NOT NULL CHECK (amount_minor >= 0),    -- what these units cost the shopper, tax included
    restocked        bigint NOT NULL,
    PRIMARY KEY (credit_id, position),
    FOREIGN KEY (credit_id, order_id) REFERENCES credit (id, order_id),
    FOREIGN KEY (order_id, position) REFERENCES order_line (order_id, position),
    CONSTRAINT credit_line_units CHECK (dropped + credited + returned > 0),
    CONSTRAINT credit_line_restocked CHECK (restocked BETWEEN 0 AND dropped + credited + returned)
);

CREATE FUNCTION credit_line_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_line SET dropped = dropped + NEW.dropped, credited = credited + NEW.credited
     WHERE order_id = NEW.order_id AND position = NEW.position;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_line_counted AFTER INSERT ON credit_line FOR EACH ROW EXECUTE FUNCTION credit_line_count();
CREATE TRIGGER credit_line_final BEFORE UPDATE OR DELETE ON credit_line FOR EACH ROW EXECUTE FUNCTION after_refuse_change();
CREATE TRIGGER credit_final BEFORE UPDATE OR DELETE ON credit FOR EACH ROW EXECUTE FUNCTION after_refuse_change();

-- A credit that is a refund is one of money's table, and no other order's.
ALTER TABLE refund ADD CONSTRAINT refund_id_of_order UNIQUE (id, order_id);
ALTER TABLE credit ADD COLUMN refund_id uuid GENERATED ALWAYS AS (CASE WHEN is_refund THEN id END) STORED;
ALTER TABLE credit ADD CONSTRAINT credit_of_refund FOREIGN KEY (refund_id, order_id) REFERENCES refund (id, order_id);
