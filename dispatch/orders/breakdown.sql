-- name: running_until
-- When what the car is doing now, or must do before, is over.
SELECT max(upper(during)) FROM leg WHERE vehicle_id = $1 AND status IN ('running', 'done') AND during && tstzrange($2::timestamptz, $3::timestamptz);

-- name: repair
INSERT INTO leg (vehicle_id, kind, status, during, planned)
VALUES ($1, 'maintenance', 'held', tstzrange($2, $3), tstzrange($2, $3));
