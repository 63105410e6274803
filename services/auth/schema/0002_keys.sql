-- Keys of unsafe calls, with the answers that copies get (shared/idempotency.h), sealed: they hold tokens.

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
