-- name: tail
-- Rows that the snapshot of the last call could not see. A long transaction elsewhere neither hides a row
-- for ever nor holds the others back.
SELECT s.snapshot::text AS snapshot, p.device_id, p.ts, p.received_at, p.lon, p.lat,
       p.speed_dkmh, p.heading, p.ignition, p.accuracy_dm
  FROM (SELECT pg_current_snapshot() AS snapshot) s
  LEFT JOIN live_position p ON NOT pg_visible_in_snapshot(p.changed_xid, $1::text::pg_snapshot);

-- name: last_seen
SELECT b.vehicle_id, p.ts, p.lon, p.lat FROM live_position p JOIN binding b USING (device_id) WHERE b.during @> $1::timestamptz;
