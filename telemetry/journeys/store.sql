-- name: bound
-- Where a vehicle's fixes come from, oldest first; a binding without an end goes on.
SELECT device_id, lower(during) AS lo, least(coalesce(upper(during), 'infinity'), '2200-01-01Z') AS hi
  FROM binding WHERE vehicle_id = $1 ORDER BY lower(during);

-- name: fixes
-- Many are read by binary COPY, so no column may be NULL. Both bounds of ts prune partitions; ties of one ts stay together.
SELECT ts, digest, lon, lat, coalesce(odometer_m, -1) AS odometer_m, coalesce(speed_dkmh, -1::int2) AS speed_dkmh,
       coalesce(accuracy_dm, -1::int2) AS accuracy_dm, coalesce(ignition::int4, -1) AS ignition,
       coalesce(fuel_ml, -1) AS fuel_ml, coalesce(soc_permille, -1::int2) AS soc_permille, reported_flags
  FROM every_fix
 WHERE device_id = $1::int4 AND ts >= $2::timestamptz AND ts < $3::timestamptz
 ORDER BY ts FETCH FIRST ($4::int8) ROWS WITH TIES;

-- name: fixes_after
-- Of several vehicles at once, a few of each from a time on, of whichever terminal was bound to it then.
SELECT w.vehicle_id, b.device_id, f.ts, f.digest, f.lon, f.lat, coalesce(f.odometer_m, -1), coalesce(f.speed_dkmh, -1),
       coalesce(f.accuracy_dm, -1), coalesce(f.ignition::int4, -1), coalesce(f.fuel_ml, -1), coalesce(f.soc_permille, -1),
       f.reported_flags
  FROM unnest($1::int4[], $2::timestamptz[]) AS w (vehicle_id, since)
  JOIN binding b ON b.vehicle_id = w.vehicle_id AND (upper_inf(b.during) OR upper(b.during) > w.since)
 CROSS JOIN LATERAL (
       SELECT * FROM every_fix
        WHERE device_id = b.device_id AND ts >= greatest(w.since, lower(b.during)) AND ts < coalesce(upper(b.during), '2200-01-01Z')
        ORDER BY ts LIMIT $3::int8) AS f;

-- name: between
SELECT id, vehicle_id, started_at, ended_at, last_at, start_lon, start_lat, end_lon, end_lat,
       gps_m, odometer_m, driving_s, max_dkmh, fixes, flagged, conflicts
  FROM journey
 WHERE vehicle_id = $1 AND started_at < $3 AND coalesce(ended_at, last_at) >= $2
 ORDER BY started_at;

-- name: checkpoint_before
-- The newest state of these rules that has seen nothing from $2 on.
SELECT at, state -> 'journeys' AS state
  FROM (SELECT at, state FROM checkpoint WHERE vehicle_id = $1 AND at <= $2
        UNION ALL
        SELECT at, state::jsonb FROM fold_head WHERE vehicle_id = $1 AND at <= $2) AS known
 WHERE state -> 'journeys_version' = to_jsonb($3::int4)
 ORDER BY at DESC LIMIT 1;

-- name: stored
-- Of several vehicles: what begins in the window of each.
SELECT w.vehicle_id, j.id, 0 AS key, j.started_at AS lo, coalesce(j.ended_at, j.last_at) AS hi, j.version, j.ended_at IS NULL AS is_open
  FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[]) AS w (vehicle_id, lo, hi)
  JOIN journey j ON j.vehicle_id = w.vehicle_id AND j.started_at >= w.lo AND j.started_at < w.hi
 ORDER BY w.vehicle_id, j.started_at;

-- name: delete
DELETE FROM journey WHERE id = ANY ($1::int8[]);

-- name: change
UPDATE journey AS j
   SET started_at = n.started_at, ended_at = n.ended_at, last_at = n.last_at, start_lon = n.start_lon, start_lat = n.start_lat,
       end_lon = n.end_lon, end_lat = n.end_lat, gps_m = n.gps_m, odometer_m = n.odometer_m, driving_s = n.driving_s,
       max_dkmh = n.max_dkmh, fixes = n.fixes, flagged = n.flagged, conflicts = n.conflicts, version = n.version
  FROM unnest($1::int8[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::int4[], $6::int4[], $7::int4[], $8::int4[],
              $9::int4[], $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[], $15::int4[], $16::bytea[])
       AS n (id, started_at, ended_at, last_at, start_lon, start_lat, end_lon, end_lat, gps_m, odometer_m, driving_s,
             max_dkmh, fixes, flagged, conflicts, version)
 WHERE j.id = n.id;

-- name: insert
INSERT INTO journey (vehicle_id, started_at, ended_at, last_at, start_lon, start_lat, end_lon, end_lat, gps_m,
                     odometer_m, driving_s, max_dkmh, fixes, flagged, conflicts, version)
SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::int4[], $6::int4[], $7::int4[],
                     $8::int4[], $9::int4[], $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[], $15::int4[], $16::bytea[]);
