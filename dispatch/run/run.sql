-- name: heartbeats
SELECT role, pid FROM process_heartbeat WHERE seen_at > now() - interval '10 s';

-- name: beat
INSERT INTO process_heartbeat (role, pid, host, detail) VALUES ($1, $2, $3, $4)
ON CONFLICT (role, host, pid) DO UPDATE SET seen_at = now(), detail = EXCLUDED.detail;

-- name: forget_heartbeat
DELETE FROM process_heartbeat WHERE (role, pid, host) = ($1, $2, $3);

-- name: forget_dead
-- Whoever was killed could not sign off.
DELETE FROM process_heartbeat WHERE seen_at < now() - interval '1 hour';

-- name: find_vehicle
-- By code, by the plate it has at $2, or by our own number.
SELECT v.id FROM vehicle v WHERE v.code = $1 OR v.id::text = $1
UNION
SELECT vp.vehicle_id FROM vehicle_plate vp JOIN plate p ON p.id = vp.plate_id WHERE p.number = $1 AND vp.during @> $2::timestamptz
LIMIT 1;

-- name: tables
SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'S') AND relnamespace = 'public'::regnamespace;

-- name: is_scenario
SELECT scenario FROM product_clock;

-- name: anything_happened
SELECT EXISTS (SELECT FROM product_clock) OR EXISTS (SELECT FROM person) OR EXISTS (SELECT FROM vehicle) OR EXISTS (SELECT FROM fix);

-- name: drop_all
DROP SCHEMA public CASCADE;

-- name: begin_anew
CREATE SCHEMA public;

-- name: make_program
INSERT INTO person (code, name) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id;

-- name: find_pool
SELECT id FROM pool WHERE code = $1;
