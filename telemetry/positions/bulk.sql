-- name: loaded
-- What accept_staged does beside storing, for fixes that are all new: $1..$3 the devices with the first
-- and last time of each, $4.. of each device the row its marker would stand on; times are microseconds.
-- Both come in the order of the devices, which keeps two writers from deadlocking.
WITH marked AS (
    INSERT INTO dirty_mark (device_id, lo, hi)
    SELECT device_id, 'epoch'::timestamptz + lo_us * interval '1 microsecond',
           'epoch'::timestamptz + hi_us * interval '1 microsecond'
      FROM unnest($1::int4[], $2::int8[], $3::int8[]) AS span (device_id, lo_us, hi_us)
)
INSERT INTO live_position AS held
       (device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm)
SELECT device_id, 'epoch'::timestamptz + ts_us * interval '1 microsecond',
       'epoch'::timestamptz + received_us * interval '1 microsecond',
       digest, lon, lat, speed_dkmh, heading, ignition <> 0, accuracy_dm
  FROM unnest($4::int4[], $5::int8[], $6::int8[], $7::int8[], $8::int4[], $9::int4[],
              $10::int2[], $11::int2[], $12::int2[], $13::int2[])
       AS marker (device_id, ts_us, received_us, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm)
 ORDER BY device_id
ON CONFLICT (device_id) DO UPDATE
   SET changed_xid = pg_current_xact_id(), ts = excluded.ts, received_at = excluded.received_at,
       digest = excluded.digest, lon = excluded.lon, lat = excluded.lat,
       speed_dkmh = excluded.speed_dkmh, heading = excluded.heading,
       ignition = excluded.ignition, accuracy_dm = excluded.accuracy_dm
 WHERE (least(excluded.ts, excluded.received_at), excluded.ts, ~excluded.digest)
     > (least(held.ts, held.received_at), held.ts, ~held.digest);

-- name: few
-- All of it in one statement, which commits by itself: for a few fixes a round trip costs more than what COPY saves.
-- $1..$17 are columns, NULL as NULL; times are microseconds.
WITH said AS (
    SELECT 'epoch'::timestamptz + ts_us * interval '1 microsecond' AS ts, *
      FROM unnest($1::int4[], $2::int8[], $3::int4[], $4::int8[], $5::int4[], $6::int4[], $7::int4[], $8::int4[],
                  $9::int4[], $10::int2[], $11::int2[], $12::int2[], $13::int2[], $14::int2[], $15::int2[], $16::int2[],
                  $17::int2[])
        AS s (device_id, ts_us, delay_ds, digest, lon, lat, odometer_m, fuel_ml, seq, speed_dkmh, heading, altitude_m,
              accuracy_dm, soc_permille, satellites, reported_flags, ignition)
), new AS (
    INSERT INTO fix (ts, digest, device_id, lon, lat, delay_ds, odometer_m, fuel_ml, seq, speed_dkmh, heading,
                     altitude_m, accuracy_dm, soc_permille, satellites, reported_flags, ignition)
    SELECT ts, digest, device_id, lon, lat, delay_ds, odometer_m, fuel_ml, seq, speed_dkmh, heading,
           altitude_m, accuracy_dm, soc_permille, satellites, reported_flags, ignition <> 0
      FROM said ORDER BY device_id, ts_us
), marked AS (
    INSERT INTO dirty_mark (device_id, lo, hi) SELECT device_id, min(ts), max(ts) FROM said GROUP BY device_id
)
INSERT INTO live_position AS held
       (device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition, accuracy_dm)
SELECT DISTINCT ON (device_id)
       device_id, ts, ts + delay_ds * interval '100 ms', digest, lon, lat, speed_dkmh, heading, ignition <> 0, accuracy_dm
  FROM said
 WHERE lon <> 0 OR lat <> 0
 ORDER BY device_id, least(ts, ts + delay_ds * interval '100 ms') DESC, ts DESC, digest
ON CONFLICT (device_id) DO UPDATE
   SET changed_xid = pg_current_xact_id(), ts = excluded.ts, received_at = excluded.received_at,
       digest = excluded.digest, lon = excluded.lon, lat = excluded.lat,
       speed_dkmh = excluded.speed_dkmh, heading = excluded.heading,
       ignition = excluded.ignition, accuracy_dm = excluded.accuracy_dm
 WHERE (least(excluded.ts, excluded.received_at), excluded.ts, ~excluded.digest)
     > (least(held.ts, held.received_at), held.ts, ~held.digest);
