-- The codes of orders.

-- name: put
-- A new code takes the place of the one before.
INSERT INTO order_code AS c (order_id, kind, digest, guesses_left, sends, made_at) VALUES ($1, $2, $3, $4, 1, $5)
ON CONFLICT (order_id, kind)
DO UPDATE SET digest = excluded.digest, guesses_left = excluded.guesses_left, sends = c.sends + 1, made_at = excluded.made_at;

-- name: guess
-- A guess is taken before it is looked at, so that guesses made at the same time count one by one.
UPDATE order_code SET guesses_left = guesses_left - 1
 WHERE order_id = $1 AND kind = $2 AND guesses_left > 0
RETURNING digest, guesses_left;

-- name: find
SELECT guesses_left, sends, made_at FROM order_code WHERE order_id = $1 AND kind = $2;
