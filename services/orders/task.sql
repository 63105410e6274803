-- The work that is still to be done for orders.

-- name: insert
INSERT INTO order_task (order_id, step, due_at) VALUES ($1, $2, $3) ON CONFLICT (order_id, step) DO NOTHING;

-- name: drop
DELETE FROM order_task WHERE order_id = $1 AND step = $2;

-- name: take
-- Whoever takes a task has it until its new due_at; two replicas never take the same one.
WITH due AS MATERIALIZED (
    SELECT order_id, step FROM order_task
     WHERE state = 'due' AND due_at <= $1
     ORDER BY due_at LIMIT $3
       FOR UPDATE SKIP LOCKED)
UPDATE order_task t
   SET attempts = t.attempts + 1, due_at = $2
  FROM due JOIN orders o ON o.id = due.order_id
 WHERE t.order_id = due.order_id AND t.step = due.step
RETURNING t.order_id, t.step, t.attempts, o.cart_id;

-- name: finish
DELETE FROM order_task USING unnest($1::uuid[], $2::text[]) AS done (order_id, step)
 WHERE order_task.order_id = done.order_id AND order_task.step = done.step;

-- name: postpone
UPDATE order_task SET state = $3, due_at = $4, last_error = $5 WHERE order_id = $1 AND step = $2;

-- name: next_due
SELECT min(due_at) AS due_at FROM order_task WHERE state = 'due';
