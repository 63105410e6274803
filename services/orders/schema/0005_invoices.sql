-- Invoices and credit notes: numbered without gaps by country and kind, and never changed.

-- The last number given in each series. The row is locked from the giving to the commit, so a transaction that is rolled back
-- leaves no gap.
CREATE TABLE invoice_series (
    kind             text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    country_code     text NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    last_number      bigint NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (kind, country_code)
);

CREATE TABLE invoice (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL,
    country_code     text NOT NULL,
    sequence         bigint NOT NULL CHECK (sequence > 0),
    previous         bigint GENERATED ALWAYS AS (nullif(sequence - 1, 0)) STORED,
    number           text NOT NULL CONSTRAINT invoice_number_key UNIQUE,
    order_id         uuid NOT NULL REFERENCES orders (id),
    source_id        uuid NOT NULL,                 -- what it was made for: the order, or the refund
    currency_code    text NOT NULL,
    total_minor      bigint NOT NULL CHECK (total_minor >= 0),
    vat_minor        bigint NOT NULL CHECK (vat_minor BETWEEN 0 AND total_minor),
    content          text NOT NULL,                 -- an orders.v1.Invoice as JSON, as it was issued
    issued_at        timestamptz NOT NULL,
    CONSTRAINT invoice_of_source UNIQUE (kind, source_id),
    CONSTRAINT invoice_sequence_key UNIQUE (kind, country_code, sequence),
    CONSTRAINT invoice_of_series FOREIGN KEY (kind, country_code) REFERENCES invoice_series (kind, country_code),
    -- Every number but the first has its predecessor: the database itself refuses a gap.
    CONSTRAINT invoice_without_gaps FOREIGN KEY (kind, country_code, previous)
        REFERENCES invoice (kind, country_code, sequence)
);
CREATE INDEX invoice_of_order ON invoice (order_id);

CREATE FUNCTION invoice_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an invoice is never changed nor deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER invoice_stays BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_refuse_change();

-- What people say on the telephone leads staff to their orders.
CREATE INDEX orders_by_phone ON orders (contact_phone);
CREATE INDEX orders_by_email ON orders (lower(contact_email)) WHERE contact_email <> '';
