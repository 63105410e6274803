-- The work that is still to be done for orders.

-- name: insert
-- With $7, whoever puts it down does it himself and has it until due_at.
INSERT INTO order_task (order_id, step, subject_id, lane, due_at, deadline_at, lease, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (order_id, step, subject_id) DO NOTHING;

-- name: wake
-- Puts it down, or makes the one that stands there come due. If somebody is at it, it comes again when he is done: what he
-- found out may be old.
INSERT INTO order_task (order_id, step, subject_id, lane, due_at, deadline_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (order_id, step, subject_id) DO UPDATE
   SET is_woken = order_task.lease IS NOT NULL,
       due_at = CASE WHEN order_task.lease IS NULL THEN LEAST(order_task.due_at, EXCLUDED.due_at) ELSE order_task.due_at END,
       deadline_at = GREATEST(order_task.deadline_at, EXCLUDED.deadline_at),
       state = 'due';

-- name: drop
DELETE FROM order_task WHERE order_id = $1 AND step = $2;

-- name: take
-- Whoever takes a task has it until its new due_at; two replicas never have the same one.
WITH due AS MATERIALIZED (
    SELECT order_id, step, subject_id FROM order_task
     WHERE lane = $1 AND state = 'due' AND due_at <= $2
     ORDER BY due_at LIMIT $4
       FOR UPDATE SKIP LOCKED)
UPDATE order_task t
   SET attempts = t.attempts + 1, due_at = $3, lease = $5, is_woken = false, changed_at = $2
  FROM due JOIN orders o ON o.id = due.order_id
 WHERE t.order_id = due.order_id AND t.step = due.step AND t.subject_id = due.subject_id
RETURNING t.order_id, t.step, t.subject_id, t.attempts, t.deadline_at, t.lease, o.cart_id;

-- name: finish
-- Only what is still held under that lease; what was woken meanwhile comes due again instead.
WITH held AS MATERIALIZED (
    SELECT t.order_id, t.step, t.subject_id, t.is_woken
      FROM order_task t
      JOIN unnest($1::uuid[], $2::text[], $3::uuid[]) AS done (order_id, step, subject_id)
        ON t.order_id = done.order_id AND t.step = done.step AND t.subject_id = done.subject_id
     WHERE t.lease = $4
       FOR UPDATE OF t),
again AS (
    UPDATE order_task t SET lease = NULL, is_woken = false, due_at = $5, attempts = 0, changed_at = $5
      FROM held
     WHERE held.is_woken AND t.order_id = held.order_id AND t.step = held.step AND t.subject_id = held.subject_id)
DELETE FROM order_task t USING held
 WHERE NOT held.is_woken AND t.order_id = held.order_id AND t.step = held.step AND t.subject_id = held.subject_id;

-- name: postpone
UPDATE order_task
   SET state = CASE WHEN is_woken THEN 'due' ELSE $5 END, due_at = CASE WHEN is_woken THEN $8::timestamptz ELSE $6::timestamptz END, lease = NULL,
       is_woken = false, last_error = $7, changed_at = $8, attempts = CASE WHEN $9::boolean THEN 0 ELSE attempts END
 WHERE order_id = $1 AND step = $2 AND subject_id = $3 AND lease = $4;

-- name: next_due
SELECT min(due_at) AS due_at FROM order_task WHERE lane = $1 AND state = 'due';

-- name: list_failed
SELECT t.order_id, o.number AS order_number, t.step, t.subject_id, t.attempts, t.last_error, t.changed_at
  FROM order_task t JOIN orders o ON o.id = t.order_id
 WHERE t.state = 'failed'
 ORDER BY t.changed_at
 LIMIT $1;

-- name: retry
UPDATE order_task
   SET state = 'due', attempts = 0, due_at = $4, deadline_at = $5, lease = NULL, is_woken = false, changed_at = $4
 WHERE order_id = $1 AND step = $2 AND subject_id = $3 AND state = 'failed';

-- name: give_up
DELETE FROM order_task WHERE order_id = $1 AND step = $2 AND subject_id = $3 AND state = 'failed';
