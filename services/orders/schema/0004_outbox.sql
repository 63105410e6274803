-- For shared/outbox.h: events that are still to be told. A row goes when its event was delivered; one that its consumer
-- refuses stays with state = 'failed' for people to see, and no longer holds up its key.
CREATE TABLE outbox_event (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id               uuid NOT NULL UNIQUE,          -- by which consumers tell a copy
    topic            text NOT NULL CHECK (topic ~ '^[a-z]+\.[a-z_]+$'),
    key              text NOT NULL CHECK (key <> ''),
    payload          text NOT NULL,                 -- JSON
    state            text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'failed')),
    attempts         bigint NOT NULL DEFAULT 0,
    due_at           timestamptz NOT NULL DEFAULT now(),
    last_error       text NOT NULL DEFAULT '',
    made_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_event_of_key ON outbox_event (key, seq) WHERE state = 'due';
CREATE INDEX outbox_event_again ON outbox_event (due_at) WHERE state = 'due' AND attempts > 0;

-- Events that arrived here, each once.
CREATE TABLE inbox_event (
    id               uuid PRIMARY KEY,
    topic            text NOT NULL,
    key              text NOT NULL,
    payload          text NOT NULL,                 -- JSON; '' where there is `sealed`
    sealed           bytea,                         -- a payload with a code, sealed; empty once the code was sent
    made_at          timestamptz NOT NULL,
    received_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_event_age ON inbox_event (received_at);

-- Where merchants want to be told. `busy_until` is the lease of whoever is calling it: one call at a time.
CREATE TABLE webhook_endpoint (
    id               uuid PRIMARY KEY,
    url              text NOT NULL CHECK (url LIKE 'https://%'),
    description      text NOT NULL,
    topics           text[] NOT NULL,               -- '{}': all
    active           boolean NOT NULL DEFAULT true,
    secret           bytea NOT NULL,                -- sealed
    previous_secret  bytea,                         -- sealed; good until previous_until
    previous_until   timestamptz NOT NULL DEFAULT '-infinity',
    failures         bigint NOT NULL DEFAULT 0,     -- in a row
    paused_until     timestamptz NOT NULL DEFAULT '-infinity',
    busy_until       timestamptz NOT NULL DEFAULT '-infinity',
    created_at       timestamptz NOT NULL DEFAULT now()
);

-- One thing to be told to one receiver. Whoever sends it marks it `sending` first; when that lease (due_at) runs out the sender
-- died, and whether it was sent is not known.
CREATE TABLE courier_message (
    id               uuid PRIMARY KEY,
    event_id         uuid NOT NULL REFERENCES inbox_event (id) ON DELETE CASCADE,
    kind             text NOT NULL CHECK (kind IN ('webhook', 'mail', 'sms')),
    endpoint_id      uuid REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    state            text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sending', 'delivered', 'failed', 'in_doubt')),
    attempts         bigint NOT NULL DEFAULT 0,
    due_at           timestamptz NOT NULL DEFAULT now(),
    last_code        bigint NOT NULL DEFAULT 0,
    last_error       text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    changed_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT courier_message_has_receiver CHECK ((kind = 'webhook') = (endpoint_id IS NOT NULL)),
    CONSTRAINT courier_message_once UNIQUE NULLS NOT DISTINCT (event_id, kind, endpoint_id)
);
CREATE INDEX courier_message_due ON courier_message (kind, due_at) WHERE state = 'due' AND endpoint_id IS NULL;
CREATE INDEX courier_message_sending ON courier_message (kind, due_at) WHERE state = 'sending';
CREATE INDEX courier_message_due_of_endpoint ON courier_message (endpoint_id, due_at) WHERE state = 'due';
CREATE INDEX courier_message_newest ON courier_message (created_at DESC, id DESC);
CREATE INDEX courier_message_of_endpoint ON courier_message (endpoint_id, created_at DESC, id DESC) WHERE endpoint_id IS NOT NULL;
CREATE INDEX courier_message_open ON courier_message (state, created_at DESC, id DESC) WHERE state <> 'delivered';
