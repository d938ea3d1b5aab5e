-- name: say
INSERT INTO plan_progress AS p (plan_id, at, progress) VALUES ($1, $2, $3)
ON CONFLICT (plan_id) DO UPDATE SET at = EXCLUDED.at, progress = EXCLUDED.progress
RETURNING stop_asked_at IS NOT NULL;

-- name: asked
SELECT asked_by, state FROM plan_run WHERE id = $1;

-- name: stop
INSERT INTO plan_progress AS p (plan_id, at, stop_asked_at, stop_asked_by) VALUES ($1, $2, $2, $3)
ON CONFLICT (plan_id) DO UPDATE SET stop_asked_at = coalesce(p.stop_asked_at, EXCLUDED.stop_asked_at),
       stop_asked_by = coalesce(p.stop_asked_by, EXCLUDED.stop_asked_by);
