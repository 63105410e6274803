-- Money: attempts to be paid, what providers told us, the books, refunds; and tasks of the saga with leases and deadlines.

ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check
    CHECK (status IN ('placed', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned', 'pending_payment', 'paid',
                      'partly_shipped'));
ALTER TABLE orders ADD COLUMN pay_until timestamptz;       -- NULL: paid at the door

ALTER TABLE payment DROP CONSTRAINT payment_method_check;
ALTER TABLE payment ADD CONSTRAINT payment_method_check
    CHECK (method IN ('cash_on_delivery', 'mpesa', 'mtn_momo', 'paystack', 'flutterwave', 'stripe'));
ALTER TABLE payment DROP CONSTRAINT payment_status_check;
ALTER TABLE payment ADD CONSTRAINT payment_status_check
    CHECK (status IN ('to_collect', 'collected', 'void', 'awaited', 'paid'));

-- One try to be paid by a provider. Its id and reference are what the provider knows it by, however often it is asked.
CREATE TABLE payment_attempt (
    id                uuid PRIMARY KEY,
    order_id          uuid NOT NULL REFERENCES orders (id),
    method            text NOT NULL CHECK (method IN ('mpesa', 'mtn_momo', 'paystack', 'flutterwave', 'stripe')),
    reference         text NOT NULL,
    state             text NOT NULL
        CHECK (state IN ('created', 'pending', 'succeeded', 'failed', 'cancelled', 'expired', 'review')),
    version           bigint NOT NULL DEFAULT 1,            -- one more with each change
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    currency_code     text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    phone             text NOT NULL,                        -- '': the method needs none
    provider_ref      text NOT NULL DEFAULT '',
    transaction_id    text NOT NULL DEFAULT '',
    action_kind       text NOT NULL DEFAULT '' CHECK (action_kind IN ('', 'none', 'redirect', 'prompt', 'client')),
    action_url        text NOT NULL DEFAULT '',
    action_text       text NOT NULL DEFAULT '',
    reason            text NOT NULL DEFAULT '',             -- why it came to nothing or is in review
    captured_minor    bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    captured_currency text NOT NULL DEFAULT '',
    reversed_minor    bigint NOT NULL DEFAULT 0,            -- taken back by the provider, not by a refund of ours
    is_counted        boolean NOT NULL DEFAULT false,       -- its money is the order's; else it is nobody's and goes back
    is_begun          boolean NOT NULL DEFAULT false,       -- put down before the provider is first told of it
    deadline_at       timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    CONSTRAINT payment_attempt_reference_key UNIQUE (reference),
    CONSTRAINT payment_attempt_reversed_within CHECK (reversed_minor BETWEEN 0 AND captured_minor)
) WITH (fillfactor = 80);
CREATE INDEX payment_attempt_of_order ON payment_attempt (order_id, created_at);
CREATE INDEX payment_attempt_by_provider_ref ON payment_attempt (method, provider_ref) WHERE provider_ref <> '';
CREATE INDEX payment_attempt_in_review ON payment_attempt (changed_at) WHERE state = 'review';
-- The customer is asked by one provider at a time, and one payment is what an order was paid with.
CREATE UNIQUE INDEX payment_attempt_one_open ON payment_attempt (order_id) WHERE state IN ('created', 'pending');
CREATE UNIQUE INDEX payment_attempt_one_counted ON payment_attempt (order_id) WHERE is_counted;

-- Notices that were taken in: a copy does nothing.
CREATE TABLE payment_notice (
    provider          text NOT NULL,
    event_id          text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
    digest            bytea NOT NULL,
    received_at       timestamptz NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX payment_notice_age ON payment_notice (received_at);

-- ---- the books: double entry, only ever added to ----

CREATE TABLE ledger_transaction (
    id                uuid PRIMARY KEY,
    kind              text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    source_id         uuid NOT NULL,                        -- the attempt, order or refund that it is about
    order_id          uuid NOT NULL REFERENCES orders (id),
    at                timestamptz NOT NULL,
    CONSTRAINT ledger_transaction_once UNIQUE (kind, source_id)
);
CREATE INDEX ledger_transaction_of_order ON ledger_transaction (order_id, at);

-- Assets are positive: what a provider holds for the shop, cash with couriers.
CREATE TABLE ledger_entry (
    transaction_id    uuid NOT NULL REFERENCES ledger_transaction (id),
    account           text NOT NULL CHECK (account ~ '^[a-z]+(_[a-z]+)*(:[a-z_]+)?$'),
    currency_code     text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    amount_minor      bigint NOT NULL CHECK (amount_minor <> 0),
    PRIMARY KEY (transaction_id, account, currency_code)
);
CREATE INDEX ledger_entry_of_account ON ledger_entry (account, currency_code) INCLUDE (amount_minor);

CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id)
       OR EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id GROUP BY currency_code HAVING sum(amount_minor) <> 0)
    THEN
        RAISE EXCEPTION 'transaction % does not balance', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_must_balance();

CREATE FUNCTION ledger_entry_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_minor) FROM ledger_entry
         WHERE transaction_id = NEW.transaction_id AND currency_code = NEW.currency_code) <> 0
    THEN
        RAISE EXCEPTION 'transaction % does not balance', NEW.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_must_balance();

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

-- ---- money that goes back ----

CREATE TABLE refund (
    id                uuid PRIMARY KEY,
    order_id          uuid NOT NULL REFERENCES orders (id),
    attempt_id        uuid REFERENCES payment_attempt (id), -- NULL: it was cash, and goes back by hand
    method            text NOT NULL,
    booked_as         text NOT NULL CHECK (booked_as IN ('sales', 'unallocated')),     -- whose money it was
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    currency_code     text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    -- failed: given up, the shop keeps the money; review: by hand, by staff
    state             text NOT NULL CHECK (state IN ('requested', 'sending', 'pending', 'succeeded', 'failed', 'review')),
    reason            text NOT NULL,
    provider_ref      text NOT NULL DEFAULT '',
    detail            text NOT NULL DEFAULT '',             -- the provider's word, for staff
    made_by           uuid,                                 -- NULL: the shop itself
    made_at           timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL
);
CREATE INDEX refund_of_order ON refund (order_id, made_at);
CREATE INDEX refund_of_attempt ON refund (attempt_id);
CREATE INDEX refund_in_review ON refund (changed_at) WHERE state = 'review';

-- Never more goes back than came. The row of the money is locked, so that refunds of it are looked at one after another.
CREATE FUNCTION refund_must_be_within_captured() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    captured bigint;
BEGIN
    IF NEW.attempt_id IS NULL THEN
        SELECT amount_minor INTO captured FROM payment
         WHERE order_id = NEW.order_id AND status = 'collected' AND currency_code = NEW.currency_code FOR UPDATE;
    ELSE
        SELECT captured_minor - reversed_minor INTO captured FROM payment_attempt
         WHERE id = NEW.attempt_id AND captured_currency = NEW.currency_code FOR UPDATE;
    END IF;
    IF COALESCE(captured, 0) < (SELECT COALESCE(sum(amount_minor), 0) FROM refund
                                 WHERE order_id = NEW.order_id AND attempt_id IS NOT DISTINCT FROM NEW.attempt_id
                                   AND state <> 'failed')
    THEN
        RAISE EXCEPTION 'more is given back than was paid' USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_captured';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_within_captured AFTER INSERT OR UPDATE OF amount_minor, state ON refund
    FOR EACH ROW WHEN (NEW.state <> 'failed') EXECUTE FUNCTION refund_must_be_within_captured();

-- ---- the tasks of the saga ----
-- Whoever takes a task has a lease on it until due_at; only with that lease can it be finished or put off.

DROP TABLE order_task;
CREATE TABLE order_task (
    order_id          uuid NOT NULL REFERENCES orders (id),
    step              text NOT NULL CHECK (step ~ '^[a-z_]+$'),     -- a row of the table in saga.c
    subject_id        uuid NOT NULL,                        -- the order, or the attempt or refund that it is about
    lane              text NOT NULL CHECK (lane IN ('shop', 'provider')),
    state             text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'failed')),
    attempts          bigint NOT NULL DEFAULT 0,
    due_at            timestamptz NOT NULL,
    deadline_at       timestamptz NOT NULL,                 -- not done by then: failed, for people to see
    lease             uuid,                                 -- NULL: nobody has it
    is_woken          boolean NOT NULL DEFAULT false,       -- asked for again while somebody had it
    last_error        text NOT NULL DEFAULT '',
    changed_at        timestamptz NOT NULL,
    PRIMARY KEY (order_id, step, subject_id)
) WITH (fillfactor = 70);
CREATE INDEX order_task_due ON order_task (lane, due_at) WHERE state = 'due';
CREATE INDEX order_task_failed ON order_task (changed_at) WHERE state = 'failed';
