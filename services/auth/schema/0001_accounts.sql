-- Who has an account, and from which devices they are signed in.

CREATE TABLE account (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('customer', 'staff')),
    roles         text[] NOT NULL DEFAULT '{}' CHECK (kind = 'staff' OR roles = '{}'),
    name          text NOT NULL CHECK (name <> ''),
    email         text CHECK (email ~ '^[^A-Z]+@[^A-Z]+$'),
    phone         text CHECK (phone LIKE '+%'),
    password_hash text NOT NULL,
    country_code  text NOT NULL DEFAULT '' CHECK (country_code ~ '^([A-Z]{2})?$'),
    created_at    timestamptz NOT NULL,
    CONSTRAINT account_email_key UNIQUE (email),
    CONSTRAINT account_phone_key UNIQUE (phone),
    CONSTRAINT account_has_login CHECK (email IS NOT NULL OR phone IS NOT NULL)
);

-- A sign-in that can be refreshed. Of its refresh tokens only digests are kept: the newest, and the one before it, since an
-- answer that carried the newest may have been lost on its way.
CREATE TABLE session (
    id            uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    guest_subject uuid,
    current_hash  bytea NOT NULL CHECK (octet_length(current_hash) = 32),
    previous_hash bytea CHECK (octet_length(previous_hash) = 32),
    created_at    timestamptz NOT NULL,
    rotated_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    revoked_at    timestamptz
);
CREATE INDEX session_account ON session (account_id, rotated_at DESC);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE address (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    recipient    text NOT NULL,
    phone        text NOT NULL,
    line1        text NOT NULL,
    line2        text NOT NULL,
    landmark     text NOT NULL,
    city         text NOT NULL,
    region       text NOT NULL,
    postal_code  text NOT NULL,
    country_code text NOT NULL,
    is_default   boolean NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE INDEX address_account ON address (account_id, created_at DESC);
CREATE UNIQUE INDEX address_one_default ON address (account_id) WHERE is_default;

-- The keys that access tokens are signed with: one signs, others may still verify. The secret is sealed with AUTH_MASTER_KEY.
CREATE TABLE signing_key (
    kid            text PRIMARY KEY,
    public_key     bytea NOT NULL CHECK (octet_length(public_key) = 32),
    sealed_seed    bytea NOT NULL,
    is_current     boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    verifies_until timestamptz
);
CREATE UNIQUE INDEX signing_key_one_current ON signing_key (is_current) WHERE is_current;
