-- name: shed
-- Figures and outcome stay; a plan that became orders explains itself until its month is published.
UPDATE plan_run SET problem = NULL, solution = solution - '{duties,rentals,unserved,proofs,certificates}'::text[]
 WHERE id IN (SELECT id FROM plan_run
               WHERE problem IS NOT NULL AND state <> 'waiting' AND day + days - 1 < $1
                 AND ($2::date IS NULL OR applied_at IS NULL OR day + days - 1 < $2)
               ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED);

-- name: kept
SELECT count(*) FILTER (WHERE problem IS NOT NULL) AS whole,
       count(*) FILTER (WHERE problem IS NULL AND state <> 'waiting') AS shed,
       count(*) FILTER (WHERE problem IS NOT NULL AND day + days - 1 < $1 AND applied_at IS NOT NULL AND day + days - 1 >= $2::date) AS held,
       coalesce(sum(pg_column_size(problem) + coalesce(pg_column_size(solution), 0)) FILTER (WHERE problem IS NOT NULL), 0)::int8 AS bytes,
       min(day) FILTER (WHERE problem IS NOT NULL) AS since
  FROM plan_run;
