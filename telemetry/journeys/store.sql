-- name: bound
-- Where a vehicle's fixes come from, oldest first; a binding without an end goes on.
SELECT device_id, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM binding WHERE vehicle_id = $1 ORDER BY lower(during);

-- name: fixes
-- Many are read by binary COPY, so no column may be NULL. Both bounds of ts prune partitions; ties of one ts stay together.
SELECT ts, digest, lon, lat, coalesce(odometer_m, -1) AS odometer_m, coalesce(speed_dkmh, -1::int2) AS speed_dkmh,
       coalesce(accuracy_dm, -1::int2) AS accuracy_dm, coalesce(ignition::int4, -1) AS ignition
  FROM fix
 WHERE device_id = $1::int4 AND ts >= $2::timestamptz AND ts < $3::timestamptz
 ORDER BY ts FETCH FIRST ($4::int8) ROWS WITH TIES;

-- name: between
SELECT id, vehicle_id, started_at, ended_at, last_at, start_lon, start_lat, end_lon, end_lat,
       gps_m, odometer_m, driving_s, max_dkmh, fixes, flagged, conflicts
  FROM journey
 WHERE vehicle_id = $1 AND started_at < $3 AND coalesce(ended_at, last_at) >= $2
 ORDER BY started_at;

-- name: checkpoint_before
-- The newest state of these rules that has seen nothing from $2 on.
SELECT at, state -> 'journeys' AS state
  FROM checkpoint WHERE vehicle_id = $1 AND at <= $2 AND state -> 'journeys_version' = to_jsonb($3::int4)
 ORDER BY at DESC LIMIT 1;
