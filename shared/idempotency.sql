-- name: claim
-- One row in any case: ours now (a new key, or a claim that ran out), or as somebody else left it.
WITH claimed AS (
    INSERT INTO idempotency_key AS k (subject, method, key, digest, claim, claimed_until, created_at)
    VALUES ($1, $2, $3, $4, $5, $7, $6)
    ON CONFLICT (subject, method, key)
    DO UPDATE SET digest = excluded.digest, claim = excluded.claim, claimed_until = excluded.claimed_until
     WHERE k.answer IS NULL AND k.claimed_until <= $6
    RETURNING true AS is_ours, digest, answer)
SELECT is_ours, digest, answer FROM claimed
UNION ALL
SELECT false, digest, answer FROM idempotency_key
 WHERE subject = $1 AND method = $2 AND key = $3 AND NOT EXISTS (SELECT FROM claimed);

-- name: store
-- A second answer to one key violates idempotency_key_answered_once, and its transaction fails as a whole.
INSERT INTO idempotency_key AS k (subject, method, key, digest, claim, claimed_until, answer, answers, created_at)
VALUES ($1, $2, $3, $4, $5, now(), $6, 1, now())
ON CONFLICT (subject, method, key)
DO UPDATE SET answer = excluded.answer, answers = k.answers + 1, digest = excluded.digest, claim = excluded.claim;

-- name: settle
-- A transaction that is still being decided holds the row: FOR UPDATE waits for it.
SELECT digest, answer FROM idempotency_key WHERE subject = $1 AND method = $2 AND key = $3 FOR UPDATE;

-- name: limit_waiting
SELECT set_config('lock_timeout', $1, true);

-- name: oldest
-- NULL when there are none.
SELECT min(created_at) FROM idempotency_key;

-- name: abandon
DELETE FROM idempotency_key WHERE subject = $1 AND method = $2 AND key = $3 AND claim = $4 AND answer IS NULL;

-- name: sweep
DELETE FROM idempotency_key
 WHERE (subject, method, key) IN (SELECT subject, method, key FROM idempotency_key WHERE created_at < $1
                                   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED);
