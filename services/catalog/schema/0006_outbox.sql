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
