-- Events on their way out. The same statements for every service: each has the table in its own schema.

-- name: insert
WITH written AS (INSERT INTO outbox_event (id, topic, key, payload) VALUES ($1, $2, $3, $4) RETURNING true)
SELECT pg_notify('outbox_' || current_schema(), '') FROM written;

-- name: take
-- The oldest event of each key that is not being delivered already. Whoever takes an event has it until its new due_at, and
-- with it the key, since what is younger waits behind it.
WITH heads AS MATERIALIZED (
    SELECT seq FROM outbox_event e
     WHERE state = 'due' AND due_at <= $1
       AND NOT EXISTS (SELECT FROM outbox_event b WHERE b.state = 'due' AND b.key = e.key AND b.seq < e.seq)
     ORDER BY seq LIMIT $3
       FOR UPDATE SKIP LOCKED)
UPDATE outbox_event e
   SET attempts = e.attempts + 1, due_at = $2
  FROM heads WHERE e.seq = heads.seq
RETURNING e.seq, e.id, e.topic, e.key, e.payload, e.attempts, e.made_at;

-- name: finish
DELETE FROM outbox_event WHERE seq = ANY ($1::bigint[]);

-- name: postpone
UPDATE outbox_event SET due_at = $2, last_error = $3 WHERE seq = ANY ($1::bigint[]);

-- name: refuse
UPDATE outbox_event SET state = 'failed', last_error = $2 WHERE seq = $1;

-- name: next_due
-- Of the events that could be taken now; NULL when there is none.
SELECT min(due_at) AS due_at FROM outbox_event e
 WHERE state = 'due'
   AND NOT EXISTS (SELECT FROM outbox_event b WHERE b.state = 'due' AND b.key = e.key AND b.seq < e.seq);

-- name: lag
SELECT count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'failed') AS failed,
       coalesce((extract(epoch FROM now() - min(made_at) FILTER (WHERE state = 'due')) * 1000000)::bigint, 0) AS age_us
  FROM outbox_event;

-- name: replay
WITH again AS (
    UPDATE outbox_event SET state = 'due', attempts = 0, due_at = now(), last_error = '' WHERE state = 'failed' RETURNING true)
SELECT count(*) AS events, pg_notify('outbox_' || current_schema(), '')::text AS woken FROM again;
