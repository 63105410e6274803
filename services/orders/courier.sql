-- Events that arrived, and the messages made of them.

-- name: receive
-- A copy of an event changes nothing. Whoever listens is told which kinds of messages there are now.
WITH fresh AS (
    INSERT INTO inbox_event (id, topic, key, payload, sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO NOTHING
    RETURNING id),
made AS (
    INSERT INTO courier_message (id, event_id, kind, endpoint_id)
    SELECT gen_random_uuid(), fresh.id, wanted.kind, NULL FROM fresh CROSS JOIN unnest($7::text[]) AS wanted (kind)
    UNION ALL
    SELECT gen_random_uuid(), fresh.id, 'webhook', e.id
      FROM fresh JOIN webhook_endpoint e ON e.active AND $8 AND (e.topics = '{}' OR $2 = ANY (e.topics))
    RETURNING kind)
SELECT pg_notify('courier_' || current_schema(), kind) FROM (SELECT DISTINCT kind FROM made) AS kinds;

-- name: take_webhook
-- The oldest call that is due of an endpoint that nobody is calling; the endpoint is taken with it.
WITH next AS MATERIALIZED (
    SELECT e.id AS endpoint_id, due.id
      FROM webhook_endpoint e
     CROSS JOIN LATERAL (SELECT m.id, m.due_at FROM courier_message m
                          WHERE m.endpoint_id = e.id AND m.state = 'due' AND m.due_at <= $1
                          ORDER BY m.due_at LIMIT 1) AS due
     WHERE e.active AND e.busy_until <= $1 AND e.paused_until <= $1
     ORDER BY due.due_at LIMIT 1
       FOR UPDATE OF e SKIP LOCKED),
taken AS (
    UPDATE courier_message m SET state = 'sending', attempts = m.attempts + 1, due_at = $2, changed_at = $1
      FROM next WHERE m.id = next.id AND m.state = 'due'
    RETURNING m.id, m.event_id, m.endpoint_id, m.attempts, m.created_at),
busy AS (
    UPDATE webhook_endpoint e SET busy_until = $2 FROM taken WHERE e.id = taken.endpoint_id
    RETURNING e.id, e.url, e.secret, CASE WHEN e.previous_until > $1 THEN e.previous_secret END AS previous_secret,
              e.failures)
SELECT t.id, t.event_id, t.endpoint_id, t.attempts, t.created_at, i.topic, i.key, i.payload, i.sealed, i.made_at,
       b.url, b.secret, b.previous_secret, b.failures
  FROM taken t JOIN inbox_event i ON i.id = t.event_id JOIN busy b ON b.id = t.endpoint_id;

-- name: take_notice
WITH next AS MATERIALIZED (
    SELECT id FROM courier_message WHERE kind = $3 AND state = 'due' AND endpoint_id IS NULL AND due_at <= $1
     ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED),
taken AS (
    UPDATE courier_message m SET state = 'sending', attempts = m.attempts + 1, due_at = $2, changed_at = $1
      FROM next WHERE m.id = next.id
    RETURNING m.id, m.event_id, m.attempts, m.created_at)
SELECT t.id, t.event_id, t.attempts, t.created_at, i.topic, i.key, i.payload, i.sealed, i.made_at
  FROM taken t JOIN inbox_event i ON i.id = t.event_id;

-- name: finish
-- Only while the message is still ours. A code that will not be sent again is forgotten.
WITH finished AS (
    UPDATE courier_message SET state = $3, due_at = $4, last_code = $5, last_error = $6, changed_at = now()
     WHERE id = $1 AND state = 'sending' AND attempts = $2
    RETURNING event_id)
UPDATE inbox_event i SET sealed = CASE WHEN $3 = 'due' THEN i.sealed ELSE '' END
  FROM finished WHERE i.id = finished.event_id AND i.sealed IS NOT NULL;

-- name: free_endpoint
-- Only while it is still ours: $2 is what take_webhook set.
UPDATE webhook_endpoint SET busy_until = '-infinity', failures = $3, paused_until = $4, active = active AND $5
 WHERE id = $1 AND busy_until = $2;

-- name: recover
-- Senders that died: what may be sent twice comes due again, the rest is in doubt. A code in doubt is forgotten.
WITH lost AS (
    UPDATE courier_message
       SET state = CASE WHEN kind = 'sms' THEN 'in_doubt' ELSE 'due' END, changed_at = now(),
           last_error = 'The sender died while sending.'
     WHERE state = 'sending' AND due_at <= $1 AND kind = $2
    RETURNING event_id, state)
UPDATE inbox_event i SET sealed = '' FROM lost WHERE i.id = lost.event_id AND lost.state = 'in_doubt' AND i.sealed IS NOT NULL;

-- name: next_due
-- When there is something to do for this kind: a message that can be sent, or a lease that runs out. NULL: nothing.
SELECT least((SELECT min(due_at) FROM courier_message WHERE kind = $1 AND state = 'sending'),
             (SELECT min(due_at) FROM courier_message WHERE kind = $1 AND state = 'due' AND endpoint_id IS NULL),
             (SELECT min(greatest(next.due_at, e.paused_until, e.busy_until))
                FROM webhook_endpoint e
               CROSS JOIN LATERAL (SELECT min(m.due_at) AS due_at FROM courier_message m
                                    WHERE m.endpoint_id = e.id AND m.state = 'due') AS next
               WHERE $1 = 'webhook' AND e.active AND next.due_at IS NOT NULL)) AS due_at;

-- name: sweep
-- What waits for an endpoint that is switched off does not keep an event.
DELETE FROM inbox_event WHERE id IN (
    SELECT i.id FROM inbox_event i
     WHERE i.received_at < $1
       AND NOT EXISTS (SELECT FROM courier_message m LEFT JOIN webhook_endpoint e ON e.id = m.endpoint_id
                        WHERE m.event_id = i.id AND m.state IN ('due', 'sending') AND coalesce(e.active, true))
     ORDER BY i.received_at LIMIT $2 FOR UPDATE OF i SKIP LOCKED);

-- name: counts
SELECT kind, state, count(*) AS messages,
       coalesce((extract(epoch FROM now() - min(created_at)) * 1000000)::bigint, 0) AS age_us
  FROM courier_message WHERE state <> 'delivered' GROUP BY kind, state ORDER BY kind, state;

-- name: insert_endpoint
INSERT INTO webhook_endpoint (id, url, description, topics, secret) VALUES ($1, $2, $3, $4, $5);

-- name: update_endpoint
-- Whoever changes an endpoint wants to see it called: the pause ends, and its messages come due.
WITH changed AS (
    UPDATE webhook_endpoint SET url = $2, description = $3, topics = $4, active = $5, failures = 0, paused_until = '-infinity'
     WHERE id = $1 RETURNING id)
SELECT pg_notify('courier_' || current_schema(), 'webhook')::text AS woken FROM changed;

-- name: rotate_secret
UPDATE webhook_endpoint SET previous_secret = secret, previous_until = $3, secret = $2 WHERE id = $1;

-- name: delete_endpoint
DELETE FROM webhook_endpoint WHERE id = $1;

-- name: list_endpoints
-- One, or all when $1 is NULL.
SELECT e.id, e.url, e.description, e.topics, e.active, e.previous_until, e.created_at, e.failures, e.paused_until,
       (SELECT count(*) FROM courier_message m WHERE m.endpoint_id = e.id AND m.state IN ('due', 'sending')) AS waiting,
       (SELECT count(*) FROM courier_message m WHERE m.endpoint_id = e.id AND m.state = 'failed') AS failed
  FROM webhook_endpoint e WHERE $1::uuid IS NULL OR e.id = $1 ORDER BY e.created_at, e.id;

-- name: list_messages
SELECT m.id, m.kind, m.state, coalesce(m.endpoint_id::text, '') AS endpoint_id, m.event_id, i.topic, i.key, m.attempts,
       m.last_code, m.last_error, m.created_at, m.due_at, m.changed_at
  FROM courier_message m JOIN inbox_event i ON i.id = m.event_id
 WHERE ($1::uuid IS NULL OR m.endpoint_id = $1) AND ($2::text IS NULL OR m.kind = $2) AND ($3::text IS NULL OR m.state = $3)
   AND (m.created_at, m.id) < ($4, $5::uuid)
 ORDER BY m.created_at DESC, m.id DESC LIMIT $6;

-- name: replay
-- One message whatever became of it, but while it is being sent; or all that were given up, of an endpoint or of all. A code
-- that was forgotten cannot be sent again.
WITH again AS (
    UPDATE courier_message m SET state = 'due', attempts = 0, due_at = now(), changed_at = now(), last_error = ''
      FROM inbox_event i
     WHERE i.id = m.event_id AND (i.sealed IS NULL OR i.sealed <> '')
       AND CASE WHEN $1::uuid IS NOT NULL THEN m.id = $1 AND m.state <> 'sending'
                ELSE m.state = 'failed' AND ($2::uuid IS NULL OR m.endpoint_id = $2) END
    RETURNING m.kind, m.endpoint_id),
unpaused AS (
    UPDATE webhook_endpoint e SET paused_until = '-infinity' FROM again WHERE e.id = again.endpoint_id RETURNING e.id)
SELECT (SELECT count(*) FROM again) AS messages,
       (SELECT string_agg(pg_notify('courier_' || current_schema(), k.kind)::text, '')
          FROM (SELECT DISTINCT kind FROM again) AS k) AS woken;
