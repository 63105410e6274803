-- Events on their way out. The same statements for every service: each has the table in its own schema.

-- name: insert
WITH written AS (INSERT INTO outbox_event (id, topic, key, payload) VALUES ($1, $2, $3, $4) RETURNING true)
SELECT pg_notify('outbox_' || current_schema(), '') FROM written;

-- name: take
-- The oldest event of each key that is not being delivered already. Whoever takes an event has it until its new due_at, and
-- with it the key, since what is younger waits behind it. Goes from key to key by the index, so that it costs the same however
-- many events wait behind the oldest ones, and stops when it has enough.
WITH RECURSIVE oldest AS (
    (SELECT key, seq FROM outbox_event WHERE state = 'due' ORDER BY key, seq LIMIT 1)
    UNION ALL
    SELECT next.key, next.seq
      FROM oldest
     CROSS JOIN LATERAL (SELECT key, seq FROM outbox_event
                          WHERE state = 'due' AND key > oldest.key ORDER BY key, seq LIMIT 1) AS next),
free AS MATERIALIZED (
    SELECT e.seq
      FROM oldest
     CROSS JOIN LATERAL (SELECT seq FROM outbox_event
                          WHERE seq = oldest.seq AND state = 'due' AND due_at <= $1 FOR UPDATE SKIP LOCKED) AS e
     LIMIT $3)
UPDATE outbox_event e
   SET attempts = e.attempts + 1, due_at = $2
  FROM free WHERE e.seq = free.seq
RETURNING e.seq, e.id, e.topic, e.key, e.payload, e.attempts, e.made_at;

-- name: finish
DELETE FROM outbox_event WHERE seq = ANY ($1::bigint[]);

-- name: postpone
UPDATE outbox_event SET due_at = $2, last_error = $3 WHERE seq = ANY ($1::bigint[]);

-- name: refuse
UPDATE outbox_event SET state = 'failed', last_error = $2 WHERE seq = $1;

-- name: next_due
-- Of the events that were taken before; those that never were wait behind one of them, or are told by NOTIFY. NULL: there is none.
SELECT min(due_at) AS due_at FROM outbox_event WHERE state = 'due' AND attempts > 0;

-- name: lag
SELECT count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'failed') AS failed,
       coalesce((extract(epoch FROM now() - min(made_at) FILTER (WHERE state = 'due')) * 1000000)::bigint, 0) AS age_us
  FROM outbox_event;

-- name: replay
WITH again AS (
    UPDATE outbox_event SET state = 'due', attempts = 0, due_at = now(), last_error = '' WHERE state = 'failed' RETURNING true)
SELECT count(*) AS events, pg_notify('outbox_' || current_schema(), '')::text AS woken FROM again;
