-- name: made
SELECT id, day, days, state, problem::text AS problem, solution::text AS solution, plan FROM plan_run WHERE id = $1;

-- name: before
-- The plan of the same days that was finished before, and is kept whole.
SELECT id, asked_at, solution::text AS solution, plan FROM plan_run
 WHERE day = $1 AND days = $3 AND id < $2 AND state IN ('done', 'fallback') AND solution IS NOT NULL AND problem IS NOT NULL
 ORDER BY id DESC LIMIT 1;

-- name: others
SELECT r.id AS request_id, r.depart_at, CASE WHEN r.pool_id = ANY ($2::int4[]) THEN u.name END AS unit_name
  FROM trip_request r JOIN unit u ON u.id = r.unit_id WHERE r.id = ANY ($1::int4[]);

-- name: trips
SELECT r.id AS request_id, u.name AS unit_name, f.name AS from_name, t.name AS to_name, r.depart_at, r.return_at, r.passengers
  FROM trip_request r JOIN unit u ON u.id = r.unit_id JOIN place f ON f.id = r.from_place JOIN place t ON t.id = r.to_place
 WHERE r.id = ANY ($1::int4[]);
