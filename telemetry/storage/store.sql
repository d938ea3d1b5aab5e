-- name: stored
-- Partitions of fixes, oldest first. Rows are what statistics say; the comment is keep_held_of_fix_week's.
SELECT c.relname AS name, pg_total_relation_size(c.oid)::int8 AS bytes,
       greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)::int8 AS rows, obj_description(c.oid, 'pg_class') AS trimmed_for
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'fix'::regclass ORDER BY c.relname;

-- name: holds
SELECT id, vehicle_id, lower(during) AS since, upper(during) AS until, reason, placed_by, placed_at
  FROM legal_hold WHERE released_at IS NULL ORDER BY id;

-- name: place_hold
INSERT INTO legal_hold (vehicle_id, during, reason, placed_by, placed_at)
VALUES ($1, tstzrange($2, $3), $4, $5, $6) RETURNING id;

-- name: release_hold
UPDATE legal_hold SET released_by = $2, released_at = $3 WHERE id = $1 AND released_at IS NULL RETURNING vehicle_id;

-- name: impatient
-- DETACH waits for every transaction that has touched fixes, and whoever comes meanwhile waits behind it.
SELECT set_config('lock_timeout', '100ms', true);

-- name: detach
SELECT detach_fix_week($1);

-- name: keep_held
SELECT keep_held_of_fix_week($1, $2);

-- name: drop_gone
SELECT drop_gone_weeks();

-- name: forget_variants
DELETE FROM fix_variant WHERE ts < (SELECT since FROM raw_horizon) AND NOT is_held(device_id, ts);

-- name: forget_fuel
-- Goes with the raw fixes of its time, which it is folded with.
DELETE FROM fuel_observation WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM fuel_observation WHERE ts < $1 AND NOT is_held(device_id, ts) LIMIT $2));

-- name: forget_etc
DELETE FROM etc_observation WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM etc_observation WHERE ts < $1 AND NOT is_held(device_id, ts) LIMIT $2));

-- name: forget_statuses
DELETE FROM device_status WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM device_status WHERE ts < $1 AND NOT is_held(device_id, ts) LIMIT $2));

-- name: forget_quarantine
DELETE FROM quarantine WHERE ctid = ANY (ARRAY(SELECT ctid FROM quarantine WHERE received_at < $1 LIMIT $2));

-- name: forget_excess
-- Bounded, so that a device that sends nonsense for months does not fill the disk: of each device the latest are
-- kept, and who has the most gives first. Else one device could push out what waits of all the others.
DELETE FROM quarantine WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY device ORDER BY id DESC) AS nth FROM quarantine) AS q
     ORDER BY nth, id DESC OFFSET $1::int8);

-- name: shed_payloads
-- The bytes of what waits longest; that it came, and why it was refused, stays.
UPDATE quarantine SET payload = '', shed_at = $1 WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM quarantine WHERE shed_at IS NULL AND received_at < $1 ORDER BY settled_at NULLS LAST, id LIMIT $2));

-- name: forget_sessions
-- An open session has no end; its client may never come back.
DELETE FROM mqtt_session WHERE seen_at < now() - $1::interval;

-- name: forget_refused
DELETE FROM refused_device WHERE last_at < now() - $1::interval;

-- name: forget_publishes
DELETE FROM refused_publish WHERE at < now() - $1::interval;

-- name: forget_checkpoints
-- Before the horizon only the newest state is of use: the one from which what is left can be folded on.
DELETE FROM checkpoint WHERE ctid = ANY (ARRAY(
    SELECT c.ctid FROM checkpoint c
     WHERE c.at < $1 AND c.kind <> 'head'
       AND EXISTS (SELECT FROM checkpoint n WHERE n.vehicle_id = c.vehicle_id AND n.at > c.at AND n.at <= $1
                      AND n.fold_version = c.fold_version)
     LIMIT $2));
