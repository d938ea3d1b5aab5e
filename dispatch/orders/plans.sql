-- name: ask
INSERT INTO plan_run (day, trigger, state, asked_at, asked_by, budget_s, apply, may_move, days)
VALUES ($1, 'asked', 'waiting', $2, $3, $4, $5, $6, $7)
RETURNING id;

-- name: take
-- Held until the planner commits: should it die, the plan waits again by itself. Its progress may refer to it meanwhile.
SELECT id, day, days, asked_by, budget_s, apply, may_move FROM plan_run WHERE state = 'waiting' ORDER BY id LIMIT 1
   FOR NO KEY UPDATE SKIP LOCKED;

-- name: finish
UPDATE plan_run SET state = $2, finished_at = $3, seconds = $4, tasks = $5, unserved = $6, rentals = $7, cost_fen = $8,
       greedy_fen = $9, bound_kind = $10, bound_fen = $11, plan = $12, error = $13, problem = $14,
       solution = $15
 WHERE id = $1;

-- name: applied
UPDATE plan_run SET applied_at = $2, outcome = $3 WHERE id = $1;

-- name: lock
SELECT id, day, days, state, plan FROM plan_run WHERE id = $1 FOR UPDATE;

-- name: show
SELECT r.id, r.day, r.days, r.state, r.asked_at, r.finished_at, r.seconds, r.tasks, r.unserved, r.rentals, r.cost_fen, r.greedy_fen,
       r.bound_kind, r.bound_fen, r.may_move, r.applied_at, r.outcome, r.error, r.plan,
       r.solution -> 'costs' AS costs, r.solution -> 'bound' AS bound, r.solution -> 'bound_seconds' AS bound_seconds,
       CASE WHEN r.state = 'waiting' THEN p.progress END AS progress, p.stop_asked_at
  FROM plan_run r LEFT JOIN plan_progress p ON p.plan_id = r.id WHERE r.id = $1;

-- name: list
SELECT id, day, days, state, asked_at, finished_at, seconds, tasks, unserved, rentals, cost_fen, greedy_fen, bound_kind, bound_fen,
       may_move, applied_at, outcome, error
  FROM plan_run WHERE $1::date IS NULL OR day = $1 ORDER BY id DESC LIMIT 100;

-- name: fail
UPDATE plan_run SET state = 'failed', finished_at = $2, error = $3 WHERE id = $1;
