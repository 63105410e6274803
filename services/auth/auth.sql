-- Accounts

-- name: insert_account
INSERT INTO account (id, kind, roles, name, email, phone, password_hash, country_code, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: find_account
SELECT id, kind, roles, name, email, phone, password_hash, country_code, created_at
FROM account WHERE id = $1;

-- name: find_account_by_login
-- An e-mail address has an @ and a phone number begins with +, so one value never means two accounts.
SELECT id, kind, roles, name, email, phone, password_hash, country_code, created_at
FROM account WHERE email = $1 OR phone = $1;

-- name: list_staff
SELECT id, kind, roles, name, email, phone, password_hash, country_code, created_at
FROM account WHERE kind = 'staff' ORDER BY created_at, id;

-- name: update_profile
UPDATE account SET name = coalesce($2, name), country_code = coalesce($3, country_code)
WHERE id = $1
RETURNING id, kind, roles, name, email, phone, password_hash, country_code, created_at;

-- name: renew_password_hash
-- Only over the hash that was checked: a password changed meanwhile stays.
UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: reset_staff
UPDATE account SET password_hash = $2, roles = $3, name = $4 WHERE id = $1 AND kind = 'staff';

-- name: lock_account
SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE;

-- Sessions

-- name: insert_session
INSERT INTO session (id, account_id, guest_subject, current_hash, created_at, rotated_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $5, $6);

-- name: find_session_for_update
SELECT id, account_id, guest_subject, current_hash, previous_hash, rotated_at, expires_at, revoked_at
FROM session WHERE id = $1 FOR UPDATE;

-- name: rotate_session
UPDATE session SET current_hash = $2, previous_hash = $3, rotated_at = $4, expires_at = $5 WHERE id = $1;

-- name: revoke_session
UPDATE session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL;

-- name: revoke_own_session
UPDATE session SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL;

-- name: revoke_account_sessions
UPDATE session SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL;

-- name: delete_surplus_sessions
-- The devices that were used last are kept.
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE account_id = $1 ORDER BY rotated_at DESC, id DESC OFFSET $2);

-- name: delete_expired_sessions
-- A few at each sign-in, whosever they are, so that no sweep is needed.
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED);

-- Addresses

-- name: list_addresses
SELECT id, recipient, phone, line1, line2, landmark, city, region, postal_code, country_code, is_default
FROM address WHERE account_id = $1 ORDER BY is_default DESC, created_at DESC, id DESC;

-- name: find_address
SELECT id, recipient, phone, line1, line2, landmark, city, region, postal_code, country_code, is_default
FROM address WHERE account_id = $1 AND id = $2;

-- name: find_equal_address
SELECT id, recipient, phone, line1, line2, landmark, city, region, postal_code, country_code, is_default
FROM address
WHERE account_id = $1
  AND (recipient, phone, line1, line2, landmark, city, region, postal_code, country_code) = ($2, $3, $4, $5, $6, $7, $8, $9, $10)
ORDER BY created_at, id LIMIT 1;

-- name: count_addresses
SELECT count(*) FROM address WHERE account_id = $1;

-- name: insert_address
INSERT INTO address (account_id, id, recipient, phone, line1, line2, landmark, city, region, postal_code, country_code,
                     is_default, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false, $12);

-- name: update_address
UPDATE address
SET recipient = $3, phone = $4, line1 = $5, line2 = $6, landmark = $7, city = $8, region = $9, postal_code = $10,
    country_code = $11
WHERE account_id = $1 AND id = $2;

-- name: delete_address
DELETE FROM address WHERE account_id = $1 AND id = $2;

-- name: clear_default_address
UPDATE address SET is_default = false WHERE account_id = $1 AND is_default;

-- name: unset_default_address
UPDATE address SET is_default = false WHERE account_id = $1 AND id = $2 AND is_default;

-- name: set_default_address
UPDATE address SET is_default = true WHERE account_id = $1 AND id = $2;

-- name: elect_default_address
-- Whoever has addresses has a default: where there is none, the newest becomes it, the one named last of all.
UPDATE address SET is_default = true
WHERE id = (SELECT id FROM address WHERE account_id = $1 ORDER BY id = $2, created_at DESC, id DESC LIMIT 1)
  AND NOT EXISTS (SELECT FROM address WHERE account_id = $1 AND is_default);

-- Signing keys

-- name: insert_first_signing_key
-- Replicas that start together all try; one wins, and all read what it wrote.
INSERT INTO signing_key (kid, public_key, sealed_seed, is_current, created_at)
VALUES ($1, $2, $3, true, $4)
ON CONFLICT (is_current) WHERE is_current DO NOTHING;

-- name: find_current_signing_key
SELECT kid, public_key, sealed_seed FROM signing_key WHERE is_current;

-- name: list_signing_keys
SELECT kid, public_key, sealed_seed FROM signing_key
WHERE verifies_until IS NULL OR verifies_until > $1
ORDER BY is_current DESC, created_at DESC, kid;
